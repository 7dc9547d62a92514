"""Tables for a terminal of 80 columns."""

from collections.abc import Sequence

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from florilegium.errors import printable
from florilegium.run.ledger import OUTCOMES, records_in, totals


def safe(text: str) -> str:
    """Make text from a document or file harmless to a terminal: no control characters, no markup."""
    return escape(printable(text))


def waterfall(console: Console, ledger: pl.DataFrame, notes: Sequence[str]) -> None:
    """Print the closing table, stage by stage and rule by rule: how many documents left and went on; then notes."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("stage", no_wrap=True)
    table.add_column("reason", overflow="ellipsis", no_wrap=True)
    for name in ("out", "kept", "of all", "s"):
        table.add_column(name, justify="right", no_wrap=True, min_width=6)
    came = records_in(ledger)
    kept, shown = came, ""
    for row in totals(ledger).rows(named=True):
        gone = sum(row[name] for name in OUTCOMES)
        kept -= gone
        if row["rule"] is not None and not gone:
            continue
        stage, reason = _names(row["stage"], row["rule"])
        how = next((name for name in ("gated", "quarantined") if row[name]), "")
        seconds = f"{row['seconds']:.1f}" if row["seconds"] >= 0.05 else ""
        table.add_row(
            "" if stage == shown else safe(stage),
            safe(f"{reason} ({how})" if how else reason),
            f"{gone:,}" if gone else "",
            f"{kept:,}",
            f"{kept / came:.1%}" if came else "",
            seconds,
        )
        shown = stage
    console.print(table)
    console.print(f"{came:,} records in, {kept:,} documents kept", highlight=False)
    for note in notes:
        console.print(f"note: {safe(note)}", highlight=False, soft_wrap=True)


def took_most(ledger: pl.DataFrame) -> str:
    """Say which rule or reason took most documents."""
    gone = totals(ledger).with_columns(pl.sum_horizontal(OUTCOMES).alias("gone")).filter(pl.col("gone") > 0)
    if gone.is_empty():
        return "the sources had none"
    most = gone.sort("gone", descending=True, maintain_order=True).row(0, named=True)
    return f"`{safe(most['rule'])}` of `{safe(most['stage'])}` took most ({most['gone']:,})"


def _names(stage: str, rule: str | None) -> tuple[str, str]:
    """Show a rule of a set under the name of its set: that is how a recipe names it."""
    group, _, short = (rule or "").rpartition(".")
    return (group, short) if group else (stage, short)
