"""Packages without METS: BCU Lausanne's JSON descriptor, folders of pages with no descriptor at all, bags."""

import posixpath
import re
from collections.abc import Sequence
from typing import Any, BinaryIO

import orjson

from florilegium.sources.library.bundle import natural
from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.package import Package, PageRef

#: Bytes of the largest JSON document.
_LARGEST_JSON = 64 << 20


def read_json(file: BinaryIO) -> Any:
    """Read a JSON document. Raises `Unreadable`: ``too_large``, ``not_json``."""
    data = file.read(_LARGEST_JSON + 1)
    if len(data) > _LARGEST_JSON:
        raise Unreadable("too_large", f"more than {_LARGEST_JSON >> 20} MB of JSON")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unreadable("not_json", str(error)) from error


def read_bcul(file: BinaryIO, path: str, pages: Sequence[str]) -> Package:
    """Read the JSON descriptor of an issue; its pages are the ABBYY files beside it, by number. Raises `Unreadable`."""
    try:
        return _bcul(read_json(file), path, pages)
    except (AttributeError, KeyError, TypeError) as error:
        raise Unreadable("not_bcul", f"the descriptor has another shape than BCUL's: {error!r}") from error


def _bcul(said: Any, path: str, pages: Sequence[str]) -> Package:
    source, data = (said.get(name) or {} for name in ("source", "data"))
    fields = data.get("fields") or {}
    titles: list[Any] = next((value for name, value in sorted(fields.items()) if name.startswith("title")), [])
    catalogue = Catalogue(
        title=next((title for title in titles if isinstance(title, str)), None),
        date_src=source.get("date") or None,
        languages=tuple(item["value"] for item in fields.get("language") or () if item.get("selected", True)),
        ids={"label": str(source["label"])} if source.get("label") else {},
    )
    package = Package(path, "bcul", catalogue, by_name(pages))
    if isinstance(source.get("count"), int) and source["count"] != len(pages):
        package.flaws.append(("missing_page", f"{path} speaks of {source['count']} pages, {len(pages)} are there"))
    return package


def folder_package(path: str, pages: Sequence[str]) -> Package:
    """Make a package of the pages of a folder, in the order of the numbers in their names.

    Of two versions of a page, ``0007.xml`` and ``0007_2.xml``, the first is read, and that is told.
    """
    known = set(pages)
    double = {name: re.sub(r"_\d(?=\.[^/]*$)", "", name) for name in pages}
    second = [name for name in pages if double[name] != name and double[name] in known]
    package = Package(path, "folder", pages=by_name([name for name in pages if name not in set(second)]))
    if second:
        shown = ", ".join(posixpath.basename(name) for name in second[:3])
        package.flaws.append(("second_version", f"{len(second)} pages are there twice, the first is read: not {shown}"))
    return package


def by_name(pages: Sequence[str]) -> list[PageRef]:
    """Give pages in the order of the numbers in their names."""
    return [PageRef(None, None, (name,), name) for name in sorted(pages, key=natural)]


def bag_catalogue(file: BinaryIO) -> Catalogue:
    """Read ``bag-info.txt`` of a BagIt bag: who sent it, and what it calls it."""
    lines = file.read(1 << 20).decode("utf-8", "replace").splitlines()
    said = dict(line.split(":", 1) for line in lines if ":" in line and not line[:1].isspace())
    said = {name.strip().casefold(): value.strip() for name, value in said.items()}
    numbers = {"bag": said.get("external-identifier") or said.get("ocrd-identifier") or ""}
    return Catalogue(
        title=said.get("external-description") or None,
        institution=said.get("source-organization") or None,
        ids={kind: number for kind, number in numbers.items() if number},
    )
