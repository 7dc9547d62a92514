"""Olive PRXML: a table of contents, and one file an article or advertisement, made of primitives of words."""

import posixpath
from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.leaf import Block, Leaf, Line, Role, Unreadable
from florilegium.sources.library.package import Area, Names, Package, PageRef, Part
from florilegium.sources.library.records import local_name
from florilegium.sources.library.xml import Element, read_xml


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Read one entity: one leaf whose id is that of the article; its blocks are its primitives. Raises `Unreadable`."""
    leaf = Leaf()
    role = Role.TEXT
    for event, name, element in read_xml(file, ("Primitive",), starts=("XMD-entity", *_HEADINGS, "Content")):
        if name == "XMD-entity":
            leaf.id, leaf.language = element.get("ID"), element.get("LANGUAGE")
            advert = (element.get("ENTITY_TYPE") or "").casefold() == "ad"
        elif event == "start":
            role = Role.HEADING if name in _HEADINGS else Role.ADVERTISEMENT if advert else Role.TEXT
        else:
            within = (leaf.id,) if leaf.id else ()
            leaf.blocks.append(Block(_lines(element), role, id=element.get("ID"), within=within))
    yield leaf


_HEADINGS = (*(f"HedLine_hl{n}" for n in range(1, 10)), "HedLine_kicker", "Byline")


def _lines(primitive: Element) -> list[Line]:
    """Give the lines; pieces of one word (``Q``, ``q``) are one word, and one that two lines share goes on."""
    lines: list[Line] = []
    glued = False
    last = ""  # which word of pieces the line ends in
    for part in primitive:
        name = local_name(part)
        if name == "L":
            lines.append(Line([]))
            glued = False
        elif name == "QW":
            if lines and len(lines) > 1 and last == f"over {part.get('QID')}":
                lines[-2].goes_on = (part.text or "").strip()
        elif name in ("W", "Q", "q") and (part.text or "").strip():
            lines = lines or [Line([])]
            word, number = (part.text or "").strip(), part.get("QID")
            begun = number is not None and last.endswith(f" {number}")
            if lines[-1].words and (glued or begun):
                lines[-1].words[-1] += word
            else:
                last = f"over {number}" if begun and not lines[-1].words else f"in {number}"
                lines[-1].words.append(word)
            glued = part.get("NS") == "y"
    return [line for line in lines if line.words]


def read_toc(file: BinaryIO, path: str, names: Names) -> Package:
    """Read ``TOC.xml``: pages, and articles with their continuations. Raises `Unreadable`."""
    package = Package(path, "olive")
    base = posixpath.dirname(path)
    later: dict[str, str] = {}
    for event, _, element in read_xml(file, ("Page",), starts=("Xmd_toc",)):
        if event == "start":
            numbers = {"release": element.get("RELEASE_NO") or "", "publication": element.get("PUBLICATION") or ""}
            package.catalogue = Catalogue(
                title=element.get("PUBLICATION_DESCRIPTION") or element.get("PUBLICATION") or None,
                date_src=element.get("ISSUE_DATE"),
                languages=(str(element.get("LANGUAGE")),) if element.get("LANGUAGE") else (),
                ids={kind: number for kind, number in numbers.items() if number},
            )
            continue
        entities = [part for part in element if local_name(part) == "Entity"]
        try:
            entities.sort(key=lambda part: int(part.get("INDEX_IN_DOC") or 0))
        except ValueError as error:
            raise Unreadable("not_olive", f"INDEX_IN_DOC is no number: {error}") from error
        here = f"Document{element.get('HREF') or ''}.xml"
        page = names.find(here, base)
        found = [(entity, names.find(f"Document{entity.get('HREF')}.xml", base)) for entity in entities]
        missing = [str(entity.get("HREF")) for entity, file_name in found if file_name is None]
        if missing:
            package.flaws.append(("missing_part", f"{len(missing)} articles are not there: {', '.join(missing[:3])}"))
        pieces = tuple(file_name for _, file_name in found if file_name)
        files = (page or here,) if pieces else ()
        package.pages.append(PageRef(element.get("ID"), element.get("PAGE_LABEL"), files, here, pieces))
        for entity, file_name in found:
            identifier = entity.get("ID") or ""
            first = later.pop(identifier, identifier)
            if file_name:
                area = Area(page or here, (identifier,))
                _add(package, first, entity, area)
            if entity.get("CONTINUATION_TO"):
                later[str(entity.get("CONTINUATION_TO"))] = first
    return package


def _add(package: Package, identifier: str, entity: Element, area: Area) -> None:
    """Add an area to its article, which is made where it begins."""
    for n, part in enumerate(package.parts):
        if part.id == identifier:
            package.parts[n] = Part(part.id, part.kind, part.title, (*part.areas, area))
            return
    title = entity.get("NAME")
    kind = (entity.get("ENTITY_TYPE") or "article").casefold()
    package.parts.append(Part(identifier, kind, None if (title or "").startswith("Untitled") else title, (area,)))
