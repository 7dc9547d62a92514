"""A comparison of two runs as people read it."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table

from florilegium.report.compare import FATES
from florilegium.report.lines import count, number, print_json, say, share, short

#: Differences between recipes that are listed; ``--json`` has all.
_DIFFERENCES = 20


def show_compared(console: Console, found: dict[str, Any], *, as_json: bool) -> None:
    """Print a comparison for people, or as JSON."""
    if as_json:
        print_json(found)
        return
    for side in "ab":
        say(console, f"[bold]{side.upper()}[/bold]  {short(found[side]['run'])}  decided-{found[side]['decided']}")
    _show_counts(console, found)
    both, same = found["both"], ""
    if both["same_text"] is not None and both["documents"]:
        every = both["same_text"] == both["documents"]
        same = ", all with the same text" if every else f", {both['same_text']:,} of them with the same text"
    say(console, f"kept by both: {count(both['documents'], 'document')}{same}")
    for side, other in ("ab", "ba"):
        _show_only(console, found[f"only_{side}"], side.upper(), other.upper())
    _show_fates(console, found["fates"])
    for item in found["absent"]:
        say(console, f"not in {item['from'].upper()} at all: {item['documents']:,} of source {short(item['source'])}")
    _show_recipes(console, found)


def _show_counts(console: Console, found: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("A", "", "B", ""):
        table.add_column(name, justify="right", no_wrap=True)
    names = {"records": "records", "left": "left during measure", "dropped": "dropped", "kept": "kept"}
    for key, shown in names.items():
        cells = []
        for side in "ab":
            cells += [f"{found[side][key]:,}", share(found[side][key], found[side]["records"])]
        table.add_row(shown, *cells)
    cells = []
    for side in "ab":
        size, whole = found[side]["kept_bytes"], found[side]["bytes"]
        cells += [f"{size / 1e6:,.1f} MB", share(size, whole)]
    table.add_row("text kept, of measured", *cells)
    console.print(table)


def _show_only(console: Console, only: dict[str, Any], side: str, other: str) -> None:
    say(console)
    part = f", {only['share']:.1%} of its text" if only["documents"] else ""
    say(console, f"[bold]kept by {side}, not by {other}[/bold]: {count(only['documents'], 'document')}{part}")
    for reason in only["reasons"]:
        name = f"{short(reason['stage'])}: {short(reason['rule'])}" if reason["rule"] else f"not in {other} at all"
        early = " (left during measure)" if reason["fate"] == "left" else ""
        part = share(reason["documents"], only["documents"])
        say(console, f"{name}{early}  {reason['documents']:,} ({part})", 2)
        for item in reason["samples"]:
            say(console, short(item["id"], 1000), 4)
            _show_why(console, item)


def _show_why(console: Console, item: dict[str, Any]) -> None:
    value = item["value"]
    shown = number(value) if isinstance(value, int | float) else short(value)
    bound = f", bound {short(item['bound'])}" if item["bound"] else ""
    also = f"; fails {', '.join(short(rule) for rule in item['also'])} too" if item["also"] else ""
    if value is not None or also:
        say(console, f"{shown if value is not None else 'no value'}{bound}{also}", 6)


def _show_fates(console: Console, fates: list[dict[str, Any]]) -> None:
    many = {(row["a"], row["b"]): row["documents"] for row in fates}
    columns = [fate for fate in FATES if any(other == fate for _, other in many)]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("in A", no_wrap=True)
    for fate in columns:
        table.add_column(f"{fate} in B", justify="right", no_wrap=True)
    for fate in FATES:
        if any(one == fate for one, _ in many):
            table.add_row(fate, *(f"{many[fate, other]:,}" if (fate, other) in many else "" for other in columns))
    say(console)
    console.print(table)


def _show_recipes(console: Console, found: dict[str, Any]) -> None:
    inputs, listed = found["inputs"], found["recipe"]
    say(console)
    if inputs["a"] != inputs["both"] or inputs["b"] != inputs["both"]:
        say(console, f"inputs: {inputs['a']:,} in A, {inputs['b']:,} in B, {inputs['both']:,} the same in both")
    say(console, "what differs between the recipes, A -> B" if listed else "the recipes do not differ")
    for item in listed[:_DIFFERENCES]:
        say(console, f"{short(item['key'])}: {_value(item['a'])} -> {_value(item['b'])}", 2, most=3)
    if len(listed) > _DIFFERENCES:
        say(console, f"and {len(listed) - _DIFFERENCES:,} more; --json lists all", 2)


def _value(value: Any) -> str:
    return "none" if value is None else short(json.dumps(value, ensure_ascii=False), 80)
