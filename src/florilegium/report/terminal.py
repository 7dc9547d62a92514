"""Tables for a terminal of 80 columns."""

import polars as pl
from rich.console import Console
from rich.table import Table

from florilegium.run.ledger import OUTCOMES, records_in, totals


def safe(text: str) -> str:
    """Make text from a document or file harmless to a terminal: no control characters, no markup."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return shown.replace("[", "\\[")


def waterfall(console: Console, ledger: pl.DataFrame) -> None:
    """Print the closing table: stage by stage and rule by rule, how many documents left and how many went on."""
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("stage", no_wrap=True)
    table.add_column("rule", overflow="ellipsis", no_wrap=True)
    table.add_column("out", justify="right")
    table.add_column("", no_wrap=True)
    table.add_column("kept", justify="right")
    table.add_column("of all", justify="right")
    table.add_column("s", justify="right")
    rows = totals(ledger).rows(named=True)
    came = records_in(ledger)
    kept, shown = came, None
    for row in rows:
        gone = sum(row[name] for name in OUTCOMES)
        kept -= gone
        if row["rule"] is not None and not gone and row["movement"] == "decide":
            continue
        how = next((name for name in OUTCOMES if row[name]), "")
        stage = "" if row["stage"] == shown else row["stage"]
        shown = row["stage"]
        seconds = f"{row['seconds']:.1f}" if row["seconds"] >= 0.05 else ""
        share = f"{kept / came:.1%}" if came else ""
        table.add_row(
            safe(stage),
            safe(_short(row["rule"], row["stage"])),
            f"{gone:,}" if gone else "",
            how,
            f"{kept:,}",
            share,
            seconds,
        )
    console.print(table)
    console.print(f"{came:,} records in, {kept:,} documents kept", highlight=False)


def _short(rule: str | None, stage: str) -> str:
    return (rule or "").removeprefix(f"{stage}.")
