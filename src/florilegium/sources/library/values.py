"""Numbers as files spell them, and how much one page may hold."""

import math

from florilegium.sources.library.leaf import Block, Line, Unreadable

PAGE_PARTS = 500_000  # words, lines and blocks; a page of a large newspaper has some 10,000
WORD_LENGTH = 20_000  # characters; a file that gives whole lines gives one "word" a line


def confidence(value: str | None, most: float = 1.0) -> float:
    """Give a confidence as a share of ``most``; nan where there is none, or none that is within its range."""
    if value is None:
        return math.nan
    try:
        number = float(value) / most
    except ValueError:
        return math.nan
    return number if 0.0 <= number <= 1.0 else math.nan


def size(value: str | None) -> int | None:
    """Give a measure in whole units, or None where it is no number above zero."""
    number = _number(value)
    return int(number) if number is not None and 0 < number < 1 << 31 else None


Box = tuple[float, float, float, float]


def corners(left: str | None, top: str | None, right: str | None, bottom: str | None) -> Box | None:
    """Give the four as numbers, or None where one is none."""
    x, y, z, w = _number(left), _number(top), _number(right), _number(bottom)
    return None if x is None or y is None or z is None or w is None else (x, y, z, w)


def box(left: str | None, top: str | None, width: str | None, height: str | None) -> Box | None:
    """Give left, top, right and bottom, or None where one of the four is no number."""
    found = corners(left, top, width, height)
    return None if found is None else (found[0], found[1], found[0] + found[2], found[1] + found[3])


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def all_or_none(confidences: list[float]) -> list[float] | None:
    """Give None for a line none of whose words has a confidence."""
    return confidences if any(number == number for number in confidences) else None


def within_limits(block: Block, so_far: int) -> int:
    """Give ``so_far`` with block, lines and words counted; raises `Unreadable` over the limits of a page or a word."""
    so_far += 1
    for line in block.lines:
        so_far = line_within_limits(line, so_far)
    return so_far


def line_within_limits(line: Line, so_far: int) -> int:
    """Give ``so_far`` with the line and its words counted; raises `Unreadable` over the limits of a page or a word."""
    if line.words and max(map(len, line.words)) > WORD_LENGTH:
        where = f" in line {line.id!r}" if line.id else ""
        raise Unreadable("word_too_long", f"a word of more than {WORD_LENGTH} characters{where}")
    so_far += 1 + len(line.words)
    if so_far > PAGE_PARTS:
        raise Unreadable("page_too_large", f"a page of more than {PAGE_PARTS} words, lines and blocks")
    return so_far
