"""Score a model folder on a suite, and print what it got."""

import json as json_module
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from florilegium.benchmark.items import read_items
from florilegium.benchmark.score import require_model, score_folder
from florilegium.benchmark.suite import find_suite, load_suite
from florilegium.benchmark.summary import Row, summarise
from florilegium.report.terminal import safe


def benchmark(
    model: Path, config: str, console: Console, json: bool = False, *, context: int | None = None
) -> None:  # fmt: skip
    """Print a table (or JSON) of every task and measure: score, 95 % interval over clusters of items, chance.

    ``config`` is the path of a suite or the name of a shipped one. Progress goes to standard error.
    """
    require_model(model)
    suite = load_suite(find_suite(config))
    items = read_items(suite)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    errors = Console(stderr=True)
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        shown = bar.add_task("reading", total=None)
        scores = score_folder(
            model, suite, items=items, context=context,
            progress=lambda done, total: bar.update(shown, completed=done, total=total, description="scoring"),
        )  # fmt: skip
    rows = summarise(scores, items, suite)
    if json:
        found = {"suite": suite.name, "identity": suite.identity(), "scores": [_literal(row) for row in rows]}
        print(json_module.dumps(found, ensure_ascii=False, indent=2))
        return
    console.print(_table(rows))
    if suite.decides:
        console.print(
            f"decides: {suite.decides.measure} of {', '.join(suite.decides.tasks)}", markup=False, highlight=False
        )


def _literal(row: Row) -> dict[str, object]:
    return {
        "task": row.task, "measure": row.measure, "slice": row.slice, "score": row.estimate.score,
        "interval": None if row.estimate.low is None else [row.estimate.low, row.estimate.high],
        "items": row.estimate.items, "clusters": row.estimate.clusters, "chance": row.chance,
    }  # fmt: skip


def _table(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("task", no_wrap=True, overflow="ellipsis", max_width=16)
    table.add_column("measure", no_wrap=True, overflow="ellipsis", max_width=26)
    for name in ("score", "95 % interval", "chance", "items"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        found = row.estimate
        table.add_row(
            "" if row.slice else safe(row.task),
            safe(f"  {row.slice.partition('=')[2]}" if row.slice else row.measure),
            f"{found.score:.4f}",
            "" if found.low is None else f"{found.low:.4f} {found.high:.4f}",
            "" if row.chance is None else f"{row.chance:.4f}",
            f"{found.items:,}",
        )
    return table
