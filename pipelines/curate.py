"""Curate: raw sources in, a release out. Measure, decide and release in turn."""

import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
from rich.console import Console

from florilegium.errors import FlorilegiumError
from florilegium.recipe.load import Recipe, load_recipe
from florilegium.recipe.shipped import find_recipe
from florilegium.registry import registry
from florilegium.report.dry_run import show_plan
from florilegium.report.page import write_report
from florilegium.report.profile import profile_of, show_profile
from florilegium.report.terminal import took_most, waterfall
from florilegium.run.account import check_expectations, write_ledger
from florilegium.run.folder import RunFolder, objections, redone
from florilegium.run.lock import locked
from florilegium.run.plan import Plan, make_plan
from florilegium.run.shards import sweep

from .decide import decide
from .demo import generate_for, show_score
from .flow import Flow
from .measure import measure
from .release import release


def curate(
    recipe: str,
    runs: Path,
    console: Console,
    *,
    workers: int | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    redo: bool = False,
    profile: bool = False,
) -> None:
    """Run a recipe (a path, or the name of a shipped one) from its sources to its release.

    The run lies in ``runs/<name>``. The same command again goes on where it stopped; a changed recipe or input is named
    and needs ``redo``. With ``limit``, at most so many records of each source, in a run of its own. With ``profile``,
    a table at the end says how long each stage took.
    Raises FlorilegiumError where the user must change something.
    """
    understood, plan = prepare(recipe, limit)
    folder = RunFolder(runs / plan.name)
    if dry_run:
        show_plan(console, understood, plan, folder)
        return
    folder.create()
    with locked(folder.path):
        settle(folder, understood, plan, redo)
        carry_out(Flow(understood, plan, folder, console, workers))
        if profile:
            show_profile(console, profile_of(folder, plan))


def carry_out(flow: Flow) -> None:
    """Do what is missing of the three movements."""
    sweep(flow.folder.path)  # what a killed run left
    measure(flow)
    ledger, notes = decide(flow)
    write_ledger(ledger, flow.folder.path / "ledger.parquet")
    with flow.console.status("writing report.html"):
        write_report(flow.folder, flow.plan)  # before the guard rails: it shows what went wrong
    check_expectations(ledger, flow.recipe.expectations)
    release(flow, ledger, notes)
    conclude(flow, ledger, notes)


def prepare(recipe: str, limit: int | None = None) -> tuple[Recipe, Plan]:
    """Load a recipe, make sure its sample is there, find its inputs and plan the tasks."""
    understood = load_recipe(find_recipe(recipe), registry())
    generate_for(understood)
    inputs = [item for source in understood.sources for item in source.inputs()]  # type: ignore[attr-defined]
    plan = make_plan(understood, inputs, limit)
    return understood, replace(plan, name=f"{plan.name}-limit-{limit}") if limit is not None else plan


def settle(folder: RunFolder, recipe: Recipe, plan: Plan, redo: bool) -> None:
    """Write the plan, unless another one is there that ``redo`` does not allow to replace."""
    old = None if redo else folder.old_plan()
    if old is not None:
        said = objections(old, plan)
        if said:
            raise FlorilegiumError(
                f"{folder.path} was planned otherwise:\n"
                + "\n".join(said if len(said) <= 20 else [*said[:20], f"  and {len(said) - 20} more"])
                + f"\nThis would redo {redone(old, plan)}. Run again with --redo, or give the recipe another name."
            )  # fmt: skip
    folder.write_plan(plan, recipe.written, recipe.resolved)


def conclude(flow: Flow, ledger: pl.DataFrame, notes: list[str]) -> None:
    """Print the waterfall and where release and report are; for the sample, how much of what was planted was caught."""
    console = flow.console
    console.print()
    waterfall(console, ledger, notes)
    show_score(flow)
    if not ledger.filter(pl.col("movement") == "decide").group_by("task").last()["kept"].sum():
        console.print(f"warning: no document was kept; {took_most(ledger)}", highlight=False, soft_wrap=True)
    console.print(f"release: {flow.folder.release}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"report:  {flow.folder.path / 'report.html'}", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    from .cli import main

    main(["curate", *sys.argv[1:]])
