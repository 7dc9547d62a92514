"""TEI, P4 and P5: editions, drama, verse, letters, dictionaries; a page begins at every ``pb``.

What is read is the reading text of the print (`tei_elements` says of what): ``corr``, ``expan`` and ``lem`` are read,
``orig`` as printed, ``del`` is not. Tags within words break no word; ``lb`` ends a line, and a word too unless it says
``break="no"``. Notes, running heads and the like are blocks of their own behind the block that they stand in, and its
text goes on. Facts of every page: what the header says, and how many of ``gaps``, ``deletions``, ``includes_unread``
and ``html_entities_undeclared`` it has.
"""

from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from florilegium.sources.library import tei_elements as elements
from florilegium.sources.library.bundle import seekable
from florilegium.sources.library.leaf import Block, Breaks, Leaf, Role, Unreadable
from florilegium.sources.library.markup import feed_markup
from florilegium.sources.library.tei_flow import Flow, Kind
from florilegium.sources.library.tei_header import Header
from florilegium.sources.library.tei_readings import PASSED_OVER, UNHEARD, Readings
from florilegium.sources.library.tei_zones import Zones

DEPTH_LIMIT = 1_000
PAGE_LIMIT = 8_000_000  # characters and what blocks cost; a page of more is refused
#: A text without pages that is longer goes on in a further leaf, from a block on.
LONG_TEXT = 4_000_000

