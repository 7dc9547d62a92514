"""Documents of a run, and the reasons for which they left, as people read them."""

from typing import Any

from rich.console import Console
from rich.table import Table

from florilegium.report.lines import count, number, print_json, quote, say, short


def show_inspected(console: Console, found: dict[str, Any], *, as_json: bool) -> None:
    """Print an overview or documents for people, or as JSON."""
    if as_json:
        print_json(found)
    elif "documents" not in found:
        _show_overview(console, found)
    else:
        _show_documents(console, found)


def _show_overview(console: Console, found: dict[str, Any]) -> None:
    say(console, f"[bold]{short(found['run'])}[/bold]")
    say(console, f"{count(found['records'], 'record')}, {count(found['kept'], 'document')} kept")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("reason", overflow="fold")
    for name in ("removed", "fail it", "only it"):
        table.add_column(name, justify="right", no_wrap=True)
    idle = 0
    for reason in found["reasons"]:
        if not reason["removed"] and not reason["failing"]:
            idle += 1
            continue
        counts = ("" if many is None else f"{many:,}" for many in map(reason.get, ("removed", "failing", "alone")))
        how = f" ({reason['outcome']})" if reason["outcome"] in ("gated", "quarantined") else ""
        step = f"{reason['stage']}: " if reason["movement"] == "measure" else ""
        table.add_row(short(f"{step}{reason['rule']}{how}"), *counts)
    console.print(table)
    if idle:
        say(console, f"{count(idle, 'rule')} took nothing")
    example = next((item["rule"] for item in found["reasons"] if item["alone"]), "RULE")
    say(console, "look at what a rule removed: --rule " + short(example))
    say(console, "or at what is close to its bound: --near RULE; also --kept, --dropped, --source, --id")


def _show_documents(console: Console, found: dict[str, Any]) -> None:
    for reason in found["reasons"]:
        more = ""
        if reason["failing"] is not None:
            more = f"; {reason['failing']:,} fail it, {reason['alone']:,} of them no other rule"
        say(console, f"[bold]{short(reason['rule'])}[/bold]: {reason['outcome']} {reason['removed']:,}{more}")
    documents = found["documents"]
    if found["asked"]["id"] is None:
        how = ", the nearest to the bound" if found["asked"]["near"] is not None else ""
        say(console, f"{len(documents):,} of {count(found['matching'], 'document')}{how}")
    for item in documents:
        say(console)
        _show_document(console, item, lines=15 if found["asked"]["id"] is not None else 4)


def _show_document(console: Console, item: dict[str, Any], lines: int) -> None:
    say(console, f"[bold]{safe_id(item)}[/bold]")
    if "distance" in item:
        verb = "fails" if item["fails"] else "passes"
        say(
            console,
            f"{verb}: {number(item['value'])}, bound {short(item['bound'])}; off by {number(item['distance'])}",
            2,
        )
    if item["outcome"] == "kept":
        say(console, "kept", 2)
    else:
        value = f" = {short(item['value'])}" if "reasons" not in item and item["value"] is not None else ""
        say(console, f"{item['outcome']} at `{short(item['stage'])}`: {short(item['rule'])}{value}", 2)
    for reason in item.get("reasons", ()):
        say(console, f"{short(reason['rule'])}: {number(reason['value'])}, bound {short(reason['bound'])}", 4)
    if item.get("copy_of"):
        say(console, f"a copy of {short(item['copy_of'])}", 4)
    if item.get("error"):
        say(console, short(item["error"], 500), 4)
    if item.get("payload_bytes"):
        say(console, f"{item['payload_bytes']:,} bytes are kept: `florilegium quarantine RUN --bytes ID` gives them", 4)
    if item.get("url"):
        say(console, short(item["url"]), 2, most=2)
    if "text" in item:
        quote(console, item["text"], 2, lines)


def safe_id(item: dict[str, Any]) -> str:
    """Give the id of a document in full, up to a length that no real one has."""
    return short(item["id"], 1000)
