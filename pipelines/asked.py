"""Every question ever asked: listed, or two of them side by side."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from florilegium.ablation.archive import Kept, questions
from florilegium.errors import FlorilegiumError
from florilegium.recipe.kinds import did_you_mean
from florilegium.report.ablation.tables import Asked, compare_questions, list_questions

#: Where questions are kept when nothing else is said.
DEFAULT = Path("ablations")


def list_asked(console: Console, folder: Path, *, as_json: bool = False) -> None:
    """Print every question with its verdicts, newest first."""
    kept = _kept(folder)
    if as_json:
        print(json.dumps([_literal(each) for each in kept], indent=1))
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


def compare_asked(console: Console, folder: Path, a: str, b: str, *, as_json: bool = False) -> None:
    """Print the effects of two questions side by side, or both verdicts as JSON. Raises FlorilegiumError for one that
    was never asked."""
    kept = _kept(folder)
    one, other = _named(kept, a, folder), _named(kept, b, folder)
    if as_json:
        print(json.dumps({"a": _literal(one), "b": _literal(other)}, indent=1))
        return
    compare_questions(console, dict(one.verdict), dict(other.verdict))


def _kept(folder: Path) -> list[Kept]:
    """Give the answered questions; a folder that is not there holds none, unless it was named."""
    if folder != DEFAULT and not folder.is_dir():
        raise FlorilegiumError(
            f"{folder}: no such folder. Give the one that --ablations named when questions were asked."
        )
    return list(questions(folder))


def _literal(kept: Kept) -> dict[str, Any]:
    return {"folder": kept.folder.name, "date": kept.date, **kept.verdict}


def _named(kept: list[Kept], name: str, folder: Path) -> Kept:
    for each in kept:
        if name in (each.folder.name, each.name):
            return each
    raise FlorilegiumError(
        f"{folder}: no question is called `{name}`{did_you_mean(name, [e.folder.name for e in kept])}"
    )
