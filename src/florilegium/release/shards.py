"""Text joined with decisions: kept documents, in row order, packed into shards of a target size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep

from florilegium.clean.cleaner import Cleaner
from florilegium.clean.pages import move_pages
from florilegium.clean.registry import clean
from florilegium.documents import with_column
from florilegium.errors import ContractError
from florilegium.run import clock, hand
from florilegium.run.shards import ShardWriter, finish, read_batches

#: Zstandard level of published shards: written once, read many times.
RELEASE_LEVEL = 9
READ_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows ``start`` to ``stop`` (kept or not) of one task that go into a shard."""

    task: int
    start: int
    stop: int


def pack(measured: Path, decided: Path, tasks: int, shard_size: int) -> list[list[Piece]]:
    """Deal the rows of all tasks to shards, about ``shard_size`` bytes of kept text in each; at least one."""
    shards: list[list[Piece]] = [[]]
    filled = 0
    for task in range(tasks):
        kept = pq.read_table(decided / f"{task:05d}.parquet", columns=["kept"])["kept"].to_numpy(zero_copy_only=False)
        sizes = pq.read_table(measured / f"{task:05d}.parquet", columns=["text_bytes"])["text_bytes"].to_numpy()
        ends = filled + np.cumsum(np.where(kept, sizes, 0))
        start = 0
        while start < len(kept):
            stop = int(np.searchsorted(ends, shard_size, side="left")) + 1
            stop = min(stop, len(kept))
            shards[-1].append(Piece(task, start, stop))
            if ends[stop - 1] >= shard_size and (stop < len(kept) or task + 1 < tasks):
                ends = ends - ends[stop - 1]
                shards.append([])
            start = stop
        filled = int(ends[-1]) if len(ends) else filled
    return shards if shards[-1] or len(shards) == 1 else shards[:-1]


def release_schema(measured: pa.Schema) -> pa.Schema:
    """Give the columns of a release: id and text first, what was measured, how many copies it stands for."""
    left_out = {"id", "text", "file", "record", "offset", "text_bytes"}
    rest = [
        field.with_metadata(None)
        for field in measured
        if field.name not in left_out and not field.name.startswith(("minhash.", "key."))
    ]
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("text", pa.large_string(), nullable=False),
            *rest,
            pa.field("cluster_size", pa.int32(), nullable=False),
        ]
    )


class WriteRelease(PipelineStep):  # type: ignore[misc]
    """Write one shard of the release: read its pieces, keep what was kept, mask, write."""

    name = "release"
    type = "florilegium"

    def __init__(
        self,
        measured: Path,
        decided: Path,
        folder: Path,
        shards: Sequence[Sequence[Piece]],
        steps: Sequence[Cleaner],
        of: str,
    ) -> None:
        super().__init__()
        self.of = of
        self.measured, self.decided, self.folder = measured, decided, folder
        self.shards, self.steps = [list(pieces) for pieces in shards], list(steps)

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Write shard ``rank``."""
        schema = release_schema(pq.read_schema(self.measured / "00000.parquet"))
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        path = self.folder / shard_name(rank, len(self.shards))
        writer = ShardWriter(path, schema, level=RELEASE_LEVEL)
        edits, started = 0, clock.now()
        try:
            for piece in self.shards[rank]:
                for batch in _kept(self.measured, self.decided, piece, schema):
                    if self.steps:
                        batch, made = self._format(batch)
                        edits += made
                    writer.write(batch)
                    hand.report(batch.num_rows, batch.num_rows)
            state = writer.close()
        except BaseException:
            writer.abandon()
            raise
        files = {str(path.relative_to(self.folder)): state}
        facts = {"rows": state["rows"], "edits": edits, "seconds": round(clock.now() - started, 6)}
        finish(self.folder, rank, files, facts, self.of)
        yield from ()

    def _format(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, int]:
        """Mask what must not be published; also give the number of edits."""
        cleaned = [clean(text, self.steps) for text in batch.column("text").to_pylist()]
        batch = move_pages(batch, [made for _, made in cleaned])
        texts = pa.array([text for text, _ in cleaned], pa.large_string())
        return with_column(batch, batch.schema.field("text"), texts), sum(
            len(edits) for _, made in cleaned for edits in made
        )


def shard_name(index: int, count: int) -> str:
    """Give a shard's path inside the release, as the Hub names them."""
    return f"data/train-{index:05d}-of-{count:05d}.parquet"


def _kept(measured: Path, decided: Path, piece: Piece, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read the kept rows of one piece, with the columns of the release."""
    choice = pq.read_table(
        decided / f"{piece.task:05d}.parquet", columns=["id", "kept", "cluster_size"]
    ).combine_chunks()
    columns = [name for name in schema.names if name not in ("id", "cluster_size")]
    path = measured / f"{piece.task:05d}.parquet"
    measured_rows = pq.read_metadata(path).num_rows
    if measured_rows != choice.num_rows:
        raise ContractError(f"task {piece.task:05d}: {measured_rows} documents measured, {choice.num_rows} decided")
    row = 0
    for batch in read_batches(path, columns, READ_ROWS):
        low, high = max(row, piece.start), min(row + batch.num_rows, piece.stop)
        if low < high:
            here = batch.slice(low - row, high - low)
            decisions = choice.slice(low, high - low)
            keep = decisions["kept"].combine_chunks()
            made = {name: here.column(name) for name in columns}
            made["id"] = decisions["id"].combine_chunks()
            made["cluster_size"] = decisions["cluster_size"].combine_chunks()
            arrays = [pc.filter(made[field.name], keep).cast(field.type) for field in schema]
            if len(arrays[0]):
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        row += batch.num_rows
