"""Paired effects: how much better an arm is than another, and how sure that is.

The effect of an arm is the mean over seeds of its score minus the other's. Two things were sampled: the seeds (first
weights, order of the data) and the items of the benchmark, in clusters (works). With d[s, c] the difference of the two
arms in seed s on cluster c, crossed random effects (Baayen, Davidson, Bates 2008, "Mixed-effects modeling with crossed
random effects for subjects and items") give

    Var(effect) = seed + max(0, item - residual)
    seed      variance over seeds of the difference of scores, over the number of seeds (see ``family``)
    item      variance of the score over clusters, from the differences averaged over seeds
    residual  the part of `item` that is noise of seeds, which `seed` holds already

A score is a mean over strata of weighted means, so `item` is that of a ratio estimator: each cluster adds
u[c] = sum over its items of influence * (difference - mean of the stratum), and item = sum of n / (n - 1) * u[c]^2 with
n the clusters of the stratum (Taylor linearisation; Cochran 1977, "Sampling Techniques", 6.13 and 11.9; Miller 2024,
arXiv 2411.00640, clusters of benchmark items). A cluster that reaches into several strata is summed over them first.
Where a stratum is one cluster, its items stand for clusters, and `Layout.single` says so.

The interval gives each part the t quantile of its own degrees of freedom (Howe 1974, JASA 69: 789-794):

    half^2 = t(seeds)^2 * seed + t(items)^2 * max(0, item - residual)

and the p-value is the level at which the interval reaches zero. Satterthwaite's single t is narrower, but with few
seeds it takes a noise of seeds that came out small by chance for a certain one. Worst error over the nominal one (10
and 30 clusters, 6 mixtures of noise, 8,000 to 20,000 draws each; levels as Holm and several looks ask for them):

=====================================  =====  =====  ======  ======  =======  =======
level                                  0.05          0.0125          0.00625
seeds                                  3      5      3       5       3        5
=====================================  =====  =====  ======  ======  =======  =======
no control, Satterthwaite              1.49   1.19   2.81    1.62    4.18     2.00
no control, Howe (used)                0.87   0.96   0.76    0.89    0.78     0.88
random drop, Satterthwaite             1.01   1.08   1.05    1.25    1.22     1.16
random drop, Howe (used)               0.80   0.98   0.69    0.92    0.66     0.90
its arm varies by 1.5, Satterthwaite   1.18   1.08   1.60    1.44    1.94     1.52
its arm varies by 1.5, Howe (used)     1.06   0.98   1.17    1.09    1.10     1.10
=====================================  =====  =====  ======  ======  =======  =======

With a random drop it costs up to 8 % in width at 5 seeds and 15 % at 3; far out, at 0.00625, 16 and 40 %. ``freedom``
(Satterthwaite 1946) describes and plans only.
A stratum's clusters count as their effective number, (sum w)^2 / sum w^2 of their weights (Kish 1965), less one. Where
works differ much in size (lognormal, deviation 1) and items are most of the noise, 95 % intervals still cover 93 to
95 % only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, stats

from florilegium.ablation.family import noise
from florilegium.ablation.panel import Floats, Panel
from florilegium.errors import ContractError, RecipeError

SEEDS_AT_LEAST = 2
SMALLEST_P = 1e-100
ROUNDING = 1e-12
"""Differences below this share of the scores are rounding, not effects."""


@dataclass(frozen=True)
class Estimate:
    """An effect (positive = better), its two variances, and degrees of freedom."""

    effect: float
    seed_variance: float
    item_variance: float
    seeds: int
    seed_freedom: float
    item_freedom: float
    residual_variance: float = 0.0
    odd: bool = False
    """Whether one of the two arms varies more than the rest of their family."""

    @property
    def variance(self) -> float:
        """Give the variance of the effect."""
        return self.seed_variance + self.item_variance

    @property
    def error(self) -> float:
        """Give the standard error of the effect."""
        return float(np.sqrt(self.variance))

    @property
    def freedom(self) -> float:
        """Give Satterthwaite's degrees of freedom."""
        return float(
            freedom(
                self.seed_variance, self.item_variance, self.residual_variance, self.seed_freedom, self.item_freedom
            )
        )

    @property
    def determined(self) -> bool:
        """Tell whether anything varied, or nothing differed: else there is an effect and nothing to judge it by."""
        return self.variance > 0 or self.effect == 0

    @property
    def p(self) -> float:
        """Give the two-sided p-value against no effect."""
        if self.variance == 0 or self.effect == 0:
            return 1.0
        if self.item_variance == 0:
            return float(2 * stats.t.sf(abs(self.effect) / self.error, self.seed_freedom))

        def beyond(log: float) -> float:
            return self.half(math.exp(log)) - abs(self.effect)

        lowest = math.log(SMALLEST_P)
        if beyond(lowest) <= 0:
            return SMALLEST_P
        return math.exp(float(optimize.brentq(beyond, lowest, 0.0, xtol=1e-12)))

    def half(self, alpha: float) -> float:
        """Give half the width of the interval at 1 - alpha."""
        return float(half_width(self.seed_variance, self.item_variance, self.seed_freedom, self.item_freedom, alpha))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Give the two-sided interval at 1 - alpha."""
        half = self.half(alpha)
        return self.effect - half, self.effect + half


@dataclass(frozen=True)
class Layout:
    """How the items of a panel fall into clusters and strata, computed once for all pairs of arms."""

    influence: Floats
    stratum: NDArray[np.int64]
    """Of each item, from 0."""
    cluster_sums: sparse.csr_array
    """(clusters, items): sums over the items of a cluster, times sqrt(n / (n - 1)) of their stratum."""
    members: sparse.csr_array
    """(strata, clusters): the stratum where a cluster first occurs, for degrees of freedom."""
    stratum_freedom: Floats
    single: tuple[int, ...]
    """Strata (as numbered in the panel) that hold one cluster only."""

    @staticmethod
    def of(panel: Panel) -> "Layout":
        """Lay out the items of a panel."""
        names, stratum = np.unique(panel.stratum, return_inverse=True)
        _, cluster = np.unique(panel.cluster, return_inverse=True)
        pairs = np.unique(np.stack([stratum, cluster], axis=1), axis=0)
        single = np.bincount(pairs[:, 0], minlength=len(names)) == 1
        alone = single[stratum]
        cluster = np.where(alone, len(cluster) + np.arange(len(cluster)), cluster)
        _, cluster = np.unique(cluster, return_inverse=True)
        pairs, pair = np.unique(np.stack([stratum, cluster], axis=1), axis=0, return_inverse=True)
        count = np.bincount(pairs[:, 0], minlength=len(names)).astype(np.float64)
        weight = np.bincount(pair.ravel(), panel.influence)
        total = np.bincount(pairs[:, 0], weight, minlength=len(names))
        effective = total**2 / np.bincount(pairs[:, 0], weight**2, minlength=len(names))
        correction = np.sqrt(count / np.maximum(count - 1, 1))
        items = np.arange(len(cluster))
        sums = sparse.csr_array((correction[stratum], (cluster, items)))
        first = np.zeros(sums.shape[0], dtype=np.int64)
        first[cluster[::-1]] = stratum[::-1]
        members = sparse.csr_array((np.ones(len(first)), (first, np.arange(len(first)))), (len(names), len(first)))
        return Layout(
            panel.influence, stratum.astype(np.int64), sums, members, np.maximum(effective - 1, 1.0),
            tuple(int(name) for name in names[single]),
        )  # fmt: skip

    def contributions(self, differences: Floats) -> Floats:
        """Give what each cluster adds to the score beyond its stratum's mean, (seeds, clusters), from differences
        (seeds, items)."""
        seeds, strata = differences.shape[0], len(self.stratum_freedom)
        mean = np.stack([np.bincount(self.stratum, row * self.influence, minlength=strata) for row in differences])
        mean *= strata  # each stratum's influences sum to 1 / strata
        centred = (differences - mean[:, self.stratum]) * self.influence
        return np.asarray((self.cluster_sums @ centred.T).T, dtype=np.float64).reshape(seeds, -1)

    def freedom(self, contributions: Floats) -> float:
        """Give the degrees of freedom of the item variance: Satterthwaite's over strata."""
        by_stratum = self.members @ contributions.mean(axis=0) ** 2
        if not by_stratum.any():
            return 1.0
        return float(by_stratum.sum() ** 2 / (by_stratum**2 / self.stratum_freedom).sum())


