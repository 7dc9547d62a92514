"""The text of a TEI file that has no ``text``: pictures (``surface``) with zones and lines."""

from florilegium.sources.library import tei_elements as elements
from florilegium.sources.library.leaf import Block, Leaf, Line, Unreadable

SURFACE_LIMIT = 8_000_000  # characters of one surface


class Zones:
    """Takes the stream of a file: a page from every ``surface``, a block from every outermost ``zone``."""

    def __init__(self, facts: dict[str, str]) -> None:
        self.ready: list[Leaf] = []
        self._facts = facts
        self._open: list[str] = []
        self._pictured = 0  # depth within facsimile or sourceDoc
        self._leaf: Leaf | None = None
        self._lines: list[Line] = []
        self._pieces: list[str] = []
        self._zones: list[str | None] = []
        self._size = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self._open.append(name)
        if name in elements.PICTURED:
            self._pictured += 1
        identity = attributes.get("xml:id")
        if not self._pictured:
            return
        if name == "surface" and self._leaf is None:
            self._leaf = Leaf(id=identity, label=attributes.get("n"), facts=self._facts)
            self._leaf.width, self._leaf.height = _extent(attributes, "x"), _extent(attributes, "y")
            self._size = 0
        elif name in ("line", "zone", "lb"):
            self._end_line()
            if name == "zone":
                if not self._zones:
                    self._end_block()
                self._zones.append(identity)

    def text(self, text: str) -> None:
        """Take text."""
        if self._leaf is None:
            return
        self._pieces.append(text)
        self._size += len(text)
        if self._size > SURFACE_LIMIT:
            raise Unreadable("beyond_limits", f"one surface has more than {SURFACE_LIMIT:,} characters")

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._open.pop()
        if name in elements.PICTURED:
            self._pictured -= 1
        if self._leaf is None:
            return
        if name == "line":
            self._end_line()
        elif name == "zone" and self._zones:
            self._end_line()
            if len(self._zones) == 1:
                self._end_block()
            self._zones.pop()
        elif name == "surface" and "surface" not in self._open:
            self._end_block()
            self.ready.append(self._leaf)
            self._leaf = None

    def entity(self, name: str) -> None:
        """Take an entity that only HTML knows: its character follows."""

    def _end_line(self) -> None:
        words = "".join(self._pieces).split()
        self._pieces = []
        if words:
            self._lines.append(Line(words))

    def _end_block(self) -> None:
        self._end_line()
        if self._lines and self._leaf is not None:
            self._leaf.blocks.append(Block(self._lines, id=self._zones[0] if self._zones else None))
        self._lines = []


def _extent(attributes: dict[str, str], axis: str) -> int | None:
    try:
        return int(attributes[f"lr{axis}"]) - int(attributes.get(f"ul{axis}", "0"))
    except (KeyError, ValueError):
        return None
