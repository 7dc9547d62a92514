"""MARC 21 and UNIMARC records, in ISO 2709 or XML: title, dates, language, rights, who holds it, numbers, authors."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import webencodings
from pymarc.marc8 import MARC8ToUnicode
from pymarc.marc8_mapping import CODESETS

from florilegium.charset import decode
from florilegium.errors import DocumentError
from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.records import local_name, text_of
from florilegium.sources.library.xml import read_xml

_LEADER = 24
_ANSEL = 0x45
_FIELD_END, _SUBFIELD = b"\x1e", "\x1f"
#: Encodings that no library writes, which short words are easily taken for -> those that are meant.
_NEVER = {"x-mac-cyrillic": "windows-1251", "macintosh": "windows-1252"}
_NO_CONTROLS = bytes(0x20 if byte < 0x20 else byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class _Field:
    tag: str
    data: str  # of a control field
    parts: tuple[tuple[str, str], ...]  # subfields: code, value


def read_marc(file: BinaryIO) -> Iterator[Catalogue | Unreadable]:
    """Give the records of an ISO 2709 file; a damaged one is given as what is wrong with it, and reading goes on where
    the next one begins."""
    while True:
        head = file.read(5).lstrip(b"\r\n")
        while head and len(head) < 5 and (more := file.read(5 - len(head))):
            head += more
        if not head.strip(b"\x1a\0 \r\n"):
            return
        if not head.isdigit() or int(head) < _LEADER:
            yield Unreadable("not_marc", f"a record begins {head!r}, not with its length")
            return
        record = head + file.read(int(head) - 5)
        if len(record) < int(head):
            yield Unreadable("truncated", f"a record of {int(head)} bytes breaks off after {len(record)}")
            return
        try:
            yield _catalogue(list(_fields(record)))
        except Unreadable as error:
            yield error


def read_marcxml(file: BinaryIO) -> Iterator[Catalogue]:
    """Give the records of a MARCXML file, also inside an SRU or OAI answer. Raises `Unreadable`."""
    for _, _, element in read_xml(file, ("record",)):
        fields = [
            _Field(
                part.get("tag") or "",
                "".join(part.itertext()) if local_name(part) == "controlfield" else "",
                tuple((each.get("code") or "", text_of(each)) for each in part if local_name(each) == "subfield"),
            )
            for part in element
            if local_name(part) in ("controlfield", "datafield")
        ]
        if fields:
            yield _catalogue(fields)


def _fields(record: bytes) -> Iterator[_Field]:
    try:
        start = int(record[12:17])
        directory = record[_LEADER : record.index(_FIELD_END, _LEADER)]
        entries = [directory[n : n + 12] for n in range(0, len(directory) - len(directory) % 12, 12)]
        places = [(entry[:3].decode("ascii"), int(entry[3:7]), int(entry[7:12])) for entry in entries]
    except ValueError as error:
        raise Unreadable("not_marc", f"the directory of a record cannot be read: {error}") from error
    if any(start + at + length > len(record) for _, length, at in places):
        raise Unreadable("truncated", "the directory of a record leads beyond its end")
    body = [(tag, record[start + at : start + at + length].rstrip(b"\x1e\x1d")) for tag, length, at in places]
    encoding = _encoding(b" ".join(data for _, data in body), declared_utf8=record[9:10] == b"a")
    for tag, data in body:
        text = _decoded(data, encoding)
        if tag < "010":
            yield _Field(tag, text, ())
        else:
            pieces = text.split(_SUBFIELD)[1:]
            yield _Field(tag, "", tuple((piece[0], piece[1:].strip()) for piece in pieces if piece))


def _encoding(data: bytes, *, declared_utf8: bool) -> str:
    """Tell UTF-8, MARC-8 or another encoding from the bytes themselves: what a record declares is often wrong."""
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    letters = {byte for byte in data if byte >= 0xA0}
    if b"\x1b" in data or (letters <= set(CODESETS[_ANSEL]) and not any(0x80 <= byte < 0xA0 for byte in data)):
        return "marc-8"
    try:
        words = [word for word in data.translate(_NO_CONTROLS).split() if not word.isascii()]
        encoding = decode(b" ".join(words), html=False).encoding
        return _NEVER.get(encoding, encoding)
    except DocumentError as error:
        raise Unreadable("wrong_encoding", f"a record is neither UTF-8 nor MARC-8: {error}") from error


def _decoded(data: bytes, encoding: str) -> str:
    if encoding == "marc-8":  # which has marks before their letters, so no form of Unicode is its own
        return unicodedata.normalize("NFC", MARC8ToUnicode(quiet=True).translate(data))  # type: ignore[no-untyped-call]
    return str(webencodings.decode(data, encoding, "replace")[0])


def _catalogue(fields: list[_Field]) -> Catalogue:
    unimarc = any(field.tag == "200" for field in fields) and not any(field.tag == "245" for field in fields)
    return _unimarc(fields) if unimarc else _marc21(fields)


def _marc21(fields: list[_Field]) -> Catalogue:
    fixed = next((field.data for field in fields if field.tag == "008"), "")
    languages = [fixed[35:38]] if re.fullmatch(r"[a-z]{3}", fixed[35:38]) and fixed[35:38] not in ("und", "zxx") else []
    languages += [piece for said in _all(fields, "041", "a") for piece in re.findall("[a-z]{3}", said)]
    rights = [*_all(fields, "540", "u"), *_all(fields, "540", "a"), *_all(fields, "506", "a")]
    numbers = {
        "control": next((field.data for field in fields if field.tag == "001"), ""),
        "lccn": _first(fields, "010", "a"),
        "isbn": _first(fields, "020", "a"),
        "issn": _first(fields, "022", "a"),
        "oclc": next((said for said in _all(fields, "035", "a") if "OCoLC" in said), ""),
    }
    title = " ".join(filter(None, (_first(fields, "245", code) for code in "anpb")))
    return Catalogue(
        title=_trimmed(title) or None,
        date_src=_fixed_date(fixed) or _first(fields, "264", "c") or _first(fields, "260", "c") or None,
        languages=tuple(dict.fromkeys(languages)),
        rights=tuple(dict.fromkeys(rights)),
        institution=_first(fields, "850", "a") or _first(fields, "852", "a") or _first(fields, "040", "a") or None,
        ids={kind: number.strip() for kind, number in numbers.items() if number.strip()},
        creators=tuple(
            dict.fromkeys(_trimmed(said) for tag in ("100", "110", "700", "710") for said in _all(fields, tag, "a"))
        ),
        url=_first(fields, "856", "u") or None,
    )


def _unimarc(fields: list[_Field]) -> Catalogue:
    dates = next(iter(_all(fields, "100", "a")), "")[8:17]
    numbers = {
        "control": next((field.data for field in fields if field.tag == "001"), ""),
        "isbn": _first(fields, "010", "a"),
        "issn": _first(fields, "011", "a"),
    }
    names = [
        ", ".join(filter(None, (dict(field.parts).get("a", ""), dict(field.parts).get("b", "").strip(", "))))
        for field in fields
        if field.tag in ("700", "701", "702", "710")
    ]
    return Catalogue(
        title=_trimmed(": ".join(filter(None, (_first(fields, "200", code) for code in "ae")))) or None,
        date_src=_fixed_date("      " + dates) or _first(fields, "210", "d") or None,
        languages=tuple(dict.fromkeys(_all(fields, "101", "a"))),
        rights=tuple(_all(fields, "310", "a")),
        institution=_first(fields, "801", "b") or None,
        ids={kind: number.strip() for kind, number in numbers.items() if number.strip()},
        creators=tuple(dict.fromkeys(name for name in names if name)),
        url=_first(fields, "856", "u") or None,
    )


def _fixed_date(fixed: str) -> str | None:
    """Give the date of field 008: one year, or two where the kind of date is a range (also of a title that appears)."""
    kind, first, second = fixed[6:7], fixed[7:11].strip(), fixed[11:15].strip()
    if not re.fullmatch(r"\d{2}[\du|-]{2}", first):
        return None
    if kind in "cdikmqu" and re.fullmatch(r"\d{4}", second) and second >= first:
        return f"{first}-{second}"
    return first


def _all(fields: list[_Field], tag: str, code: str) -> list[str]:
    return [said for field in fields if field.tag == tag for each, said in field.parts if each == code and said]


def _first(fields: list[_Field], tag: str, code: str) -> str:
    return next(iter(_all(fields, tag, code)), "")


def _trimmed(text: str) -> str:
    """Take off the marks of the cataloguers that lead to the next element, and those that mark what is not sorted."""
    return re.sub(r"[\x88\x89\x98\x9c\u0098\u009c]", "", text).strip().rstrip("/:;,=").strip()
