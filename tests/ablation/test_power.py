"""Power: against draws, and what more seeds would bring."""

import numpy as np
import pytest
from scipy import stats

from florilegium.ablation.effects import Estimate
from florilegium.ablation.power import minimum_detectable_effect, power, seeds_needed, seeds_to_exclude, with_seeds
from florilegium.ablation.simulate import World, detectable, simulate

ESTIMATE = Estimate(1.0, 0.4, 0.0, 5, 4, 10.0)  # differences of variance 2 over 5 seeds


def test_power_is_that_of_drawn_paired_t_tests() -> None:
    rng = np.random.default_rng(2)
    drawn = rng.normal(2.0, np.sqrt(2), (8000, 5))
    found = (stats.ttest_1samp(drawn, 0, axis=1).pvalue < 0.05).mean()
    assert power(2.0, ESTIMATE, 0.05) == pytest.approx(found, abs=0.02)
    assert power(0.0, ESTIMATE, 0.05) == pytest.approx(0.05)


def test_the_minimum_detectable_effect_has_the_power_it_says() -> None:
    for alpha in (0.05, 0.0125):
        assert power(minimum_detectable_effect(ESTIMATE, alpha), ESTIMATE, alpha) == pytest.approx(0.8, abs=1e-4)


def test_seeds_needed_is_the_first_number_that_is_enough() -> None:
    seeds = seeds_needed(ESTIMATE, 1.0, 0.05)
    assert seeds is not None
    assert power(1.0, with_seeds(ESTIMATE, seeds), 0.05) >= 0.8 > power(1.0, with_seeds(ESTIMATE, seeds - 1), 0.05)


def test_seeds_do_not_make_up_for_few_items() -> None:
    assert seeds_needed(Estimate(1.0, 0.4, 1.0, 5, 4, 10.0), 1.0, 0.05) is None


def test_seeds_to_exclude_gives_an_interval_inside() -> None:
    small = Estimate(0.1, 0.4, 0.0, 5, 4, 10.0)
    seeds = seeds_to_exclude(small, 1.0, 0.05)
    assert seeds is not None and seeds > 5
    low, high = with_seeds(small, seeds).interval(0.05)
    assert low > -1 and high < 1
    assert seeds_to_exclude(small, 0.1, 0.05) is None


def test_a_family_asks_for_fewer_seeds() -> None:
    family = Estimate(1.0, 2 / 3, 0.0, 3, 4, 10.0)
    assert with_seeds(family, 5).seed_freedom == 8
    assert minimum_detectable_effect(family, 0.05) < 0.7 * minimum_detectable_effect(
        Estimate(1.0, 2 / 3, 0.0, 3, 2, 10.0), 0.05
    )
    fewer, more = (seeds_needed(Estimate(2.2, 2 / 3, 0.0, 3, freedom, 10.0), 2.2, 0.0125) for freedom in (4, 2))
    assert fewer is not None and more is not None and fewer < more


@pytest.mark.parametrize("family", [2, 3, 4])
@pytest.mark.parametrize("seeds", [3, 5])
def test_the_planned_minimum_is_about_the_one_that_draws_show(family: int, seeds: int) -> None:
    drawn = simulate(World(seeds, arms=1, family=family), 4000, 5)
    planned = [
        minimum_detectable_effect(Estimate(0.0, float(seed), 0.0, seeds, int(freedom), 1.0), 0.05)
        for seed, freedom in zip(drawn.seed[:300, 0], drawn.seed_freedom[:300, 0], strict=True)
    ]
    assert np.sqrt(np.mean(np.square(planned))) == pytest.approx(detectable(drawn, 0.05), rel=0.1)
