"""What several rounds come to: a paired ratio for each round, their median and range; how time grows with input."""

from collections.abc import Sequence
from math import log
from statistics import linear_regression, median
from typing import NamedTuple

from florilegium.errors import ContractError


class Ratio(NamedTuple):
    """How many times faster: the median over rounds, the lowest and the highest round."""

    ratio: float
    low: float
    high: float


def paired(ours: Sequence[float], peer: Sequence[float]) -> Ratio:
    """Give peer / ours of each round, summed up: ``paired([1, 2], [10, 30])`` is 12.5 from 10 to 15.

    Both are seconds for one unit of work, in the order of the rounds. Raises ContractError where there is not one of
    each for every round.
    """
    if not ours or len(ours) != len(peer):
        raise ContractError(f"{len(ours)} rounds of ours cannot be paired with {len(peer)} of the peer")
    ratios = [theirs / mine for mine, theirs in zip(ours, peer, strict=True)]
    return Ratio(median(ratios), min(ratios), max(ratios))


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Give k of seconds = c * size^k, by least squares on logarithms: 1 is linear, 2 quadratic.

    Raises ContractError where there are not two different sizes.
    """
    if len(set(sizes)) < 2 or len(sizes) != len(seconds):
        raise ContractError("an exponent needs the seconds of at least two different sizes")
    return linear_regression([log(size) for size in sizes], [log(each) for each in seconds]).slope
