"""The shards of *decide*: one for each measured shard, row for row: kept or not, why, and whose copy.

decided-<hash>/NNNNN.parquet + .done
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep

from florilegium.run import clock, hand
from florilegium.run.decisions import REASONS, Columns, Deciding, Decision
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

    def __init__(self, measured: Path, tasks: int, folder: Path, steps: Sequence[Decision]) -> None:
        super().__init__()
        self.measured, self.tasks, self.folder, self.steps = measured, tasks, folder, list(steps)

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Decide everything: one task, because copies and quantiles are about the whole."""
        state = Deciding(Columns(self.measured, self.tasks))
        seconds: dict[str, float] = {}
        for step in self.steps:
            started = clock.now()
            step.apply(state)
            seconds[step.name] = clock.now() - started
        ids, repeated = unique_ids(state.columns["id"])
        hand.report(len(ids), int(state.alive.sum()))
        table = _table(state, ids)
        start = 0
        for task, length in enumerate(state.columns.lengths):
            writer = ShardWriter(self.folder / f"{task:05d}.parquet", DECIDED_SCHEMA)
            for batch in table.slice(start, length).to_batches():
                writer.write(batch)
            facts: dict[str, Any] = {
                "rules": state.rules,
                "seconds": {name: round(value, 6) for name, value in seconds.items()} if task == 0 else {},
                "warnings": state.warnings if task == 0 else [],
                "repeated": repeated if task == 0 else [],
            }
            finish(self.folder, task, {writer.path.name: writer.close()}, facts)
            start += length
        yield from ()


def unique_ids(ids: pa.Array) -> tuple[pa.Array, list[str]]:
    """Give a repeated id a suffix (`~2`, `~3`, ... in row order); also give the ids that were repeated."""
    repeated = pl.Series(ids).value_counts().filter(pl.col("count") > 1).to_series(0).sort().to_list()
    if not repeated:
        return ids, []
    taken, known, made = Counter[str](), set(ids.to_pylist()), []
    again = set(repeated)
    for value in ids.to_pylist():
        fresh = value
        if value in again:
            taken[value] += 1
            while taken[value] > 1 and (fresh := f"{value}~{taken[value]}") in known:
                taken[value] += 1
            known.add(fresh)
        made.append(fresh)
    return pa.array(made, pa.string()), repeated


def _table(state: Deciding, ids: pa.Array) -> pa.Table:
    steps = pa.array([step for step, _ in state.rules], pa.string())
    rules = pa.array([rule for _, rule in state.rules], pa.string())
    number = pa.array(state.first.astype(np.int32), mask=state.first < 0)
    columns = [
        ids,
        pa.array(state.alive),
        steps.take(number),
        rules.take(number),
        state.reasons(),
        ids.take(pa.array(state.cluster, mask=state.cluster < 0)),
        pa.array(state.cluster_size),
        ids.take(pa.array(state.survivor, mask=state.survivor < 0)),
    ]
    return pa.Table.from_arrays(columns, schema=DECIDED_SCHEMA)


def decided_rows(folder: Path, facts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the ledger's rows of *decide* from the decided shards, rule by rule in order; ``facts`` of each task."""
    rows: list[dict[str, Any]] = []
    for task, fact in enumerate(facts):
        table = pl.DataFrame(pq.read_table(folder / f"{task:05d}.parquet", columns=["kept", "rule", "reasons"]))
        first = dict(table.filter(~pl.col("kept")).group_by("rule").len().iter_rows())
        failed = table.select(pl.col("reasons").list.eval(pl.element().struct.field("rule")).alias("rules"))
        failing = dict(failed.explode("rules").drop_nulls().group_by("rules").len().iter_rows())
        lone = failed.filter(pl.col("rules").list.len() == 1).explode("rules")
        alone = dict(lone.group_by("rules").len().iter_rows())
        came, seconds = table.height, dict(facts[0]["seconds"]) if task == 0 else {}
        for step, rule in fact["rules"]:
            rejected = first.get(rule, 0)
            rows.append({
                "movement": "decide", "task": task, "stage": step, "rule": rule, "documents_in": came,
                "kept": came - rejected, "rejected": rejected, "gated": 0, "quarantined": 0,
                "failing": failing.get(rule, 0), "alone": alone.get(rule, 0), "seconds": seconds.pop(step, 0.0),
            })  # fmt: skip
            came -= rejected
        if not fact["rules"]:
            rows.append({
                "movement": "decide", "task": task, "stage": "decide", "rule": None, "documents_in": came, "kept": came,
                "rejected": 0, "gated": 0, "quarantined": 0, "failing": 0, "alone": 0, "seconds": 0.0,
            })  # fmt: skip
    return rows
