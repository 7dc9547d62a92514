"""METS packages: page order, logical structure, files and what the catalogue says, in every house's dialect."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from florilegium.sources.library.catalogue import Catalogue, merged
from florilegium.sources.library.package import Area, Names, Package, PageRef, Part
from florilegium.sources.library.records import href_of, local_name, read_record
from florilegium.sources.library.xml import Element, read_xml

#: Types of divisions that stand on their own; compared without case.
_ARTICLES = frozenset(
    [
        *("article", "advert", "advertisement", "chapter", "contribution", "letter", "poem", "obituary", "review"),
        *("story", "serial", "announcement", "death_notice", "contained_work"),
    ]
)
_PAGE_TYPES = re.compile(r"page|^track$|^audio|^object$|^leaf$", re.IGNORECASE)
_IMAGES = re.compile(r"\.(?:jpe?g|jp2|jpx|tiff?|png|gif|webp|mp3|mp4|wav|mpg|mov|pdf)$", re.IGNORECASE)


@dataclass(slots=True)
class _Div:
    id: str
    kind: str
    label: str | None
    order: tuple[float, int]
    records: tuple[str, ...]
    areas: list[tuple[str, str | None, str | None]]  # file id, begin, end
    inside: list["_Div"]

    def all(self) -> Iterator["_Div"]:
        """Give this division and all within, in order."""
        stack = [self]
        while stack:
            div = stack.pop()
            yield div
            stack += reversed(div.inside)


@dataclass(frozen=True, slots=True)
class _File:
    id: str
    href: str
    use: str
    group: int


@dataclass(slots=True)
class Mets:
    """What one METS file says, as it says it."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    records: dict[str, Catalogue] = field(default_factory=dict)
    files: dict[str, _File] = field(default_factory=dict)
    maps: list[tuple[str, _Div]] = field(default_factory=list)  # type in lower case, root
    links: dict[str, list[str]] = field(default_factory=dict)


def read_mets(file: BinaryIO) -> Mets:
    """Read a METS file. Raises `Unreadable`."""
    mets = Mets()
    use, group = "", 0
    about = Catalogue()
    rights: list[Catalogue] = []
    tags = ("dmdSec", "rightsMD", "sourceMD", "file", "structMap", "smLink", "smLinkGrp")
    for event, name, element in read_xml(file, tags, starts=("mets", "fileGrp")):
        if event == "start" and name == "mets":
            about = Catalogue(title=element.get("LABEL") or None, ids={"objid": element.get("OBJID") or ""})
        elif event == "start":
            group += 1
            use = element.get("USE") or element.get("ID") or ""
        elif name == "dmdSec":
            mets.records[element.get("ID") or f"#{len(mets.records)}"] = read_record(element)
        elif name in ("rightsMD", "sourceMD"):
            rights.append(read_record(element))
        elif name == "file":
            _file(mets, element, element.get("USE") or use, group)
        elif name == "structMap":
            roots = [_div(part, n) for n, part in enumerate(element) if local_name(part) == "div"]
            mets.maps += [((element.get("TYPE") or "").casefold(), root) for root in roots]
        elif name == "smLink":
            _link(mets, _end(element, "from"), _end(element, "to"))
        else:
            _link_group(mets, element)
    spoken = Counter(word for record in mets.records.values() for word in record.languages)
    also = Catalogue(languages=tuple(word for word, _ in spoken.most_common()))
    mets.catalogue = merged(_of_the_volume(mets), *rights, about, also)
    mets.catalogue = replace(mets.catalogue, ids={kind: said for kind, said in mets.catalogue.ids.items() if said})
    return mets


def _file(mets: Mets, element: Element, use: str, group: int) -> None:
    places = [part for part in element if local_name(part) == "FLocat"]
    href = next((address for part in places if (address := href_of(part))), None)
    identifier = element.get("ID")
    if href and identifier:
        mets.files.setdefault(identifier, _File(identifier, href, use, group))


def _div(element: Element, number: int) -> _Div:
    areas: list[tuple[str, str | None, str | None]] = []
    for pointer in (part for part in element if local_name(part) == "fptr"):
        if pointer.get("FILEID"):
            areas.append((str(pointer.get("FILEID")), None, None))
        for area in (part for part in pointer.iter() if local_name(part) == "area" and part.get("FILEID")):
            areas.append((str(area.get("FILEID")), area.get("BEGIN"), area.get("END")))
    label = element.get("ORDERLABEL") or element.get("LABEL")
    try:
        order = float(element.get("ORDER") or "inf")
    except ValueError:
        order = float("inf")
    return _Div(
        id=element.get("ID") or "",
        kind=(element.get("TYPE") or "").rpartition(":")[2].casefold(),
        label=label.strip() if label and label.strip() else None,
        order=(order, number),
        records=tuple((element.get("DMDID") or "").split()),
        areas=areas,
        inside=[_div(part, n) for n, part in enumerate(element) if local_name(part) == "div"],
    )


def _end(element: Element, side: str) -> str:
    found = next((value for name, value in element.attrib.items() if str(name).endswith(side)), "")
    return str(found).lstrip("#")


def _link(mets: Mets, source: str, target: str) -> None:
    if source and target:
        mets.links.setdefault(source, []).append(target)


def _link_group(mets: Mets, element: Element) -> None:
    labels = {_end(part, "label"): _end(part, "href") for part in element if local_name(part) == "smLocatorLink"}
    for arc in (part for part in element if local_name(part) == "smArcLink"):
        _link(mets, labels.get(_end(arc, "from"), ""), labels.get(_end(arc, "to"), ""))


