"""Retry: measure what is in quarantine again, after a fix; the result is as if it had never failed."""

from pathlib import Path

from rich.console import Console

from florilegium.errors import FlorilegiumError
from florilegium.run.folder import RunFolder, forget_quarantine, missing_tasks, objections
from florilegium.run.lock import locked

from .curate import carry_out, prepare
from .flow import Flow


def retry(run: Path, console: Console) -> None:
    """Forget the tasks that left something in quarantine, and carry the run out as it was planned.

    Shards of other tasks are reused. Raises FlorilegiumError where recipe or inputs changed since, or a new version of
    a stage makes it another run.
    """
    folder = RunFolder(run)
    old = folder.plan()
    understood, plan = prepare(old.recipe, old.limit)
    said = objections(old, plan)
    if said:
        listed = "\n".join(said[:20])
        raise FlorilegiumError(f"{run} is not as it was planned:\n{listed}\nUse `curate` with --redo instead.")
    with locked(run):
        forget_quarantine(folder.measured(plan), len(plan.tasks))
        missing = missing_tasks(folder.measured(plan), len(plan.tasks))
        if not missing:
            console.print(f"{run}: nothing is in quarantine", highlight=False, markup=False)
            return
        console.print(f"measuring {len(missing):,} of {len(plan.tasks):,} tasks again", highlight=False)
        carry_out(Flow(understood, plan, folder, console, None))
