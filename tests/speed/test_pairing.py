"""Ratios are paired by round; exponents are those of power laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from florilegium.errors import ContractError
from florilegium.speed.pairing import exponent, paired


def test_ratio_of_each_round_then_median_and_range() -> None:
    # unpaired, the ratio of the medians would be 10 / 2
    assert paired([1.0, 2.0, 4.0], [10.0, 40.0, 4.0]) == (10.0, 1.0, 20.0)


def test_one_round_has_no_range() -> None:
    assert paired([0.5], [2.0]) == (4.0, 4.0, 4.0)


@pytest.mark.parametrize(("ours", "peer"), [([], []), ([1.0], []), ([1.0, 2.0], [1.0])])
def test_rounds_must_pair(ours: list[float], peer: list[float]) -> None:
    with pytest.raises(ContractError, match="cannot be paired"):
        paired(ours, peer)


@given(st.floats(0.2, 3.0), st.floats(0.001, 100.0))
def test_exponent_of_a_power_law_is_its_power(power: float, factor: float) -> None:
    sizes = [260.0, 780.0, 2600.0]
    assert exponent(sizes, [factor * size**power for size in sizes]) == pytest.approx(power)


def test_fixed_cost_lowers_the_exponent() -> None:
    assert exponent([1, 3, 10], [2, 4, 11]) < 1


@pytest.mark.parametrize("sizes", [[], [5.0], [5.0, 5.0]])
def test_exponent_needs_two_sizes(sizes: list[float]) -> None:
    with pytest.raises(ContractError, match="two different sizes"):
        exponent(sizes, [1.0] * len(sizes))
