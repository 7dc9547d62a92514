"""Lines for a terminal: folded to its width, indented; texts of documents as a few lines; or everything as JSON."""

import json
import math
from typing import Any

from rich.console import Console
from rich.text import Text

from florilegium.report.terminal import safe

#: Characters of a document's text that are looked at for its beginning.
_LOOKED_AT = 4000


def say(console: Console, line: str = "", indent: int = 0, *, most: int | None = None) -> None:
    """Print one line of markup, folded to the console's width with an indent; at most so many lines of it."""
    width = max(console.width - indent, 10)
    folded = Text.from_markup(line, emoji=False).wrap(console, width, overflow="fold")
    shown = list(folded[:most])
    for number, part in enumerate(shown):
        part.rstrip()
        if most is not None and number + 1 == most < len(folded):
            part.truncate(width - 4)
            part.append(" ...")
        console.print(Text(" " * indent) + part, highlight=False, soft_wrap=True)


def quote(console: Console, text: str, indent: int, lines: int) -> None:
    """Print the beginning of a document's text, white space joined."""
    beginning = " ".join(text[:_LOOKED_AT].split())
    if not beginning:
        say(console, "(no text)", indent)
        return
    mark, width = "| ", console.width - indent - 2
    folded = Text.from_markup(safe(beginning), emoji=False).wrap(console, max(width, 10), overflow="fold")
    for number, part in enumerate(folded[:lines]):
        part.rstrip()
        if number + 1 == lines and len(folded) > lines:
            part.truncate(max(width - 4, 5))
            part.append(" ...")
        console.print(Text(" " * indent + mark) + part, highlight=False, soft_wrap=True)


def short(value: object, most: int = 200) -> str:
    """Write a value from a document harmlessly, and not longer than ``most`` characters."""
    text = str(value)
    return safe(text if len(text) <= most else text[: most - 3] + "...")


def number(value: float | None) -> str:
    """Write a measured number: four digits, whole numbers in full."""
    if value is None:
        return "?"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"


def count(many: int, one: str, more: str | None = None) -> str:
    """Write a number with its noun: 1 document, 2 documents."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def share(part: float, whole: float) -> str:
    """Write a share in per cent; nothing where there is no whole."""
    return f"{part / whole:.1%}" if whole else ""


def print_json(value: Any) -> None:
    """Print one JSON object. All but ASCII is escaped: what a document holds cannot steer a terminal."""
    print(json.dumps(_plain(value), indent=1, allow_nan=False))


def _plain(value: Any) -> Any:
    """Give JSON values: no NaN, no bytes."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
