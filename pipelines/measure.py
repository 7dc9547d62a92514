"""Measure: everything that must see a document. Text and signals out, one shard for each task of the plan."""

from collections.abc import Sequence
from typing import cast

from florilegium.run.folder import adopt, missing_tasks
from florilegium.run.measured import WriteMeasured
from florilegium.run.stage import Stage
from florilegium.sources.reading import Read
from florilegium.sources.source import Source

from .flow import Flow


def measure(flow: Flow) -> None:
    """Run the missing tasks of the movement."""
    folder, plan = flow.folder.measured(flow.plan), flow.plan
    adopt(flow.folder, plan)
    sources = {source.name: source for source in cast("Sequence[Source]", flow.recipe.sources)}
    tasks = [(sources[plan.task_inputs(index)[0].source], plan.task_inputs(index)) for index in range(len(plan.tasks))]
    stages = cast("Sequence[Stage]", flow.recipe.measure)
    pages = any("pages" in source.provides for source in flow.recipe.sources)
    steps = [Read(tasks, plan.limit), *stages, WriteMeasured(folder, stages, pages=pages)]
    with flow.console.status("checking what is finished"):
        missing = missing_tasks(folder, len(tasks))
    flow.run("measure", folder, steps, len(tasks), missing)
