"""DjVu XML, as ``djvutoxml`` and the Internet Archive write it: an OBJECT a page."""

from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.leaf import Block, Leaf, Line, Unreadable
from florilegium.sources.library.values import all_or_none, confidence, size, within_limits
from florilegium.sources.library.xml import Element, read_xml


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages of a DjVu XML file. Raises `Unreadable`: ``no_pages`` and the reasons of `read_xml`."""
    any_page = False
    for _, _, element in read_xml(file, ("OBJECT",)):
        any_page = True
        yield _leaf(element)
    if not any_page:
        raise Unreadable("no_pages", "the file has no OBJECT")


def _leaf(element: Element) -> Leaf:
    parameters = {param.get("name", "").upper(): param.get("value") for param in element.iterchildren("{*}PARAM")}
    leaf = Leaf(
        id=parameters.get("PAGE") or element.get("usemap"),
        width=size(element.get("width")),
        height=size(element.get("height")),
    )
    words = empty = 0
    holder = None
    for line in element.iter("{*}LINE"):
        if line.getparent() is not holder:  # a paragraph, or what holds lines without one
            holder = line.getparent()
            leaf.blocks.append(Block([]))
        read, lost = _line(line)
        leaf.blocks[-1].lines.append(read)
        empty += lost
    for block in leaf.blocks:
        words = within_limits(block, words)
    if empty:
        leaf.facts = {"words_empty": str(empty)}
    return leaf


def _line(element: Element) -> tuple[Line, int]:
    words: list[str] = []
    confidences: list[float] = []
    empty = 0
    for word in element.iterchildren("{*}WORD"):
        text = " ".join("".join(word.itertext()).split())
        if text:
            words.append(text)
            confidences.append(confidence(word.get("x-confidence"), 100.0))
        else:
            empty += 1
    goes_on = "" if words and words[-1].endswith("\u00ad") else None
    return Line(words, all_or_none(confidences), goes_on), empty