def _of_the_volume(mets: Mets) -> Catalogue:
    """Give what is said of the highest divisions, the innermost before those around it; else the first record."""
    said: list[str] = []
    for kind, root in mets.maps:
        div: _Div | None = root
        found: list[str] = []
        while div is not None:
            found = [*div.records, *found]
            div = div.inside[0] if len(div.inside) == 1 and not _PAGE_TYPES.search(div.inside[0].kind) else None
        said += found if kind != "physical" or not said else []
    known = [mets.records[name] for name in dict.fromkeys(said) if name in mets.records]
    known = known or list(mets.records.values())[:1]
    return merged(known[0], *known[1:]) if known else Catalogue()


def to_package(mets: Mets, path: str, names: Names, structure: Sequence[tuple[str, Mets]] = ()) -> Package:
    """Make a package of a METS file at ``path``; ``structure``: other METS files of it, with their paths, that may hold
    the logical structure (as in BnF's ``toc``)."""
    base = posixpath.dirname(path)
    package = Package(path, "mets", mets.catalogue, also=tuple(name for name, _ in structure))
    physical = next((root for kind, root in mets.maps if kind == "physical"), None)
    if physical is None:
        others = [root for kind, root in mets.maps if kind != "logical"]
        physical = next((root for root in others if any(div.areas for div in root.all())), None)
    divs = sorted_pages(physical) if physical is not None else []
    package.pages = [_page(mets, div, names, base) for div in divs]
    if not package.pages:
        texts = [file for file in mets.files.values() if not _IMAGES.search(file.href)]
        package.pages = [_page_of(None, None, [file], names, base) for file in texts]
    package.parts = _parts(mets, physical, names, base)
    for other_path, other in structure:
        package.parts = package.parts or _parts(other, None, names, posixpath.dirname(other_path))
        package.catalogue = merged(package.catalogue, other.catalogue)
    return package


def sorted_pages(root: _Div) -> list[_Div]:
    """Give the divisions that are pages: those that point to files and lie in no other; brothers by ORDER."""
    found: list[_Div] = []

    def below(div: _Div) -> None:
        for inner in sorted(div.inside, key=lambda item: item.order):
            if _PAGE_TYPES.search(inner.kind) or (inner.areas and not any(each.inside for each in div.inside)):
                found.append(inner)
            else:
                below(inner)

    below(root)
    return found or ([root] if root.areas and not root.inside else [])


def _page(mets: Mets, div: _Div, names: Names, base: str) -> PageRef:
    files = [mets.files[name] for name, _, _ in div.areas if name in mets.files]
    return _page_of(div.id or None, div.label, files, names, base)


def _page_of(identifier: str | None, label: str | None, files: Sequence[_File], names: Names, base: str) -> PageRef:
    texts = [file for file in files if not _IMAGES.search(file.href)]
    found = [name for file in sorted(texts, key=_rank) if (name := names.find(file.href, base))]
    guessed = not found
    if guessed:  # only images are named: texts of the same name as the image
        found = [name for file in files for name in names.same_stem(file.href, base) if not _IMAGES.search(name)]
    wanted = next((file.href for file in (*texts, *files)), "")
    return PageRef(identifier, label, tuple(dict.fromkeys(found)), wanted, guessed=guessed)


def _rank(file: _File) -> tuple[int, int]:
    """Corrected text first, then what is called full text, then later groups before earlier ones."""
    use = file.use.casefold()
    if re.search(r"(?:^|[-_])gt(?:[-_]|$)", use):
        return 0, file.group
    return (1, file.group) if use in ("fulltext", "text", "ocr", "alto", "transcription") else (2, -file.group)


def _parts(mets: Mets, physical: _Div | None, names: Names, base: str) -> list[Part]:
    """Give what stands on its own in the logical structure, where that structure leads to pages or blocks."""
    roots = [root for kind, root in mets.maps if kind == "logical" and root is not physical]
    places = {div.id: div for div in physical.all() if div.id} if physical is not None else {}
    parts: list[Part] = []
    for root in roots:
        if not any(div.kind in _ARTICLES for div in root.all() if div is not root):
            continue
        for div in _standing_alone(root):
            found = list(_areas(mets, div, places, names, base))
            areas = tuple(dict.fromkeys(area for area in found if area is not None))
            if areas:
                records = [mets.records[name] for name in div.records if name in mets.records]
                about = merged(records[0], *records[1:]) if records else Catalogue()
                title = div.label or about.title
                name = div.id or f"part{len(parts) + 1}"
                parts.append(Part(name, div.kind, title, areas, about, found.count(None)))
    return parts


def _standing_alone(div: _Div) -> Iterator[_Div]:
    """Give the outermost divisions that are articles, and beside them whatever holds none: nothing is left over."""
    if div.kind in _ARTICLES or not any(inner.kind in _ARTICLES for inner in div.all()):
        yield div
        return
    if div.areas:
        yield replace(div, inside=[])
    for inner in sorted(div.inside, key=lambda item: item.order):
        yield from _standing_alone(inner)


def _areas(mets: Mets, part: _Div, places: dict[str, _Div], names: Names, base: str) -> Iterator[Area | None]:
    """Give the places of a part; None for one whose file is not there."""
    for div in part.all():
        for place in [div, *(places[name] for name in mets.links.get(div.id, ()) if name in places)]:
            pointed = [area for area in place.areas if area[0] in mets.files]
            pointed = [area for area in pointed if not _IMAGES.search(mets.files[area[0]].href)]
            texts = [(names.find(mets.files[file].href, base), begin, end) for file, begin, end in pointed]
            if place is not div and not texts and _PAGE_TYPES.search(place.kind):
                texts = [(name, None, None) for name in _page(mets, place, names, base).files[:1]]
            for file, begin, end in texts:
                ids = tuple(word for word in (begin, place.id if begin else None) if word)
                yield Area(file, ids, end) if file else None
