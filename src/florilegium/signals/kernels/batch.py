"""All counts of a batch of documents, one pass per document over the batch's own buffer."""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import allocating, duplicates, lines, ngrams, words
from florilegium.signals.kernels.characters import Bytes, Classes
from florilegium.signals.kernels.fixed import FixedTable
from florilegium.signals.kernels.hashing import find

Counts = npt.NDArray[np.int64]

COLUMNS = (*words.COLUMNS, "stop_words", *lines.COLUMNS, *duplicates.COLUMNS, *ngrams.COLUMNS)
_STOP_WORDS = len(words.COLUMNS)
_LINES = _STOP_WORDS + 1
_DUPLICATES = _LINES + len(lines.COLUMNS)
_NGRAMS = _DUPLICATES + len(duplicates.COLUMNS)
_NEWLINES = _LINES + lines.NEWLINES


@allocating
def distinct_found(hashes: words.Hashes, keys: words.Hashes) -> int:
    """Count the keys of a table that occur among the words."""
    met = np.zeros(len(keys), dtype=np.bool_)
    found = 0
    for key in hashes:
        slot = find(keys, key)
        if slot >= 0 and not met[slot]:
            met[slot] = True
            found += 1
    return found


@allocating
def count_batch(
    data: Bytes, offsets: Counts, classes: Classes, fixed: FixedTable, stop_keys: words.Hashes, stop_starts: Counts,
    stop_lists: Counts, with_ngrams: bool, counts: Counts,
) -> None:  # fmt: skip
    """Write the ``COLUMNS`` of every document into its row of ``counts`` (zeros at first).

    Document ``i`` is ``data[offsets[i]:offsets[i + 1]]``; its stop words are list ``stop_lists[i]`` (-1: none), whose
    key table is ``stop_keys[stop_starts[list]:stop_starts[list + 1]]``. The n-gram columns stay zero without
    ``with_ngrams``.
    """
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    cuts = np.zeros(longest + 1, dtype=np.uint8)
    hashes = np.empty(longest, dtype=np.uint64)  # a word has a byte at least; memory that is not written costs nothing
    lengths = np.empty(longest, dtype=np.int32)
    state = np.empty(words.STATE_SIZE, dtype=np.int64)
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        if start == end:
            continue
        for place in range(words.STATE_SIZE):
            state[place] = 0
        words.read_words(data, start, end, classes, fixed, cuts, hashes, lengths, state)
        for column in range(_STOP_WORDS):
            counts[row, column] = state[column]
        found = hashes[: state[words.WORDS]]
        chosen = stop_lists[row]
        if chosen >= 0:
            counts[row, _STOP_WORDS] = distinct_found(found, stop_keys[stop_starts[chosen] : stop_starts[chosen + 1]])
        lines.count_lines(data, start, end, classes, counts[row, _LINES:_DUPLICATES])
        newlines = counts[row, _NEWLINES]
        duplicates.count_pieces(data, start, end, newlines, classes, counts[row, _DUPLICATES:_NGRAMS])
        duplicates.count_paragraphs(data, start, end, newlines, classes, counts[row, _DUPLICATES:_NGRAMS])
        if with_ngrams:
            ngrams.count_ngrams(found, lengths, counts[row, _NGRAMS:])
