"""Edits of a text: spans with what replaces them and the rule that says so.

Offsets count characters (code points) of the text before the edit. One list holds the edits of one step: sorted, and
none overlaps another. An insertion is a span of length 0.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

from florilegium.errors import ContractError


class Edit(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) become ``replacement``, because of ``rule``."""

    start: int
    end: int
    replacement: str
    rule: str


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Give the edited text. Raise ``ContractError`` for edits that are unsorted, overlap or leave the text.

    >>> apply_edits("one two three", [Edit(0, 4, "", "a"), Edit(8, 13, "3", "b")])
    'two 3'
    """
    pieces: list[str] = []
    done = 0
    for edit in edits:
        if not done <= edit.start <= edit.end <= len(text):
            raise ContractError(
                f"{edit} does not lie between {done} (the end of the edit before it) and {len(text)} (the end of the "
                "text); a cleaner must give sorted edits that do not overlap"
            )
        pieces += (text[done : edit.start], edit.replacement)
        done = edit.end
    return "".join((*pieces, text[done:]))


def move_offsets(offsets: Iterable[int], edits: Sequence[Edit]) -> list[int]:
    """Say where positions of the text before the edits lie after them.

    A position inside a replaced span moves to the same distance from its start, at most to the end of the replacement.
    One at the start of a span stays before what replaces it. The order of positions is kept.

    >>> move_offsets([0, 5, 9], [Edit(0, 4, "", "a"), Edit(8, 13, "3", "b")])
    [0, 1, 5]
    """
    starts = [edit.start for edit in edits]
    shifts = [0, *accumulate(len(edit.replacement) - (edit.end - edit.start) for edit in edits)]
    moved = []
    for offset in offsets:
        before = bisect_left(starts, offset)  # the edits that start before it
        place = offset + shifts[before]
        if before:
            edit = edits[before - 1]
            if offset < edit.end:
                start = edit.start + shifts[before - 1]
                place = start + min(offset - edit.start, len(edit.replacement))
        moved.append(place)
    return moved


def changed(start: int, before: str, after: str, rule: str) -> Edit:
    """Give the edit that turns ``before``, which stands at ``start``, into ``after``; what both ends share stays.

    >>> changed(10, "a cafÃ© here", "a café here", "fix_text")
    Edit(start=15, end=17, replacement='é', rule='fix_text')
    """
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    return Edit(start + head, start + len(before) - tail, after[head : len(after) - tail], rule)
