"""Paired effects: by hand, against scipy, and where nothing varies."""

import math

import numpy as np
import pytest
from scipy import stats

from florilegium.ablation.effects import Layout, compare
from florilegium.ablation.panel import Panel
from florilegium.errors import ContractError, RecipeError


def panel(values: object, *, weights: object = None, stratum: object = None, cluster: object = None) -> Panel:
    array = np.asarray(values, dtype=np.float64)
    arms, seeds, items = array.shape
    return Panel(
        tuple(["baseline", "one", "two", "three", "four"][:arms]),
        tuple(range(1, seeds + 1)),
        array,
        np.ones(items) if weights is None else np.asarray(weights, dtype=np.float64),
        np.zeros(items, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64),
        np.arange(items) if cluster is None else np.asarray(cluster, dtype=np.int64),
    )


def test_without_an_items_part_it_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(3)
    runs = rng.normal(size=(2, 5, 1))
    estimate = compare(panel(np.repeat(runs, 4, axis=2)), "one", "baseline")
    expected = stats.ttest_rel(runs[1, :, 0], runs[0, :, 0])
    assert estimate.item_variance == 0
    assert estimate.freedom == 4
    assert estimate.p == pytest.approx(expected.pvalue, rel=1e-9)
    interval = expected.confidence_interval(0.95)
    assert estimate.interval(0.05) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_items_part_by_hand() -> None:
    # both seeds alike, so no noise of seeds: differences 1, 2, 3, 6, mean 3, deviations -2, -1, 0, 3
    one = np.array([[1.0, 2.0, 3.0, 6.0]] * 2)
    estimate = compare(panel([np.zeros((2, 4)), one]), "one", "baseline")
    assert estimate.effect == pytest.approx(3)
    assert estimate.seed_variance == 0
    assert estimate.item_variance == pytest.approx(14 / 3 / 4)  # s^2 / n
    assert estimate.freedom == pytest.approx(3)


def test_what_seeds_and_items_share_is_counted_once() -> None:
    # d = [[2, 0], [0, 2]]: the means of seeds agree (seed = 0), the means of items agree, all is residual
    estimate = compare(panel([np.zeros((2, 2)), [[2.0, 0.0], [0.0, 2.0]]]), "one", "baseline")
    assert (estimate.seed_variance, estimate.item_variance) == (0, 0)
    # d = [[4, 0], [2, 2]]: u = [[1, -1], [0, 0]] * sqrt(2); item = 2 * 2 * 0.25 = 1, residual = 4 * 0.5 / 2 = 1
    estimate = compare(panel([np.zeros((2, 2)), [[4.0, 0.0], [2.0, 2.0]]]), "one", "baseline")
    assert estimate.residual_variance == pytest.approx(1)
    assert estimate.item_variance == pytest.approx(0, abs=1e-12)


def test_clusters_and_weights_are_those_of_a_ratio() -> None:
    # clusters (1, 1) of weight 1 each and (5) of weight 2: means 1 and 5, score 3; u = -1, 1; n / (n - 1) = 2
    differences = np.array([[1.0, 1.0, 5.0]] * 2)
    estimate = compare(panel([np.zeros((2, 3)), differences], weights=[1, 1, 2], cluster=[7, 7, 9]), "one", "baseline")
    assert estimate.effect == pytest.approx(3)
    assert estimate.item_variance == pytest.approx(2 * (1 + 1))


def test_strata_are_averaged_and_a_lone_cluster_is_named() -> None:
    differences = np.array([[1.0, 3.0, 10.0, 20.0]] * 2)
    made = panel([np.zeros((2, 4)), differences], stratum=[4, 4, 8, 8], cluster=[0, 1, 2, 2])
    estimate = compare(made, "one", "baseline")
    assert estimate.effect == pytest.approx((2 + 15) / 2)
    # items of stratum 8 stand for clusters: (s^2 / n of each stratum) / 4
    assert estimate.item_variance == pytest.approx((2 / 2 + 50 / 2) / 4)
    assert Layout.of(made).single == (8,)


def test_a_cluster_in_two_strata_is_one_cluster() -> None:
    differences = np.array([[1.0, 3.0, 1.0, 3.0]] * 2)
    apart = panel([np.zeros((2, 4)), differences], stratum=[0, 0, 1, 1], cluster=[0, 1, 2, 3])
    shared = panel([np.zeros((2, 4)), differences], stratum=[0, 0, 1, 1], cluster=[0, 1, 0, 1])
    assert compare(shared, "one", "baseline").item_variance == pytest.approx(
        2 * compare(apart, "one", "baseline").item_variance
    )


def test_equal_arms_have_no_effect() -> None:
    values = np.random.default_rng(1).normal(size=(1, 3, 6))
    estimate = compare(panel(np.concatenate([values, values * (1 + 1e-15)])), "one", "baseline")
    assert (estimate.effect, estimate.p, estimate.interval(0.05)) == (0, 1, (0, 0))
    assert estimate.determined


def test_a_constant_difference_is_not_determined() -> None:
    estimate = compare(panel([np.zeros((3, 4)), np.ones((3, 4))]), "one", "baseline")
    assert not estimate.determined
    assert estimate.p == 1


def test_one_seed_says_what_to_do() -> None:
    with pytest.raises(RecipeError, match="1 seed cannot .* name 2 or more under `seeds`"):
        compare(panel(np.zeros((2, 1, 3))), "one", "baseline")


def test_an_unknown_arm_is_named() -> None:
    with pytest.raises(ContractError, match="no arm 'five'"):
        compare(panel(np.zeros((2, 2, 3))), "five", "baseline")
    with pytest.raises(ContractError, match="no arm 'random_one'"):
        compare(panel(np.zeros((2, 2, 3))), "one", "baseline", family=("baseline", "one", "random_one"))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_that_are_not_finite_are_refused(bad: float) -> None:
    values = np.zeros((2, 2, 3))
    values[1, 1, 1] = bad
    with pytest.raises(ContractError, match="not finite"):
        panel(values)
