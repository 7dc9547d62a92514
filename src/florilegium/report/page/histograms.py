"""A histogram of each signal: how its values are spread over kept and dropped documents, and where the bounds lie."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from florilegium.report.page.axis import Axis, Floats, make_axis, nice
from florilegium.report.page.letters import count, number, share
from florilegium.report.page.limits import Limits
from florilegium.rules.model import DEFAULT
from florilegium.run.view import View
from florilegium.signals.catalogue import GROUPS

Mask = NDArray[np.bool_]

#: Size of the drawing: about that of a phone's screen, so that letters keep their size.
PLOT, LEFT, RIGHT, ROW = 110, 6, 354, 15
#: Bounds that are drawn for one rule; more (one for each language) are said in words.
MOST_MARKS = 6
#: Signals that are read at a time.
_AT_ONCE = 8
#: Width of a letter in the drawing.
_LETTER = 6.1

_ABOUT = {signal.name: signal.doc for group in GROUPS.values() for signal in group.signals} | {
    "language_score": "Probability of the language that was found.",
    "text_bytes": "Bytes of text (UTF-8).",
}


@dataclass(frozen=True)
class Mark:
    """A bound in the drawing: its place, its name, and the side on which documents fail (-1 left, 1 right)."""

    x: float
    label: str
    label_x: float
    label_y: float
    side: int


@dataclass(frozen=True)
class Histogram:
    """All that the drawing of one signal needs; paths are SVG."""

    signal: str
    about: str
    documents: int
    nulls: int
    clipped: tuple[int, int]
    summary: str
    top: float
    base: float
    height: float
    kept: str
    dropped: str
    cut: tuple[tuple[float, float, str], ...]  # bars that are cut off: place, width, how many they count
    grid: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    beyond: tuple[str, ...]  # bounds that lie outside the axis
    unmarked: int


def signal_names(view: View) -> list[str]:
    """Give the measured columns that are numbers."""
    return [name for name, kind in view.columns.items() if _number(kind) and name not in ("record", "offset")]


def _number(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind == pl.Boolean


def read_signals(view: View, names: Sequence[str]) -> Iterator[tuple[str, Floats, bool]]:
    """Read signals a few at a time; give name, values (NaN where null), and whether they are whole numbers."""
    for start in range(0, len(names), _AT_ONCE):
        frame = view.documents(names[start : start + _AT_ONCE])
        for name in names[start : start + _AT_ONCE]:
            column = frame[name]
            yield name, column.cast(pl.Float64).fill_null(float("nan")).to_numpy(), not column.dtype.is_float()


def histogram(name: str, values: Floats, kept: Mask, rules: Sequence[Limits], *, whole: bool) -> Histogram:
    """Draw one signal with the bounds of the rules that read it."""
    there = np.isfinite(values)
    present, stays = values[there], kept[there]
    limits = [limit for rule in rules for limit in rule.holding[:MOST_MARKS]]
    unmarked = sum(max(len(rule.holding) - MOST_MARKS, 0) for rule in rules)
    bounds = [bound for limit in limits for bound in (limit.low, limit.high) if bound is not None]
    axis = make_axis(present if len(present) else np.zeros(1), bounds, whole=whole)
    tall, short = (np.histogram(present[side], axis.edges)[0] for side in (stays, ~stays))
    under, over = int((present < axis.edges[0]).sum()), int((present > axis.edges[-1]).sum())
    drawn, beyond = _marks(axis, rules, whole)
    top = 8.0 + ROW * len(drawn)
    base = top + PLOT
    most, cut_bars = _ceiling(tall + short)
    xs = LEFT + (RIGHT - LEFT) * axis.place(axis.edges)
    heights = np.minimum(np.cumsum([tall, short], axis=0), most) * (PLOT - 12) / most
    return Histogram(
        name, _ABOUT.get(name, ""), len(present), int((~there).sum()), (under, over), _summary(present),
        top, base, base + 20, _bars(xs, base, np.zeros(len(tall)), heights[0]), _bars(xs, base, heights[0], heights[1]),
        tuple((xs[n], xs[n + 1] - xs[n], count(int(tall[n] + short[n]))) for n in cut_bars),
        tuple((base - level * (PLOT - 12) / most, count(int(level))) for level in _levels(most)),
        tuple((LEFT + (RIGHT - LEFT) * float(axis.place(tick)), number(tick)) for tick in axis.ticks()),
        tuple(drawn), tuple(beyond), unmarked,
    )  # fmt: skip


def _ceiling(counts: NDArray[np.int64]) -> tuple[int, list[int]]:
    """Give the count that reaches the top, and the one bar that is cut off there: a spike would flatten all others."""
    order = np.argsort(counts, kind="stable")
    highest, second = int(counts[order[-1]]), int(counts[order[-2]]) if len(counts) > 1 else 0
    if second and highest > 4 * second:
        return max(round(1.6 * second), 1), [int(order[-1])]
    return max(highest, 1), []


def _levels(most: int) -> list[float]:
    """Give one or two round counts for lines across the drawing."""
    step = max(nice(most / 2.5), 1)
    return [step * n for n in (1, 2) if step * n <= most]


def _bars(xs: Floats, base: float, low: Floats, high: Floats) -> str:
    """Draw bars from ``low`` to ``high`` as one path."""
    pieces = []
    for n in np.flatnonzero(high > low):
        height = max(float(high[n] - low[n]), 0.6)
        gap = 0.5 if xs[n + 1] - xs[n] > 3 else 0.0
        wide = xs[n + 1] - xs[n] - gap
        pieces.append(f"M{xs[n]:.1f} {base - low[n]:.1f}v{-height:.1f}h{wide:.1f}v{height:.1f}z")
    return "".join(pieces)


def _marks(axis: Axis, rules: Sequence[Limits], whole: bool) -> tuple[list[Mark], list[str]]:
    """Give the bounds on the axis as marks, and the labels of those that lie off it."""
    places, beyond = [], []
    for rule in rules:
        for limit in rule.holding[:MOST_MARKS]:
            for bound, side in ((limit.low, -1), (limit.high, 1)):
                if bound is None:
                    continue
                inclusive = rule.rule.kind not in ("above", "below")
                label = _label(rule.rule.id, limit.key, bound, side, inclusive)
                at = float(axis.place(_between(bound, (side > 0) == inclusive) if whole else bound))
                if -1e-6 <= at <= 1 + 1e-6:
                    places.append((LEFT + (RIGHT - LEFT) * at, label, side))
                else:
                    beyond.append(label)
    return _stacked(places), beyond


def _label(rule: str, key: str, bound: float, side: int, inclusive: bool) -> str:
    language = "" if key == DEFAULT else f" {key}"
    sign = ("≥" if inclusive else ">") if side < 0 else ("≤" if inclusive else "<")
    return f"{rule.rpartition('.')[2]}{language} {sign} {number(bound)}"


def _between(bound: float, upwards: bool) -> float:
    """Put a bound on whole numbers between the last number that passes and the first that fails."""
    return math.floor(bound) + 0.5 if upwards else math.ceil(bound) - 0.5


def _stacked(places: Sequence[tuple[float, str, int]]) -> list[Mark]:
    """Give each label a row of its own, on the side of its line where there is room.

    Labels on the left come first, from right to left, then those on the right, from left to right: a line goes down
    from its own label, and so runs through few others.
    """
    fits = [x + 5 + len(label) * _LETTER <= RIGHT for x, label, _ in places]
    left = sorted((place for place, fit in zip(places, fits, strict=True) if not fit), key=lambda place: -place[0])
    right = sorted((place for place, fit in zip(places, fits, strict=True) if fit), key=lambda place: place[0])
    marks = []
    for row, (x, label, side) in enumerate([*left, *right]):
        start = max(x - 5 - len(label) * _LETTER, LEFT) if row < len(left) else x + 5
        marks.append(Mark(x, label, start, 12.0 + ROW * row, side))
    return marks


def _summary(values: Floats) -> str:
    if not len(values):
        return "no document has it"
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], method="nearest")
    zero = int((values == 0).sum())
    if zero == len(values):
        return "all are 0"
    range_ = f", nine in ten from {number(float(low))} to {number(float(high))}" if low < high else ""
    return f"median {number(float(middle))}{range_}" + (f", {share(zero, len(values))} are 0" if zero else "")
