"""Where the time of a run went: seconds, documents and text by stage, from what each finished task says of itself."""

import json
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from florilegium.report.terminal import safe
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan
from florilegium.run.shards import read_done


@dataclass
class Spent:
    """What one stage took, summed over tasks and workers; ``text_bytes`` of UTF-8 that it saw (or made of pages)."""

    movement: str
    stage: str
    documents: int = 0
    text_bytes: int = 0
    seconds: float = 0.0

    def add(self, documents: int, text_bytes: int, seconds: float) -> None:
        """Add what one task says."""
        self.documents += documents
        self.text_bytes += text_bytes
        self.seconds += seconds


def profile_of(folder: RunFolder, plan: Plan) -> list[Spent]:
    """Give the stages of a run that has a release, in order: those of *measure* with reading and writing, the steps of
    *decide* with the writing of decisions, and the release.

    Times are those of when each task was done, also where this run found it finished.
    """
    spent: dict[tuple[str, str], Spent] = {}

    def add(movement: str, stage: str, documents: int, text_bytes: int, seconds: float) -> None:
        spent.setdefault((movement, stage), Spent(movement, stage)).add(documents, text_bytes, seconds)

    rows = text = 0
    for task in range(len(plan.tasks)):
        facts = (read_done(folder.measured(plan), task) or {})["facts"]
        for stage in facts["stages"]:
            add("measure", stage["stage"], stage["rows_in"], stage.get("text_bytes", 0), stage["seconds"])
        last = facts["stages"][-1]
        add("measure", "write", last["rows_out"], facts.get("text_bytes", 0), facts.get("writing", 0.0))
        rows, text = rows + last["rows_out"], text + facts.get("text_bytes", 0)
    decided = [(read_done(folder.decided(plan.decided), task) or {})["facts"] for task in range(len(plan.tasks))]
    for step in dict.fromkeys(step for step, _ in decided[0]["rules"]):  # in their order
        add("decide", step, rows, text, decided[0]["seconds"][step])
    add("decide", "write", rows, text, sum(facts.get("writing", 0.0) for facts in decided))
    released = json.loads((folder.path / "released.json").read_bytes())
    add("release", "release", rows, text, released.get("seconds", 0.0))
    return list(spent.values())


def show_profile(console: Console, stages: list[Spent]) -> None:
    """Print the table: seconds, share of them, documents and megabytes of text in a second, by stage."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("movement", no_wrap=True)
    table.add_column("stage", overflow="ellipsis", no_wrap=True)
    for name in ("s", "share", "documents/s", "MB/s of text"):
        table.add_column(name, justify="right", no_wrap=True)
    whole = sum(stage.seconds for stage in stages)
    shown = ""
    for stage in (*stages, Spent("all", "", stages[0].documents, _most(stages), whole)):
        seconds = stage.seconds
        table.add_row(
            "" if stage.movement == shown else stage.movement,
            safe(stage.stage),
            f"{seconds:,.2f}",
            f"{seconds / whole:.1%}" if whole else "",
            f"{stage.documents / seconds:,.0f}" if seconds else "",
            f"{stage.text_bytes / 1e6 / seconds:,.1f}" if seconds and stage.text_bytes else "",
        )
        shown = stage.movement
    console.print()
    console.print(table)
    console.print("Seconds are summed over all workers; loading models is not in them.", highlight=False)


def _most(stages: list[Spent]) -> int:
    """Give the text that went through the run: of the stage that saw most."""
    return max(stage.text_bytes for stage in stages)
