"""A run as a user names it: a folder, or one of several decisions in it (``runs/demo@decided-<hash>``)."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from florilegium.errors import FlorilegiumError
from florilegium.recipe.kinds import did_you_mean
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan

_DECISION = re.compile(r"(?P<run>.+)@(?:decided-)?(?P<decided>[0-9a-f]{4,})/?")


@dataclass(frozen=True)
class Opened:
    """A run folder with its plan. ``own``: its decisions are those of the recipe in the folder."""

    folder: RunFolder
    plan: Plan
    own: bool
    named: str


def open_run(named: str) -> Opened:
    """Find a run, and with ``@decided-<hash>`` (or the hash's beginning) another decision about its documents.

    Raises FlorilegiumError for a path that is no run, saying what it is instead.
    """
    path, wanted = Path(named), None
    found = _DECISION.fullmatch(named)
    if found and not path.exists():
        path, wanted = Path(found["run"]), found["decided"]
    _check(path)
    folder = RunFolder(path)
    plan = folder.plan()
    if wanted is None:
        return Opened(folder, plan, True, named)
    there = sorted(item.name.removeprefix("decided-") for item in path.glob("decided-*") if item.is_dir())
    fitting = [name for name in there if name.startswith(wanted)]
    if len(fitting) != 1:
        listed = ", ".join(f"decided-{name}" for name in fitting or there) or "none"
        problem = "names several decisions" if fitting else "is no decision of this run"
        raise FlorilegiumError(f"{path}: `decided-{wanted}` {problem}. There: {listed}.")
    return Opened(folder, replace(plan, decided=fitting[0]), fitting[0] == plan.decided, named)


def _check(path: Path) -> None:
    """Refuse what is no run, and name the run that may be meant."""
    if (path / "plan.json").is_file():
        return
    if path.is_file():
        raise FlorilegiumError(f"{path}: is a file. Give the folder of a run, such as runs/demo.")
    if not path.exists():
        others = sorted(item.parent.name for item in path.parent.glob("*/plan.json"))
        hint = did_you_mean(path.name, others) if others else ". Give the folder of a run, such as runs/demo"
        raise FlorilegiumError(f"{path}: no such folder{hint}" + ("" if hint.endswith("?") else "."))
    if (path / "manifest-sha256.txt").is_file():
        above = path.resolve().parent
        where = f"its run is {above}" if (above / "plan.json").is_file() else "its run is not beside it"
        raise FlorilegiumError(f"{path}: is a release, not a run; {where}. Check a release with `florilegium verify`.")
    if inside := sorted(item.parent.name for item in path.glob("*/plan.json")):
        listed = ", ".join(inside[:5]) + (f" and {len(inside) - 5} more" if len(inside) > 5 else "")
        raise FlorilegiumError(f"{path}: no run is here, but runs are in it: {listed}. Give one of them.")
    raise FlorilegiumError(f"{path}: no run is here (no plan.json). Give a folder such as runs/demo.")
