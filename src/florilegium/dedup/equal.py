"""Equal rows of keys, found by one pass over a hash table."""

import numba
import numpy as np
import numpy.typing as npt

from florilegium.dedup.words import mix

Keys = npt.NDArray[np.uint64]


def first_equal(keys: Keys) -> npt.NDArray[np.int64]:
    """For each row of a table of 64-bit numbers give the index of the first row that equals it: its own, if it is that.

    >>> first_equal(np.array([[7], [5], [7]], dtype=np.uint64)).tolist()
    [0, 1, 0]
    """
    return _first_equal(np.ascontiguousarray(keys))


@numba.njit(cache=True, nogil=True)
def _first_equal(keys: Keys) -> npt.NDArray[np.int64]:
    """Look each row up in an open-addressing table, at most half full, of the rows met before."""
    rows, width = keys.shape
    size = 4
    while size < 2 * rows:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    first = np.empty(rows, dtype=np.int64)
    for row in range(rows):
        state = np.uint64(0)
        for column in range(width):
            state = mix(state ^ keys[row, column])
        slot = np.int64(state) & (size - 1)
        while table[slot] >= 0:
            same = 0
            while same < width and keys[table[slot], same] == keys[row, same]:
                same += 1
            if same == width:
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = row
        first[row] = table[slot]
    return first
