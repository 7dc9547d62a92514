"""IIIF Presentation 2 and 3: what a manifest or collection says of the object; no address in it is asked for."""

import html
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.other_layouts import read_json

_KINDS = frozenset(
    ["manifest", "collection", "canvas", "annotationlist", "annotationpage", "annotation", "annotationcollection"]
)
_TAG = re.compile(r"<[^>]{0,2000}>")
_NEW_YEAR = "-01-01T00:00:00Z"  # of a navDate, which cannot say that only the year is known
_NO_TEXT = frozenset(["@language", "@type", "@id", "id", "type", "format"])
_HREF = re.compile(r"href\s*=\s*[\"']([^\"'\s]+)", re.IGNORECASE)

#: Labels of metadata in lower case -> what they say.
_LABELS = {
    "title": "title", "titel": "title", "titre": "title",
    "date": "date", "datum": "date", "published": "date", "publication date": "date", "date statement": "date",
    "publication/creation": "date", "date of publication": "date", "date issued": "date", "created": "date",
    "language": "language", "languages": "language", "sprache": "language", "langue": "language",
    "author": "creator", "creator": "creator", "contributors": "creator", "verfasser": "creator", "auteur": "creator",
    "artist": "creator", "authors": "creator",
    "rights": "rights", "licence": "rights", "license": "rights", "conditions of use": "rights", "copyright": "rights",
    "attribution": "rights", "provider": "institution", "repository": "institution",
    "holding institution": "institution", "current location": "institution",
    "identifier": "id", "shelfmark": "id", "call number": "id", "ark": "id",
    "persistent identifier": "id",
}  # fmt: skip


def read_iiif(file: BinaryIO) -> Catalogue:
    """Read a manifest, collection or canvas. Raises `Unreadable`: ``not_json``, ``not_iiif``."""
    said = read_json(file)
    if isinstance(said, list) and len(said) == 1:
        said = said[0]
    kind = iiif_kind(said)
    if kind is None:
        raise Unreadable("not_iiif", "it has no type of IIIF")
    found: dict[str, list[str]] = {}
    address = _id(said)
    ids = {"iiif": address} if address else {}
    for entry in _list(said.get("metadata")):
        labels = (
            [word.casefold().strip(": ") for word in _strings(entry.get("label"))] if isinstance(entry, dict) else []
        )
        about = next((_LABELS[label] for label in labels if label in _LABELS), None)
        values = [text for text in _strings(entry.get("value")) if text] if about else []
        if about == "id":
            ids.update({labels[0]: values[0]} if values else {})
        elif about:
            found.setdefault(about, []).extend(values)
    rights = [text for name in ("rights", "license") for text in _addresses(said.get(name))]
    statement = said.get("requiredStatement")
    rights += _strings(statement.get("value")) if isinstance(statement, dict) else []
    rights += [*_strings(said.get("attribution")), *found.get("rights", ())]
    providers = [
        text for each in _list(said.get("provider")) if isinstance(each, dict) for text in _strings(each.get("label"))
    ]
    return Catalogue(
        title=next(iter([*_strings(said.get("label")), *found.get("title", ())]), None),
        date_src=next(iter([*found.get("date", ()), *_strings(said.get("navDate"))]), "").removesuffix(_NEW_YEAR)
        or None,
        languages=tuple(dict.fromkeys(found.get("language", ()))),
        rights=tuple(dict.fromkeys(text for text in rights if text)),
        institution=next(iter([*providers, *found.get("institution", ())]), None),
        ids=ids,
        creators=tuple(dict.fromkeys(found.get("creator", ()))),
        url=next((_id(each) for each in _list(said.get("homepage")) if isinstance(each, dict) and _id(each)), None),
    )


def iiif_kind(said: Any) -> str | None:
    """Give the kind of an IIIF document in lower case, else None."""
    kind = str(said.get("type") or said.get("@type") or "") if isinstance(said, dict) else ""
    kind = kind.rpartition(":")[2].casefold()
    return kind if kind in _KINDS else None


def _id(said: Any) -> str | None:
    address = said.get("id") or said.get("@id")
    return address if isinstance(address, str) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _strings(value: Any, depth: int = 0) -> list[str]:
    """Give the texts of a value in any of the shapes of both versions, without HTML; addresses in it stay behind it."""
    if isinstance(value, str):
        plain = html.unescape(_TAG.sub(" ", value)) if "<" in value else value
        return [" ".join(plain.split())] if plain.strip() else []
    if depth > 8:
        return []
    if isinstance(value, list):
        return [text for each in value for text in _strings(each, depth + 1)]
    if isinstance(value, dict):
        inner = [value["@value"]] if "@value" in value else [item for key, item in value.items() if key not in _NO_TEXT]
        return [text for each in inner for text in _strings(each, depth + 1)]
    return []


def _addresses(value: Any) -> Iterator[str]:
    """Give addresses of licences: as such, in a list, or in HTML."""
    for text in _list(value):
        if isinstance(text, dict):
            text = _id(text) or ""
        if isinstance(text, str):
            yield from _HREF.findall(text) or _strings(text)
