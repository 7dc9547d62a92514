"""hOCR: Tesseract, ocropus, ABBYY exports, the Internet Archive's and Chronicling America's streams of a whole volume.

What is well-formed XML is read as such, all else as browsers read HTML (pages then have the fact ``read_as``: "html").
Of alternatives (``ins``, ``del``) the inserted one is taken. Text of a page that stands outside words, lines or even
paragraphs is kept, in its place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from florilegium.sources.library.bundle import seekable
from florilegium.sources.library.hocr_classes import Kind, Meaning, language, meaning
from florilegium.sources.library.html import stream_html
from florilegium.sources.library.leaf import Block, Leaf, Line, Role, Unreadable
from florilegium.sources.library.values import WORD_LENGTH, all_or_none, confidence, line_within_limits
from florilegium.sources.library.xml import read_xml, stream_xml

DEPTH = 5000  # elements within elements
_PAGE = re.compile(rb"<\w+\s[^<>]*?\bclass\s*=\s*[\"']?[^\"'<>]*?\bocr_page\b", re.IGNORECASE)
_WCONF = re.compile(r"x_w?conf\s+([\d.]+)")
_BBOX = re.compile(r"\bbbox\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)")
_PAGENO = re.compile(r"\b([pl]pageno)\s+(\"[^\"]*\"|[^\s;]+)")
_IMAGE = re.compile(r"\b(?:image|x_source)\s+(\"[^\"]*\"|[^;]+)")
_NAN = float("nan")


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages of an hOCR file, which is read twice: first for whether it is XML.

    Raises `Unreadable`: ``no_pages``, ``text_outside_pages``, ``beyond_limits`` and the reasons of `stream_xml` and
    `stream_html`.
    """
    file = seekable(file)
    try:
        for _ in read_xml(file, ()):
            pass
        well_formed = True
    except Unreadable as error:
        if error.reason in ("empty", "unknown_encoding", "wrong_encoding"):
            raise
        well_formed = False
    file.seek(0)
    target = _Target({} if well_formed else {"read_as": "html"})
    any_page = False
    for _ in stream_xml(file, target) if well_formed else stream_html(file, target, _PAGE):
        if target.pages:
            any_page = True
            yield from target.pages
            target.pages.clear()
    if not any_page:
        raise Unreadable("no_pages", "the file has no element of the class ocr_page")


@dataclass(slots=True)
class _Open:
    """A container on the way from the page to the current line."""

    depth: int
    role: Role | None
    id: str | None
    language: str | None
    title: str


