"""ALTO 1 to 4, of any name space or none: newspapers and books as libraries deliver them, one file a page or several.

A String is a word. Where at least half of a page's neighbouring Strings have an SP between them, two without one are
pieces of one word ("MON" "TGOMERY", "Hofmann" ",") and become one; pages that use no SP mean a blank everywhere. In
the files known to us that share is either under 4 or over 58 percent.
"""

from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.alto_order import declared_order, follow_chains, in_declared_order
from florilegium.sources.library.leaf import Block, Breaks, Leaf, Line, Role, Unreadable
from florilegium.sources.library.roles import role_of
from florilegium.sources.library.values import all_or_none, box, confidence, size, within_limits
from florilegium.sources.library.xml import Element, read_xml

_TAGS = ("TextBlock", "ReadingOrder", "Description", "LayoutTag", "StructureTag", "RoleTag", "OtherTag")
_TAG_LIMIT = 100_000


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages of an ALTO file. Raises `Unreadable`: ``no_pages`` and the reasons of `read_xml`."""
    roles: dict[str, Role] = {}
    facts: dict[str, str] = {}
    order: list[str] = []
    page: _Page | None = None
    for event, name, element in read_xml(file, _TAGS, starts=("Page",)):
        if event == "start":
            if page is not None:
                yield page.leaf()
            page = _Page(element, facts, order)
        elif name == "TextBlock":
            if page is not None:
                page.add(element, roles)
        elif name == "Description":
            facts = _facts(element)
        elif name == "ReadingOrder":
            order = declared_order(element)
        else:
            role = role_of(element.get("LABEL")) or role_of(element.get("TYPE"))
            if role is not None:
                roles[element.get("ID", "")] = role
                if len(roles) > _TAG_LIMIT:
                    raise Unreadable("beyond_limits", f"more than {_TAG_LIMIT} tags")
    if page is None:
        raise Unreadable("no_pages", "the file has no Page")
    yield page.leaf()


class _Page:
    """A page while its blocks come in."""

    def __init__(self, page: Element, facts: dict[str, str], order: list[str]) -> None:
        self._facts = facts
        self._order = order
        self._leaf = Leaf(
            id=page.get("ID"),
            label=page.get("PRINTED_IMG_NR") or None,
            language=page.get("LANG") or page.get("language"),
            width=size(page.get("WIDTH")),
            height=size(page.get("HEIGHT")),
        )
        self._next: dict[str, str] = {}  # IDNEXT
        self._strings: list[list[list[str]]] = []  # a list a line a block; only where the file declares an order
        self._pieces: list[tuple[Line, list[int], list[str]]] = []  # words that no SP parts from the one before
        self._gaps = self._spaces = self._empty = self._words = 0

    def add(self, block: Element, roles: dict[str, Role]) -> None:
        """Take in a TextBlock."""
        above = list(block.iterancestors())
        while above and not above[-1].tag.endswith("Page"):
            above.pop()
        role = _role([block, *above], roles)
        read = Block(
            [],
            role or Role.TEXT,
            Breaks.MEANT if role is Role.TABLE else Breaks.LAYOUT,
            block.get("LANG") or block.get("language") or self._leaf.language,
            block.get("ID"),
            within=tuple(element.get("ID") for element in reversed(above[:-1]) if element.get("ID")),
            box=box(block.get("HPOS"), block.get("VPOS"), block.get("WIDTH"), block.get("HEIGHT")),
        )
        space = block.tag[: -len("TextBlock")]
        names = (f"{space}String", f"{space}SP", f"{space}HYP")
        ids: list[list[str]] = []
        for element in block.iterchildren(f"{space}TextLine"):
            read.lines.append(self._line(element, names, ids))
        self._words = within_limits(read, self._words)
        self._leaf.blocks.append(read)
        if self._order:
            self._strings.append(ids)
        following = block.get("IDNEXT")
        if following and read.id:
            self._next[read.id] = following

    def _line(self, element: Element, names: tuple[str, str, str], ids: list[list[str]]) -> Line:
        string, space, hyphen = names
        words: list[str] = []
        confidences: list[float] = []
        pieces: list[int] = []
        own: list[str] = []
        last = None
        parted = broken = False
        for child in element:
            tag = child.tag
            if tag == string:
                get = child.get
                word = get("CONTENT", "").strip()
                if not word:
                    self._empty += 1
                    continue
                if words:
                    self._gaps += 1
                    if parted:
                        self._spaces += 1
                    else:
                        pieces.append(len(words))
                words.append(word)
                confidences.append(confidence(get("WC")))
                if self._order:
                    own.append(get("ID", ""))
                parted = False
                last = child
            elif tag == space:
                parted = True
            elif tag == hyphen:
                broken = True
        line = Line(words, all_or_none(confidences), id=element.get("ID"))
        if last is not None and (broken or last.get("SUBS_TYPE") == "HypPart1"):
            line.goes_on = last.get("SUBS_CONTENT", "") if last.get("SUBS_TYPE") == "HypPart1" else ""
        if pieces:
            self._pieces.append((line, pieces, own))
        ids.append(own)
        return line

    def leaf(self) -> Leaf:
        """Give the page: words whole, blocks in order."""
        leaf = self._leaf
        joined = 0
        if self._spaces * 2 >= self._gaps:
            for line, pieces, names in self._pieces:
                _join(line, pieces, names)
                joined += len(pieces)
        if self._order:
            leaf.blocks = in_declared_order(leaf.blocks, self._strings, self._order)
            leaf.order_declared = True
        elif self._next:
            leaf.blocks = follow_chains(leaf.blocks, self._next)
            leaf.order_declared = True
        counts = {"words_empty": self._empty, "words_joined": joined}
        leaf.facts = {**self._facts, **{name: str(count) for name, count in counts.items() if count}}
        return leaf


def _join(line: Line, pieces: list[int], names: list[str]) -> None:
    """Put each of ``pieces`` on to the word before it; the confidence of the whole is that of its worst piece."""
    for index in reversed(pieces):
        word = line.words.pop(index)
        del names[index : index + 1]
        if line.goes_on and index == len(line.words):
            line.goes_on = line.words[index - 1] + line.goes_on
        line.words[index - 1] += word
        if line.confidences is not None:
            lost = line.confidences.pop(index)
            line.confidences[index - 1] = min(line.confidences[index - 1], lost)


def _role(elements: list[Element], roles: dict[str, Role]) -> Role | None:
    """Give what the closest of a block and its containers is tagged or typed."""
    for element in elements:
        for tag in element.get("TAGREFS", "").split():
            if tag in roles:
                return roles[tag]
        role = role_of(element.get("TYPE"))
        if role is not None:
            return role
    return None


def _facts(description: Element) -> dict[str, str]:
    software = []
    found = {}
    for element in description.iter():
        name = element.tag.rpartition("}")[2]
        text = (element.text or "").strip()
        if name == "softwareName" and text:
            software.append(text)
        elif name == "softwareVersion" and text and software:
            software[-1] += f" {text}"
        elif name == "fileName" and text:
            found["image"] = text
        elif name == "MeasurementUnit" and text:
            found["unit"] = text
    if software:
        found["software"] = "; ".join(dict.fromkeys(software))
    return found
