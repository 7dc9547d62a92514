"""Release: text joined with decisions; shards, card, ledger, manifest."""

import polars as pl

from florilegium.release.publish import is_published, publish
from florilegium.release.shards import WriteRelease, pack
from florilegium.run.folder import missing_tasks

from .flow import Flow


def release(flow: Flow, ledger: pl.DataFrame, notes: list[str]) -> None:
    """Write the shards, then all that describes them, then give the release its name."""
    plan, run = flow.plan, flow.folder
    if is_published(run.path, plan.released):
        flow.console.print("release: published already; reused", highlight=False)
        return
    measured, decided = run.measured(plan), run.decided(plan.decided)
    shards = pack(measured, decided, len(plan.tasks), flow.recipe.release.shard_size)
    building = run.path / f"release-{plan.released}.building"
    step = WriteRelease(measured, decided, building, shards, flow.recipe.release.format)
    flow.run("release", building, [step], len(shards), missing_tasks(building, len(shards)))
    publish(run.path, building, len(shards), flow.recipe, plan.released, ledger, notes)
