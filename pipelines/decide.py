"""Decide: everything that is a choice. Reads columns of numbers, so a changed bound costs seconds."""

from collections.abc import Sequence
from typing import cast

import polars as pl

from florilegium.run.account import account_decided, account_measured
from florilegium.run.decided import Decide
from florilegium.run.decisions import Decision
from florilegium.run.folder import missing_tasks
from florilegium.run.shards import content

from .flow import Flow


def decide(flow: Flow) -> tuple[pl.DataFrame, list[str]]:
    """Decide about all documents in one task, unless that is done; give the ledger and what a curator should know.

    Raises TooManyInQuarantine where measuring left more in quarantine than the recipe allows.
    """
    plan, run = flow.plan, flow.folder
    measured, decided, count = run.measured(plan), run.decided(plan.decided), len(plan.tasks)
    before, damage = account_measured(measured, count, run.quarantine, flow.recipe.run.quarantine_at_most)
    of = content(measured, count)
    step = Decide(measured, count, decided, cast("Sequence[Decision]", flow.recipe.decide), of)
    flow.run("decide", decided, [step], 1, [0] if missing_tasks(decided, count, of) else [], whole=True)
    after, notes = account_decided(decided, count)
    return pl.concat([before, after]), [*damage, *notes]
