"""A forest plot as strips of one axis: each effect a point with its interval, under it what is too small to matter.

Positions are per cent of a strip's width, so that a strip is as wide as the window and its text is never scaled.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from florilegium.report.ablation.verdict import Effect, Verdict
from florilegium.report.ablation.wording import Scale
from florilegium.report.page.axis import Axis, nice

#: Room at either end, in per cent, so that points and labels are not cut.
_MARGIN = 3.0
#: The axis reaches so many times the median interval's width beyond the outermost effects. Few runs can leave a part of
#: the benchmark with an interval of fifty times the others' width; with that on the axis nothing could be read off it.
_REACH = 1.5


@dataclass(frozen=True)
class Strip:
    """One effect on the axis. ``left`` and ``right`` are the interval's ends, None without one.

    An end that lies beyond the axis is ``cut`` at its edge: -1 there on the left, 1 on the right.
    """

    point: float
    left: float | None
    right: float | None
    kind: str
    cut: tuple[int, ...] = ()


@dataclass(frozen=True)
class Forest:
    """The axis of all strips, with its bands: what chance does, and what is too small to matter."""

    axis: Axis
    told: Scale
    zero: float
    ticks: tuple[tuple[float, str], ...]
    noise: tuple[float, float] | None
    small: tuple[float, float] | None

    def place(self, effect: float) -> float:
        """Give the position of an effect, in per cent."""
        return _MARGIN + (100 - 2 * _MARGIN) * float(self.axis.place(self.told.value(effect)))

    def strip(self, item: Effect, kind: str = "undecided") -> Strip:
        """Place an effect."""
        if not item.interval:
            return Strip(self.place(item.effect), None, None, kind)
        left, right = (self.place(end) for end in item.interval)
        cut = (*((-1,) if left < 0 else ()), *((1,) if right > 100 else ()))
        return Strip(self.place(item.effect), max(left, 0.0), min(right, 100.0), kind, cut)

    def kind_of(self, item: Effect) -> str:
        """Tell better, worse and open apart by the interval."""
        if item.interval is None:
            return "undecided"
        return "keep" if item.interval[0] > 0 else "drop" if item.interval[1] < 0 else "undecided"


def noise_of(verdict: Verdict) -> float | None:
    """Give how far apart chance alone may bring two corpora that are the same: half of the A/A pair's interval."""
    pair = verdict.noise_floor.aa
    return (pair.interval[1] - pair.interval[0]) / 2 if pair and pair.interval else None


def forest(effects: Iterable[Effect], verdict: Verdict, told: Scale, labels: int = 6) -> Forest:
    """Fit one axis to effects, their intervals and the bands, with about so many labels; 0 is always on it. Intervals
    that are far wider than the others are cut."""
    noise, small = noise_of(verdict), verdict.smallest_effect
    listed = list(effects)
    inner = [0.0, *(item.effect for item in listed)]
    inner += [end for half in (noise, small) if half for end in (-half, half)]
    inner = [end for end in inner if math.isfinite(end)]
    intervals = [item.interval for item in listed if item.interval]
    reach = _REACH * float(np.median([high - low for low, high in intervals])) if intervals else 0.0
    least, most = min(inner) - reach, max(inner) + reach
    shown = [told.value(end) for end in inner]
    shown += [told.value(min(max(end, least), most)) for interval in intervals for end in interval]
    low, high = min(shown), max(shown)
    if high <= low:
        low, high = -1.0, 1.0
    axis = Axis(np.array([low, high]), False, False)
    empty = Forest(axis, told, 0.0, (), None, None)
    ticks = tuple((empty.place(tick / told.factor), label) for tick, label in _ticks(low, high, labels))

    def band(half: float | None) -> tuple[float, float] | None:
        return (empty.place(-half), empty.place(half)) if half else None

    return Forest(axis, told, empty.place(0.0), ticks, band(noise), band(small))


def _ticks(low: float, high: float, labels: int) -> list[tuple[float, str]]:
    """Give round values with their labels: about so many, but no fewer than three where that can be."""
    for number in range(labels, labels + 5):
        step = nice((high - low) / number)
        decimals = max(-math.floor(math.log10(step)), 0)
        values = [round(step * n, decimals) for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
        if len(values) >= 3:
            break
    return [(value, f"{value:+,.{decimals}f}".replace("-", "−") if value else "0") for value in values]
