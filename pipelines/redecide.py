"""Decide a finished run again under another recipe: from columns of numbers, in seconds, without reading text."""

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console

from florilegium.errors import FlorilegiumError, RecipeError
from florilegium.recipe.load import Recipe, digest, load_recipe
from florilegium.recipe.shipped import find_recipe
from florilegium.registry import registry
from florilegium.report.page import write_report
from florilegium.report.terminal import waterfall
from florilegium.run.account import check_expectations, write_ledger
from florilegium.run.folder import RunFolder, missing_tasks
from florilegium.run.lock import locked
from florilegium.run.plan import Plan, decide_identity, differences, measure_identity, released_hash
from florilegium.run.shards import sweep

from .decide import decide
from .flow import Flow
from .release import release


def redecide(run: Path, recipe: str, console: Console, *, and_release: bool = False) -> None:
    """Write ``decided-<hash>`` beside the others; with ``and_release``, publish what it keeps.

    Only ``decide`` and ``release`` of the recipe count; its ``measure`` must write the columns that they read. A
    release tells how it was made, so for one ``sources`` and ``measure`` must be those of the run.
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
    if and_release:
        _check_provenance(plan, understood, run)
    steps = decide_identity(understood)
    decided = digest({"measured": plan.measured, "steps": steps})
    released = released_hash(decided, understood)
    identity = plan.identity | {"decide": steps, "release": understood.release.literal()}
    path = str(understood.path.resolve())
    plan = replace(plan, decided=decided, released=released, identity=identity, recipe=path)
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
        console.print(f"decisions: {folder.decided(decided)}", highlight=False, markup=False, soft_wrap=True)


def _check_provenance(plan: Plan, recipe: Recipe, run: Path) -> None:
    """Refuse to publish a recipe whose sources and stages are not those that measured the run."""
    done = {key: plan.identity["measure"][key] for key in ("sources", "stages")}
    found = differences(done, measure_identity(recipe))
    if found:
        keys = ", ".join(f"`{key}`" for key, _, _ in found[:5])
        raise RecipeError(
            f"{recipe.path} differs from what {run} measured, in {keys}: its card would tell what was not done. "
            "Leave out --release, or run `curate` with it."
        )
