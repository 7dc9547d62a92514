"""Markdown of what people and models wrote: text stays text, a name stays a name."""

import re

from florilegium.errors import printable

_MARKUP = re.compile(r"[\\`*\[\]<>&|~]|(?<!\w)_|_(?!\w)")


def prose(text: object) -> str:
    """Write a text of a question as prose on one line: no control characters, no heading, no markup but code."""
    line = " ".join(printable(str(text), keep="\n\t").split())
    pieces = re.split(r"(`[^`]+`)", line)
    escaped = (piece if number % 2 else _MARKUP.sub(_escaped, piece) for number, piece in enumerate(pieces))
    shown = "".join(escaped)
    return re.sub(r"^([#+=-]|\d+(?=[.)]))", _escaped, shown)


def _escaped(found: re.Match[str]) -> str:
    return found[0] + "\\" if found[0].isdigit() else "\\" + found[0]


def name(text: str) -> str:
    """Write a name as code: nothing inside is markup."""
    return "`" + printable(" ".join(text.split())).replace("`", "'") + "`"
