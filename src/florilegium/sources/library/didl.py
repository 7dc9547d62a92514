"""MPEG-21 DIDL of the Koninklijke Bibliotheek: pages in ALTO, articles as rectangles on them."""

from collections import defaultdict
from typing import BinaryIO

from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.package import Area, Names, Package, PageRef, Part
from florilegium.sources.library.records import local_name, read_record, text_of
from florilegium.sources.library.values import Box, box
from florilegium.sources.library.xml import Element, read_xml


def read_didl(file: BinaryIO, path: str, names: Names, base: str) -> Package:
    """Read a DIDL document at ``path``, whose files lie below ``base``. Raises `Unreadable`."""
    package = Package(path, "didl")
    articles: dict[str, str] = {}  # an article's part on one page -> the article
    files: dict[str, str] = {}
    records: dict[str, Catalogue] = {}
    subjects: dict[str, str] = {}
    zones: dict[str, list[Box | None]] = defaultdict(list)
    pages: list[str] = []
    for event, _, element in read_xml(file, ("Component",), starts=("Item",)):
        identifier = _attribute(element, "identifier")
        if event == "start":
            articles[identifier] = _attribute(element, "article_id")
            continue
        role = next((text_of(part) for part in _named(element, "Statement") if _attribute(part, "type") == "role"), "")
        owner = identifier.removesuffix(f":{role.rpartition('/')[2]}")
        resource = next(iter(_named(element, "Resource")), None)
        if resource is None:
            continue
        if role == "alto":
            pages.append(owner)
            files[owner] = _attribute(resource, "filename") or _attribute(resource, "ref")
        elif role == "metadata":
            records[owner] = read_record(resource)
            subjects[owner] = next((text_of(part) for part in _named(resource, "subject")), "")
            numbers = [text_of(part) for part in _named(resource, "nativePageNumber")]
            subjects[f"{owner}#label"] = next(iter(numbers), "")
        elif role == "metadata/zoning" and articles.get(owner):
            corners = (
                [area.get(name) for name in ("hpos", "vpos", "width", "height")] for area in _named(resource, "area")
            )
            zones[owner] += [box(*each) for each in corners]
    package.catalogue = next(iter(records.values()), Catalogue())
    for page in pages:
        name = names.find(files[page], base)
        label = subjects.get(f"{page}#label") or None
        package.pages.append(PageRef(page, label, (name,) if name else (), files[page]))
    places: dict[str, list[Area]] = defaultdict(list)
    missing: dict[str, int] = defaultdict(int)
    for owner, boxes in zones.items():
        name = names.find(files.get(owner.rpartition(":")[0], ""), base)
        found = [Area(name, box=place) for place in boxes if place is not None] if name else []
        places[articles[owner]] += found
        missing[articles[owner]] += len(boxes) - len(found)
    for article, areas in places.items():
        about = records.get(article, Catalogue())
        package.parts.append(
            Part(article, subjects.get(article) or "article", about.title, tuple(areas), about, missing[article])
        )
    return package


def _named(element: Element, name: str) -> list[Element]:
    return [part for part in element.iter() if local_name(part) == name]


def _attribute(element: Element, name: str) -> str:
    return next(
        (str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2].rpartition(":")[2] == name),
        "",
    )
