"""Holm's procedure against a plain one, and intervals that agree with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from florilegium.ablation.multiplicity import holm, levels

PS = st.lists(st.floats(1e-6, 1), min_size=1, max_size=7)


def plain_holm(p: list[float], alpha: float) -> set[int]:
    """Reject from the smallest p on, until one is above alpha over the number that are left."""
    left = sorted(range(len(p)), key=lambda index: p[index])
    rejected = set()
    while left and p[left[0]] <= alpha / len(left):
        rejected.add(left.pop(0))
    return rejected


@given(PS)
def test_holm_rejects_what_the_plain_procedure_rejects(p: list[float]) -> None:
    adjusted = holm(p)
    for alpha in (0.01, 0.05, 0.2):
        near = [abs(value - alpha) < 1e-12 for value in adjusted]  # ties of rounding decide nothing
        if not any(near):
            assert {index for index, value in enumerate(adjusted) if value <= alpha} == plain_holm(p, alpha)


@given(PS)
def test_an_interval_leaves_out_zero_exactly_where_holm_rejects(p: list[float]) -> None:
    adjusted = holm(p)
    level = levels(p, 0.05)
    for index, value in enumerate(p):
        if abs(adjusted[index] - 0.05) > 1e-12:
            assert (value <= level[index]) == (adjusted[index] <= 0.05)
    assert (level >= 0.05 / len(p)).all()


def test_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert levels([0.001, 0.02, 0.9], 0.05) == pytest.approx([0.05 / 3, 0.05 / 2, 0.05 / 3])
    assert len(holm([])) == 0


@pytest.mark.parametrize("truth", [(0, 0, 0, 0), (0, 0, 2.5, 3), (0, 0, 8, 8), (0, 8, 8, 8)])
def test_verdicts_hold_together_and_intervals_at_twice_the_error(truth: tuple[float, ...]) -> None:
    """Intervals that agree with Holm do not hold together at alpha (see ``levels``): only leaving out zero does."""
    truths = np.asarray(truth, dtype=np.float64)  # in standard errors
    wrong = missed = 0
    for row in truths + np.random.default_rng(5).standard_normal((4000, 4)):
        half = stats.norm.isf(levels(list(2 * stats.norm.sf(np.abs(row))), 0.05) / 2)
        wrong += bool((np.abs(row) > half)[truths == 0].any())
        missed += bool((np.abs(row - truths) > half).any())
    assert wrong / 4000 < 0.05 + 3 * (0.05 * 0.95 / 4000) ** 0.5
    assert missed / 4000 < 0.10 + 3 * (0.10 * 0.90 / 4000) ** 0.5
