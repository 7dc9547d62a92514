"""One 128-bit key a text, equal for texts that hold the same words in the same order: exact duplicates.

Case, white space and punctuation do not count (``words`` says what a word is); numbers do. A text without any word
has no key, so that two pages of nothing but symbols are never called the same.
"""

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from florilegium.dedup.arrays import fixed_binary
from florilegium.dedup.words import Bytes, Offsets, Table, character_table, mix, next_word, string_buffers

_START_1, _START_2 = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)  # digits of pi
_STEP = np.uint64(0x9E3779B97F4A7C15)


def text_key(texts: pa.Array) -> pa.FixedSizeBinaryArray:
    """Hash the words of each text to 16 bytes; null where a text has no words or is null.

    "The  End." and "the end" share a key. The hash is our own, not a cryptographic one: two 64-bit chains over
    64-bit hashes of words, the same on all machines and versions.
    """
    data, offsets = string_buffers(texts)
    keys, present = _keys(data, offsets, character_table())
    return fixed_binary(keys, present)


@numba.njit(cache=True, nogil=True)
def _keys(data: Bytes, offsets: Offsets, table: Table) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Chain the word hashes of each text into two numbers."""
    keys = np.zeros((len(offsets) - 1, 2), dtype=np.uint64)
    present = np.zeros(len(offsets) - 1, dtype=np.bool_)
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        first, second = _START_1, _START_2
        found, word, at = next_word(data, at, end, table)
        present[row] = found
        while found:
            first = mix(first ^ word)
            second = mix(second * _STEP + word)
            found, word, at = next_word(data, at, end, table)
        if present[row]:
            keys[row, 0], keys[row, 1] = first, second
    return keys, present
