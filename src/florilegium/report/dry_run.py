"""What ``--dry-run`` prints: stages, inputs found, sizes, tasks, and what would be reused or redone and why."""

from collections import Counter

from rich.console import Console

from florilegium.recipe.load import Recipe
from florilegium.report.terminal import safe
from florilegium.run.folder import RunFolder, missing_tasks, objections, redone
from florilegium.run.plan import Plan
from florilegium.run.shards import content


def show_plan(console: Console, recipe: Recipe, plan: Plan, folder: RunFolder) -> None:
    """Print what a run would do; nothing is written."""

    def say(line: str = "") -> None:
        console.print(line, highlight=False, soft_wrap=True)

    say(f"[bold]{plan.name}[/bold]  recipe {recipe.hash}, run in {folder.path}")
    files, sizes, tasks = Counter[str](), Counter[str](), Counter[str]()
    for item in plan.inputs:
        files[item.source] += 1
        sizes[item.source] += item.size
    for number in range(len(plan.tasks)):
        tasks[plan.task_inputs(number)[0].source] += 1
    say("\n[bold]sources[/bold]")
    for source in recipe.sources:
        name = source.name
        say(
            f"  {name:<16} {source.kind:<10} {files[name]:>7,} files {sizes[name] / 1e6:>10,.1f} MB"
            f" {tasks[name]:>6,} tasks"
        )
        for item in [item for item in plan.inputs if item.source == name][:3]:
            say(f"    {safe(item.path)}")
        if files[name] > 3:
            say(f"    and {files[name] - 3:,} more")
    for section, steps in (("measure", recipe.measure), ("decide", recipe.decide)):
        say(f"\n[bold]{section}[/bold]")
        for step in steps:
            say(f"  {step.name:<16} {_facts(step)}")
    say("\n[bold]release[/bold]")
    formatters = ", ".join(step.step for step in recipe.release.format) or "none"
    say(f"  shards of {recipe.release.shard_size / 1e6:,.0f} MB of text; format: {formatters}")
    say("\n[bold]reuse[/bold]")
    old = folder.old_plan()
    said = objections(old, plan) if old else []
    if said and old:
        say("  this run was planned otherwise:")
        for line in said[:20]:
            say(f"  {safe(line)}")
        say(f"  it would need --redo, and redo {redone(old, plan)}")
    missing = len(missing_tasks(folder.measured(plan), len(plan.tasks)))
    why = "" if old else " (no such run yet)"
    say(f"  measure: {len(plan.tasks) - missing:,} of {len(plan.tasks):,} tasks are finished and would be reused{why}")
    of = "" if missing else content(folder.measured(plan), len(plan.tasks))
    decided = missing or missing_tasks(folder.decided(plan.decided), len(plan.tasks), of)
    say(f"  decide: {'to do' if decided else 'finished, would be reused'}")


def _facts(step: object) -> str:
    reads, writes = getattr(step, "reads", ()), getattr(step, "writes", ())
    rules = getattr(step, "rules", ())
    if rules:
        return f"{len(rules)} rules"
    shown = ", ".join(reads) or "nothing"
    return f"reads {shown}" + (f"; writes {len(writes)} columns" if writes else "")