def variance_parts(scores: Floats, contributions: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the variances seed, max(0, item - residual) and residual of the mean difference.

    ``scores``: differences (..., seeds); ``contributions``: (..., seeds, clusters). Leading axes are draws.
    """
    seeds = scores.shape[-1]
    seed = scores.var(axis=-1, ddof=1) / seeds
    mean = contributions.mean(axis=-2)
    residual = ((contributions - mean[..., None, :]) ** 2).sum(axis=(-2, -1)) / (seeds * (seeds - 1))
    return seed, np.maximum(0.0, (mean**2).sum(axis=-1) - residual), residual


def half_width(
    seed: Floats | float,
    item: Floats | float,
    seed_freedom: NDArray[np.int64] | float,
    item_freedom: float,
    alpha: float,
) -> Floats:
    """Give half the width of the interval of an effect at 1 - alpha, after Howe."""
    of_seeds, of_items = stats.t.isf(alpha / 2, seed_freedom), stats.t.isf(alpha / 2, item_freedom)
    squared = of_seeds**2 * np.asarray(seed) + of_items**2 * np.asarray(item)
    return np.asarray(np.sqrt(squared), dtype=np.float64)


def freedom(
    seed: Floats | float,
    item: Floats | float,
    residual: Floats | float,
    seed_freedom: NDArray[np.int64] | float,
    item_freedom: float,
) -> Floats:
    """Give Satterthwaite's degrees of freedom of seed + item, where item = (item + residual) - residual."""
    seed, item, residual = np.asarray(seed), np.asarray(item), np.asarray(residual)
    spread = seed**2 / seed_freedom + (item + residual) ** 2 / item_freedom
    spread = spread + residual**2 / (item_freedom * seed_freedom)
    total = np.divide((seed + item) ** 2, spread, out=np.full(np.shape(seed), np.inf), where=spread > 0)
    return np.where(item > 0, total, np.asarray(seed_freedom, dtype=np.float64))


def compare(
    panel: Panel, arm: str, baseline: str, layout: Layout | None = None, family: Sequence[str] = ()
) -> Estimate:  # fmt: skip
    """Estimate by how much ``arm`` is better than ``baseline``.

    ``family``: both and the arms that vary as they do, to estimate the noise of seeds; without, the two alone.
    Raises RecipeError for a single seed, ContractError for an arm that is not in the panel.
    """
    seeds = len(panel.seeds)
    if seeds < SEEDS_AT_LEAST:
        raise RecipeError(
            f"{seeds} seed cannot tell an effect from noise: name {SEEDS_AT_LEAST} or more under `seeds` (3 is a start)"
        )
    for name in (arm, baseline, *family):
        if name not in panel.arms:
            raise ContractError(f"the scores have no arm {name!r}, only {', '.join(panel.arms)}: score it again")
    layout = layout or Layout.of(panel)
    one, other = (panel.values[panel.arms.index(name)] for name in (arm, baseline))
    differences = one - other
    # what is smaller than the rounding of scores is nothing: equal models must not differ "significantly"
    differences[np.abs(differences) <= ROUNDING * np.maximum(np.abs(one), np.abs(other))] = 0.0
    scores = differences @ layout.influence
    contributions = layout.contributions(differences)
    seed, item, residual = (float(part) for part in variance_parts(scores, contributions))
    floor = (ROUNDING * max(float(np.abs(one).max()), float(np.abs(other).max()))) ** 2
    seed, seed_freedom, odd = (seed if seed > floor else 0.0), seeds - 1, False
    # seeds that are copies of each other have no noise that a family could know better
    if seed > floor or residual > floor:
        names = (arm, baseline, *(name for name in family if name not in (arm, baseline)))
        table = panel.values[[panel.arms.index(name) for name in names]] @ layout.influence
        variance, degrees, unlike = noise(table)
        seed, seed_freedom, odd = float(variance), int(degrees), bool(unlike)
        seed = seed if seed > floor else 0.0
    return Estimate(
        effect=float(scores.mean()),
        seed_variance=seed,
        item_variance=item if item > floor else 0.0,
        seeds=seeds,
        seed_freedom=seed_freedom,
        item_freedom=layout.freedom(contributions),
        residual_variance=residual,
        odd=odd,
    )
