"""Repeated lines and paragraphs, and FineWeb's measures of lines.

Three cuts of the same text, as in stock datatrove's filters: *pieces* are what ``re.split("\\n+", text)`` gives (an
empty first or last one included), *paragraphs* what ``re.split("\\n{2,}", text.strip())`` gives, *text lines* what
``text.split("\\n")`` gives without the blank ones. Equal means equal in every byte (compared by 64-bit hash); the first
of equals is not a duplicate.
"""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import allocating, kernel
from florilegium.signals.kernels import characters as ch
from florilegium.signals.kernels.characters import Bytes, Classes, class_of, decode_before
from florilegium.signals.kernels.hashing import hash_bytes
from florilegium.signals.kernels.lines import count_characters, first_visible, last_visible_end

Counts = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

COLUMNS = (
    "pieces",
    "duplicate_pieces",
    "duplicate_piece_characters",
    "paragraphs",
    "duplicate_paragraphs",
    "duplicate_paragraph_characters",
    "text_lines",
    "punctuated_lines",
    "short_lines",
    "duplicate_line_characters",
)
(
    PIECES,
    DUPLICATE_PIECES,
    DUPLICATE_PIECE_CHARACTERS,
    PARAGRAPHS,
    DUPLICATE_PARAGRAPHS,
    DUPLICATE_PARAGRAPH_CHARACTERS,
    TEXT_LINES,
    PUNCTUATED_LINES,
    SHORT_LINES,
    DUPLICATE_LINE_CHARACTERS,
) = range(len(COLUMNS))

NEWLINE = ord("\n")
SHORT_LINE = 30  # characters: FineWeb's `short_line_length`


@allocating
def keys_for(entries: int) -> Keys:
    """Make an empty hash table, at most half full with this many entries."""
    size = 4
    while size < 2 * entries:
        size *= 2
    return np.zeros(size, dtype=np.uint64)


@kernel
def met_before(keys: Keys, key: np.uint64) -> bool:
    """Put a hash into the table; say whether it was there already."""
    mask = len(keys) - 1
    slot = np.int64(key) & mask
    while keys[slot] != 0:
        if keys[slot] == key:
            return True
        slot = (slot + 1) & mask
    keys[slot] = key
    return False


@kernel
def line_end(data: Bytes, at: int, end: int) -> int:
    """Give the place of the next newline, or ``end``."""
    while at < end and data[at] != NEWLINE:
        at += 1
    return at


@allocating
def count_pieces(data: Bytes, start: int, end: int, newlines: int, classes: Classes, counts: Counts) -> None:
    """Count pieces and text lines of a text that is not empty; ``newlines`` is their number in it."""
    keys = keys_for(newlines + 1)
    empty = (data[start] == NEWLINE) + (data[end - 1] == NEWLINE)
    counts[PIECES] = empty
    counts[DUPLICATE_PIECES] = max(empty - 1, 0)
    line = start
    while line < end:
        stop = line_end(data, line, end)
        if stop > line:
            characters = count_characters(data, line, stop)
            repeated = characters if met_before(keys, hash_bytes(data, line, stop)) else 0
            counts[PIECES] += 1
            counts[DUPLICATE_PIECES] += repeated > 0
            counts[DUPLICATE_PIECE_CHARACTERS] += repeated
            if first_visible(data, line, stop, classes) < stop:
                counts[TEXT_LINES] += 1
                counts[DUPLICATE_LINE_CHARACTERS] += repeated
                counts[SHORT_LINES] += characters <= SHORT_LINE
                if class_of(classes, decode_before(data, stop)[0]) & ch.TERMINAL:
                    counts[PUNCTUATED_LINES] += 1
        line = stop + 1


@allocating
def count_paragraphs(data: Bytes, start: int, end: int, newlines: int, classes: Classes, counts: Counts) -> None:
    """Count the paragraphs of a text that is not empty."""
    keys = keys_for(newlines // 2 + 1)
    end = last_visible_end(data, start, end, classes)
    paragraph = first_visible(data, start, end, classes)
    counts[PARAGRAPHS] = paragraph == end
    while paragraph < end:
        stop = line_end(data, paragraph, end)
        while stop < end and data[stop + 1] != NEWLINE:
            stop = line_end(data, stop + 1, end)
        counts[PARAGRAPHS] += 1
        if met_before(keys, hash_bytes(data, paragraph, stop)):
            counts[DUPLICATE_PARAGRAPHS] += 1
            counts[DUPLICATE_PARAGRAPH_CHARACTERS] += count_characters(data, paragraph, stop)
        paragraph = stop
        while paragraph < end and data[paragraph] == NEWLINE:
            paragraph += 1
