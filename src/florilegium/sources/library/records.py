"""Catalogue records in XML: MODS, Dublin Core in its many wrappings, DFG rights, NDNP and Transkribus heads."""

from collections.abc import Iterator
from itertools import chain

from florilegium.sources.library.catalogue import Catalogue, merged
from florilegium.sources.library.xml import Element

_HREF = ("{http://www.w3.org/1999/xlink}href", "href", "xlink:href")
#: What holds a record of its own inside another record.
_OTHERS = frozenset({"relatedItem", "subject", "recordInfo"})
_AUTHORS = frozenset({"aut", "author", "cre", "creator", "cmp", "composer", "trl", "edt", "editor", "ctb", ""})


def local_name(element: Element) -> str:
    """Give an element's name without its name space or an undeclared prefix; "" for a comment."""
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def text_of(element: Element) -> str:
    """Give all text within, white space folded."""
    return " ".join("".join(element.itertext()).split())


def href_of(element: Element) -> str | None:
    """Give the address that an element points to, whatever became of its prefix."""
    return next((value for name in _HREF if (value := element.get(name)) is not None), None)


def read_record(element: Element) -> Catalogue:
    """Read what is known from an element that holds metadata, whatever the kind: MODS, Dublin Core, DFG rights."""
    mods = [part for part in element.iter() if local_name(part) == "mods"]
    if mods:
        first, *rest = [read_mods(part) for part in mods]
        return merged(first, *rest)
    return _flat(element)


def read_mods(mods: Element) -> Catalogue:
    """Read one MODS record; what it says of related items counts only as numbers and as who holds the original."""
    ids = {_typed(part, "identifier"): text_of(part) for part in _own(mods, "identifier") if text_of(part)}
    for part in (found for found in mods.iter() if local_name(found) == "recordIdentifier"):
        ids.setdefault(part.get("source") or "record", text_of(part))
    related = [part for part in mods if local_name(part) == "relatedItem"]
    for part in related:
        for number in (found for found in part if local_name(found) == "identifier"):
            ids.setdefault(f"{part.get('type') or 'related'}.{_typed(number, 'identifier')}", text_of(number))
    origins = [part for part in mods if local_name(part) == "originInfo"]
    languages = [text_of(part) for part in _own(mods, "languageTerm")]
    codes = [text_of(part) for part in _own(mods, "languageTerm") if part.get("type") == "code"]
    owners = chain(
        (text_of(part) for part in mods.iter() if local_name(part) == "physicalLocation" and not part.get("authority")),
        (part.get("displayLabel") or "" for part in mods.iter() if local_name(part) == "physicalLocation"),
        (_name(part) for part in _own(mods, "name") if {"own", "len", "rps"} & set(_roles(part))),
        (text_of(part) for part in mods.iter() if local_name(part) == "recordContentSource"),
    )
    rights: list[str] = []
    for part in _own(mods, "accessCondition"):
        rights += [said for said in (href_of(part), part.get("valueURI"), text_of(part)) if said]
    url = next((text_of(part) for part in _own(mods, "url") if text_of(part)), None)
    return Catalogue(
        title=next((title for part in _own(mods, "titleInfo") if (title := _title(part))), None),
        date_src=_date(origins),
        languages=tuple(dict.fromkeys(word for word in codes or languages if word)),
        rights=tuple(dict.fromkeys(rights)),
        institution=next((owner for owner in owners if owner), None),
        ids={kind: number for kind, number in ids.items() if number},
        creators=tuple(
            dict.fromkeys(_name(part) for part in _own(mods, "name") if _name(part) and _AUTHORS & set(_roles(part)))
        ),
        url=url or ids.get("purl") or ids.get("uri"),
    )


def _own(mods: Element, name: str) -> Iterator[Element]:
    """Give the elements of a name that speak of the record itself, not of a related item or a subject."""
    stack = list(reversed(mods))
    while stack:
        element = stack.pop()
        here = local_name(element)
        if here == name:
            yield element
        elif here and here not in _OTHERS:
            stack += reversed(element)


def _typed(element: Element, default: str) -> str:
    return element.get("type") or element.get("displayLabel") or default


