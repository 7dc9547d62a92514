"""Shards on disk: written under a temporary name, flushed, renamed; finished only when ``.done`` agrees.

The one place where Parquet settings are fixed, because bytes change with them.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from florilegium.errors import ContractError

DONE_VERSION = 2
#: A row group is full at so many rows, or so many bytes in its columns of text and bytes.
ROW_GROUP_ROWS = 10_000
ROW_GROUP_BYTES = 64 * 2**20

PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    "data_page_version": "1.0",
    "write_statistics": True,
    "write_page_index": True,
    "use_dictionary": True,
    "use_content_defined_chunking": True,
    "store_schema": True,
}


class ShardWriter:
    """Writes one Parquet file of a task; nothing is seen under the final name before :meth:`close`."""

    def __init__(self, path: Path, schema: pa.Schema, *, level: int = PARQUET["compression_level"]) -> None:
        self.path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self._file = self._temporary.open("wb")
        self._writer = pq.ParquetWriter(self._file, schema, **{**PARQUET, "compression_level": level})
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = self._waiting_bytes = 0
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; row groups are cut at the same rows, whatever the batches."""
        if batch.schema != self._schema:
            raise ContractError(
                f"{self.path.name}: a batch has other columns than the shard: {_difference(batch.schema, self._schema)}"
            )
        self.rows += batch.num_rows
        sizes = _row_bytes(batch)
        while batch.num_rows:
            ends = self._waiting_bytes + np.cumsum(sizes)
            stop = min(int(np.searchsorted(ends, ROW_GROUP_BYTES)) + 1, ROW_GROUP_ROWS - self._waiting_rows, len(sizes))
            self._waiting.append(batch.slice(0, stop))
            self._waiting_rows += stop
            self._waiting_bytes = int(ends[stop - 1])
            if self._waiting_rows >= ROW_GROUP_ROWS or self._waiting_bytes >= ROW_GROUP_BYTES:
                self._flush()
            batch, sizes = batch.slice(stop), sizes[stop:]

    def _flush(self) -> None:
        """Write what waits as one row group."""
        table = pa.Table.from_batches(self._waiting, self._schema)
        if table.num_rows:
            self._writer.write_table(table.combine_chunks(), row_group_size=ROW_GROUP_ROWS)
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0

    def close(self) -> dict[str, Any]:
        """Flush to disk, rename to the final name; give what ``.done`` says of it."""
        self._flush()
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._temporary, self.path)
        return {"rows": self.rows, **fingerprint(self.path)}

    def abandon(self) -> None:
        """Remove what was written so far."""
        with suppress(OSError):  # the disk may be full: what is written now is removed anyway
            self._writer.close()
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def _row_bytes(batch: pa.RecordBatch) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Give the bytes of each row in columns of variable length."""
    sizes = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or _is_binary(column.type):
            sizes += pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    return sizes


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _difference(got: pa.Schema, wanted: pa.Schema) -> str:
    fields = {str(field) for field in got} ^ {str(field) for field in wanted}
    return ", ".join(sorted(fields)) or "another order"


def fingerprint(path: Path) -> dict[str, Any]:
    """Give bytes and SHA-256 of a file."""
    hashed = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            hashed.update(chunk)
    return {"bytes": path.stat().st_size, "sha256": hashed.hexdigest()}


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically."""
    write_bytes(path, (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a small file atomically: temporary name, flush, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def write_parquet(table: Any, path: Path) -> None:
    """Write a small table (of Polars) atomically."""
    content = BytesIO()
    table.write_parquet(content, compression="zstd", statistics=True)
    write_bytes(path, content.getvalue())


def done_path(folder: Path, index: int) -> Path:
    """Give the path of a task's ``.done`` file."""
    return folder / f"{index:05d}.done"


def finish(
    folder: Path, index: int, files: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any], of: str = ""
) -> None:
    """Declare a task finished: what its files must be, and the facts (counts, incidents) that came out.

    ``of`` is the :func:`content` that it was made of, where that is another folder of this run.
    """
    body = {"version": DONE_VERSION, "of": of, "files": files, "facts": facts}
    write_json(done_path(folder, index), {**body, "seal": _seal(body)})


def _seal(body: Mapping[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def finished(folder: Path, index: int, of: str = "") -> dict[str, Any] | None:
    """Give the facts of a finished task; None where it is not finished, was made of something else, or its files do not
    agree with ``.done``."""
    body = read_done(folder, index)
    if body is None or body["of"] != of:
        return None
    for name, state in body["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != state["bytes"]:
            return None
        if fingerprint(path)["sha256"] != state["sha256"]:
            return None
    return dict(body["facts"])


def read_done(folder: Path, index: int) -> dict[str, Any] | None:
    """Read a ``.done`` file; None where it is absent or damaged."""
    try:
        written = json.loads(done_path(folder, index).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(written, dict) or written.get("version") != DONE_VERSION:
        return None
    body = {key: written.get(key) for key in ("version", "of", "files", "facts")}
    return body if written.get("seal") == _seal(body) else None


def present(folder: Path, index: int) -> dict[str, Any] | None:
    """Read the ``.done`` file of a task whose files are there in their size; None otherwise. Hashes nothing."""
    body = read_done(folder, index)
    for name, state in body["files"].items() if body is not None else ():
        path = folder / name
        if not path.is_file() or path.stat().st_size != state["bytes"]:
            return None
    return body


def content(folder: Path, count: int) -> str:
    """Give a hash of what the finished tasks of a folder hold, by their ``.done`` files. Raises ContractError where one
    is not finished."""
    hashed = sha256()
    for index in range(count):
        body = read_done(folder, index)
        if body is None:
            raise ContractError(f"{folder}: task {index:05d} is not finished")
        hashed.update(json.dumps(body["files"], sort_keys=True).encode())
    return hashed.hexdigest()


def sweep(folder: Path) -> int:
    """Remove what dead attempts left under temporary names; give how many files."""
    leftovers = [path for path in folder.rglob(".*.tmp") if path.is_file()]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def read_batches(path: Path, columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """Read a shard in order, at most so many rows and one row group at a time: long texts stay bounded."""
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=rows, row_groups=[group], columns=list(columns))
