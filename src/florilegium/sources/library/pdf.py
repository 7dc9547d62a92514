"""PDF with a text layer, by PDFium: the lines that it finds, in its order, which is mostly that of the file.

Blocks are told apart by the distance between lines, and where a line stands above the one before it (a new column). A
page without text is an empty page with the fact ``no_text``. One process reads one PDF at a time: PDFium is not made
for threads.
"""

import statistics
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

import pypdfium2 as pdfium
from pypdfium2 import raw

from florilegium.sources.library.leaf import Block, Leaf, Line, Unreadable

COPY_LIMIT = 100 << 20  # bytes; a file that cannot be read by place is copied into memory up to here
PAGE_LIMIT = 2_000_000  # characters of one page
PARAGRAPH_GAP = 1.8  # from line to line, in median distances of the page; more begins a block

_HYPHEN = "\ufffe"  # PDFium writes this for a hyphen at a line's end, and no line end behind it
_FACTS = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "creator",
    "Producer": "producer",
    "CreationDate": "created",
}


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages: id is the number from 1, the label that of the document; sizes are in points.

    Raises `Unreadable`: ``encrypted`` (wants a password), ``not_pdf``, ``broken``, ``beyond_limits``.
    """
    document = _open(file)
    try:
        facts = {
            name: value for key, name in _FACTS.items() if (value := " ".join(document.get_metadata_value(key).split()))
        }
        for number in range(len(document)):
            yield _leaf(document, number, facts)
    except pdfium.PdfiumError as error:
        raise Unreadable("broken", f"page {number + 1}: {error}") from error
    finally:
        document.close()


def _open(file: BinaryIO) -> pdfium.PdfDocument:
    source: BinaryIO | bytes = file
    if not file.seekable() or not hasattr(file, "readinto"):
        source = file.read(COPY_LIMIT + 1)
        if len(source) > COPY_LIMIT:
            raise Unreadable("beyond_limits", f"more than {COPY_LIMIT >> 20} MB of PDF that cannot be read by place")
        head = source[:1024]
    else:
        head = file.read(1024)
        file.seek(0)
    if b"%PDF-" not in head:
        raise Unreadable("not_pdf", f"the file begins {head[:12]!r}")
    try:
        return pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise Unreadable("encrypted", "the file can be opened with a password only") from error
        raise Unreadable("broken", str(error)) from error


def _leaf(document: pdfium.PdfDocument, number: int, facts: dict[str, str]) -> Leaf:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            blocks = _blocks(text_page)
        finally:
            text_page.close()
        width, height = page.get_size()
    finally:
        page.close()
    return Leaf(
        blocks,
        id=str(number + 1),
        label=document.get_page_label(number) or None,
        width=round(width),
        height=round(height),
        facts=facts if blocks else {**facts, "no_text": "true"},
    )


def _blocks(text_page: pdfium.PdfTextPage) -> list[Block]:
    if text_page.count_chars() > PAGE_LIMIT:
        raise Unreadable("beyond_limits", f"one page has more than {PAGE_LIMIT:,} characters")
    lines: list[Line] = []
    places: list[float | None] = []
    index = 0  # in UTF-16, as PDFium counts
    for text in text_page.get_text_range(errors="replace").replace(_HYPHEN, f"-{_HYPHEN}\n").split("\n"):
        printed = text.replace(_HYPHEN, "")
        words = printed.split()
        if words:
            before = len(printed) - len(printed.lstrip())
            places.append(_baseline(text_page, index + before))
            lines.append(Line(words))
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        index += units - 1 if text.endswith(_HYPHEN) else units + 1
    return [Block(part) for part in _parted(lines, places)]


def _baseline(text_page: pdfium.PdfTextPage, index: int) -> float | None:
    """Give how high a character of the text stands on the page, in points from below."""
    character = raw.FPDFText_GetCharIndexFromTextIndex(text_page, index)
    if character < 0:
        return None
    try:
        return float(text_page.get_charbox(character, loose=True)[1])
    except pdfium.PdfiumError:
        return None


def _parted(lines: list[Line], places: list[float | None]) -> Iterator[list[Line]]:
    """Part the lines of a page where the distance is large or negative."""
    steps = [before - after if before is not None and after is not None else None for before, after in pairwise(places)]
    usual = statistics.median([step for step in steps if step is not None and step > 1] or [0.0])
    start = 0
    for number, step in enumerate(steps, 1):
        if step is not None and usual and not -usual / 2 <= step <= PARAGRAPH_GAP * usual:
            yield lines[start:number]
            start = number
    if lines:
        yield lines[start:]