_ROOTS = frozenset({"TEI", "TEI.2", "teiCorpus", "teiCorpus.2"})
_COUNTED = {"gap": "gaps", "del": "deletions", "include": "includes_unread"}


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages of a TEI file; text before the first ``pb``, or without any, is a leaf without id.

    The id of a page is the ``xml:id`` of its ``pb``, else its ``facs``, its ``n`` or its number; its label is ``n``. A
    file without ``text`` is read by the zones of its pictures, if those hold text. Raises `Unreadable`: ``not_tei``,
    ``no_text``, ``beyond_limits``, and those of `feed_markup`.
    """
    file = seekable(file)
    reader = _Reader()
    for _ in feed_markup(file, reader):
        yield from reader.ready
        reader.ready.clear()
    if reader.texts:
        return
    if not reader.zones_have_text:
        within = (
            f"; {reader.facts['includes_unread']} parts lie in other files" if reader.facts["includes_unread"] else ""
        )
        raise Unreadable("no_text", f"the file has no <text>{within}")
    file.seek(0)
    zones = Zones(reader.header.facts())
    for _ in feed_markup(file, zones):
        yield from zones.ready
        zones.ready.clear()


class _Open(NamedTuple):
    """An element that is open, and what is to be restored at its end."""

    name: str
    ends: str  # what its end means: "", "block", "line", "inset", "alternatives", "apart" or of `Readings`
    role: Role
    kind: Kind | None
    language: str | None


class _Reader:
    """Takes the stream of a file; finished pages wait in ``ready``."""

    def __init__(self) -> None:
        self.ready: list[Leaf] = []
        self.header = Header()
        self.texts = 0  # texts begun that are in no other
        self.zones_have_text = False
        self.facts: Counter[str] = Counter()  # counts of the page
        self._stack: list[_Open] = []
        self._within = ""  # "header", "pictures", "text" or nothing
        self._within_depth = 0
        self._readings = Readings()
        self._flows: list[Flow] = []
        self._role = Role.TEXT
        self._language: str | None = None
        self._leaf = Leaf()
        self._leaf_size = 0
        self._pages = 0
        self._after_apart = -1
        self._header_facts: dict[str, str] = {}

    # --- the stream

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if len(self._stack) >= DEPTH_LIMIT:
            raise Unreadable("beyond_limits", f"elements are nested more than {DEPTH_LIMIT} deep")
        if not self._stack and name not in _ROOTS:
            raise Unreadable("not_tei", f"the root element is <{name}>")
        role, language = self._role, self._language
        self._language = attributes.get("xml:lang") or attributes.get("lang") or language
        kind = self._flows[-1].kind if self._flows else None
        ends = ""
        if self._within == "text":
            ends = self._start_in_text(name, attributes)
        elif self._within == "header":
            self.header.start(name, attributes)
        elif not self._within:
            self._enter(name)
        self._stack.append(_Open(name, ends, role, kind, language))

    def text(self, text: str) -> None:
        """Take text."""
        if self._within == "text":
            if self._readings.passing:
                self._readings.text(text)
            elif self._stack[-1].name not in elements.WITHOUT_TEXT:
                self._flows[-1].text(text)
        elif self._within == "header":
            self.header.text(text)
        elif self._within == "pictures" and not self.zones_have_text:
            self.zones_have_text = not text.isspace()

    def end(self, name: str) -> None:
        """Take the end of an element."""
        opened = self._stack.pop()
        if self._within and len(self._stack) == self._within_depth:
            self._leave()
        elif self._within == "text":
            self._end_in_text(opened)
        elif self._within == "header":
            self.header.end()
        self._language = opened.language

    def entity(self, name: str) -> None:
        """Take note of an entity that only HTML knows."""
        self.facts["html_entities_undeclared"] += 1

    # --- parts of a file

    def _enter(self, name: str) -> None:
        self._within_depth = len(self._stack)
        if name == "teiHeader":
            self.header = Header()
            self._within = "header"
        elif name == "text":
            self._within = "text"
            self.texts += 1
            self._header_facts = self.header.facts()
            self._flows = [Flow(Kind(Role.TEXT, language=self._language), self._emit)]
            self._pages = 0
            self._leaf = self._new_leaf()
        elif name in elements.PICTURED:
            self._within = "pictures"
        elif name == "include":
            self.facts["includes_unread"] += 1

    def _leave(self) -> None:
        if self._within == "text":
            self._flows[0].close_block()
            self._finish_leaf(last=True)
            self._flows = []
        self._within = ""

    # --- pages

    def _start_page(self, attributes: dict[str, str]) -> None:
        for flow in self._flows:
            flow.break_page(joins=attributes.get("break") == "no" and flow is self._flows[-1])
        self._finish_leaf()
        self._pages += 1
        label = attributes.get("n", "").strip() or None
        picture = attributes.get("facs", "").removeprefix("#")
        identity = attributes.get("xml:id") or attributes.get("id") or picture or label or f"pb-{self._pages}"
        self._leaf = self._new_leaf(identity, label)

    def _new_leaf(self, identity: str | None = None, label: str | None = None) -> Leaf:
        self._leaf_size = 0
        language = self._language or self._header_facts.get("language", "").partition(";")[0] or None
        return Leaf(id=identity, label=label, language=language, facts=self._header_facts)

    def _finish_leaf(self, *, last: bool = False) -> None:
        leaf = self._leaf
        if leaf.id is None and not leaf.blocks and not (last and not self._pages):
            return
        counts = {name: str(count) for name, count in sorted(self.facts.items()) if count}
        self.facts.clear()
        if counts:
            leaf.facts = {**self._header_facts, **counts}
        self.ready.append(leaf)

    def _emit(self, block: Block, size: int) -> None:
        leaf = self._leaf
        leaf.blocks.append(block)
        self._leaf_size += size
        if leaf.id is None and self._leaf_size > LONG_TEXT:
            self._finish_leaf()
            self._leaf = self._new_leaf()
        elif self._leaf_size > PAGE_LIMIT:
            raise Unreadable("beyond_limits", f"one page has more than {PAGE_LIMIT:,} characters")

    # --- elements of a text

    def _start_in_text(self, name: str, attributes: dict[str, str]) -> str:
        """Do what the start of an element does to the text, and say what its end will mean."""
        if name == "pb":
            self._start_page(attributes)
            return ""
        if self._readings.passing:
            return self._readings.start_within(name, attributes)
        if name in _COUNTED:
            self.facts[_COUNTED[name]] += 1
        parent = self._stack[-1].name
        if name in elements.DROPPED or (name == "listBibl" and parent == "back"):
            return self._readings.pass_over()
        if parent in elements.ALTERNATIVES and not self._readings.is_read(name):
            return self._readings.pass_over()
        identity = attributes.get("xml:id") or attributes.get("id")
        flow = self._flows[-1]
        if name in elements.INSETS:
            if len(self._flows) == 1:
                self._role = elements.role_of_inset(name, attributes)
            self._flows.append(Flow(Kind(self._role, Breaks.LAYOUT, identity, self._language), flow.add_inset))
            return "inset"
        if name in elements.LINES:
            flow.open_line(identity)
            return "line"
        apart = parent in elements.STRUCTURE and name not in elements.PHRASES and name not in elements.MILESTONES
        if apart or name in elements.BLOCKS:
            flow.open_block(Kind(self._block_role(name, parent), Breaks.LAYOUT, identity, self._language))
            return "block"
        return self._start_phrase(flow, name, attributes)

    def _start_phrase(self, flow: Flow, name: str, attributes: dict[str, str]) -> str:
        if name in elements.MILESTONES:
            self._break_line(flow, attributes)
        elif name in elements.ALTERNATIVES:
            self._readings.start_place()
            return "alternatives"
        elif name in elements.APART:
            if self._after_apart == len(flow.pieces):
                flow.text(" ")
            return "apart"
        elif name == "space":
            flow.text(" ")
        elif name in elements.READ_FROM and (instead := attributes.get(elements.READ_FROM[name])):
            flow.text(instead)
            return self._readings.pass_over()
        return ""

    def _end_in_text(self, opened: _Open) -> None:
        self._role = opened.role
        if opened.ends in (PASSED_OVER, UNHEARD):
            self._readings.end_within(opened.ends)
            return
        flow = self._flows[-1]
        if opened.ends == "block" and opened.kind:
            flow.open_block(opened.kind)
        elif opened.ends == "line":
            flow.close_line()
        elif opened.ends == "inset":
            flow.close_block()
            self._flows.pop()
        elif opened.ends == "apart":
            self._after_apart = len(flow.pieces)
        elif opened.ends == "alternatives":
            flow.text(self._readings.end_place())

    def _block_role(self, name: str, parent: str) -> Role:
        """Give the role of a block, and remember what holds for all within it."""
        if len(self._flows) > 1:
            return self._role
        if name in ("table", "figure"):
            self._role = Role.TABLE if name == "table" else Role.FIGURE
        if name in elements.HEADINGS:
            return Role.CAPTION if self._role in (Role.TABLE, Role.FIGURE) else Role.HEADING
        return self._role

    def _break_line(self, flow: Flow, attributes: dict[str, str]) -> None:
        joins = attributes.get("break") == "no"
        line_id = attributes.get("xml:id") or attributes.get("facs", "").removeprefix("#") or None
        holder = next(
            (opened.name for opened in reversed(self._stack) if opened.ends in ("line", "block", "inset")), ""
        )
        if holder == "l":
            flow.turn_over(joins=joins)
            return
        if holder != "row" and flow.kind.breaks is Breaks.MEANT and flow.line_begun():
            flow.leave_lines()
        flow.break_line(line_id, joins=joins)
