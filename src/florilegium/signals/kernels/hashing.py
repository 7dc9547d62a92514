"""64-bit hashes of byte ranges, and sets of strings that compiled code can look up by hash."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import kernel

OFFSET = np.uint64(0xCBF29CE484222325)
PRIME = np.uint64(0x100000001B3)
MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
SHIFT = np.uint64(33)


@kernel
def finish(state: np.uint64) -> np.uint64:
    """Spread a running FNV-1a state over all 64 bits (the final step of MurmurHash3); 0 is never returned."""
    state ^= state >> SHIFT
    state *= MIX_1
    state ^= state >> SHIFT
    state *= MIX_2
    state ^= state >> SHIFT
    return state | np.uint64(state == 0)


@kernel
def hash_bytes(data: npt.NDArray[np.uint8], start: int, end: int) -> np.uint64:
    """Hash ``data[start:end]``: FNV-1a over the bytes, then :func:`finish`."""
    state = OFFSET
    for i in range(start, end):
        state = (state ^ np.uint64(data[i])) * PRIME
    return finish(state)


@kernel
def find(keys: npt.NDArray[np.uint64], key: np.uint64) -> int:
    """Give the slot of ``key`` in an open-addressing table whose length is a power of two, or -1."""
    mask = len(keys) - 1
    slot = int(np.int64(key)) & mask
    while keys[slot] != 0:
        if keys[slot] == key:
            return slot
        slot = (slot + 1) & mask
    return -1


def hash_text(text: str) -> np.uint64:
    """Hash a string as the kernels hash the same bytes inside a document."""
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    return np.uint64(hash_bytes(data, 0, len(data)))


def table_of(strings: Iterable[str]) -> npt.NDArray[np.uint64]:
    """Build the key table that :func:`find` reads; at most half full."""
    hashes = sorted({hash_text(string) for string in strings})
    keys = np.zeros(1 << (2 * len(hashes)).bit_length(), dtype=np.uint64)
    mask = len(keys) - 1
    for key in hashes:
        slot = int(key) & mask
        while keys[slot]:
            slot = (slot + 1) & mask
        keys[slot] = key
    return keys
