"""Every question ever asked: listed, or two of them side by side."""

import json
from pathlib import Path

from rich.console import Console

from florilegium.ablation.archive import Kept, questions
from florilegium.errors import FlorilegiumError
from florilegium.recipe.kinds import did_you_mean
from florilegium.report.ablation.tables import Asked, compare_questions, list_questions


def list_asked(console: Console, folder: Path, *, as_json: bool = False) -> None:
    """Print every question with its verdicts, newest first."""
    kept = list(questions(folder))
    if as_json:
        print(json.dumps([{"folder": each.folder.name, "date": each.date, **each.verdict} for each in kept], indent=1))
        return
    list_questions(console, [_asked(each) for each in kept])


def _asked(kept: Kept) -> Asked:
    verdict = kept.verdict
    runs = len(verdict["seeds"]) * (1 + len(verdict["arms"]) + len(verdict["controls"]))
    return {
        "name": kept.folder.name,
        "question": verdict["question"],
        "state": "answered",
        "runs": runs,
        "done": runs,
        "verdicts": {arm["name"]: arm["verdict"] for arm in verdict["arms"]},
    }


def compare_asked(console: Console, folder: Path, a: str, b: str) -> None:
    """Print the effects of two questions side by side. Raises FlorilegiumError for one that was never asked."""
    kept = list(questions(folder))
    compare_questions(console, dict(_named(kept, a, folder).verdict), dict(_named(kept, b, folder).verdict))


def _named(kept: list[Kept], name: str, folder: Path) -> Kept:
    for each in kept:
        if name in (each.folder.name, each.name):
            return each
    raise FlorilegiumError(
        f"{folder}: no question is called `{name}`{did_you_mean(name, [e.folder.name for e in kept])}"
    )
