"""Which items stand in the texts that models are trained on: word 13-grams in common (Brown et al. 2020, appendix C).

A word is what it is for deduplication: letters, marks and digits, lower-cased. An item is the context with the right
answer (of a pair, the good sentence). One with fewer than 13 words is looked for as a whole, from 5 words on; shorter
ones are not looked for. N-grams are compared by 64-bit hashes: a million of them against a billion places give one
accident in ten thousand such looks, and none is overlooked.
"""

from collections.abc import Iterable, Sequence

import numba
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from florilegium.benchmark.items import Item
from florilegium.dedup.words import Bytes, Offsets, Table, character_table, mix, next_word, string_buffers

NGRAM, SHORTEST = 13, 5
_ROLL = np.uint64(0x9E3779B97F4A7C15)
#: Bits of the table by which most places of the pool are passed over at once.
_SIEVE_BITS = 23

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]


def contamination(items: Sequence[Item], pool: Iterable[pa.Array], *, at_most: float = 0.0) -> pl.DataFrame:
    """Count for each item its different n-grams and how many of them are in the pool.

    Columns: task, item, ngrams, found, contaminated (``found / ngrams`` above ``at_most``). ``pool`` gives arrays of
    texts. An item with no n-gram is never contaminated.
    """
    table = character_table()
    texts = pa.array([item.text for item in items], type=pa.large_string())
    data, offsets = string_buffers(texts)
    hashes, owners, sizes = _item_ngrams(data, offsets, table, NGRAM, SHORTEST)
    keys, place = np.unique(hashes, return_inverse=True)
    met = np.zeros(len(keys), dtype=np.bool_)
    if len(keys):
        sieve = np.zeros(1 << _SIEVE_BITS, dtype=np.bool_)
        sieve[keys & np.uint64((1 << _SIEVE_BITS) - 1)] = True
        lengths = np.unique(sizes)
        for array in pool:
            _look(*string_buffers(array), table, lengths, keys, sieve, met)
    pairs = np.unique(np.stack([owners, place.astype(np.int64)]), axis=1)
    ngrams = np.bincount(pairs[0], minlength=len(items))
    found = np.bincount(pairs[0], met[pairs[1]], minlength=len(items)).astype(np.int64)
    return pl.DataFrame(
        {
            "task": [item.task for item in items],
            "item": [item.id for item in items],
            "ngrams": ngrams.astype(np.int64),
            "found": found,
            "contaminated": found > at_most * ngrams,
        }
    )


@numba.njit(cache=True, nogil=True)
def _prefixes(data: Bytes, at: int, end: int, table: Table, sums: Hashes) -> int:
    """Write the rolling hash of the first 0, 1, 2, ... words of a text; give the number of words."""
    words = 0
    sums[0] = np.uint64(0)
    found, word, at = next_word(data, at, end, table)
    while found:
        sums[words + 1] = sums[words] * _ROLL + word
        words += 1
        found, word, at = next_word(data, at, end, table)
    return words


@numba.njit(cache=True, nogil=True, inline="always")
def _ngram(sums: Hashes, at: int, size: int, power: np.uint64) -> np.uint64:
    """Hash the ``size`` words from word ``at`` on; ``power`` is the roll to the power of ``size``."""
    return mix((sums[at + size] - sums[at] * power) ^ np.uint64(size))


@numba.njit(cache=True, nogil=True)
def _power(size: int) -> np.uint64:
    power = np.uint64(1)
    for _ in range(size):
        power *= _ROLL
    return power


@numba.njit(cache=True, nogil=True)
def _longest(offsets: Offsets) -> int:
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    return longest


@numba.njit(cache=True, nogil=True)
def _item_ngrams(
    data: Bytes, offsets: Offsets, table: Table, ngram: int, shortest: int
) -> tuple[Hashes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the n-grams of all items: hash, item, number of words."""
    sums = np.empty(_longest(offsets) + 1, dtype=np.uint64)
    room = len(data) // 2 + len(offsets)  # a word has a byte at least and another one behind it
    hashes = np.empty(room, dtype=np.uint64)
    owners, sizes = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    count = 0
    for row in range(len(offsets) - 1):
        words = _prefixes(data, offsets[row], offsets[row + 1], table, sums)
        size = min(words, ngram)
        if size < shortest:
            continue
        power = _power(size)
        for at in range(words - size + 1):
            hashes[count], owners[count], sizes[count] = _ngram(sums, at, size, power), row, size
            count += 1
    return hashes[:count].copy(), owners[:count].copy(), sizes[:count].copy()


@numba.njit(cache=True, nogil=True)
def _look(
    data: Bytes, offsets: Offsets, table: Table, lengths: npt.NDArray[np.int64], keys: Hashes, sieve: Flags, met: Flags
) -> None:
    """Mark the keys (sorted) that are n-grams of a text, n being each of ``lengths``."""
    sums = np.empty(_longest(offsets) + 1, dtype=np.uint64)
    mask = np.uint64(len(sieve) - 1)
    powers = np.empty(len(lengths), dtype=np.uint64)
    for index in range(len(lengths)):
        powers[index] = _power(lengths[index])
    for row in range(len(offsets) - 1):
        words = _prefixes(data, offsets[row], offsets[row + 1], table, sums)
        for index in range(len(lengths)):
            size = lengths[index]
            for at in range(words - size + 1):
                key = _ngram(sums, at, size, powers[index])
                if sieve[key & mask]:
                    slot = np.searchsorted(keys, key)
                    if slot < len(keys) and keys[slot] == key:
                        met[slot] = True
