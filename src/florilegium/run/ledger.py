"""The ledger: one row per task, stage and rule, made from outputs; ``in = kept + rejected + gated + quarantined``.

Every number in the closing table, the card and the report comes from it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from florilegium.errors import ContractError
from florilegium.run.shards import read_done

SCHEMA = {
    "movement": pl.String,
    "task": pl.Int32,
    "stage": pl.String,
    "rule": pl.String,  # null: nothing left at this stage
    "documents_in": pl.Int64,
    "kept": pl.Int64,
    "rejected": pl.Int64,
    "gated": pl.Int64,
    "quarantined": pl.Int64,
    "failing": pl.Int64,  # documents that fail the rule, whether or not an earlier rule dropped them (decide only)
    "alone": pl.Int64,  # documents that fail this rule and no other (decide only)
    "seconds": pl.Float64,  # of the stage in this task; on its first row only
}

OUTCOMES = ("rejected", "gated", "quarantined")


def measured_rows(folder: Path, tasks: Sequence[int]) -> list[dict[str, Any]]:
    """Make the rows of *measure* from the shards of departures and the rows that each stage of a task had."""
    rows: list[dict[str, Any]] = []
    for task in tasks:
        facts = _facts(folder, task)
        left = pl.DataFrame(pq.read_table(folder / f"{task:05d}.left.parquet", columns=["stage", "rule", "outcome"]))
        counts = left.group_by("stage", "rule", "outcome").len().sort("stage", "rule", "outcome")
        came = facts["stages"][0]["rows_in"]
        for stage in facts["stages"]:
            here = counts.filter(pl.col("stage") == stage["stage"]).rows(named=True)
            rows += _stage_rows("measure", task, stage["stage"], came, here, stage["seconds"])
            came -= sum(row["len"] for row in here)
            if came != stage["rows_out"]:
                raise ContractError(
                    f"task {task:05d}, stage `{stage['stage']}`: {came} by outputs, {stage['rows_out']} counted"
                )
        written = pq.read_metadata(folder / f"{task:05d}.parquet").num_rows
        if came != written:
            raise ContractError(f"task {task:05d}: the ledger has {came} documents, the shard {written}")
    return rows


def _facts(folder: Path, task: int) -> dict[str, Any]:
    body = read_done(folder, task)
    if body is None:
        raise ContractError(f"{folder}: task {task:05d} is not finished")
    return dict(body["facts"])


def _stage_rows(
    movement: str, task: int, stage: str, came: int, left: Sequence[dict[str, Any]], seconds: float
) -> list[dict[str, Any]]:
    empty = {"movement": movement, "task": task, "stage": stage, "rejected": 0, "gated": 0, "quarantined": 0}
    if not left:
        return [{**empty, "rule": None, "documents_in": came, "kept": came, "seconds": seconds}]
    rows = []
    for number, item in enumerate(left):
        kept = came - item["len"]
        rows.append({**empty, "rule": item["rule"], "documents_in": came, "kept": kept, item["outcome"]: item["len"],
                     "seconds": seconds if number == 0 else 0.0})  # fmt: skip
        came = kept
    return rows


def incidents(folder: Path, tasks: Sequence[int]) -> list[dict[str, Any]]:
    """Give what went wrong with files, in row order."""
    return [incident for task in tasks for incident in _facts(folder, task)["incidents"]]


def ledger_table(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Make the ledger and check it. Raises ContractError where a row or the chain of rows does not add up."""
    table = pl.DataFrame([{name: row.get(name) for name in SCHEMA} for row in rows], schema=SCHEMA, orient="row")
    wrong = table.filter(pl.col("documents_in") != pl.sum_horizontal("kept", *OUTCOMES))
    if wrong.height:
        raise ContractError(f"the ledger does not add up: {wrong.row(0, named=True)}")
    for (movement, task), group in table.group_by("movement", "task", maintain_order=True):
        if not (group["documents_in"][1:] == group["kept"][:-1]).all():
            raise ContractError(f"the ledger of {movement}, task {task}, has a gap between two of its rows")
    return table


def totals(table: pl.DataFrame) -> pl.DataFrame:
    """Sum the ledger over tasks: one row per movement, stage and rule, in order of the flow.

    Rules of *decide* stand in their order, reasons of *measure* by name. A stage's seconds stand on its first row.
    """
    stage = ["movement", "stage"]
    summed = (
        table.with_row_index("order")
        .with_columns(pl.col("order").min().over(stage).alias("stage_order"), pl.col("seconds").sum().over(stage))
        .group_by(*stage, "rule", "stage_order", "seconds")
        .agg(pl.col("order").min(), *(pl.col(name).sum() for name in (*OUTCOMES, "failing", "alone")))
        .filter(pl.col("rule").is_not_null() | (pl.len().over(stage) == 1))
        .with_columns(pl.when(pl.col("movement") == "decide").then(pl.col("order")).otherwise(0).alias("order"))
        .sort("stage_order", "order", "rule", nulls_last=True)
    )
    first = pl.int_range(pl.len()).over(stage) == 0
    return summed.with_columns(pl.when(first).then(pl.col("seconds")).otherwise(0.0).alias("seconds")).drop(
        "order", "stage_order"
    )


def records_in(table: pl.DataFrame) -> int:
    """Give how many records the sources had."""
    return int(
        table.filter(pl.col("stage") == "read")
        .group_by("task")
        .agg(pl.col("documents_in").first())["documents_in"]
        .sum()
    )
