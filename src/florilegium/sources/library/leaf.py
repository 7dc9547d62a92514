"""A page as its file has it: blocks of lines of words, in reading order, with the evidence that the file carries.

Every format is read into this, and only this is made into text (``compose.py``). Nothing is repaired here: a word is as
the file spells it, a line that ends in half a word ends in half a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a block is to its page, as far as the file says so; the formats' own names are mapped to these."""

    TEXT = "text"
    HEADING = "heading"
    RUNNING_HEAD = "running_head"
    PAGE_NUMBER = "page_number"
    CATCHWORD = "catchword"
    SIGNATURE = "signature"  # of a gathering: the letters and figures that told the binder the order
    NOTE = "note"  # at the foot, the end or the margin
    CAPTION = "caption"
    TABLE = "table"
    ADVERTISEMENT = "advertisement"
    FIGURE = "figure"  # text inside a picture


class Breaks(StrEnum):
    """What the ends of lines in a block are."""

    LAYOUT = "layout"  # the compositor's: text goes on
    MEANT = "meant"  # the author's: verse, lists, lines of a table, addresses


@dataclass(slots=True)
class Line:
    """One line. ``words`` are split where the file splits them; a file that gives whole lines gives one "word" a line.

    A hyphen that the file sets apart from the word (ALTO's HYP) is not in ``words``, only in ``goes_on``.
    """

    words: list[str]
    confidences: list[float] | None = None  # one a word, 0 to 1, nan where one is missing; None: the file has none
    goes_on: str | None = None  # the last word is broken here: the whole word where the file has it, else ""
    id: str | None = None

    @property
    def text(self) -> str:
        """Give the words with one blank between."""
        return " ".join(self.words)


@dataclass(slots=True)
class Block:
    """A paragraph, a heading, a column of a table: what the file holds together."""

    lines: list[Line]
    role: Role = Role.TEXT
    breaks: Breaks = Breaks.LAYOUT
    language: str | None = None  # as the file has it
    id: str | None = None
    goes_on: bool = False  # the first line continues the block before it (of the page before, or behind a note)
    within: tuple[str, ...] = ()  # ids of what encloses it in the file, outermost first: METS and DIDL point there too
    box: tuple[float, float, float, float] | None = None  # left, top, right, bottom, in the unit of the file


@dataclass(slots=True)
class Leaf:
    """One page. ``blocks`` are in reading order: the one that the file declares, else that of the file."""

    blocks: list[Block] = field(default_factory=list)
    id: str | None = None
    label: str | None = None  # what is printed on it or what the catalogue calls it: "xiv", "12r"
    language: str | None = None
    order_declared: bool = False
    width: int | None = None  # of the image, in the unit of the file
    height: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)  # of the file: software, title and the like


class Unreadable(Exception):
    """A file that is refused: a short snake_case ``reason``, and what a person needs to know."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
