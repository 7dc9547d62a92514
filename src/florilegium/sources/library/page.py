"""PAGE XML, 2010 to 2019: what PRImA's tools, Transkribus, OCR-D, eScriptorium and kraken write, one page a file.

Text is taken once: from the lines, else from the words or glyphs of a line, else from the region; of several readings
(TextEquiv) the one with the lowest index. Regions come in the ReadingOrder, else by Transkribus's ``readingOrder
{index:n;}``, else as they stand.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.leaf import Block, Breaks, Leaf, Line, Role, Unreadable
from florilegium.sources.library.page_order import Region, declared_order, in_order, own_index
from florilegium.sources.library.roles import role_of
from florilegium.sources.library.values import all_or_none, confidence, size, within_limits
from florilegium.sources.library.xml import Element, read_xml

_KINDS = (
    *("Advert", "Chart", "Chem", "Custom", "Graphic", "Image", "LineDrawing", "Map", "Maths", "Music", "Noise"),
    *("Separator", "Table", "Text", "Unknown"),
)
_REGIONS = frozenset(f"{kind}Region" for kind in _KINDS)
_HOLDERS = _REGIONS | {"TableCell"}
_PICTURES = frozenset(["ChartRegion", "GraphicRegion", "ImageRegion", "LineDrawingRegion", "MapRegion"])
_MEANT = frozenset(["TOC-entry", "list-label"])
_STRUCTURE = re.compile(r"structure\s*\{[^}]*?type:([^;}]*)")


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages of a PAGE file. Raises `Unreadable`: ``no_pages`` and the reasons of `read_xml`."""
    leaf: Leaf | None = None
    facts: dict[str, str] = {}
    regions: list[Region] = []
    order: list[str] = []
    name_of_file = None
    words = 0
    tags = _REGIONS | {"ReadingOrder", "Creator"}
    for event, name, element in read_xml(file, tags, starts=("PcGts", "Page")):
        if name == "PcGts":
            name_of_file = element.get("pcGtsId")
        elif event == "start":
            if leaf is not None:
                yield _finished(leaf, regions, order)
            leaf = _leaf(element, name_of_file, facts)
            regions, order, words = [], [], 0
        elif name == "Creator":
            facts = {"software": element.text.strip()} if element.text and element.text.strip() else {}
        elif name == "ReadingOrder":
            order = declared_order(element)
        elif leaf is not None and _local(element.getparent()) not in _HOLDERS:
            region = _region(element, None, leaf.language)
            for block in region.blocks():
                words = within_limits(block, words)
            regions.append(region)
    if leaf is None:
        raise Unreadable("no_pages", "the file has no Page")
    yield _finished(leaf, regions, order)


def _leaf(page: Element, name_of_file: str | None, facts: dict[str, str]) -> Leaf:
    image = page.get("imageFilename")
    return Leaf(
        id=name_of_file or image,
        language=page.get("primaryLanguage"),
        width=size(page.get("imageWidth")),
        height=size(page.get("imageHeight")),
        facts={**facts, **({"image": image} if image else {})},
    )


def _finished(leaf: Leaf, regions: list[Region], order: list[str]) -> Leaf:
    leaf.blocks = in_order(regions, order)
    leaf.order_declared = bool(order) or any(region.index is not None for region in regions)
    return leaf


def _region(element: Element, inherited: Role | None, language: str | None, within: tuple[str, ...] = ()) -> Region:
    """Read a region with those inside it; a table cell counts as one."""
    kind = _local(element)
    language = element.get("primaryLanguage") or language
    role = role_of(element.get("type")) or role_of(_structure(element)) or role_of(kind)
    role = role or (Role.FIGURE if kind in _PICTURES else inherited)
    name = element.get("id")
    deeper = (*within, name) if name else within
    inside = [_region(child, role, language, deeper) for child in element if _local(child) in _HOLDERS]
    lines = [_line(child) for child in _in_own_order(element, "TextLine")]
    box = None
    for child in element:
        if _local(child) == "Coords":
            box = _box(child)
    if not any(line.words for line in lines) and not any(block.lines for part in inside for block in part.blocks()):
        lines = _region_text(element) or lines
    block = None
    if lines or kind == "TextRegion":
        meant = role is Role.TABLE or element.get("type") in _MEANT
        breaks = Breaks.MEANT if meant else Breaks.LAYOUT
        block = Block(lines, role or Role.TEXT, breaks, language, name, within=within, box=box)
    if kind == "TableRegion" and inside and all(part.cell is not None for part in inside):
        inside.sort(key=lambda part: part.cell or (0, 0))
    return Region(name, block, inside, own_index(element), _cell(element))


def _in_own_order(element: Element, tag: str) -> list[Element]:
    """Give the children, by their own indices where all have one."""
    children = list(element.iterchildren(f"{{*}}{tag}"))
    indices = [own_index(child) for child in children]
    if None in indices:
        return children
    return [children[n] for n in sorted(range(len(children)), key=lambda n: indices[n] or 0)]


def _line(element: Element) -> Line:
    text, certainty = _reading(element)
    parts = [_reading(word) for word in element.iterchildren("{*}Word")]
    parts = [(word, sure) for word, sure in parts if word]
    name = element.get("id")
    words = text.split()
    if not words:
        words = [word for word, _ in parts]
    if len(words) == len(parts):
        return Line(words, all_or_none([sure if sure == sure else certainty for _, sure in parts]), id=name)
    return Line(words, all_or_none([certainty] * len(words)), id=name)


def _reading(element: Element) -> tuple[str, float]:
    """Give the text of the lowest index and its confidence, nan where it has none; else the text of the glyphs."""
    best, lowest = None, None
    for child in element.iterchildren("{*}TextEquiv"):
        index = child.get("index", "0")
        number = int(index) if index.isdecimal() else 0
        if lowest is None or number < lowest:
            best, lowest = child, number
    if best is not None:
        text = best.findtext("{*}Unicode") or best.findtext("{*}PlainText") or ""
        if text.strip():
            return text.strip(), confidence(best.get("conf"))
    glyphs = [_reading(glyph)[0] for glyph in element.iterchildren("{*}Glyph")]
    return "".join(glyphs), float("nan")


def _region_text(element: Element) -> list[Line]:
    text, certainty = _reading(element)
    found = []
    for line in text.splitlines():
        words = line.split()
        if words:
            found.append(Line(words, all_or_none([certainty] * len(words))))
    return found


def _structure(element: Element) -> str | None:
    found = _STRUCTURE.search(element.get("custom", ""))
    return found[1] if found else None


def _cell(element: Element) -> tuple[int, int] | None:
    row, column = element.get("row", ""), element.get("col", "")
    return (int(row), int(column)) if row.isdecimal() and column.isdecimal() else None


def _box(coords: Element) -> tuple[float, float, float, float] | None:
    points = coords.get("points")
    try:
        if points is None:
            numbers = [float(point.get(axis, "")) for point in coords for axis in ("x", "y")]
        else:
            numbers = [float(number) for number in points.replace(",", " ").split()]
    except ValueError:
        return None
    x, y = numbers[::2], numbers[1::2]
    return (min(x), min(y), max(x), max(y)) if y else None


def _local(element: Element | None) -> str:
    return element.tag.rpartition("}")[2] if element is not None else ""
