"""Release: text joined with decisions; shards, card, ledger, manifest."""

import polars as pl

from florilegium.release.publish import is_published, made_of, publish
from florilegium.release.shards import WriteRelease, pack
from florilegium.run.folder import missing_tasks

from .flow import Flow


def release(flow: Flow, ledger: pl.DataFrame, notes: list[str]) -> None:
    """Write the shards, then all that describes them, then give the release its name."""
    plan, run = flow.plan, flow.folder
    measured, decided = run.measured(plan), run.decided(plan.decided)
    of = made_of(measured, decided, len(plan.tasks))
    with flow.console.status("checking what is published"):
        published = is_published(run.path, plan.released, of)
    if published:
        flow.console.print("release: published already; reused", highlight=False)
        return
    shards = pack(measured, decided, len(plan.tasks), flow.recipe.release.shard_size)
    building = run.path / f"release-{plan.released}.building"
    step = WriteRelease(measured, decided, building, shards, flow.recipe.release.format, of)
    flow.run("release", building, [step], len(shards), missing_tasks(building, len(shards), of))
    publish(run.path, building, len(shards), of, flow.recipe, plan.released, ledger, notes)
