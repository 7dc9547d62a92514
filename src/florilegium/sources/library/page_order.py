"""The order of a PAGE file's regions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from florilegium.sources.library.leaf import Block
from florilegium.sources.library.xml import Element

_CUSTOM_INDEX = re.compile(r"readingOrder\s*\{[^}]*?index:\s*(\d{1,9})")


@dataclass(slots=True)
class Region:
    """A region: its own text, if it has any, and the regions or table cells inside it."""

    id: str | None
    block: Block | None
    inside: list["Region"]
    index: int | None = None  # Transkribus's
    cell: tuple[int, int] | None = None  # row and column

    def blocks(self) -> Iterator[Block]:
        """Give its own text and all that lies inside."""
        if self.block is not None:
            yield self.block
        for part in self.inside:
            yield from part.blocks()


def own_index(element: Element) -> int | None:
    """Give the place an element claims for itself: ``custom="readingOrder {index:3;}"``, or ``index`` of a line."""
    found = _CUSTOM_INDEX.search(element.get("custom", ""))
    index = found[1] if found else element.get("index", "")
    return int(index) if index.isdecimal() else None


def declared_order(reading_order: Element) -> list[str]:
    """Give the region ids that a ReadingOrder names: indexed groups by index, unordered ones as they stand."""
    return [name for group in reading_order for name in _refs(group)]


def _refs(element: Element) -> Iterator[str]:
    name = element.get("regionRef")
    if name:
        yield name
    children = list(element)
    if element.tag.endswith(("}OrderedGroup", "}OrderedGroupIndexed")):
        children.sort(key=_place)
    for child in children:
        yield from _refs(child)


def _place(element: Element) -> int:
    index = element.get("index", "")
    return int(index) if index.isdecimal() else 1 << 31


def in_order(regions: list[Region], order: list[str]) -> list[Block]:
    """Give all blocks, each once: those of ``order``, then the other ones.

    A region brings with it what lies inside, but for parts that the order names themselves. Names of regions that are
    not there are passed over. Without an order, regions with an index of their own come by it, and before the others.
    """
    if not order:
        regions = sorted(regions, key=lambda region: 1 << 31 if region.index is None else region.index)
    known: dict[str, Region] = {}
    for region in regions:
        _know(region, known)
    named = {id(known[name]) for name in order if name in known}
    placed: set[int] = set()
    found: list[Block] = []

    def place(region: Region) -> None:
        if id(region) in placed:
            return
        placed.add(id(region))
        if region.block is not None:
            found.append(region.block)
        for part in region.inside:
            if id(part) not in named:
                place(part)

    for name in order:
        if name in known:
            place(known[name])
    for region in regions:
        place(region)
    return found


def _know(region: Region, known: dict[str, Region]) -> None:
    if region.id:
        known.setdefault(region.id, region)
    for part in region.inside:
        _know(part, known)
