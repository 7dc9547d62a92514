"""From scores of items to scores of tasks: weighted means with intervals, and what chance would give."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from florilegium.benchmark.items import Item, items_table
from florilegium.benchmark.scores import FORMS
from florilegium.benchmark.suite import Suite

Floats = npt.NDArray[np.float64]


class Estimate(NamedTuple):
    """A score with its 95 % interval over the units that were sampled; no interval where there is one unit only."""

    score: float
    low: float | None
    high: float | None
    items: int
    clusters: int


def estimate(values: Floats, weights: Floats, clusters: Sequence[str], strata: Sequence[str] | None = None) -> Estimate:
    """Give the mean over strata of the weighted mean of their items, with a 95 % interval over clusters.

    In a stratum, the score is a ratio r = sum(w x) / sum(w); its variance over G clusters is, by linearisation,
    G / (G - 1) * sum over clusters of (sum of w (x - r))^2 / sum(w)^2 (Cochran 1977; Miller 2024, "Adding
    error bars to evals"). Strata are fixed and add up; degrees of freedom are sum(G - 1). A cluster that
    reaches over strata counts as one in each.
    """
    from scipy.stats import t

    frame = pl.DataFrame(
        {
            "x": values,
            "w": weights,
            "cluster": clusters,
            "stratum": strata if strata is not None else [""] * len(values),
        }
    )
    scores, variance, freedom, alone = [], 0.0, 0, False
    for _, part in frame.group_by("stratum", maintain_order=True):
        x, w = part["x"].to_numpy(), part["w"].to_numpy()
        score = float(w @ x / w.sum())
        scores.append(score)
        residuals = part.select("cluster", r=w * (x - score)).group_by("cluster").agg(pl.col("r").sum())["r"].to_numpy()
        count = len(residuals)
        alone |= count < 2
        freedom += count - 1
        variance += count / max(1, count - 1) * float(residuals @ residuals) / float(w.sum()) ** 2
    mean, different = float(np.mean(scores)), frame["cluster"].n_unique()
    if alone:
        return Estimate(mean, None, None, len(frame), different)
    reach = float(t.ppf(0.975, freedom)) * math.sqrt(variance) / len(scores)
    return Estimate(mean, mean - reach, mean + reach, len(frame), different)


def chance(items: Sequence[Item], suite: Suite) -> dict[tuple[str, str], float | None]:
    """Give what each task and measure would be by chance; None where chance has no level of its own.

    Accuracies: one over the number of answers, or what the task says; margin: 0; the last word: 0. Bits per byte and
    probabilities depend on the tokenizer: :func:`uniform_level`.
    """
    answers = pl.DataFrame(
        {"task": [item.task for item in items], "share": [1 / len(item.requests) for item in items],
         "weight": [item.weight for item in items]}
    )  # fmt: skip
    shares = answers.group_by("task").agg(pl.col("share").dot("weight") / pl.col("weight").sum())
    share = dict(shares.iter_rows())
    levels: dict[tuple[str, str], float | None] = {}
    for task in suite.tasks:
        for measure in FORMS[task.form]:
            level: float | None = None
            if measure in ("accuracy", "accuracy_norm"):
                level = 0.0 if task.form == "last_word" else share.get(task.name)
                level = task.chance if task.chance is not None else level
            elif measure == "probability_norm":
                level = share.get(task.name)
            elif measure == "margin":
                level = 0.0
            levels[task.name, measure] = level
    return levels


def uniform_level(items: Sequence[Item], tokens: Sequence[int], vocabulary: int) -> dict[tuple[str, str], float]:
    """Give the bits per byte of a model to which all tokens are equally probable: the level of an untrained one.

    tokens * log2(vocabulary) / bytes, over all items of a text task. ``tokens``: of each request, as ``Encoded`` has.
    """
    bits: dict[str, float] = {}
    size: dict[str, int] = {}
    at = 0
    for item in items:
        if item.form == "text":
            bits[item.task] = bits.get(item.task, 0.0) + tokens[at] * math.log2(vocabulary)
            size[item.task] = size.get(item.task, 0) + len(item.requests[0].answer.encode())
        at += len(item.requests)
    return {(task, "bits_per_byte"): bits[task] / size[task] for task in bits}


def curves(
    scores: Mapping[tuple[str, int], pa.Table], items: pa.Table, balance: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Average items: one row for each run (arm, seed), checkpoint, task, measure and slice.

    Columns: arm, seed, step, tokens, task, measure, slice ("" for the whole, else ``name=value``), value. ``items`` is
    the table of items; ``balance`` names for a task the slice over which its whole is balanced.
    """
    known = pl.DataFrame(pl.from_arrow(items))
    names = [name for name in known.columns if name.startswith("slice.")]
    keys = ["arm", "seed", "step", "tokens", "task", "measure"]
    mean = pl.col("value").dot("weight") / pl.col("weight").sum()
    parts = []
    for (arm, seed), table in scores.items():
        rows = pl.DataFrame(pl.from_arrow(table)).join(known, on=["task", "item"], how="inner", maintain_order="left")
        rows = rows.with_columns(arm=pl.lit(arm), seed=pl.lit(seed, dtype=pl.Int64))
        stratum = pl.lit("")
        for task, name in (balance or {}).items():
            stratum = pl.when(pl.col("task") == task).then(pl.col(f"slice.{name}")).otherwise(stratum)
        whole = (
            rows.with_columns(stratum=stratum)
            .group_by([*keys, "stratum"], maintain_order=True)
            .agg(mean.alias("value"))
        )
        parts.append(
            whole.group_by(keys, maintain_order=True).agg(pl.col("value").mean()).with_columns(slice=pl.lit(""))
        )
        for name in names:
            sliced = rows.filter(pl.col(name).is_not_null()).group_by([*keys, name]).agg(mean.alias("value"))
            label = pl.lit(name.removeprefix("slice.") + "=") + pl.col(name)
            parts.append(sliced.with_columns(slice=label).drop(name))
    order = [*keys, "slice"]
    return pl.concat([part.select([*order, "value"]) for part in parts]).sort(order)


class Row(NamedTuple):
    """A line of the table of one model."""

    task: str
    measure: str
    slice: str
    estimate: Estimate
    chance: float | None


def summarise(scores: pa.Table, items: Sequence[Item], suite: Suite) -> list[Row]:
    """Give for each task and measure its score with interval and chance; also of the parts that a suite balances."""
    known = pl.DataFrame(pl.from_arrow(items_table(items)))
    rows = pl.DataFrame(pl.from_arrow(scores)).join(known, on=["task", "item"], how="inner", maintain_order="left")
    levels, decides, made = chance(items, suite), suite.decides, []
    for task in suite.tasks:
        deciding = decides is not None and task.name in decides.tasks
        column = f"slice.{decides.balance}" if decides and deciding and decides.balance else None
        for measure in FORMS[task.form]:
            found = rows.filter((pl.col("task") == task.name) & (pl.col("measure") == measure))
            level = levels[task.name, measure]
            made.append(Row(task.name, measure, "", _estimated(found, column), level))
            if column and decides and measure == decides.measure:
                for value in sorted(found[column].unique().to_list()):
                    part = found.filter(pl.col(column) == value)
                    made.append(Row(task.name, measure, f"{decides.balance}={value}", _estimated(part), level))
    return made


def _estimated(rows: pl.DataFrame, column: str | None = None) -> Estimate:
    strata = rows[column].to_list() if column else None
    return estimate(rows["value"].to_numpy(), rows["weight"].to_numpy(), rows["cluster"].to_list(), strata)
