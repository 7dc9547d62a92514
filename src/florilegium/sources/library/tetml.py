"""TETML, written by PDFlib's text extraction: pages, paragraphs, lines, words. Words broken at a line end are whole."""

from collections.abc import Iterator
from itertools import groupby
from typing import BinaryIO

from lxml import etree

from florilegium.sources.library.leaf import Block, Leaf, Line, Role, Unreadable
from florilegium.sources.library.xml import Element, read_xml


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages. A paragraph without lines is one line.

    Raises `Unreadable`: ``no_pages``, those of `read_xml`."""
    pages = 0
    for _, _, page in read_xml(file, ["Page"]):
        pages += 1
        width, height = (_points(page.get(name)) for name in ("width", "height"))
        blocks = list(_blocks(page))
        yield Leaf(blocks, id=page.get("number"), label=page.get("label"), width=width, height=height)
    if not pages:
        raise Unreadable("no_pages", "the file has no <Page>")


def _blocks(page: Element) -> Iterator[Block]:
    """Give paragraphs, and runs of lines that stand in none."""
    for holder, lines in groupby(page.iter("{*}Line", "{*}Para"), _paragraph):
        role = Role.TABLE if next(holder.iterancestors("{*}Table"), None) is not None else Role.TEXT
        found = [Line(words) for line in lines if (words := _words(line))]
        if found:
            yield Block(found, role)


def _paragraph(element: Element) -> Element:
    return element.getparent() if etree.QName(element).localname == "Line" else element


def _words(holder: Element) -> list[str]:
    """Give the words that stand in a line, or in a paragraph outside its lines."""
    texts = (text.text or "" for word in holder.iterchildren("{*}Word") for text in word.iterchildren("{*}Text"))
    return [word for text in texts if (word := text.strip())]


def _points(value: str | None) -> int | None:
    try:
        return round(float(value or ""))
    except (ValueError, OverflowError):
        return None
