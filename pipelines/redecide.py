"""Decide a finished run again under another recipe: from columns of numbers, in seconds, without reading text."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console

from florilegium.errors import FlorilegiumError, RecipeError
from florilegium.recipe.load import digest, load_recipe
from florilegium.recipe.shipped import find_recipe
from florilegium.registry import registry
from florilegium.report.page import write_report
from florilegium.report.terminal import waterfall
from florilegium.run.account import check_expectations, write_ledger
from florilegium.run.folder import RunFolder, missing_tasks
from florilegium.run.lock import locked
from florilegium.run.plan import decide_identity, released_hash
from florilegium.run.shards import sweep

from .decide import decide
from .flow import Flow
from .release import release


def redecide(run: Path, recipe: str, console: Console, *, and_release: bool = False) -> None:
    """Write ``decided-<hash>`` beside the others; with ``and_release``, publish what it keeps.

    Only ``decide`` and ``release`` of the recipe count; its ``measure`` must write the columns that they read.
    """
    folder = RunFolder(run)
    plan = folder.plan()
    missing = missing_tasks(folder.measured(plan), len(plan.tasks))
    if missing:
        raise FlorilegiumError(
            f"{run}: {len(missing)} of {len(plan.tasks)} tasks are not measured. Finish it with `curate` first."
        )
    understood = load_recipe(find_recipe(recipe), registry())
    measured = set(pq.read_schema(folder.measured(plan) / "00000.parquet").names)
    for step in understood.decide:
        for column in step.reads:
            if column not in measured:
                raise RecipeError(
                    f"`{step.name}` reads `{column}`, which {run} did not measure. "
                    "Run `curate` with a recipe whose `measure` writes it, under a new name."
                )
    steps = decide_identity(understood)
    decided = digest({"measured": plan.measured, "steps": steps})
    released = released_hash(decided, understood)
    identity = plan.identity | {"decide": steps, "release": understood.release.literal()}
    plan = replace(plan, decided=decided, released=released, identity=identity)
    with locked(run):
        sweep(run)
        flow = Flow(understood, plan, folder, console, None)
        ledger, notes = decide(flow)
        if and_release:
            check_expectations(ledger, understood.expectations)
            folder.write_plan(plan, understood.written, understood.resolved)
            write_ledger(ledger, folder.path / "ledger.parquet")
            write_report(folder, plan)
            release(flow, ledger, notes)
        waterfall(console, ledger, notes)
        console.print(f"decisions: {folder.decided(decided)}", highlight=False, soft_wrap=True)
