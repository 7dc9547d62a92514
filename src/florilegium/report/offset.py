"""From a character of a document's text to the page that it stands on.

Keys of ``--json``: ``offset``, ``of`` (``released`` or ``measured``: which text), ``characters`` (of that text),
``page`` (the anchor: ``file``, ``id``, ``label`` and the rest; null for documents without pages), ``number`` and
``pages`` (which page of how many, from 1), ``paragraph`` (on its page, from 1), ``before`` and ``after`` (the text
around it).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from florilegium.anchors import page_at
from florilegium.errors import FlorilegiumError
from florilegium.report.lines import say, short

#: Characters that are shown on each side.
AROUND = 60


def place_of(shard: Path, row: int, offset: int, *, of: str) -> dict[str, Any]:
    """Find the page of the character at ``offset`` (from 0) in the text of one row (see the keys above).

    Raises FlorilegiumError where the text has no such character.
    """
    scan = pl.scan_parquet(shard, glob=False, hive_partitioning=False)
    names = [name for name in ("text", "pages") if name in scan.collect_schema().names()]
    found = scan.select(names).slice(row, 1).collect().row(0, named=True)
    text: str = found["text"] or ""
    if not 0 <= offset < len(text):
        raise FlorilegiumError(
            f"--offset {offset}: the {of} text has {len(text):,} characters. Give a number from 0 to {len(text) - 1}."
            if text
            else f"--offset {offset}: the {of} text is empty."
        )
    around = {"before": text[max(0, offset - AROUND) : offset], "after": text[offset : offset + AROUND]}
    place = {"offset": offset, "of": of, "characters": len(text)}
    return place | _page(found.get("pages"), text, offset) | around


def _page(pages: Sequence[dict[str, Any]] | None, text: str, offset: int) -> dict[str, Any]:
    if not pages:
        return {"page": None, "number": None, "pages": 0, "paragraph": None}
    number = page_at([page["start"] for page in pages], offset)
    paragraph = text.count("\n\n", pages[number]["start"], offset) + 1
    return {"page": pages[number], "number": number + 1, "pages": len(pages), "paragraph": paragraph}


def show_place(console: Console, place: dict[str, Any]) -> None:
    """Print the page of a character, and what stands around it."""
    say(console, f"character {place['offset']:,} of {place['characters']:,} of the {place['of']} text")
    page = place["page"]
    if page is None:
        say(console, "the document has no pages", 2)
    else:
        label = f", labelled {short(page['label'])}" if page["label"] is not None else ""
        name = f", page {short(page['id'])}" if page["id"] is not None else ""
        say(console, f"page {place['number']:,} of {place['pages']:,}{label}, paragraph {place['paragraph']:,}", 2)
        say(console, f"file {short(page['file'], 1000)}{name}", 2)
    pieces = (place["before"], place["after"][:1], place["after"][1:])  # cut before they are made safe
    before, here, after = (short(piece).replace("\n", " ") for piece in pieces)
    say(console, f"{before}[bold underline]{here}[/]{after}", 2)
