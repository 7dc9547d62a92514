"""Repeated n-grams of words, for Gopher's repetition rules.

An n-gram can only occur twice where the shorter one that it begins with does. So 2-grams are counted where a coarse
count by hash, without a branch, has met one of theirs before or after; 3-grams only where a 2-gram was met again,
4-grams only where a 3-gram was, and the duplicates from 5 to 10 are looked for only where a 4-gram was: in ordinary
text a few places in a hundred. N-grams are compared word by word (by the words' hashes), so none collide.
"""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import allocating, kernel
from florilegium.signals.kernels.hashing import MIX_1, PRIME, SHIFT, finish

Hashes = npt.NDArray[np.uint64]
Lengths = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Mets = npt.NDArray[np.uint8]

TOP_SIZES = (2, 3, 4)
DUPLICATE_SIZES = (5, 6, 7, 8, 9, 10)
COLUMNS = (
    *(f"top_{n}gram_characters" for n in TOP_SIZES),
    *(f"duplicate_{n}gram_characters" for n in DUPLICATE_SIZES),
)


@kernel
def place_of(hashes: Hashes, at: int, n: int, table: Places) -> int:
    """Give the slot of the n-gram at word ``at``: empty (-1), or holding where the same n-gram was first put."""
    key = hashes[at]
    for i in range(at + 1, at + n):
        key = key * PRIME ^ hashes[i]
    mask = len(table) - 1
    slot = int(np.int64(finish(key))) & mask
    while table[slot] >= 0:
        first = table[slot]
        same = 0
        while same < n and hashes[first + same] == hashes[at + same]:
            same += 1
        if same == n:
            break
        slot = (slot + 1) & mask
    return slot


@kernel
def perhaps_repeated(hashes: Hashes, met: Mets, slots: Places, places: Places) -> int:
    """Write to ``places``, in order, where the 2-grams begin that may occur more than once; give how many there are.

    Those left out occur once. ``met`` is zeros, its length a power of two; ``slots`` is scratch, as long as ``places``:
    an entry a word.
    """
    mask = len(met) - 1
    for at in range(len(hashes) - 1):
        slot = int(np.int64((hashes[at] * PRIME ^ hashes[at + 1]) * MIX_1 >> SHIFT)) & mask
        slots[at] = slot
        met[slot] = met[slot] << 1 | 1
    kept = 0
    for at in range(len(hashes) - 1):
        places[kept] = at
        kept += met[slots[at]] > 1
    return kept


@kernel
def characters_in(lengths: Lengths, at: int, n: int) -> int:
    """Add up the characters of the ``n`` words from ``at``."""
    total = 0
    for i in range(at, at + n):
        total += lengths[i]
    return total


@allocating
def keep_repeated(hashes: Hashes, n: int, places: Places, table: Places, times: Places) -> tuple[Places, int, int]:
    """Count the n-grams that begin at ``places``.

    Give the places of those met more than once, in order, the first place of the most frequent (the earliest, when
    several are) and how often it occurs; place 0 and once when none occurs twice.

    ``table`` is all -1; ``times`` is scratch, one entry a word of the document.
    """
    slots = np.empty(len(places), dtype=np.int32)
    for i in range(len(places)):
        at = places[i]
        slot = place_of(hashes, at, n, table)
        if table[slot] < 0:
            table[slot] = at
            times[at] = 0
        slots[i] = table[slot]
        times[slots[i]] += 1
    best = kept = 0
    most = 1
    for i in range(len(places)):
        often = times[slots[i]]
        if often > most:
            best, most = slots[i], often
        if often > 1:
            slots[kept] = places[i]
            kept += 1
    return slots[:kept], best, most


@kernel
def duplicate_characters(hashes: Hashes, lengths: Lengths, n: int, places: Places, table: Places) -> int:
    """Add up the characters of n-grams seen before, going on behind each such n-gram, as stock datatrove does."""
    characters = behind = 0
    for at in places:
        if at < behind:
            continue
        slot = place_of(hashes, at, n, table)
        if table[slot] < 0:
            table[slot] = at
        else:
            characters += characters_in(lengths, at, n)
            behind = at + n
    return characters


@allocating
def table_for(places: Places) -> Places:
    """Make an empty hash table, at most half full with an n-gram at each place."""
    size = 4
    while size < 2 * len(places):
        size *= 2
    table = np.empty(size, dtype=np.int32)
    for slot in range(size):
        table[slot] = -1
    return table


@allocating
def counts_for(words: int) -> Mets:
    """Make a table of coarse counts, all zero, with four to eight entries a word."""
    size = 8
    while size < 4 * words:
        size *= 2
    return np.zeros(size, dtype=np.uint8)


@kernel
def places_with_room(n: int, places: Places, words: int) -> int:
    """Count the ``places`` (they ascend) from which ``n`` words reach no further than the last."""
    kept = len(places)
    while kept and places[kept - 1] > words - n:
        kept -= 1
    return kept


@allocating
def count_ngrams(hashes: Hashes, lengths: Lengths, counts: Counts) -> None:
    """Write the ``COLUMNS`` of one document, given its words.

    Characters of the top n-grams, blanks between words included, times their number (-1 where there are fewer than n
    words), and characters of duplicated n-grams, without blanks.
    """
    words = len(hashes)
    places = np.empty(words, dtype=np.int32)
    times = np.empty(words, dtype=np.int32)
    places = places[: perhaps_repeated(hashes, counts_for(words), times, places)]
    column = 0
    for n in TOP_SIZES:
        places = places[: places_with_room(n, places, words)]
        places, best, most = keep_repeated(hashes, n, places, table_for(places), times)
        counts[column] = most * (characters_in(lengths, best, n) + n - 1) if words >= n else -1
        column += 1
    for n in DUPLICATE_SIZES:
        places = places[: places_with_room(n, places, words)]
        counts[column] = duplicate_characters(hashes, lengths, n, places, table_for(places))
        column += 1
