"""The closing lines of a run over the embedded sample: what was planted, what was caught."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from florilegium.sample.truth import Outcome, Row, SampleTruth, decoded, masked, score


def show_sample_score(
    console: Console, truth: SampleTruth, outcomes: Mapping[str, Outcome], texts: Mapping[str, str]
) -> None:
    """Print, by kind, how many planted documents were treated as they should be, and why good ones were lost."""
    rows = score(truth, outcomes)
    console.print("\n[bold]what was planted in the sample[/bold]", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("kind", no_wrap=True, min_width=30)
    table.add_column("should be", no_wrap=True, min_width=9)
    table.add_column("planted", no_wrap=True, min_width=7, justify="right")
    table.add_column("right", no_wrap=True, min_width=5, justify="right")
    table.add_column("mostly", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(_name(row), _should(row), str(row.planted), str(row.caught), _reasons(row))
    for found, should in ((masked(truth, texts), "masked"), (decoded(truth, texts), "decoded")):
        for row in found:
            missed = ", ".join(row.examples)
            table.add_row(_name(row), should, str(row.planted), str(row.caught), missed)
    console.print(table)
    good = [row for row in rows if row.expect in ("keep", "mask")]
    bad = [row for row in rows if row.expect in ("drop", "refuse")]
    console.print(
        f"defects caught: {_sum(bad, 'caught')} of {_sum(bad, 'planted')}; "
        f"good documents lost: {_sum(good, 'missed')} of {_sum(good, 'planted')}",
        highlight=False,
    )


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(int(getattr(row, name)) for row in rows)


def _name(row: Row) -> str:
    return f"{row.kind} {row.variant}".strip()


def _should(row: Row) -> str:
    return {"keep": "kept", "mask": "kept", "drop": "dropped", "refuse": "refused", "either": "(either)"}[row.expect]


def _reasons(row: Row) -> str:
    """Say why good documents were lost, or which rule took most of the others."""
    shown = row.reasons[:1] if row.expect not in ("keep", "mask") or row.missed else ()
    return ", ".join(f"{reason} ({count})" for reason, count in shown)
