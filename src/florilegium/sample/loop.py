"""The part of the sample that ablations are tried on: a pool with planted noise, and clean text held out from it.

loop/pool.jsonl     essays, and the noise that web rules should find: spam, boilerplate, ruined recognition
loop/heldout.jsonl  other essays of the same writer, in three domains by turns
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from florilegium.sample.defects import boilerplate, spam
from florilegium.sample.draw import Draw
from florilegium.sample.essays import Writer
from florilegium.sample.generate import write_file

GOOD, NOISE, HELD_OUT = 1500, 1500, 90
SITES = ("The Weekly Lantern", "Old Mill Journal", "Harbour Notes", "The Quiet Orchard")


def generate_loop(folder: Path, seed: int = 0) -> None:
    """Bring the two files into ``folder``; files that are there and right are left alone."""
    writer, draw = Writer(seed + 1), Draw(seed, "loop")
    held_out = [writer.essay().text for _ in range(HELD_OUT)]
    pool = [("good", writer.essay().text) for _ in range(GOOD)] + list(_noise(draw))
    rows = [{"id": f"{kind}/{n:05d}", "text": text, "kind": kind} for n, (kind, text) in enumerate(draw.shuffled(pool))]
    held = [
        {"id": f"essay/{n:03d}", "text": text, "domain": ("letters", "essays", "lectures")[n % 3]}
        for n, text in enumerate(held_out)
    ]
    for name, lines in (("pool", rows), ("heldout", held)):
        content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_file(folder / "loop" / f"{name}.jsonl", content.encode())


def _noise(draw: Draw) -> Iterator[tuple[str, str]]:
    """Give documents of noise in the lengths of essays, so that length tells nothing of quality.

    Lengths are meant in tokens of a model of the pool, of which symbols give more for the same characters.
    """
    for number in range(NOISE):
        if number % 3 == 0:
            yield "spam", _long(("\n".join(spam(draw.below(3), draw)) for _ in count()), draw.between(1700, 2650))
        elif number % 3 == 1:
            pages = ("\n".join(boilerplate(draw.below(4), draw.pick(SITES))) for _ in count())
            yield "boilerplate", _long(pages, draw.between(1450, 2250))
        else:
            yield "symbols", _long((_garbled(draw) for _ in count()), draw.between(830, 1270))


def _long(pieces: Iterator[str], characters: int) -> str:
    """Join pieces, one a line or more, until they have the length; cut the last at a blank."""
    text = next(pieces)
    while len(text) < characters:
        text += "\n" + next(pieces)
    return text[:characters].rsplit(" ", 1)[0]


def _garbled(draw: Draw) -> str:
    """Give a line as a recogniser reads a picture: marks, digits and single letters."""
    marks = "|~^*_=#%&@<>{}[]\\/.,;:'`-0123456789iltrnmeuo"
    return " ".join("".join(draw.pick(marks) for _ in range(draw.between(1, 7))) for _ in range(9))