def _title(info: Element) -> str:
    parts = {local_name(part): text_of(part) for part in info if text_of(part)}
    title = f"{parts.get('nonSort', '')} {parts.get('title', '')}".strip()
    return f"{title}: {parts['subTitle']}" if title and "subTitle" in parts else title


def _date(origins: list[Element]) -> str | None:
    """Give the date of the print: issued before created, the key date before others; never that of the scan."""
    found: list[tuple[int, str]] = []
    for origin in origins:
        digital = origin.get("eventType") in ("digitization", "reproduction") or any(
            local_name(part) in ("dateCaptured", "edition") and "lectronic" in text_of(part) for part in origin
        )
        parts = [part for part in origin if local_name(part) in ("dateIssued", "dateCreated", "copyrightDate")]
        ends = {part.get("point"): text_of(part) for part in parts if local_name(part) == "dateIssued"}
        for part in parts:
            said = text_of(part)
            if part.get("point") == "start" and ends.get("end"):
                said = f"{said}-{ends['end']}" if len(said) == len(ends["end"]) == 4 else said
            questionable = "questionable" in (part.get("qualifier"), part.get("qualifer"))
            rank = 8 * digital + 4 * questionable + 2 * (local_name(part) != "dateIssued") + (not part.get("keyDate"))
            if said and part.get("point") != "end":
                found.append((rank, said))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _name(name: Element) -> str:
    shown = [text_of(part) for part in name if local_name(part) == "displayForm"]
    parts = {part.get("type"): text_of(part) for part in name if local_name(part) == "namePart" and text_of(part)}
    family = ", ".join(parts[kind] for kind in ("family", "given") if kind in parts)
    return next((text for text in (*shown, family, parts.get(None, "")) if text), "")


def _roles(name: Element) -> list[str]:
    roles = [text_of(part).casefold() for part in name.iter() if local_name(part) == "roleTerm"]
    return roles or [""]


#: Element names of Dublin Core (also LIDO, EAD and Transkribus where they agree) -> what they are here.
_FLAT = {
    "title": "title", "maintitle": "title", "unittitle": "title",
    "date": "date", "issued": "date", "unitdate": "date", "created": "date",
    "language": "language", "langcode": "language",
    "rights": "rights", "license": "rights", "licence": "rights", "accessrights": "rights", "copyrightstatus": "rights",
    "creator": "creator", "author": "creator",
    "provenance": "institution", "owner": "institution", "repository": "institution", "dataprovider": "institution",
    "isshownby": "url", "isshownat": "url", "presentation": "url",
    "identifier": "id", "recordidentifier": "id", "docid": "id", "unitid": "id", "lidorecid": "id",
    "titledocmain": "title", "publicationyear": "date", "doclanguage": "language", "catalogiddigital": "id",
}  # fmt: skip


def _flat(element: Element) -> Catalogue:
    """Read elements by name wherever they stand, the first of each kind; "accessible" and the like are no rights."""
    found: dict[str, list[str]] = {}
    ids: dict[str, str] = {}
    for part in element.iter():
        name = local_name(part)
        name = part.get("name") or name if name == "metadata" else name  # as Goobi and Kitodo write
        kind = _FLAT.get(name.casefold())
        said = text_of(part) if kind and not len(part) else ""
        address = part.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource")
        said = said or address or ""
        typed = next((value for name, value in part.attrib.items() if str(name).endswith("type")), "")
        if not kind or not said or "pagination" in typed:
            continue
        if kind == "id":
            ids.setdefault(typed.rpartition(":")[2] or name, said)
        else:
            found.setdefault(kind, []).append(said)
    return Catalogue(
        title=next(iter(found.get("title", ())), None),
        date_src=next(iter(found.get("date", ())), None),
        languages=tuple(dict.fromkeys(found.get("language", ()))),
        rights=tuple(dict.fromkeys(said for said in found.get("rights", ()) if said != "accessible")),
        institution=next(iter(found.get("institution", ())), None),
        ids=ids,
        creators=tuple(dict.fromkeys(found.get("creator", ()))),
        url=next(iter(found.get("url", ())), None),
    )
