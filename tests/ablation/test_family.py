"""The noise of seeds from a family of arms: by hand, against plain contrasts, and what it says about odd arms."""

import numpy as np
import pytest
from scipy import stats

from florilegium.ablation.effects import compare
from florilegium.ablation.family import noise, noise_floor, residual, unlike
from florilegium.ablation.panel import Panel

DRAWS = 4000


def panel(scores: object) -> Panel:
    values = np.repeat(np.asarray(scores, dtype=np.float64)[..., None], 4, axis=2)
    names, seeds = ("baseline", "one", "random_one", "again")[: len(values)], tuple(range(values.shape[1]))
    return Panel(names, seeds, values, np.ones(4), np.zeros(4, np.int64), np.arange(4))


def test_noise_floor_by_hand() -> None:
    # residuals +-0.5 with one degree of freedom
    deviation, degrees = noise_floor(panel([[0.0, 2.0], [1.0, 5.0]]))
    assert deviation == pytest.approx(1.0)
    assert degrees == 1


def test_two_arms_are_their_own_family() -> None:
    table = np.random.default_rng(1).normal(size=(7, 2, 5))
    own = (table[:, 1] - table[:, 0]).var(axis=-1, ddof=1) / 5
    variance, degrees, odd = noise(table)
    assert variance == pytest.approx(own) and set(degrees) == {4} and not odd.any()


def test_the_residual_is_the_mean_of_all_pairs() -> None:
    table = np.random.default_rng(2).normal(size=(4, 3))
    pairs = [(table[a] - table[b]).var(ddof=1) / 2 for a in range(4) for b in range(a)]
    mean_square, degrees = residual(table)
    assert mean_square == pytest.approx(np.mean(pairs)) and degrees == 6


def test_the_larger_variance_counts_with_the_degrees_of_the_family() -> None:
    # own differences -1, 0, 1: variance 1, of the mean 1/3
    scores = np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [-2.5, 0.0, 2.5]]) + np.array([[0.0], [4.0], [1.0]])
    family = ("baseline", "one", "random_one")
    mean_square, _ = residual(scores)
    alone, together = compare(panel(scores), "one", "baseline"), compare(panel(scores), "one", "baseline", None, family)
    assert alone.seed_variance == pytest.approx(1 / 3)
    assert together.seed_variance == pytest.approx(2 * mean_square / 3)
    assert [alone.seed_freedom, together.seed_freedom] == [2, 4]
    assert together.p == pytest.approx(2 * stats.t.sf(4 / np.sqrt(2 * mean_square / 3), 4))
    # a quieter control does not make the arm's own noise smaller: residual (0.5 + 0.18 + 0.08) / 3, own 0.5
    scores[2] = [-0.6, 0.0, 0.6]
    quiet = compare(panel(scores), "one", "baseline", None, family)
    assert quiet.seed_variance == pytest.approx(1 / 3)
    assert quiet.seed_freedom == 4


def test_unlike_is_the_f_test_of_orthogonal_contrasts() -> None:
    table = np.random.default_rng(3).normal(size=(3, 5))
    rest, arm = (table[2] - table[0]) / np.sqrt(2), (2 * table[1] - table[0] - table[2]) / np.sqrt(6)
    assert float(unlike(table, 1)) == pytest.approx(stats.f.sf(arm.var(ddof=1) / rest.var(ddof=1), 4, 4))


@pytest.mark.parametrize("arms", [3, 4])
def test_unlike_keeps_its_level_and_sees_an_odd_arm(arms: int) -> None:
    table = np.random.default_rng(4).normal(size=(DRAWS, arms, 8))
    assert (unlike(table, 1) < 0.05).mean() == pytest.approx(0.05, abs=0.011)
    table[:, 1] *= 4
    assert (unlike(table, 1) < 0.05).mean() > 0.9


def test_an_odd_arm_stands_alone() -> None:
    scores = np.array([[0.0, 0.1, 0.0, 0.1], [4.0, 9.0, -2.0, 3.0], [0.1, 0.0, 0.1, 0.0]])
    family = ("baseline", "one", "random_one")
    alone, together = compare(panel(scores), "one", "baseline"), compare(panel(scores), "one", "baseline", None, family)
    assert together.odd and not alone.odd
    assert together.p == pytest.approx(alone.p)
    assert together.seed_freedom == 3
    # what is odd about the arm does not touch the comparison of the others
    assert not compare(panel(scores), "random_one", "baseline", None, family).odd


def test_where_nothing_varies_nothing_is_unlike() -> None:
    table = np.zeros((3, 4))
    assert float(unlike(table, 1)) == 1.0
    table[1] = [1.0, -1.0, 2.0, 0.0]
    assert float(unlike(table, 1)) == 0.0


def test_copied_seeds_stay_undetermined_in_a_family() -> None:
    scores = np.array([[0.0, 1.0, 2.0], [0.5, 1.5, 2.5], [0.3, 0.1, 1.9]])
    estimate = compare(panel(scores), "one", "baseline", None, ("baseline", "one", "random_one"))
    assert not estimate.determined
