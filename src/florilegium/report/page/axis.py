"""The horizontal axis of a histogram: linear or logarithmic, clipped where the tail is long, with bins and ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 40
#: Up to so many whole numbers get a bar each.
_SINGLE = 60
#: The outermost shares that are cut off where they would squeeze all others.
_TAIL = 0.005


@dataclass(frozen=True)
class Axis:
    """An axis from the first to the last edge of its bins."""

    edges: Floats
    log: bool
    whole: bool

    def place(self, values: Floats | float) -> Floats:
        """Give positions from 0 (left end) to 1 (right end)."""
        first, last = self._scaled(self.edges[[0, -1]])
        return np.asarray((self._scaled(np.asarray(values, dtype=np.float64)) - first) / (last - first))

    def _scaled(self, values: Floats) -> Floats:
        return np.log1p(np.maximum(values, -0.9)) if self.log else values

    def ticks(self) -> list[float]:
        """Give round values on the axis."""
        low, high = float(self.edges[0]), float(self.edges[-1])
        if self.log:
            powers = [0.0] + [10.0**power for power in range(0, 16)]
            return [value for value in powers if low <= value <= high]
        step = max(nice((high - low) / 4), 1.0 if self.whole else 0.0)
        decimals = max(1 - math.floor(math.log10(step)), 0)  # a step has one digit; 3 * 0.1 is written 0.3
        steps = range(math.floor(low / step), math.ceil(high / step) + 1)
        return [tick for tick in (round(step * n, decimals) for n in steps) if low <= tick <= high]


def nice(step: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * (1 - 1e-9))


def make_axis(values: Floats, bounds: Sequence[float], *, whole: bool) -> Axis:
    """Fit an axis to values (not empty, no NaN) and to the bounds that lie near them."""
    low, high = float(values.min()), float(values.max())
    middle = float(np.median(values[values > 0])) if (values > 0).any() else 0.0
    log = low >= 0 and high > 100 and high > 20 * middle
    if not log:
        inner = np.quantile(values, [_TAIL, 1 - _TAIL])
        span = max(float(inner[1] - inner[0]), 1e-9)
        low = low if low >= inner[0] - span / 2 else float(inner[0])
        high = high if high <= inner[1] + span / 2 else float(inner[1])
    near = [bound for bound in bounds if _near(bound, low, high, log)]
    low, high = _stretched(low, high, near)
    if whole and (log or high - low <= _SINGLE):
        return Axis(_whole_edges(low, high, log), log, whole)
    if log:
        return Axis(np.expm1(np.linspace(np.log1p(low), np.log1p(high * 1.02), BINS + 1)), True, whole)
    return Axis(_even_edges(low, high, near), False, whole)


def _near(bound: float, low: float, high: float, log: bool) -> bool:
    """Say whether the axis can be stretched to a bound without squeezing the values."""
    if log:
        return 0 <= bound <= 100 * max(high, 1)
    span = high - low if high > low else abs(bound)
    return low - 1.5 * span <= bound <= high + 1.5 * span


def _stretched(low: float, high: float, bounds: Sequence[float]) -> tuple[float, float]:
    """Stretch a range to bounds outside it, and a little beyond them; not below 0 where nothing lies there."""
    first, last = min([low, *bounds]), max([high, *bounds])
    margin = 0.06 * (last - first)
    beyond = first - margin if first < low else low
    return (max(beyond, 0.0) if first >= 0 else beyond), last + margin if last > high else high


def _whole_edges(low: float, high: float, log: bool) -> Floats:
    """Give edges between whole numbers; on a logarithmic axis, as many to a bin as make bars of one width."""
    if not log:
        return np.arange(math.floor(low), max(math.ceil(high), math.floor(low) + 5) + 2, dtype=np.float64) - 0.5
    spread = np.expm1(np.linspace(np.log1p(low), np.log1p(high * 1.05 + 1), BINS + 1))
    return np.asarray(np.unique(np.round(spread)) - 0.5)


def _even_edges(low: float, high: float, bounds: Sequence[float]) -> Floats:
    """Give even bins, one edge of which is the first bound inside: no bar stands on both sides of it."""
    if high - low < 1e-9:
        margin = max(abs(low) / 10, 0.5)
        low, high = (low, high + 2 * margin) if low == 0 else (low - margin, high + margin)
    width = (high - low) / BINS
    inside = [bound for bound in bounds if low + width / 2 < bound]
    if inside:
        width = (inside[0] - low) / max(round((inside[0] - low) / width), 1)
    number = max(math.floor((high - low) / width + 1e-9) + 1, 1)  # the highest value lies inside the last bin
    return np.asarray(low + width * np.arange(number + 1))
