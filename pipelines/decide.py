"""Decide: everything that is a choice. Reads columns of numbers, so a changed bound costs seconds."""

from collections.abc import Sequence
from typing import cast

from florilegium.run.decided import Decide
from florilegium.run.decisions import Decision
from florilegium.run.folder import missing_tasks

from .flow import Flow


def decide(flow: Flow) -> None:
    """Decide about all documents in one task, unless that is done."""
    count, folder = len(flow.plan.tasks), flow.folder.decided(flow.plan.decided)
    step = Decide(flow.folder.measured(flow.plan), count, folder, cast("Sequence[Decision]", flow.recipe.decide))
    flow.run("decide", folder, [step], 1, [0] if missing_tasks(folder, count) else [])