class _Target:
    """What lxml tells of the file: builds the pages, and keeps the finished ones in ``pages``."""

    def __init__(self, facts: dict[str, str]) -> None:
        self.pages: list[Leaf] = []
        self._facts = facts
        self._kinds: list[Kind] = []
        self._containers: list[_Open] = []
        self._leaf: Leaf | None = None
        self._block: Block | None = None
        self._line: Line | None = None
        self._confidences: list[float] = []
        self._word: str | None = None  # the title of the open word
        self._text: list[str] = []
        self._deleted = self._empty = self._parts = self._length = 0
        self._in_title = self._margin = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        means = meaning(tag, attributes.get("class", ""))
        kind = means.kind
        self._kinds.append(kind)
        if len(self._kinds) > DEPTH:
            raise Unreadable("beyond_limits", f"more than {DEPTH} elements within elements")
        if kind is Kind.WORD:
            if self._leaf is None:
                raise _outside()
            self._flush()
            if self._line is None:
                self._open_line(None, None, None)
            self._word = attributes.get("title", "")
        elif kind is Kind.NOTHING:
            pass
        elif kind is Kind.DELETED:
            self._deleted += 1
        elif kind is Kind.LINE:
            self._start_line(means, attributes)
        elif kind is Kind.CONTAINER:
            self._close_block()
            if self._leaf is not None:
                here = len(self._kinds)
                name, title = attributes.get("id"), attributes.get("title", "")
                self._containers.append(_Open(here, self._role(means), name, language(attributes), title))
        elif kind is Kind.PAGE:
            self._start_page(attributes)
        else:
            self._start_head(kind, attributes)

    def end(self, tag: str) -> None:
        """Close an element."""
        kind = self._kinds.pop()
        if kind is Kind.WORD:
            if self._word is not None:
                self._end_word()
        elif kind is Kind.NOTHING:
            pass
        elif kind is Kind.DELETED:
            self._deleted -= 1
        elif kind is Kind.LINE:
            self._close_line()
        elif kind is Kind.CONTAINER:
            self._close_block()
            if self._containers and self._containers[-1].depth > len(self._kinds):
                self._containers.pop()
        elif kind is Kind.PAGE:
            self._close_page()
        elif kind is Kind.TITLE:
            self._in_title = False

    def data(self, text: str) -> None:
        """Take in text."""
        if self._leaf is None:
            if self._in_title and text.strip():
                self._facts.setdefault("title", " ".join(text.split())[:500])
        elif not self._deleted and (self._word is not None or not text.isspace()):
            self._text.append(text)
            self._length += len(text)
            if self._length > 100 * WORD_LENGTH:
                raise Unreadable("word_too_long", f"text of more than {100 * WORD_LENGTH} characters without a word")

    def close(self) -> None:
        """End the file, or the part of it that the parser was given."""
        self._close_page()

    def _start_head(self, kind: Kind, attributes: Mapping[str, str]) -> None:
        if kind is Kind.TITLE:
            self._in_title = True
        elif attributes.get("name") == "ocr-system" and attributes.get("content"):
            self._facts["software"] = attributes["content"]

    def _start_page(self, attributes: Mapping[str, str]) -> None:
        self._close_page()
        title = attributes.get("title", "")
        numbers = {name: value.strip('"') for name, value in _PAGENO.findall(title)}
        image = _IMAGE.search(title)
        box = _box(title)
        facts = dict(self._facts)
        if "ppageno" in numbers:
            facts["ppageno"] = numbers["ppageno"]
        if image:
            facts["image"] = image[1].strip().strip('"')
        self._leaf = Leaf(
            id=attributes.get("id"),
            label=numbers.get("lpageno"),
            language=language(attributes),
            width=int(box[2] - box[0]) if box else None,
            height=int(box[3] - box[1]) if box else None,
            facts=facts,
        )
        self._parts = self._empty = 0

    def _close_page(self) -> None:
        self._close_block()
        leaf, self._leaf = self._leaf, None
        self._containers.clear()
        if leaf is not None:
            if self._empty:
                leaf.facts = {**leaf.facts, "words_empty": str(self._empty)}
            self.pages.append(leaf)

    def _start_line(self, means: Meaning, attributes: Mapping[str, str]) -> None:
        if self._leaf is None:
            raise _outside()
        role = self._role(means)
        if self._line is not None and not self._line.words and not self._text and self._block is not None:
            self._block.lines.pop()  # a header or caption that holds lines is none itself
            role = role or self._block.role
            self._line = None
        self._open_line(role, attributes.get("id"), language(attributes))
        self._margin = means.role is Role.RUNNING_HEAD

    def _open_line(self, role: Role | None, name: str | None, spoken: str | None) -> None:
        self._close_line()
        if self._block is not None and role is not None and self._block.role is not role:
            self._close_block()
        if self._block is None:
            self._open_block(role, spoken)
        assert self._block is not None
        self._line, self._margin = Line([], id=name), False
        self._confidences = []
        self._block.lines.append(self._line)

    def _open_block(self, role: Role | None, spoken: str | None) -> None:
        assert self._leaf is not None
        inside_out = self._containers[::-1]
        role = role or next((open_.role for open_ in inside_out if open_.role), Role.TEXT)
        spoken = next((open_.language for open_ in inside_out if open_.language), spoken) or self._leaf.language
        names = [open_.id for open_ in self._containers if open_.id]
        own = self._containers[-1] if self._containers else None
        if own is not None and own.id:
            names.pop()
        box = _box(own.title if own is not None else "")
        name = own.id if own is not None else None
        self._block = Block([], role, language=spoken, id=name, within=tuple(names), box=box)
        self._leaf.blocks.append(self._block)

    def _close_block(self) -> None:
        self._close_line()
        self._block = None

    def _close_line(self) -> None:
        self._end_word()
        line, self._line = self._line, None
        if line is None or self._block is None:
            return
        self._parts = line_within_limits(line, self._parts)
        if not line.words and self._margin:
            self._block.lines.pop()  # a header or footer of its area only
        else:
            line.confidences = all_or_none(self._confidences)
            if line.words and line.words[-1].endswith("\u00ad"):
                line.goes_on = ""

    def _end_word(self) -> None:
        """Take in the open word, or text that stands outside words."""
        if self._word is None:
            self._flush()
            return
        word = " ".join("".join(self._text).split())
        self._clear()
        title, self._word = self._word, None
        if not word or self._line is None:
            self._empty += not word
            return
        found = _WCONF.search(title)
        self._line.words.append(word)
        self._confidences.append(confidence(found[1], 100.0) if found else _NAN)

    def _flush(self) -> None:
        """Take in the text behind the last word; an open word ends here, since words are not within words."""
        if self._word is not None:
            self._end_word()
        elif self._text:
            words = "".join(self._text).split()
            self._clear()
            if self._line is not None and self._line.words and words[:1] == ["\u00ad"]:
                self._line.words[-1] += words.pop(0)
            if words and self._leaf is not None:
                if self._line is None:
                    self._open_line(None, None, None)
                assert self._line is not None
                self._line.words += words
                self._confidences += [_NAN] * len(words)

    def _clear(self) -> None:
        self._text.clear()
        self._length = 0

    def _role(self, means: Meaning) -> Role | None:
        """Give the role of a class; Tesseract calls headings ``ocr_header``."""
        if means.role is Role.RUNNING_HEAD and self._facts.get("software", "").lower().startswith("tesseract"):
            return Role.HEADING
        return means.role


def _outside() -> Unreadable:
    return Unreadable("text_outside_pages", "a line or word stands outside every ocr_page")


def _box(title: str) -> tuple[float, float, float, float] | None:
    found = _BBOX.search(title)
    return (float(found[1]), float(found[2]), float(found[3]), float(found[4])) if found else None
