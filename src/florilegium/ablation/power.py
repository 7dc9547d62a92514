"""What a design can see: the minimum detectable effect, and the seeds that would settle a question."""

import numpy as np
from scipy import optimize, stats

from florilegium.ablation.effects import Estimate

POWER = 0.8
SEEDS_AT_MOST = 64
"""No more seeds than this are ever proposed."""


def power(effect: float, estimate: Estimate, alpha: float) -> float:
    """Give the chance that a true ``effect`` is found at ``alpha``: noncentral t at the bound of the interval.

    Exact for two arms where only seeds vary. With an items part the bound varies a little too, which is left out. In a
    family the larger of two estimates is taken for the true noise, which makes up for the cost of taking the larger.
    """
    if estimate.error <= 0:
        return 1.0 if effect else alpha
    bound, shift = estimate.half(alpha) / estimate.error, abs(effect) / estimate.error
    found = stats.nct.sf(bound, estimate.freedom, shift) + stats.nct.cdf(-bound, estimate.freedom, shift)
    # scipy's noncentral t loses itself far out, where the normal approximation is right to all digits that matter
    return float(found) if np.isfinite(found) else float(stats.norm.sf(bound - shift))


def minimum_detectable_effect(estimate: Estimate, alpha: float, chance: float = POWER) -> float:
    """Give the smallest true effect that this design finds with ``chance``, at its standard error and ``alpha``."""
    if estimate.error <= 0:
        return 0.0
    most = 10 * (estimate.half(alpha) + estimate.error)
    return float(optimize.brentq(lambda effect: power(effect, estimate, alpha) - chance, 0.0, most, rtol=1e-6))


def with_seeds(estimate: Estimate, seeds: int) -> Estimate:
    """Give what the estimate would be worth with another number of seeds; the items stay as they are."""
    share = estimate.seeds / seeds
    return Estimate(
        estimate.effect, estimate.seed_variance * share, estimate.item_variance, seeds,
        estimate.seed_freedom * (seeds - 1) / (estimate.seeds - 1), estimate.item_freedom,
        estimate.residual_variance * share,
    )  # fmt: skip


def seeds_needed(estimate: Estimate, effect: float, alpha: float, chance: float = POWER) -> int | None:
    """Give the fewest seeds with which a true ``effect`` is found with ``chance``; None where no number up to
    ``SEEDS_AT_MOST`` does, as when the benchmark's items are too few."""
    if effect == 0:
        return None
    for seeds in range(2, SEEDS_AT_MOST + 1):
        design = with_seeds(estimate, seeds)
        if power(effect, design, alpha) >= chance:
            return seeds
    return None


def seeds_to_exclude(estimate: Estimate, smallest: float, alpha: float) -> int | None:
    """Give the fewest seeds, more than there are, whose interval at ``alpha`` lies within ``smallest`` of zero, if the
    estimate stays; None where no number up to ``SEEDS_AT_MOST`` does."""
    for seeds in range(estimate.seeds + 1, SEEDS_AT_MOST + 1):
        low, high = with_seeds(estimate, seeds).interval(alpha)
        if -smallest < low and high < smallest:
            return seeds
    return None
