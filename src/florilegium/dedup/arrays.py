"""Between Arrow's columns of fixed-width keys and NumPy."""

from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from florilegium.errors import ContractError

Column: TypeAlias = pa.Array | pa.ChunkedArray
Number = TypeVar("Number", np.uint64, np.uint8)


def fixed_binary(rows: npt.NDArray[Number], present: npt.NDArray[np.bool_]) -> pa.FixedSizeBinaryArray:
    """Make one fixed-size binary value of each row (numbers little-endian), null where ``present`` is false."""
    little = np.ascontiguousarray(rows.astype(rows.dtype.newbyteorder("<"), copy=False))
    width = little.shape[1] * little.itemsize
    mask = None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(little), [mask, pa.py_buffer(little)])


def from_fixed_binary(column: Column, item: type[Number]) -> tuple[npt.NDArray[Number], npt.NDArray[np.bool_]]:
    """Give a column's values as a table of numbers, one row a value, and where they are present (not null).

    Raises ContractError for another type than fixed-size binary.
    """
    if not pa.types.is_fixed_size_binary(column.type):
        raise ContractError(f"expected fixed-size binary keys, found {column.type}; read the column with pyarrow")
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    little = np.dtype(item).newbyteorder("<")
    width = column.type.byte_width // little.itemsize
    data = array.buffers()[1] if len(array) else b""
    values = np.frombuffer(data, dtype=little).reshape(-1, width)[array.offset : array.offset + len(array)]
    return values.astype(item, copy=False), array.is_valid().to_numpy(zero_copy_only=False)
