"""What a file of a digital collection is, told from its first bytes and never from its name."""

import codecs
import importlib
import io
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import BinaryIO, cast

from florilegium.sources.library.leaf import Leaf, Unreadable
from florilegium.sources.library.xml import root_of, unicode_chunks

#: Bytes that `format_of` wants to see; fewer where the file is shorter.
HEAD = 1 << 16


class Format(StrEnum):
    """Each is the name of the module that reads it, where there is one."""

    ALTO = "alto"
    PAGE = "page"
    HOCR = "hocr"
    ABBYY = "abbyy"
    DJVU = "djvu"
    TEI = "tei"
    OLIVE = "olive"
    PDF = "pdf"
    GUTENBERG = "gutenberg"
    MINIOCR = "miniocr"
    TETML = "tetml"
    METS = "mets"
    DIDL = "didl"
    MODS = "mods"
    MARCXML = "marcxml"
    MARC = "marc"
    IIIF = "iiif"
    JSON = "json"
    ZIP = "zip"
    TAR = "tar"
    TEXT = "text"


Reader = Callable[[BinaryIO], Iterator[Leaf]]

#: Those that hold the text of pages, or one text.
READABLE = frozenset(
    [
        *(Format.ALTO, Format.PAGE, Format.HOCR, Format.ABBYY, Format.DJVU),
        *(Format.TEI, Format.OLIVE, Format.PDF, Format.GUTENBERG, Format.MINIOCR, Format.TETML),
    ]
)

_ROOTS = {
    "alto": Format.ALTO,
    "PcGts": Format.PAGE,
    "DjVuXML": Format.DJVU,
    "TEI": Format.TEI,
    "TEI.2": Format.TEI,
    "teiCorpus": Format.TEI,
    "teiCorpus.2": Format.TEI,
    "XMD-PAGE": Format.OLIVE,
    "XMD-entity": Format.OLIVE,
    "Xmd_toc": Format.OLIVE,
    "TET": Format.TETML,
    "mets": Format.METS,
    "DIDL": Format.DIDL,
    "mods": Format.MODS,
    "modsCollection": Format.MODS,
}
#: Roots whose names say little: what has to stand near them too.
_UNSURE = {
    "page": (rb"<page\s[^>]*\bresolution\s*=|FineReader|<block\s[^>]*blockType", Format.ABBYY),
    "document": (rb"FineReader|<page\s[^>]*\bresolution\s*=", Format.ABBYY),
    "OBJECT": (rb"image/x\.djvu|<WORD\s+coords", Format.DJVU),
    "ocr": (rb"<(?:p|b|l|w)[\s>]", Format.MINIOCR),
    **dict.fromkeys(
        ("record", "records", "collection", "searchRetrieveResponse"),
        (rb"MARC21/slim|<(?:\w+:)?(?:leader|controlfield)[\s>]", Format.MARCXML),
    ),
}
_HOCR = re.compile(rb"class\s*=\s*[\"'][^\"'<>]*\bocrx?_|name\s*=\s*[\"']ocr-(?:system|capabilities)", re.IGNORECASE)
_GUTENBERG = re.compile(
    rb"\*\*\*\s*START OF (?:THE|THIS) PROJECT GUTENBERG|^[^<]{0,500}Project Gutenberg", re.IGNORECASE
)
_MARC = re.compile(rb"\d{5}[ -~]{5}[ 2]{2}\d{5}[ -~]{7}")
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")  # what text has none of
_IIIF = re.compile(
    rb"iiif\.io/|shared-canvas\.org|\"@?type\"\s*:\s*\"(?:sc:)?(?:Manifest|Canvas|Collection|AnnotationList|AnnotationPage)\""
)


def archive_of(head: bytes) -> Format | None:
    """Tell a zip or a tar from the first 512 bytes of a file as stored."""
    if head.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")):
        return Format.ZIP
    return Format.TAR if head[257:262] == b"ustar" else None


def format_of(head: bytes) -> Format:
    """Give the format of a file by its first `HEAD` bytes, unpacked.

    Raises `Unreadable`: ``unknown_format``, with what was found instead; ``empty``; and where the file is XML but its
    encoding is not known or wrong, the reasons of `unicode_chunks`.
    """
    if (archive := archive_of(head)) is not None:  # before the PDF that may be its first member
        return archive
    if b"%PDF-" in head[:1024]:
        return Format.PDF
    if _MARC.match(head):
        return Format.MARC
    if _GUTENBERG.search(head) and not head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        return Format.GUTENBERG
    if b"\0" in head[:4] and not head.startswith((b"<\0", b"\0<", b"\xff\xfe", b"\xfe\xff")):
        raise _neither(head)
    if head.startswith(b"\x89PNG"):
        raise _neither(head)
    start = next(unicode_chunks(io.BytesIO(head)), b"")
    if not start:
        raise Unreadable("empty", "the file is empty or white space")
    if start.startswith(b"<"):
        return _of_markup(start)
    if start.startswith((b"{", b"[")):
        return Format.IIIF if _IIIF.search(start) else Format.JSON
    if _CONTROL.search(start):
        raise _neither(head)
    return Format.TEXT


def _neither(head: bytes) -> Unreadable:
    return Unreadable("unknown_format", f"neither XML nor text: it begins {head[:12]!r}")


def _of_markup(start: bytes) -> Format:
    name = root_of(start)
    if name in _ROOTS:
        return _ROOTS[name]
    if name in _UNSURE:
        pattern, found = _UNSURE[name]
        if re.search(pattern, start):
            return found
    elif _HOCR.search(start):
        return Format.HOCR
    if name is None:
        raise Unreadable("unknown_format", "it begins like XML, but no element follows")
    raise Unreadable("unknown_format", f"XML or HTML of a kind that is not read here: its root is <{name}>")


def reader_of(kind: Format) -> Reader | None:
    """Give the function that reads a format's pages, or None where it has none."""
    if kind not in READABLE:
        return None
    module = importlib.import_module(f"florilegium.sources.library.{kind.value}")
    return cast(Reader, module.read_pages)
