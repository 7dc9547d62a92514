"""report.html of a question: one file, without a script, that asks for nothing from elsewhere."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from florilegium.report.ablation import wording
from florilegium.report.ablation.curves import curves
from florilegium.report.ablation.strips import Forest, Strip, forest, noise_of
from florilegium.report.ablation.verdict import Arm, Effect, NoiseFloor, Slice, Verdict, read_verdict
from florilegium.report.ablation.wording import Scale, scale
from florilegium.report.page import letters
from florilegium.report.page.environment import asset, environment
from florilegium.run.shards import write_bytes


@dataclass(frozen=True)
class Row:
    """An arm or control of the forest plot."""

    arm: Arm
    kind: str
    verdict: str
    strip: Strip


@dataclass(frozen=True)
class Cell:
    """An arm's effect on a slice; ``heat`` is how strongly it is coloured, in per cent."""

    part: Slice
    kind: str
    heat: int


@dataclass(frozen=True)
class SliceForest:
    """The slices of one arm on an axis that all arms share: those that lose first, then from worst to best."""

    arm: str
    parts: tuple[tuple[Slice, str, Strip], ...]


def write_question_report(folder: Path, verdict: dict[str, Any], curves: pl.DataFrame) -> Path:
    """Write ``report.html`` into the folder of a question and give its path; the same inputs give the same page.

    Raises ContractError where the verdict or the curves are not what they must be.
    """
    target = folder / "report.html"
    write_bytes(target, render(gather(verdict, curves)).encode())
    return target


def gather(verdict: dict[str, Any], frame: pl.DataFrame) -> dict[str, Any]:
    """Collect what the page shows."""
    read = read_verdict(verdict)
    told = scale(read)
    effects = [*read.arms, *read.lot]
    plot = forest([*effects, *([read.noise_floor.aa] if read.noise_floor.aa else [])], read, told)
    columns, heat = _heat(read)
    return {
        "verdict": read,
        "told": told,
        "forest": plot,
        "rows": [_row(arm, plot, read) for arm in read.arms],
        "controls": [Row(arm, "control", "control", plot.strip(arm, "control")) for arm in read.lot],
        "pair": read.noise_floor.aa and plot.strip(read.noise_floor.aa, "control"),
        "noise": noise_of(read),
        "summary": wording.summary(read, told),
        "heat_columns": columns,
        "heat": heat,
        "shown_arms": list(dict.fromkeys(arm for row in read.shown_only for arm in row.effects)),
        **_slices(read, told),
        "curves": curves(read, frame),
    }


def _row(arm: Arm, plot: Forest, read: Verdict) -> Row:
    kind = arm.verdict if arm.verdict in wording.VERDICTS else "undecided"
    return Row(arm, str(kind), wording.outcome(arm, read.smallest_effect), plot.strip(arm, str(kind)))


def _kind(part: Slice, lost: set[str]) -> str:
    return "drop" if part.loses or part.name in lost else "keep" if part.gains else "undecided"


def _ordered(arm: Arm) -> list[Slice]:
    lost = set(arm.loses)
    return sorted(arm.slices, key=lambda part: (_kind(part, lost) != "drop", part.effect, part.name))


def _heat(read: Verdict) -> tuple[list[str], list[tuple[str, int | None, list[Cell | None]]]]:
    """Give the table of slices by arms; slices that anybody loses come first, the worst at the top."""
    arms = [arm for arm in read.arms if arm.slices]
    largest = max((abs(part.effect) for arm in arms for part in arm.slices), default=0.0) or 1.0
    cells: dict[str, dict[str, Cell]] = {}
    for arm in arms:
        for part in arm.slices:
            heat = round(38 * min(abs(part.effect) / largest, 1))
            cells.setdefault(part.name, {})[arm.name] = Cell(part, _kind(part, set(arm.loses)), heat)

    def worst(name: str) -> tuple[bool, float, str]:
        row = cells[name].values()
        return not any(cell.kind == "drop" for cell in row), min(cell.part.effect for cell in row), name

    names = [arm.name for arm in arms]
    table = []
    for name in sorted(cells, key=worst):
        part = next(iter(cells[name].values())).part
        table.append((part.words, part.items, [cells[name].get(arm) for arm in names]))
    return names, table


def _slices(read: Verdict, told: Scale) -> dict[str, Any]:
    parts: list[Effect] = [part for arm in read.arms for part in arm.slices]
    plot = forest(parts, read.model_copy(update={"noise_floor": NoiseFloor()}), told, labels=3)
    forests = []
    for arm in read.arms:
        lost = set(arm.loses)
        kinds = [(part, _kind(part, lost)) for part in _ordered(arm)]
        if kinds:
            forests.append(SliceForest(arm.name, tuple((part, kind, plot.strip(part, kind)) for part, kind in kinds)))
    cut = any(strip.cut for each in forests for *_, strip in each.parts)
    return {"slice_forest": plot, "slice_forests": forests, "slices_cut": cut}


def render(sections: dict[str, Any]) -> str:
    """Render the page, in the style of a run's report."""
    template = environment(
        "florilegium.report.ablation",
        (letters, ("visible", "name", "prose", "count", "number", "plural")),
        (wording, ("percent", "probability", "amount", "regime")),
    ).get_template("question.html.jinja")
    styles = (("florilegium.report.page", "style.css"), ("florilegium.report.ablation", "question.css"))
    return template.render(sections, style=Markup("\n".join(asset(*each) for each in styles)))
