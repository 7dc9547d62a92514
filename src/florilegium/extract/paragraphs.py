"""justext as trafilatura calls it, in one walk and linear time: paragraphs, their classes, and the good ones' text.

trafilatura asks justext (lengths 50 and 150, stop words 0.1 and 0.2, links 0.25, headings not looked at) for a second
opinion where its own text is short. justext makes SAX events of the tree, keeps an XPath for each paragraph, and joins
and folds a paragraph's text anew whenever it is asked for its length. The good paragraphs here are the same.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

from justext.core import PARAGRAPH_TAGS
from lxml.etree import Element, SubElement, iterwalk

_SHORT = 50
_LONG = 150
_FEW_STOP_WORDS = 0.1
_MANY_STOP_WORDS = 0.2
_MANY_LINKS = 0.25

_Class = Literal["good", "neargood", "short", "bad"]

_FOLDABLE = re.compile(r"[^\S \n]|\s\s")
_WHITE = re.compile(r"\s+")


def good_paragraphs(tree: Any, stop_words: Collection[str]) -> Any:
    """Give a ``body`` with a ``p`` for each paragraph that is no boilerplate."""
    found = list(_Maker().paragraphs(tree))
    classes = _revised([_class(text, linked, selectable, stop_words) for text, linked, selectable in found])
    body = Element("body")
    for (text, _, _), kind in zip(found, classes, strict=True):
        if kind == "good":
            SubElement(body, "p").text = text
    return body


def _fold(text: str) -> str:
    """Make each run of white space one space, or one line feed where there is a line end in it."""
    if _FOLDABLE.search(text) is None:
        return text
    return _WHITE.sub(lambda run: "\n" if "\n" in run[0] or "\r" in run[0] else " ", text)


class _Maker:
    """Cuts a tree into paragraphs: text, characters in links, and whether it began inside a ``select``."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._linked = 0
        self._selectable = False
        self._selects = 0  # open elements with `select` in their name
        self._in_link = False
        self._after_break = False

    def paragraphs(self, tree: Any) -> Iterator[tuple[str, int, bool]]:
        for event, element in iterwalk(tree, events=("start", "end", "comment", "pi")):
            if event == "start":
                if self._begins(element.tag) and (done := self._close()):
                    yield done
                if element.text:
                    self._add(element.text)
                continue
            if event == "end" and self._ends(element.tag) and (done := self._close()):
                yield done
            if element.tail and element is not tree:
                self._add(element.tail)
        if done := self._close():
            yield done

    def _begins(self, tag: str) -> bool:
        """Take up a start tag; say whether it begins a paragraph."""
        self._selects += "select" in tag
        if tag in PARAGRAPH_TAGS or (tag == "br" and self._after_break):
            return True
        self._after_break = tag == "br"
        if self._after_break:
            self._pieces.append(" ")
        elif tag == "a":
            self._in_link = True
        return False

    def _ends(self, tag: str) -> bool:
        self._selects -= "select" in tag
        if tag == "a":
            self._in_link = False
        return tag in PARAGRAPH_TAGS

    def _add(self, text: str) -> None:
        if text.isspace():
            return
        folded = _fold(text)
        self._pieces.append(folded)
        if self._in_link:
            self._linked += len(folded)
        self._after_break = False

    def _close(self) -> tuple[str, int, bool] | None:
        """End a paragraph and begin the next; give the one that ended, if it has any text."""
        text = _fold("".join(self._pieces).strip())
        done = (text, self._linked, self._selectable) if text else None
        self._pieces, self._linked, self._selectable = [], 0, self._selects > 0
        return done


def _class(text: str, linked: int, selectable: bool, stop_words: Collection[str]) -> _Class:
    """Judge a paragraph by itself."""
    length = len(text)
    if length and linked / length > _MANY_LINKS:
        return "bad"
    if "\xa9" in text or "&copy" in text or selectable:
        return "bad"
    if length < _SHORT:
        return "bad" if linked > 0 else "short"
    words = text.split()
    density = sum(word.lower() in stop_words for word in words) / len(words)
    if density >= _MANY_STOP_WORDS:
        return "good" if length > _LONG else "neargood"
    return "neargood" if density >= _FEW_STOP_WORDS else "bad"


def _nearest(classes: Sequence[_Class], wanted: Collection[_Class]) -> list[_Class]:
    """Give for each paragraph the class of the nearest before it that is ``wanted``; ``bad`` at the edge."""
    found: list[_Class] = []
    last: _Class = "bad"
    for kind in classes:
        found.append(last)
        if kind in wanted:
            last = kind
    return found


def _around(classes: Sequence[_Class], wanted: Collection[_Class]) -> list[tuple[_Class, _Class]]:
    before, after = _nearest(classes, wanted), _nearest(classes[::-1], wanted)[::-1]
    return list(zip(before, after, strict=True))


def _revised(classes: list[_Class]) -> list[_Class]:
    """Judge short and nearly good paragraphs by their neighbours."""
    sure = _around(classes, ("good", "bad"))
    near = _around(classes, ("good", "bad", "neargood"))
    revised = list(classes)
    for place, kind in enumerate(classes):
        if kind == "short":
            (before, after), (nearly_before, nearly_after) = sure[place], near[place]
            good = (before == after == "good") or (
                before != after
                and ("neargood" in (nearly_before if before == "bad" else "", nearly_after if after == "bad" else ""))
            )
            revised[place] = "good" if good else "bad"
    following = _nearest(revised[::-1], ("good", "bad"))[::-1]
    last: _Class = "bad"
    for place, kind in enumerate(revised):
        if kind == "neargood":
            revised[place] = "bad" if last == following[place] == "bad" else "good"
        last = revised[place]
    return revised
