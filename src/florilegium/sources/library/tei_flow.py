"""A run of text that is cut into lines and blocks: the main text of a TEI file, or a note set beside it."""

from collections.abc import Callable
from typing import NamedTuple

from florilegium.sources.library.leaf import Block, Breaks, Line, Role, Unreadable

BLOCK_LIMIT = 8_000_000  # characters; a paragraph of more is refused
LINE_COST, BLOCK_COST = 20, 50  # what a line and a block take beside their characters, in characters


class Kind(NamedTuple):
    """What the block is that text goes into now."""

    role: Role
    breaks: Breaks = Breaks.LAYOUT
    id: str | None = None
    language: str | None = None


class Flow:
    """Takes text, line ends and block ends; hands finished blocks to ``emit``.

    Notes and the like that were met within the block (insets) follow it. A word that the file says to
    be broken at a line's end (``glue``) ends its line with ``goes_on``.
    """

    def __init__(self, kind: Kind, emit: Callable[[Block, int], None]) -> None:
        self.kind = kind
        self.pieces: list[str] = []
        self.size = 0
        self.line_is_closed = False  # a verse or an item ended: what follows is no part of it
        self._outer = kind
        self._emit = emit
        self._insets: list[tuple[Block, int]] = []
        self._lines: list[Line] = []
        self._line_id: str | None = None
        self._goes_on = False
        self._glue = False

    def text(self, text: str) -> None:
        """Take text of the current line."""
        if self.line_is_closed:
            if text.isspace():
                return
            self.close_block()
            self.kind = self._outer
        if self._glue:
            text = text.lstrip()
            if not text:
                return
            self._glue = False
        self.pieces.append(text)
        self.size += len(text)
        if self.size > BLOCK_LIMIT:
            raise Unreadable("beyond_limits", f"one paragraph has more than {BLOCK_LIMIT:,} characters")

    def begins(self) -> bool:
        """Say whether the block that text goes into has none yet."""
        return not self._lines and not "".join(self.pieces).strip()

    def line_begun(self) -> bool:
        """Say whether the current line has text."""
        return bool("".join(self.pieces).strip())

    def break_line(self, line_id: str | None = None, *, joins: bool = False) -> None:
        """End the line, or where it ``joins`` the next, break its last word."""
        self._end_line("" if joins else None)
        self._glue = self._glue or joins
        self._line_id = line_id

    def open_line(self, line_id: str | None) -> None:
        """Begin a verse, an item or a row: the next line of a block of such lines, or the first of a new one."""
        if self.kind.breaks is Breaks.MEANT:
            self._end_line(None)
            self.line_is_closed = False
        else:
            self.close_block()
            self._outer = self.kind
            self.kind = self.kind._replace(breaks=Breaks.MEANT, id=None)
        self._line_id = line_id

    def close_line(self) -> None:
        """End a verse, an item or a row."""
        if self.kind.breaks is Breaks.MEANT:
            self._end_line(None)
            self.line_is_closed = True
        else:
            self.close_block()

    def turn_over(self, *, joins: bool) -> None:
        """Go on behind a line end within a verse: the verse is the line."""
        if joins:
            self.pieces = ["".join(self.pieces).rstrip()]
            self._glue = True
        else:
            self.text(" ")

    def leave_lines(self) -> None:
        """Make the current line a block of its own: an item that the compositor broke into lines is no line."""
        started, self.pieces = self.pieces, []
        self.close_block()
        self.kind = self.kind._replace(breaks=Breaks.LAYOUT, id=self._line_id)
        self.pieces = started

    def open_block(self, kind: Kind) -> None:
        """End the block, and begin one of ``kind``."""
        self.close_block()
        self.kind = self._outer = kind

    def close_block(self) -> None:
        """End the block and give it and its insets on, if there is anything in it."""
        self._end_line(None)
        self._give()
        self._goes_on = self._glue = self.line_is_closed = False
        self.size = 0

    def break_page(self, *, joins: bool) -> None:
        """Give on what there is of the block: the rest comes on the next page, which may break a word (``joins``)."""
        begun = bool(self._lines) or self.line_begun()
        goes_on = self._goes_on or begun
        self.break_line(joins=joins)
        self._give()
        self._goes_on = goes_on
        self.size = 0

    def add_inset(self, block: Block, size: int) -> None:
        """Take a note met in this text: it stands before the block where that has no text yet, else behind it."""
        if self.begins():
            self._emit(block, size)
        else:
            self._insets.append((block, size))
            self.size += size

    def _end_line(self, goes_on: str | None) -> None:
        words = "".join(self.pieces).split() if self.pieces else None
        if words:
            self._lines.append(Line(words, goes_on=goes_on, id=self._line_id))
            self.size += LINE_COST
            self._line_id = None
        self.pieces = []

    def _give(self) -> None:
        if self._lines:
            role, breaks, block_id, language = self.kind
            self._emit(Block(self._lines, role, breaks, language, block_id, self._goes_on), self.size + BLOCK_COST)
            self._lines = []
        for inset, size in self._insets:
            self._emit(inset, size)
        self._insets = []
