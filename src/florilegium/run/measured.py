"""The last step of *measure*: one shard of documents, one of those that left, and a ``.done`` that accounts for all.

measured-<hash>/NNNNN.parquet        documents, without the bytes of their pages
measured-<hash>/NNNNN.left.parquet   documents that left during measure, with stage and reason
measured-<hash>/NNNNN.done           files with their hashes; rows, bytes and seconds of each stage; incidents
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datatrove.pipeline.base import PipelineStep

from florilegium.anchors import COLUMN
from florilegium.documents import (
    DEPARTURE_SCHEMA,
    SOURCE_SCHEMA,
    TRANSIENT_COLUMNS,
    Batch,
    Departure,
    text_bytes,
    with_column,
)
from florilegium.errors import ContractError
from florilegium.run import clock, hand
from florilegium.run.shards import ShardWriter, finish
from florilegium.run.stage import Stage


def measured_schema(stages: Sequence[Stage], *, pages: bool = False) -> pa.Schema:
    """Give the columns of a measured shard: the source's, what each stage writes, and ``text_bytes`` (UTF-8).

    Page anchors are among them only where a source of the run has ``pages``.
    """
    unwritten = TRANSIENT_COLUMNS if pages else (*TRANSIENT_COLUMNS, COLUMN)
    fields = {field.name: field for field in SOURCE_SCHEMA if field.name not in unwritten}
    for stage in stages:
        for field in stage.writes:
            if field.name not in TRANSIENT_COLUMNS:
                fields[field.name] = field
    return pa.schema([*fields.values(), pa.field("text_bytes", pa.int64(), nullable=False)])


class WriteMeasured(PipelineStep):  # type: ignore[misc]
    """Write what comes out of the stages of one task."""

    name = "write"
    type = "florilegium"

    def __init__(self, folder: Path, stages: Sequence[Stage], *, pages: bool = False) -> None:
        super().__init__()
        self.folder = folder
        self.schema = measured_schema(stages, pages=pages)
        self.stages = ["read", *(stage.name for stage in stages)]

    def run(self, data: Iterator[Batch], rank: int = 0, world_size: int = 1) -> Iterator[Batch]:
        """Consume the batches of task ``rank``; finish its shard."""
        kept = ShardWriter(self.folder / f"{rank:05d}.parquet", self.schema)
        left = ShardWriter(self.folder / f"{rank:05d}.left.parquet", DEPARTURE_SCHEMA)
        gone: list[pa.RecordBatch] = []
        flow = _Flow(self.stages)
        spent, written = 0.0, 0
        try:
            for batch in data:
                started = clock.now()
                sizes = pc.fill_null(pc.binary_length(batch.documents.column("text")), 0)
                documents = with_column(batch.documents, self.schema.field("text_bytes"), sizes)
                kept.write(documents.select(self.schema.names))
                written += text_bytes(documents)
                gone.append(departures_table(batch.departures))
                flow.add(batch)
                hand.report(batch.passages[0].rows_in, batch.documents.num_rows)
                spent += clock.now() - started
            started = clock.now()
            facts = flow.facts(kept.rows)
            for part in in_order(gone).to_batches():
                left.write(part)
            files = {kept.path.name: kept.close(), left.path.name: left.close()}
        except BaseException:
            kept.abandon()
            left.abandon()
            raise
        finish(
            self.folder,
            rank,
            files,
            facts | {"writing": round(spent + clock.now() - started, 6), "text_bytes": written},
        )
        yield from ()


def departures_table(departures: Sequence[Departure]) -> pa.RecordBatch:
    """Give departures as rows."""
    rows = [asdict(departure) | {"outcome": str(departure.outcome)} for departure in departures]
    return pa.RecordBatch.from_pylist(rows, schema=DEPARTURE_SCHEMA)


def in_order(parts: Sequence[pa.RecordBatch]) -> pa.Table:
    """Give departures in the order of their records, whatever the batches in which they left."""
    table = pa.Table.from_batches(parts, DEPARTURE_SCHEMA)
    return table.sort_by([("file", "ascending"), ("record", "ascending")]).combine_chunks()


class _Flow:
    """Adds up rows stage by stage, and checks that each missing row has a departure."""

    def __init__(self, stages: Sequence[str]) -> None:
        self.stages = list(stages)
        self.rows_in: Counter[str] = Counter()
        self.rows_out: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.text_bytes: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.incidents: list[dict[str, Any]] = []

    def add(self, batch: Batch) -> None:
        for passage in batch.passages:
            self.rows_in[passage.stage] += passage.rows_in
            self.rows_out[passage.stage] += passage.rows_out
            self.seconds[passage.stage] += passage.seconds  # type: ignore[assignment]
            self.text_bytes[passage.stage] += passage.text_bytes
        for departure in batch.departures:
            self.left[departure.stage] += 1
        self.incidents += [asdict(incident) for incident in batch.incidents]

    def facts(self, rows: int) -> dict[str, Any]:
        expected = self.rows_in["read"]
        for stage in self.stages:
            if self.rows_in[stage] != expected or self.rows_out[stage] != expected - self.left[stage]:
                raise ContractError(
                    f"stage `{stage}` does not add up: {expected} documents came, {self.rows_in[stage]} went in, "
                    f"{self.left[stage]} left with a reason, {self.rows_out[stage]} went on"
                )
            expected = self.rows_out[stage]
        if expected != rows:
            raise ContractError(f"{expected} documents came out of the last stage, {rows} were written")
        return {
            "stages": [
                {
                    "stage": stage,
                    "rows_in": self.rows_in[stage],
                    "rows_out": self.rows_out[stage],
                    "seconds": round(float(self.seconds[stage]), 6),
                    "text_bytes": self.text_bytes[stage],
                }
                for stage in self.stages
            ],
            "incidents": self.incidents,
        }
