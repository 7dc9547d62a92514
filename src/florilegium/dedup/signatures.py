"""MinHash signatures: what a text leaves behind, so that near-copies are found and their likeness estimated without it.

The likeness of two texts is the Jaccard index of their sets of word n-grams: shared over all. A random order of all
n-grams is drawn ``bands * rows`` times; the smallest n-gram of a text in each order is its minimum, and two texts share
a minimum with exactly the probability of their Jaccard index s (Broder 1997). Two columns keep what is needed:

- ``bands``: one 64-bit hash a band over the ``rows`` minima in it. Two texts share at least one band with the
  probability 1 - (1 - s^rows)^bands: the candidates.
- ``low``: the lowest byte of each minimum (b-bit minwise hashing, Li and Koenig 2010, b = 8). Equal bytes over all give
  an estimate of s with a standard error of sqrt(s (1 - s) / 112), 0.04 at s = 0.7, after taking off chance (1 in 256).

The defaults (5-grams, 14 bands of 8) are FineWeb's (Penedo et al. 2024). Orders are (a x + b) mod 2^32, a odd, over
32 bits of the n-gram's hash; a and b come from SplitMix64, so that signatures are the same on all machines.

Tiny texts: one with fewer than ``ngram`` words has no n-gram, and one with fewer than 8 different n-grams says too
little (a page of ten equal words is no copy of a page of ten thousand): both get null and can only be exact duplicates.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from florilegium.dedup.arrays import fixed_binary
from florilegium.dedup.words import Bytes, Offsets, Table, character_table, mix, next_word, string_buffers
from florilegium.errors import RecipeError

NGRAMS_AT_LEAST = 8
_ROLL = np.uint64(0x9E3779B97F4A7C15)
_GOLDEN = 0x9E3779B97F4A7C15
_S32 = np.uint64(32)
_MOST = np.uint32(0xFFFFFFFF)

Words32 = npt.NDArray[np.uint32]


class Signatures(NamedTuple):
    """Two columns, one value a text, null where the text is too short."""

    bands: pa.FixedSizeBinaryArray
    """Band hashes: ``bands`` little-endian 64-bit numbers."""
    low: pa.FixedSizeBinaryArray
    """The lowest byte of each of the ``bands * rows`` minima."""


def signatures(texts: pa.Array, *, ngram: int = 5, bands: int = 14, rows: int = 8, seed: int = 1) -> Signatures:
    """Compute the MinHash signature of each text.

    Signatures can be compared only where ``ngram``, ``bands``, ``rows`` and ``seed`` are the same.
    Raises RecipeError where one of the three numbers is below 1.
    """
    for name, value in (("ngram", ngram), ("bands", bands), ("rows", rows)):
        if value < 1:
            raise RecipeError(f"signatures: {name} is {value}; give at least 1")
    data, offsets = string_buffers(texts)
    factors, shifts = permutations(bands * rows, seed)
    minima, present = _minima(data, offsets, character_table(), ngram, factors, shifts)
    hashes = _band_hashes(minima, bands, rows)
    return Signatures(fixed_binary(hashes, present), fixed_binary(minima.astype(np.uint8), present))


def permutations(count: int, seed: int) -> tuple[Words32, Words32]:
    """Draw ``count`` orders (a x + b) mod 2^32 from SplitMix64 (Steele et al. 2014): odd factors a, shifts b."""
    state, factors, shifts = seed, [], []
    for _ in range(count):
        state = (state + _GOLDEN) % 2**64
        drawn = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        drawn = (drawn ^ drawn >> 27) * 0x94D049BB133111EB % 2**64
        drawn ^= drawn >> 31
        factors.append(drawn >> 32 | 1)
        shifts.append(drawn & 0xFFFFFFFF)
    return np.array(factors, dtype=np.uint32), np.array(shifts, dtype=np.uint32)


@numba.njit(cache=True, nogil=True)
def _minima(
    data: Bytes, offsets: Offsets, table: Table, ngram: int, factors: Words32, shifts: Words32
) -> tuple[Words32, npt.NDArray[np.bool_]]:
    """Walk each text once; give the minimum of each order, and whether the text has n-grams enough."""
    minima = np.full((len(offsets) - 1, len(factors)), _MOST, dtype=np.uint32)
    present = np.zeros(len(offsets) - 1, dtype=np.bool_)
    recent = np.zeros(ngram, dtype=np.uint64)
    different = np.zeros(NGRAMS_AT_LEAST, dtype=np.uint32)
    leaving = np.uint64(1)
    for _ in range(ngram):
        leaving *= _ROLL
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        least = minima[row]
        recent[:] = 0
        rolled = np.uint64(0)
        count, seen = 0, 0
        found, word, at = next_word(data, at, end, table)
        while found:
            slot = count % ngram
            rolled = rolled * _ROLL + word - recent[slot] * leaving
            recent[slot] = word
            count += 1
            if count >= ngram:
                hashed = np.uint32(mix(rolled) >> _S32)
                if seen < NGRAMS_AT_LEAST:
                    seen = _note(different, seen, hashed)
                for order in range(len(factors)):
                    least[order] = min(least[order], np.uint32(factors[order] * hashed + shifts[order]))
            found, word, at = next_word(data, at, end, table)
        present[row] = seen >= NGRAMS_AT_LEAST
    return minima, present


@numba.njit(cache=True, nogil=True, inline="always")
def _note(different: Words32, seen: int, hashed: np.uint32) -> int:
    """Add an n-gram to the first different ones where it is not among them; give their number."""
    for index in range(seen):
        if different[index] == hashed:
            return seen
    different[seen] = hashed
    return seen + 1


@numba.njit(cache=True, nogil=True)
def _band_hashes(minima: Words32, bands: int, rows: int) -> npt.NDArray[np.uint64]:
    """Hash the minima of each band to one number."""
    hashes = np.zeros((len(minima), bands), dtype=np.uint64)
    for row in range(len(minima)):
        for band in range(bands):
            state = np.uint64(band)
            for index in range(band * rows, (band + 1) * rows):
                state = mix(state * _ROLL + np.uint64(minima[row, index]))
            hashes[row, band] = state
    return hashes
