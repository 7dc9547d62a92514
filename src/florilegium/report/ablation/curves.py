"""Learning curves of the arms: the mean over seeds, and a band from the worst seed to the best."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from florilegium.errors import ContractError
from florilegium.report.ablation.verdict import Verdict
from florilegium.report.ablation.wording import amount
from florilegium.report.page.axis import Axis

COLUMNS = ("arm", "seed", "tokens", "task", "measure", "slice", "value")
#: Small plots that are drawn; the rest is counted.
MOST = 24
#: Arms that get a colour of their own; more of them share colours and differ by their dashes.
COLOURS = 6
#: The side of the square in which lines are drawn before they are stretched to the plot.
_SIDE = 1000


@dataclass(frozen=True)
class Line:
    """One arm: paths of its mean and its band (empty with one seed), in a square of 1000, and how it is drawn."""

    arm: str
    mean: str
    band: str
    style: str
    last: float


@dataclass(frozen=True)
class Plot:
    """Curves of one task, whole or of one slice. Ticks have positions in per cent."""

    title: str
    lines: tuple[Line, ...]
    x: tuple[tuple[float, str], ...]
    y: tuple[tuple[float, str], ...]
    zero: float | None
    cut: bool


@dataclass(frozen=True)
class Curves:
    """All plots: absolute scores of each task, the lead over the baseline, and the same by slice."""

    whole: tuple[Plot, ...]
    leads: tuple[Plot, ...]
    parts: tuple[Plot, ...]
    more: int
    legend: tuple[tuple[str, str], ...]


def curves(verdict: Verdict, frame: pl.DataFrame) -> Curves:
    """Draw the curves of the measure that decides; raises ContractError where ``curves.parquet`` lacks a column."""
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise ContractError(
            f"curves.parquet lacks {', '.join(missing)}; run `florilegium ablate` again, trained models are reused"
        )
    styles = _styles(verdict, frame)
    data = frame.filter(
        (pl.col("measure") == verdict.measure.name)
        & pl.col("task").is_in(verdict.measure.tasks or frame["task"].unique().to_list())
        & pl.col("arm").is_in(list(styles))
        & pl.col("value").is_finite()
    )
    keys = data.select("task", "slice").unique().sort("task", "slice").rows()
    leads = _leads(data, verdict)
    whole = [(task, "") for task, part in keys if not part]
    parts = [key for key in keys if key[1]]
    return Curves(
        tuple(_plot(_part(data, key), key[0], styles, lead=False) for key in whole),
        tuple(_plot(_part(leads, key), key[0], styles, lead=True) for key in whole if _part(leads, key).height),
        tuple(
            _plot(_part(leads, key), _title(key, len(whole) > 1), styles, lead=True)
            for key in parts[:MOST]
            if _part(leads, key).height
        ),
        max(len(parts) - MOST, 0),
        tuple(styles.items()),
    )


def _title(key: tuple[str, str], named: bool) -> str:
    return f"{key[1]} ({key[0]})" if named else key[1]


def _part(data: pl.DataFrame, key: tuple[str, str]) -> pl.DataFrame:
    return data.filter((pl.col("task") == key[0]) & (pl.col("slice") == key[1]))


def _styles(verdict: Verdict, frame: pl.DataFrame) -> dict[str, str]:
    """Give the baseline, the arms in the order of the verdict, and the controls their looks; others are not drawn."""
    here = set(frame["arm"].to_list())
    arms = [arm.name for arm in verdict.arms if arm.name in here]
    styles = {verdict.baseline.name: "baseline"} if verdict.baseline.name in here else {}
    for number, name in enumerate(arms):
        styles[name] = f"arm-{number % COLOURS}" + (f" dash-{number // COLOURS % 3}" if number >= COLOURS else "")
    pair = verdict.noise_floor.aa.arms if verdict.noise_floor.aa else []
    for name in [*(control.name for control in verdict.controls), *pair]:
        if name in here:
            styles.setdefault(name, "control")
    return styles


def _leads(data: pl.DataFrame, verdict: Verdict) -> pl.DataFrame:
    """Give how far each arm is ahead of the baseline trained with the same seed; above 0 is better."""
    keys = ["seed", "tokens", "task", "slice"]
    base = data.filter(pl.col("arm") == verdict.baseline.name).select(*keys, base="value")
    sign = 1.0 if verdict.measure.higher_is_better else -1.0
    joined = data.filter(pl.col("arm") != verdict.baseline.name).join(base, on=keys, maintain_order="left")
    return joined.with_columns(value=sign * (pl.col("value") - pl.col("base")))


def _plot(data: pl.DataFrame, title: str, styles: dict[str, str], *, lead: bool) -> Plot:
    grouped = data.group_by("arm", "tokens").agg(
        pl.mean("value"), pl.min("value").alias("low"), pl.max("value").alias("high"), pl.len().alias("seeds")
    )
    rows = {str(arm): part.sort("tokens") for (arm,), part in grouped.group_by("arm")}
    horizontal = Axis(np.array([0.0, max(_highest(grouped["tokens"]), 1.0)]), False, True)
    low, high, cut = _range(grouped, lead)
    vertical = Axis(np.array([low, high]), False, False)
    lines = []
    for arm, style in styles.items():
        if arm in rows:
            part = rows[arm]
            x = horizontal.place(part["tokens"].to_numpy().astype(np.float64)) * _SIDE
            mean, bottom, top = (
                (1 - vertical.place(part[name].to_numpy())) * _SIDE for name in ("value", "low", "high")
            )
            band = _path([*zip(x, top, strict=True), *zip(x[::-1], bottom[::-1], strict=True)]) + "Z"
            several = int(_highest(part["seeds"])) > 1
            lines.append(
                Line(arm, _path(zip(x, mean, strict=True)), band if several else "", style, float(part["value"][-1]))
            )
    return Plot(
        title,
        tuple(lines),
        tuple((100 * float(horizontal.place(tick)), amount(tick)) for tick in horizontal.ticks()),
        tuple(
            (100 - 100 * float(vertical.place(tick)), _label(tick, vertical.ticks(), lead)) for tick in vertical.ticks()
        ),
        100 - 100 * float(vertical.place(0.0)) if lead else None,
        cut,
    )


def _highest(values: pl.Series) -> float:
    return float(values.to_numpy().max())


def _range(grouped: pl.DataFrame, lead: bool) -> tuple[float, float, bool]:
    """Fit the vertical axis; the first steep part of training is cut off: it would flatten all that matters."""
    later = grouped.filter(pl.col("tokens") >= _highest(grouped["tokens"]) / 4)
    low, high = float(later["low"].to_numpy().min()), float(later["high"].to_numpy().max())
    if lead:
        low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.06 * (high - low) or max(abs(high), 1.0) / 10
    low, high = low - margin, high + margin
    cut = bool((grouped["low"] < low).any() or (grouped["high"] > high).any())
    return low, high, cut


def _label(tick: float, ticks: Sequence[float], lead: bool) -> str:
    places = max((len(f"{value:.10g}".partition(".")[2]) for value in ticks), default=0)
    if lead and tick == 0:
        return "0"
    return (f"{tick:+.{places}f}" if lead else f"{tick:.{places}f}").replace("-", "−")


def _path(points: Iterable[tuple[float, float]]) -> str:
    # far outside the plot nothing is seen of a line but its direction
    return "M" + "L".join(f"{x:.1f} {min(max(y, -9999), 9999):.1f}" for x, y in points)
