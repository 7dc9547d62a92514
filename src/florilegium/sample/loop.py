"""The part of the sample that ablations are tried on: a pool with planted noise, and clean text held out from it.

loop/pool.jsonl     essays, and the noise that web rules should find: spam, boilerplate, ruined recognition
loop/heldout.jsonl  other essays of the same writer, in three domains by turns
"""

import json
from collections.abc import Iterator
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
    """Give documents of noise, about as long as an essay."""
    for number in range(NOISE):
        if number % 3 == 0:
            yield "spam", "\n".join(spam(number // 3, draw))
        elif number % 3 == 1:
            pages = [boilerplate(draw.below(4), draw.pick(SITES)) for _ in range(draw.between(4, 8))]
            yield "boilerplate", "\n".join(line for page in pages for line in page)
        else:
            yield "symbols", _garbled(draw)


def _garbled(draw: Draw) -> str:
    """Give lines as a recogniser reads a picture: marks, digits and single letters."""
    marks = "|~^*_=#%&@<>{}[]\\/.,;:'`-0123456789iltrnmeuo"
    words = [
        "".join(draw.pick(marks) for _ in range(draw.between(1, 7))) for _ in range(draw.between(250, 450))
    ]  # fmt: skip
    return "\n".join(" ".join(words[start : start + 9]) for start in range(0, len(words), 9))
