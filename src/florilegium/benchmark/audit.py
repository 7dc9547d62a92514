"""Can a task tell models apart at this size? Four questions to the runs themselves; a task that fails does not vote.

All numbers are oriented so that higher is better: bits per byte count negatively. FineTasks: Kydlicek et al. 2024,
"FineTasks: finding signal in a haystack of 200+ multilingual tasks". Signal and noise: Heineman et al. 2025,
arXiv 2508.13144.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from florilegium.benchmark.scores import MEASURES

Floats = npt.NDArray[np.float64]

#: Bounds. The p-value is ours; the other two are FineTasks'.
ABOVE_CHANCE_P = 0.05
MONOTONE_AT_LEAST = 0.5
GAIN_OVER_DEVIATION_AT_LEAST = 3.0


@dataclass(frozen=True)
class TaskAudit:
    """What was found for one task and measure; None where there were too few runs or checkpoints to say."""

    task: str
    measure: str
    votes: bool
    why: str
    above_chance: float | None  # p-value
    monotone: float | None
    signal_to_noise: float | None  # gain over chance / deviation over seeds
    mean_over_deviation: float | None
    spread_over_noise: float | None
    ordering: float | None

    def literal(self) -> dict[str, Any]:
        """Give the audit as JSON values."""
        return dict(self.__dict__)


def audit(curves: pl.DataFrame, chance: Mapping[tuple[str, str], float | None]) -> list[TaskAudit]:
    """Audit every task and measure of ``curves`` (see :func:`florilegium.benchmark.summary.curves`; wholes only).

    ``chance`` gives the level of a model that knows nothing: for accuracies one over the answers; for bits per byte the
    level of a uniform model (``summary.uniform_level``). Where it gives none, the score at step 0 is that level; where
    there is no step 0 either, the first two questions are not asked.
    """
    wholes = curves.filter(pl.col("slice") == "") if "slice" in curves.columns else curves
    return [
        _audited(str(task), str(measure), part, chance.get((str(task), str(measure))))
        for (task, measure), part in wholes.sort("task", "measure").group_by("task", "measure", maintain_order=True)
    ]


def _audited(task: str, measure: str, part: pl.DataFrame, level: float | None) -> TaskAudit:
    sign = 1.0 if MEASURES[measure].higher_is_better else -1.0
    part = part.with_columns(value=pl.col("value") * sign)
    untrained = part.filter(pl.col("step") == 0)["value"]
    base = level * sign if level is not None else (float(np.mean(untrained.to_numpy())) if len(untrained) else None)
    values = _grid(part.filter(pl.col("step") > 0))  # arms, seeds, steps
    if not values.shape[2]:
        return TaskAudit(task, measure, False, "no checkpoint that every run has", *[None] * 6)
    last = values[:, :, -1]
    p = above_chance(last.ravel(), base) if base is not None else None
    monotone = monotonicity(values)
    gain = gain_over_deviation(last, base) if base is not None else None
    reasons = []
    if p is not None and p >= ABOVE_CHANCE_P:
        reasons.append(f"not above chance (p = {p:.2g})")
    if monotone is not None and monotone < MONOTONE_AT_LEAST:
        reasons.append(f"does not rise with training (Spearman {monotone:.2f}, at least {MONOTONE_AT_LEAST})")
    if gain is not None and gain < GAIN_OVER_DEVIATION_AT_LEAST:
        reasons.append(
            f"seeds differ too much (gain is {gain:.1f} deviations, at least {GAIN_OVER_DEVIATION_AT_LEAST:g})"
        )
    unasked = [name for name, found in (("above chance", p), ("rise", monotone), ("seeds", gain)) if found is None]
    why = "; ".join(reasons) or "above chance, rises with training, and seeds agree"
    if unasked and not reasons:
        why = f"nothing speaks against it; too few runs or checkpoints to ask about: {', '.join(unasked)}"
    return TaskAudit(
        task, measure, not reasons, why, p, monotone, gain, mean_over_deviation(last),
        spread_over_noise(values), ordering(values),
    )  # fmt: skip


def _grid(part: pl.DataFrame) -> Floats:
    """Give values by arm, seed and checkpoint; only checkpoints that every run has.

    They are counted from a run's last one: with one epoch, runs have as many checkpoints but not as many steps.
    """
    place = pl.col("step").rank("dense", descending=True).over("arm", "seed").cast(pl.Int64)
    part = part.with_columns(place=place)
    count = min(part.group_by("arm", "seed").agg(pl.col("place").max())["place"].to_list(), default=0)
    arms, seeds = part["arm"].unique().sort().to_list(), part["seed"].unique().sort().to_list()
    grid = np.full((len(arms), len(seeds), count), np.nan)
    for arm, seed, at, value in part.select("arm", "seed", "place", "value").iter_rows():
        if at <= count:
            grid[arms.index(arm), seeds.index(seed), count - at] = value
    return grid


def above_chance(values: Floats, level: float) -> float | None:
    """Give the p-value of a one-sided t test that the mean of the runs (last checkpoint) is above ``level``.

    t = (mean - level) / (deviation / sqrt(n)), n - 1 degrees of freedom. None with fewer than two runs.
    """
    from scipy.stats import t

    values = values[np.isfinite(values)]
    if len(values) < 2:
        return None
    deviation = float(values.std(ddof=1))
    gain = float(values.mean()) - level
    if deviation == 0:
        return 0.0 if gain > 0 else 1.0
    return float(t.sf(gain / (deviation / np.sqrt(len(values))), len(values) - 1))


def monotonicity(values: Floats) -> float | None:
    """Give Spearman's correlation of step and score, averaged over runs (FineTasks, "monotonicity"; bound 0.5).

    None with fewer than three checkpoints. A run whose score never changes counts as 0.
    """
    from scipy.stats import spearmanr

    steps = values.shape[2]
    if steps < 3:
        return None
    runs = [run for run in values.reshape(-1, steps) if np.isfinite(run).all()]
    found = [0.0 if np.ptp(run) == 0 else float(spearmanr(np.arange(steps), run).statistic) for run in runs]
    return float(np.mean(found)) if found else None


def _seed_deviation(last: Floats) -> float | None:
    """Give the deviation over seeds within arms, pooled: sqrt(mean of the arms' variances)."""
    variances = [float(np.nanvar(arm, ddof=1)) for arm in last if np.isfinite(arm).sum() >= 2]
    return float(np.sqrt(np.mean(variances))) if variances else None


def mean_over_deviation(last: Floats) -> float | None:
    """Give |mean| over the deviation of seeds at the last checkpoint (FineTasks, "signal-to-noise ratio").

    FineTasks asks 20 or more of models a thousand times as large; reported, not a bound. None without two seeds.
    """
    return _ratio(abs(float(np.nanmean(last))), _seed_deviation(last))


def gain_over_deviation(last: Floats, level: float) -> float | None:
    """Give (best arm - chance) over the deviation of seeds at the last checkpoint (FineTasks, "non-randomness";
    bound 3). None without two seeds."""
    return _ratio(float(np.nanmax(np.nanmean(last, axis=1))) - level, _seed_deviation(last))


def spread_over_noise(values: Floats, checkpoints: int = 5) -> float | None:
    """Give signal over noise of Heineman et al. 2025.

    Signal: (highest - lowest arm) / mean of arms, an arm being the mean of its seeds over the last checkpoints. Noise:
    deviation over the last checkpoints of a run / its mean, averaged over runs. The means cancel where they are alike;
    here both are taken without them. None with fewer than two arms or three checkpoints.
    """
    count = min(checkpoints, values.shape[2])
    if values.shape[0] < 2 or count < 3:
        return None
    last = values[:, :, -count:]
    arms = np.nanmean(last, axis=(1, 2))
    return _ratio(float(np.ptp(arms)), float(np.nanmean(last.std(axis=2, ddof=1))))


def ordering(values: Floats) -> float | None:
    """Give Kendall's tau-a of the arms' order between neighbouring checkpoints of the second half, averaged (FineTasks,
    "ordering consistency"; reported, not a bound). None with fewer than two arms or two such checkpoints.

    tau-a = (concordant - discordant pairs) / all pairs; ties count as neither.
    """
    means = np.nanmean(values, axis=1)
    late = means[:, means.shape[1] // 2 :] if means.shape[1] >= 4 else means
    if late.shape[0] < 2 or late.shape[1] < 2:
        return None
    return float(np.mean([_tau_a(a, b) for a, b in pairwise(late.T)]))


def _tau_a(a: Floats, b: Floats) -> float:
    upper = np.triu_indices(len(a), 1)
    first, second = np.sign(a[:, None] - a[None, :])[upper], np.sign(b[:, None] - b[None, :])[upper]
    return float((first * second).mean())


def _ratio(value: float, deviation: float | None) -> float | None:
    if deviation is None:
        return None
    # seeds that agree to the last digit have no noise to be told from: a large number stands for infinity
    return value / deviation if deviation > 0 else float(np.sign(value)) * 1e9


def voting(audits: Sequence[TaskAudit], tasks: Sequence[str], measure: str) -> tuple[str, ...]:
    """Name the tasks among ``tasks`` that vote on ``measure``."""
    fit = {found.task for found in audits if found.measure == measure and found.votes}
    return tuple(task for task in tasks if task in fit)
