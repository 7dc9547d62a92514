"""Words of a document, with what is counted on the way: hashes, lengths, letters, sentences.

White space (``str.isspace``) separates chunks, :mod:`.chunks` says where a chunk is cut into words. Punctuation that is
cut off is a word too; a *plain* word is one that is not made of symbols only, which is what Gopher's word counts mean.

Sentences are counted line by line (``str.splitlines``) as spaCy's sentencizer does: a new one begins with the first
word, not itself punctuation, after a word that is a single sentence-ending character (white space other than one blank
counts as such a word).
"""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import characters as ch
from florilegium.signals.kernels import kernel
from florilegium.signals.kernels.affixes import stop_is_suffix
from florilegium.signals.kernels.characters import Bytes, Classes, class_of, decode
from florilegium.signals.kernels.chunks import Cuts, cut_chunk
from florilegium.signals.kernels.fixed import LONGEST, FixedTable
from florilegium.signals.kernels.hashing import OFFSET, PRIME, find, finish

Hashes = npt.NDArray[np.uint64]
Lengths = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]

COLUMNS = ("words", "plain_words", "plain_characters", "alphabetic_words", "sentences")
WORDS, PLAIN_WORDS, PLAIN_CHARACTERS, ALPHABETIC_WORDS, SENTENCES = range(5)
IN_LINE, ENDED = 5, 6  # beside the counts: has this line a word yet, has its last sentence had its end mark
STATE_SIZE = 7

BLANK, STOP = ord(" "), ord(".")


@kernel
def add_word(
    hashes: Hashes, lengths: Lengths, state: Counts, key: np.uint64, length: int, some: int, every: int
) -> None:
    """Append one word: hash, length in characters, the classes that some and that every character has."""
    at = state[WORDS]
    hashes[at] = key
    lengths[at] = length
    state[WORDS] += 1
    if not every & ch.SYMBOL:
        state[PLAIN_WORDS] += 1
        state[PLAIN_CHARACTERS] += length
    if some & ch.LETTER:
        state[ALPHABETIC_WORDS] += 1
    ends = length == 1 and some & ch.SENTENCE_END
    if not state[IN_LINE] or (state[ENDED] and not ends and not every & ch.PUNCTUATION):
        state[SENTENCES] += 1
        state[IN_LINE] = 1
        state[ENDED] = 0
    if ends:
        state[ENDED] = 1


@kernel
def add_span(
    data: Bytes, start: int, end: int, classes: Classes, hashes: Hashes, lengths: Lengths, state: Counts
) -> None:
    """Append the bytes ``start`` to ``end`` as one word."""
    key = OFFSET
    length, some, every = 0, 0, -1
    at = start
    while at < end:
        point, width = decode(data, at)
        bits = class_of(classes, point)
        some |= bits
        every &= bits
        for i in range(at, at + width):
            key = (key ^ np.uint64(data[i])) * PRIME
        length += 1
        at += width
    add_word(hashes, lengths, state, finish(key), length, some, every)


@kernel
def add_chunk(
    data: Bytes, chunk: int, end: int, bits: int, classes: Classes, fixed: FixedTable, cuts: Cuts,
    hashes: Hashes, lengths: Lengths, state: Counts,
) -> None:  # fmt: skip
    """Append the words of any chunk; leaves ``cuts`` zeroed."""
    cut_chunk(data, chunk, end, bits, classes, fixed, cuts)
    word = chunk
    for at in range(chunk + 1, end + 1):
        if cuts[at - chunk]:
            cuts[at - chunk] = 0
            add_span(data, word, at, classes, hashes, lengths, state)
            word = at


@kernel
def add_letters(
    data: Bytes, chunk: int, letters_end: int, end: int, characters: int, bits: int, key: np.uint64,
    classes: Classes, fixed: FixedTable, hashes: Hashes, lengths: Lengths, state: Counts,
) -> bool:  # fmt: skip
    """Append a chunk of letters, perhaps with one mark behind them, in one go.

    The short cut for nine chunks in ten, with the same words as the long way; False where :func:`add_chunk` must look
    closer. ``key`` is the running hash of the letters, ``characters`` their number, ``bits`` the classes among them.
    """
    if letters_end == chunk or end - letters_end > 1 or bits & ch.UNSPACED:
        return False
    word = finish(key)
    if letters_end - chunk <= LONGEST and find(fixed.keys, word) >= 0:
        return False
    if end == letters_end:
        add_word(hashes, lengths, state, word, characters, bits, bits)
        return True
    mark = int(np.int64(data[letters_end]))
    mark_bits = class_of(classes, mark)
    if not mark_bits & ch.AFFIX and not (mark == STOP and stop_is_suffix(data, chunk, letters_end, classes)):
        return False
    if end - chunk <= LONGEST and find(fixed.keys, finish((key ^ np.uint64(mark)) * PRIME)) >= 0:
        return False
    add_word(hashes, lengths, state, word, characters, bits, bits)
    add_span(data, letters_end, end, classes, hashes, lengths, state)
    return True


@kernel
def next_chunk(data: Bytes, at: int, end: int, classes: Classes) -> tuple[int, int, int, int, int, np.uint64]:
    """Read to the next white space.

    Give its place, the classes met, and for the letters the chunk begins with their end, number, classes and running
    hash.
    """
    key = OFFSET
    bits = letters_bits = characters = 0
    letters_end = -1
    while at < end:
        point, width = decode(data, at)
        new = class_of(classes, point)
        if new & ch.SPACE:
            break
        if letters_end < 0:
            if new & ch.ALPHA:
                for i in range(at, at + width):
                    key = (key ^ np.uint64(data[i])) * PRIME
                characters += 1
            else:
                letters_end, letters_bits = at, bits
        bits |= new
        at += width
    if letters_end < 0:
        letters_end, letters_bits = at, bits
    return at, bits, letters_end, characters, letters_bits, key


@kernel
def skip_space(data: Bytes, at: int, end: int, classes: Classes, state: Counts) -> int:
    """Go to the next chunk, telling the sentence count of line ends and of white space that is not one blank."""
    start, met = at, 0
    while at < end:
        point, width = decode(data, at)
        bits = class_of(classes, point)
        if not bits & ch.SPACE:
            break
        met |= bits
        at += width
    if met & ch.LINE_END:
        state[IN_LINE] = 0
        state[ENDED] = 0
    elif at < end and state[ENDED] and not (at - start == 1 and data[start] == BLANK):
        state[SENTENCES] += 1
        state[ENDED] = 0
    return at


@kernel
def read_words(
    data: Bytes, start: int, end: int, classes: Classes, fixed: FixedTable, cuts: Cuts, hashes: Hashes,
    lengths: Lengths, state: Counts,
) -> None:  # fmt: skip
    """Read the words of ``data[start:end]`` into ``hashes`` and ``lengths``; count them into ``state`` (zeros).

    ``hashes`` and ``lengths`` have room for as many words as there are bytes; ``cuts`` is zeros, one more than that.
    """
    at = skip_space(data, start, end, classes, state)
    while at < end:
        chunk = at
        at, bits, letters_end, characters, letters_bits, key = next_chunk(data, at, end, classes)
        if not add_letters(
            data, chunk, letters_end, at, characters, letters_bits, key, classes, fixed, hashes, lengths, state
        ):
            add_chunk(data, chunk, at, bits, classes, fixed, cuts, hashes, lengths, state)
        at = skip_space(data, at, end, classes, state)
