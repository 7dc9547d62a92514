"""MiniOCR, the compact form of the Solr plugin for OCR highlighting: pages, blocks, lines and words (p, b, l, w)."""

from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.leaf import Block, Leaf, Line, Unreadable
from florilegium.sources.library.xml import Element, read_xml

_ID = "{http://www.w3.org/XML/1998/namespace}id"


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages; text between words belongs to the line, and a blank where there is none.

    Raises `Unreadable`: ``no_pages`` and those of `read_xml`.
    """
    pages = 0
    for _, _, page in read_xml(file, ["p"]):
        pages += 1
        size = [int(number) for number in (page.get("wh") or "").split() if number.isdigit()]
        width, height = size if len(size) == 2 else (None, None)
        blocks = [block for element in page.iter("{*}b") if (block := _block(element)).lines]
        yield Leaf(blocks, id=page.get(_ID) or page.get("id"), width=width, height=height)
    if not pages:
        raise Unreadable("no_pages", "the file has no <p>")


def _block(element: Element) -> Block:
    lines = (_words(line) for line in element.iter("{*}l"))
    return Block([Line(words) for words in lines if words], id=element.get(_ID))


def _words(line: Element) -> list[str]:
    pieces = [line.text or ""]
    for word in line:
        pieces += ["".join(word.itertext()), word.tail or " "]
    return "".join(pieces).split()
