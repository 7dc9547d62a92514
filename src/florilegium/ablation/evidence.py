"""Scores of all models of a question, as the panels that the statistics see and the curves that people see."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from florilegium.ablation.panel import Panel
from florilegium.ablation.tasks import SCORES
from florilegium.benchmark.scores import MEASURES
from florilegium.benchmark.suite import Suite
from florilegium.benchmark.summary import curves
from florilegium.errors import ContractError

SLICE = "slice."


class Evidence:
    """The scores of every (arm, seed) at every checkpoint, with the items they are about."""

    def __init__(self, suite: Suite, items: pl.DataFrame, excluded: Iterable[tuple[str, str]] = ()) -> None:
        """Take the items of the suite, without those (task, item) that may not vote."""
        self.suite = suite
        gone = pl.DataFrame(list(excluded), schema={"task": pl.String, "item": pl.String}, orient="row")
        self.all_items = items
        self.items = items.join(gone, on=["task", "item"], how="anti", maintain_order="left")
        self.scores: dict[tuple[str, int], pl.DataFrame] = {}

    def add(self, arm: str, seed: int, folder: Path) -> None:
        """Take in the scores of a model."""
        self.scores[arm, seed] = pl.read_parquet(folder / SCORES)

    def emptied(self) -> list[str]:
        """Warn of parts that the score is balanced over of which no item may vote."""
        decides = self.suite.decides
        if decides is None or decides.balance is None:
            return []
        here, there = (
            set(items.filter(pl.col("task").is_in(list(decides.tasks)))[SLICE + decides.balance].to_list())
            for items in (self.items, self.all_items)
        )
        return [
            f"Every item of {decides.balance} `{part}` stands in the pool: the score is balanced over the rest."
            for part in sorted(str(each) for each in there - here)
        ]

    def has_items(self, task: str) -> bool:
        """Say whether any item of a task is left."""
        return bool((self.items["task"] == task).any())

    def panel(
        self,
        arms: Sequence[str],
        seeds: Sequence[int],
        tasks: Sequence[str],
        measure: str,
        last: int,
        balance: str | None,
    ) -> Panel:
        """Give the panel of a measure over the items of some tasks, averaged over the ``last`` checkpoints.

        Strata are the values of the slice ``balance`` within each task (without one: the tasks).
        """
        items = self.items.filter(pl.col("task").is_in(list(tasks)))
        wanted = items.select("task", "item")
        sign = 1.0 if MEASURES[measure].higher_is_better else -1.0
        values = np.stack(
            [np.stack([sign * self._values(arm, seed, wanted, measure, last) for seed in seeds]) for arm in arms]
        )
        part = pl.col(SLICE + balance).fill_null("") if balance else pl.lit("")
        strata = items.select(name=pl.col("task") + pl.lit("\0") + part)["name"].rank("dense").cast(pl.Int64)
        clusters = items.select(name=pl.col("task") + pl.lit("\0") + pl.col("cluster"))["name"].rank("dense")
        return Panel(
            tuple(arms), tuple(seeds), values, items["weight"].to_numpy(), strata.to_numpy(),
            clusters.cast(pl.Int64).to_numpy(),
        )  # fmt: skip

    def _values(
        self, arm: str, seed: int, wanted: pl.DataFrame, measure: str, last: int
    ) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        scores = self.scores[arm, seed]
        steps = sorted(scores["step"].unique().to_list())[-last:]
        mean = (
            scores.filter((pl.col("measure") == measure) & pl.col("step").is_in(steps))
            .group_by("task", "item")
            .agg(pl.col("value").sort().mean(), pl.len())
        )
        joined = wanted.join(mean, on=["task", "item"], how="left", maintain_order="left")
        if joined["value"].null_count() or (joined["len"] != len(steps)).any():
            raise ContractError(
                f"{arm}, seed {seed}: some items have no score of `{measure}`; remove its scores folder"
            )
        return joined["value"].to_numpy()

    def slices(self, tasks: Sequence[str]) -> Mapping[str, "np.ndarray[tuple[int], np.dtype[np.str_]]"]:
        """Give for each slice its value of each item of some tasks, where it has more than one."""
        items = self.items.filter(pl.col("task").is_in(list(tasks)))
        names = [name for name in items.columns if name.startswith(SLICE)]
        found = {
            name.removeprefix(SLICE): items[name].fill_null("unknown").to_numpy().astype(np.str_) for name in names
        }
        if len(tasks) > 1:
            found["task"] = items["task"].to_numpy().astype(np.str_)
        return {name: values for name, values in found.items() if len(set(values)) > 1}

    def curves(self) -> pl.DataFrame:
        """Give the score of every arm, seed, checkpoint, task and measure, whole and by slice."""
        decides = self.suite.decides
        balance = {task: decides.balance for task in decides.tasks} if decides and decides.balance else None
        return curves({key: scores.to_arrow() for key, scores in self.scores.items()}, self.items.to_arrow(), balance)
