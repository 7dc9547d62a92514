"""A file's format, told from its content."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from florilegium.sources.library.formats import HEAD, READABLE, Format, format_of, reader_of
from florilegium.sources.library.leaf import Unreadable
from tests.sources.library.test_page_material import unpacked

OF_INDEX = {
    "ALTO": Format.ALTO,
    "PAGE": Format.PAGE,
    "hOCR": Format.HOCR,
    "ABBYY": Format.ABBYY,
    "DjVu": Format.DJVU,
    "TEI": Format.TEI,
    "Olive": Format.OLIVE,
    "PDF": Format.PDF,
    "Project": Format.GUTENBERG,
    "METS": Format.METS,
    "METS,": Format.METS,
    "MPEG-21": Format.DIDL,
    "MODS": Format.MODS,
    "MARCXML": Format.MARCXML,
    "MARC21": Format.MARC,
    "UNIMARC": Format.MARC,
    "TETML": Format.TETML,
    "MiniOCR": Format.MINIOCR,
    "IIIF": Format.IIIF,
    "JSON": Format.JSON,
    "zip": Format.ZIP,
    "tar.gz": Format.TAR,
}
#: Web annotations and authority records about a page; nothing in them says IIIF.
PLAIN_JSON = "iiif/goobi_webannotations/"


def test_every_file_of_the_library_is_what_its_index_says(library: Path, library_index: list[dict[str, Any]]) -> None:
    wrong = []
    for facts in library_index:
        expected = OF_INDEX.get(facts["format"].split(" ")[0])
        if expected is None or facts["path"].startswith(PLAIN_JSON):
            continue
        found = format_of(unpacked(library / facts["path"])[:HEAD])
        if found is not expected:
            wrong.append((facts["path"], found))
    assert wrong == []


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'\xef\xbb\xbf<?xml version="1.0"?><!-- c --><alto/>', Format.ALTO),
        ('<?xml version="1.0" encoding="utf-16"?><x:alto xmlns:x="u"/>'.encode("utf-16"), Format.ALTO),
        (b"\n  <page width='1' height='2' resolution='300'>", Format.ABBYY),
        (b"<html><body><div class='x ocr_page'>", Format.HOCR),
        (b"<div class=\"ocr_page\" id='1'><p>&nbsp;<br>", Format.HOCR),
        (b"<!DOCTYPE TEI.2 SYSTEM 'x.dtd' [<!ENTITY a 'b'>]><TEI.2>", Format.TEI),
        (b"The Project Gutenberg EBook of X\r\n", Format.GUTENBERG),
        (b'{"@context": "http://iiif.io/api/presentation/2/context.json"}', Format.IIIF),
        (b'[{"a": 1}]', Format.JSON),
        ("Größe".encode(), Format.TEXT),
    ],
)
def test_small_files(head: bytes, expected: Format) -> None:
    assert format_of(head) is expected


@pytest.mark.parametrize(
    ("head", "reason", "told"),
    [
        (b"<html><head><title>404</title></head></html>", "unknown_format", "<html>"),
        (b"<!DOCTYPE html>\n<html><p>*** START OF THE PROJECT GUTENBERG EBOOK X ***", "unknown_format", "<html>"),
        (b"<page><title>wiki</title></page>", "unknown_format", "<page>"),
        (b"<!-- nothing else -->", "unknown_format", "no element"),
        (b"\x89PNG\r\n\x1a\n", "unknown_format", "PNG"),
        (b"GIF89a\x01\x00\x02", "unknown_format", "GIF89a"),
        (b"\x00\x01\x02\x03", "unknown_format", "begins"),
        (b"", "empty", "empty"),
        (b'<?xml version="1.0" encoding="x-klingon"?><alto/>', "unknown_encoding", "x-klingon"),
    ],
)
def test_what_is_nothing_of_the_kind_is_refused_by_name(head: bytes, reason: str, told: str) -> None:
    with pytest.raises(Unreadable, match=told) as raised:
        format_of(head)
    assert raised.value.reason == reason


def test_a_zip_is_told_even_when_it_is_empty() -> None:
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    assert format_of(file.getvalue()) is Format.ZIP


def test_every_readable_format_has_its_reader_and_no_other() -> None:
    assert {kind for kind in Format if reader_of(kind) is not None} == READABLE
