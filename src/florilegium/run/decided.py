"""The shards of *decide*: one for each measured shard, row for row: kept or not, why, and whose copy.

decided-<hash>/NNNNN.parquet + .done
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from datatrove.pipeline.base import PipelineStep
from numpy.typing import NDArray

from florilegium.errors import ContractError
from florilegium.run import clock, hand
from florilegium.run.decisions import REASONS, Columns, Deciding, Decision, list_reasons
from florilegium.run.shards import ShardWriter, finish

DECIDED_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # unique in the run: a repeated native key got a suffix `~2`
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("stage", pa.string()),  # the step that dropped it
        pa.field("rule", pa.string()),  # the first rule that it failed
        pa.field("reasons", REASONS, nullable=False),  # every rule that it failed
        pa.field("cluster", pa.string()),  # id of the document that stands for its cluster of copies
        pa.field("cluster_size", pa.int32(), nullable=False),
        pa.field("survivor", pa.string()),  # of a removed copy: id of the document that stands for it
    ]
)


class Decide(PipelineStep):  # type: ignore[misc]
    """Apply the decision steps to all documents of a run, and write one shard for each measured shard."""

    name = "decide"
    type = "florilegium"

    def __init__(self, measured: Path, tasks: int, folder: Path, steps: Sequence[Decision], of: str) -> None:
        super().__init__()
        self.measured, self.tasks, self.folder, self.steps, self.of = measured, tasks, folder, list(steps), of
        self.compiled = tuple(name for step in steps for name in step.compiled)

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Decide everything: one task, because copies and quantiles are about the whole."""
        columns = Columns(self.measured, self.tasks)
        state = Deciding(columns)
        seconds: dict[str, float] = {}
        for step in self.steps:
            started = clock.now()
            columns.hold(step.reads)
            step.apply(state)
            seconds[step.name] = round(clock.now() - started, 6)
        columns.hold(["id"])
        ids, repeated = unique_ids(columns["id"])
        hand.report(len(ids), int(state.alive.sum()))
        said: dict[str, Any] = {"seconds": seconds, "warnings": state.warnings, "repeated": repeated}
        sizes = np.bincount(state.survivor, minlength=len(ids)).astype(np.int32)
        for task, (start, stop) in enumerate(pairwise(accumulate(columns.lengths, initial=0))):
            started = clock.now()
            writer = ShardWriter(self.folder / f"{task:05d}.parquet", DECIDED_SCHEMA)
            try:
                writer.write(_decided(state, ids, sizes, start, stop))
                files = {writer.path.name: writer.close()}
            except BaseException:
                writer.abandon()
                raise
            writing = round(clock.now() - started, 6)
            finish(self.folder, task, files, {"rules": state.rules, "writing": writing, **said}, self.of)
            said = {"seconds": {}, "warnings": [], "repeated": []}  # once is enough
        yield from ()


def unique_ids(ids: pa.Array) -> tuple[pa.Array, list[str]]:
    """Give a repeated id a suffix (`~2`, `~3`, ... in row order); also give the ids that were repeated."""
    column = pl.Series(ids)
    if column.n_unique() == len(column):
        return ids, []
    again = column.is_duplicated()
    taken = set(column.filter(column.str.contains("~", literal=True)))
    seen, made = Counter[str](), []
    for value in column.filter(again):
        seen[value] += 1
        fresh = value
        if seen[value] > 1:
            while (fresh := f"{value}~{seen[value]}") in taken:
                seen[value] += 1
            taken.add(fresh)
        made.append(fresh)
    return column.scatter(again.arg_true(), made).to_arrow(), sorted(seen)


def _decided(state: Deciding, ids: pa.Array, sizes: NDArray[np.int32], start: int, stop: int) -> pa.RecordBatch:
    """Give the rows of one shard; ``sizes`` are the documents that each row stands for."""
    rows = np.arange(start, stop)
    survivor = state.survivor[start:stop]
    size = sizes[survivor]
    first = state.first[start:stop]
    number = pa.array(first, mask=first < 0)
    columns = [
        ids[start:stop],
        pa.array(state.alive[start:stop]),
        pa.array([step for step, _ in state.rules], pa.string()).take(number),
        pa.array([rule for _, rule in state.rules], pa.string()).take(number),
        list_reasons([verdict.within(start, stop) for verdict in state.verdicts], stop - start),
        ids.take(pa.array(survivor, mask=size == 1)),
        pa.array(size),
        ids.take(pa.array(survivor, mask=survivor == rows)),
    ]
    cast = [column.cast(field.type) for column, field in zip(columns, DECIDED_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(cast, schema=DECIDED_SCHEMA)


def decided_rows(folder: Path, facts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the ledger's rows of *decide* from the decided shards, rule by rule in order; ``facts`` of each task.

    Raises ContractError where a shard keeps another number of documents than its rules leave.
    """
    paths = [folder / f"{task:05d}.parquet" for task in range(len(facts))]
    shards = pl.scan_parquet(paths, glob=False, hive_partitioning=False, include_file_paths="path").with_columns(
        task=pl.col("path").str.extract(r"(\d+)\.parquet$").cast(pl.Int64)
    )
    failed = shards.select("task", rule=pl.col("reasons").list.eval(pl.element().struct.field("rule")))
    lone = failed.filter(pl.col("rule").list.len() == 1)
    kept, rejected, failing, alone = (
        {tuple(key): count for *key, count in counted.iter_rows()}
        for counted in pl.collect_all(
            [
                shards.group_by("task", "kept").len(),
                shards.filter(~pl.col("kept")).group_by("task", "rule").len(),
                failed.explode("rule").drop_nulls().group_by("task", "rule").len(),
                lone.explode("rule").group_by("task", "rule").len(),
            ]
        )
    )
    rows: list[dict[str, Any]] = []
    for task, fact in enumerate(facts):
        stay = kept.get((task, True), 0)
        came, seconds = stay + kept.get((task, False), 0), dict(fact["seconds"])
        for step, rule in fact["rules"] or [("decide", None)]:
            gone = rejected.get((task, rule), 0)
            rows.append({
                "movement": "decide", "task": task, "stage": step, "rule": rule, "documents_in": came,
                "kept": came - gone, "rejected": gone, "gated": 0, "quarantined": 0,
                "failing": failing.get((task, rule), 0), "alone": alone.get((task, rule), 0),
                "seconds": seconds.pop(step, 0.0),
            })  # fmt: skip
            came -= gone
        if came != stay:
            raise ContractError(f"{folder}: task {task:05d} keeps {stay} documents, its rules {came}")
    return rows
