"""Measure: everything that must see a document. Text and signals out, one shard for each task of the plan."""

from florilegium.pipelines.flow import Flow
from florilegium.run.folder import adopt, missing_tasks
from florilegium.run.measured import WriteMeasured
from florilegium.sources.reading import Read


def measure(flow: Flow) -> None:
    """Run the missing tasks of the movement."""
    folder, plan = flow.folder.measured(flow.plan), flow.plan
    adopt(folder, len(plan.tasks), flow.folder.path.parent)
    sources = {source.name: source for source in flow.recipe.sources}
    tasks = [(sources[plan.task_inputs(index)[0].source], plan.task_inputs(index)) for index in range(len(plan.tasks))]
    steps = [Read(tasks, plan.limit), *flow.recipe.measure, WriteMeasured(folder, flow.recipe.measure)]
    flow.run("measure", folder, steps, len(tasks), missing_tasks(folder, len(tasks)))
