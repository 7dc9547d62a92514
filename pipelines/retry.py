"""Retry: measure what is in quarantine again, after a fix; the result is as if it had never failed."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from florilegium.errors import FlorilegiumError
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.run.folder import RunFolder, forget_quarantine, objections
from florilegium.run.lock import locked
from florilegium.run.plan import make_plan

from .curate import carry_out
from .flow import Flow


def retry(run: Path, console: Console, workers: int | None = None) -> None:
    """Forget the tasks that left something in quarantine, and carry the run out as it was planned.

    Shards of other tasks are reused. Raises FlorilegiumError where inputs changed since, or a new version of a stage
    makes it another run.
    """
    folder = RunFolder(run)
    old = folder.plan()
    understood = load_recipe(folder.path / "recipe.resolved.json", registry())
    understood = replace(understood, written=(folder.path / "recipe.yaml").read_text(encoding="utf-8"))
    inputs = [item for source in understood.sources for item in source.inputs()]  # type: ignore[attr-defined]
    plan = replace(make_plan(understood, inputs, old.limit), name=old.name)
    said = objections(old, plan)
    if said:
        raise FlorilegiumError(
            f"{run} cannot be retried as it was planned:\n"
            + "\n".join(said[:20])
            + "\nRun `curate` with --redo instead."
        )
    with locked(run):
        tasks = forget_quarantine(folder.measured(plan), len(plan.tasks))
        if not tasks:
            console.print(f"{run}: nothing is in quarantine", highlight=False)
            return
        console.print(f"measuring {len(tasks):,} of {len(plan.tasks):,} tasks again", highlight=False)
        carry_out(Flow(understood, plan, folder, console, workers))
