"""Project Gutenberg's plain text: header and licence left off, paragraphs by empty lines, verse kept as lines.

What volunteers and transcribers wrote about their work is left out by rule, and counted in words in the facts:
``left_out.credits`` ("Produced by ..."), ``left_out.transcriber`` (their notes), ``left_out.illustration`` (the bare
mark "[Illustration]"), ``left_out.end`` ("End of the Project Gutenberg EBook of ..."). Facts of the header: ``title``,
``author``, ``language`` and the like, ``ebook`` (the number), ``release_date``; ``encoding``; ``no_markers`` or
``no_end_marker`` where a marker is missing.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import BinaryIO

from florilegium.sources.library.gutenberg_lines import read_lines
from florilegium.sources.library.leaf import Block, Breaks, Leaf, Line, Role, Unreadable

HEADER_LIMIT = 1_000  # lines before the start marker; a file without one is read from its first line
LONG_TEXT = 4_000_000  # characters after which the text goes on in a further leaf
PARAGRAPH_LIMIT = 2_000_000  # characters
FRONT = 12  # blocks at the start among which credits and notes without brackets are looked for
NOTE_PARAGRAPHS = 6  # at most, after the first, in a note in brackets
APPENDIX_LIMIT = 2_000  # lines of transcriber's notes at the end
SPEAKER = 40  # characters of a line in capitals that is taken for the name of who speaks
SLACK = 6  # columns by which volunteers wrap unevenly
HEADING_LINES = 3  # a heading has at most as many lines, and as many empty ones before it

_START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG|\*END\*? ?THE SMALL PRINT!", re.I)
_END = re.compile(r"\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG", re.I)
_FIELD = re.compile(r"([A-Z][A-Za-z ]{2,30}):\s+(\S.*)")
_FIELDS = {
    "Title": "title",
    "Author": "author",
    "Editor": "editor",
    "Translator": "translator",
    "Illustrator": "illustrator",
    "Language": "language",
    "Release Date": "release_date",
    "Posting Date": "release_date",
    "Original Publication": "source",
    "Credits": "credits",
    "Produced by": "credits",
}
_NUMBER = re.compile(r"\[ ?e(?:book|text) ?#(\d+)\]", re.I)
_CREDITS = re.compile(
    r"(?:produced|prepared|transcribed|scanned|proofread|digitized|html version|this e-?(?:book|text) was"
    r"|e-?text (?:prepared|produced|scanned)|credits?:|updated editions?|\[?most recently updated)\b",
    re.I,
)
_TRANSCRIBER = re.compile(r"\W*(?:transcriber|transcription)[’']?s?[’']? notes?\b|\[this e-?text ", re.I)
_APPENDIX = re.compile(
    r"\W*(?:transcriber[’']?s?[’']? notes?|typographical errors corrected by the (?:e-?text )?transcriber):?\W*", re.I
)
_END_LINE = re.compile(r"end of (?:the |this )?project gutenberg", re.I)


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the book as one leaf without id (in several where it is longer than ``LONG_TEXT``).

    Raises `Unreadable`: ``not_gutenberg`` (the name is not within the first lines), ``wrong_encoding``,
    ``beyond_limits``.
    """
    encoding, lines = read_lines(file)
    head, began = _header(lines)
    facts = _facts(head) if began else {"no_markers": "true"}
    facts["encoding"] = encoding
    book = _Book()
    leaf, size = Leaf(language=facts.get("language"), facts=facts), 0
    for block in book.blocks(lines if began else chain(head, lines)):
        leaf.blocks.append(block)
        size += sum(len(line.text) for line in block.lines)
        if size > LONG_TEXT:
            yield leaf
            leaf, size = Leaf(language=facts.get("language"), facts=facts), 0
    left_out = {f"left_out.{rule}": str(count) for rule, count in sorted(book.left_out.items()) if count}
    leaf.facts = {**facts, **left_out, **({"no_end_marker": "true"} if began and not book.ended else {})}
    yield leaf


def _header(lines: Iterator[str]) -> tuple[list[str], bool]:
    """Give the lines to the start marker, or the first ones, and whether there is a marker."""
    head: list[str] = []
    for line in lines:
        if _START.search(line):
            for _ in range(4):  # a long title may wrap
                if line.rstrip().endswith("*") or not line.strip():
                    break
                line = next(lines, "***")
            return head, True
        head.append(line)
        if len(head) >= HEADER_LIMIT:
            break
    if not any("gutenberg" in line.lower() for line in head):
        raise Unreadable("not_gutenberg", f"no line among the first {len(head)} names Project Gutenberg")
    return head, False


def _facts(head: list[str]) -> dict[str, str]:
    """Give what the header says, by its fields; a value may go on over indented lines."""
    facts: dict[str, str] = {}
    current = None
    for line in head:
        found = _FIELD.match(line)
        if found:
            current = _FIELDS.get(found[1])
            if current and current not in facts:
                facts[current] = found[2].strip()
        elif current and line.startswith(" ") and line.strip():
            facts[current] += f" {line.strip()}"
        elif line.strip():
            current = None
        number = _NUMBER.search(line)
        if number:
            facts["ebook"] = number[1]
    if "release_date" in facts:
        facts["release_date"] = _NUMBER.sub("", facts["release_date"]).strip()
    return facts


class _Book:
    """The text between the markers, paragraph by paragraph."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self.ended = False
        self._seen = 0
        self._note = 0  # paragraphs that may still belong to a transcriber's note

    def blocks(self, lines: Iterator[str]) -> Iterator[Block]:
        """Give the blocks to the end marker; the appendix of a transcriber is left out if it ends with the book."""
        held: list[tuple[int, list[str]]] = []
        for empty, paragraph in self._paragraphs(lines):
            if held or (self._seen > FRONT and _APPENDIX.fullmatch(paragraph[0])):
                held.append((empty, paragraph))
                if sum(len(part) for _, part in held) > APPENDIX_LIMIT:
                    yield from self._put(held)
                    held = []
                continue
            yield from self._put([(empty, paragraph)])
        if held and self.ended:
            for _, paragraph in held:
                rule = "end" if _END_LINE.match(paragraph[0].strip()) else "transcriber"
                self.left_out[rule] += len(" ".join(paragraph).split())
        else:
            yield from self._put(held)

    def _paragraphs(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        """Give each paragraph and how many empty lines stand before it."""
        paragraph: list[str] = []
        empty = size = 0
        for line in lines:
            if _END.search(line):
                self.ended = True
                break
            if line.strip():
                paragraph.append(line.rstrip())
                size += len(line)
                if size > PARAGRAPH_LIMIT:
                    raise Unreadable("beyond_limits", f"one paragraph has more than {PARAGRAPH_LIMIT:,} characters")
            elif paragraph:
                yield empty, paragraph
                paragraph, empty, size = [], 1, 0
            else:
                empty += 1
        if paragraph:
            yield empty, paragraph

    def _put(self, paragraphs: list[tuple[int, list[str]]]) -> Iterator[Block]:
        for empty, paragraph in paragraphs:
            rule = self._rule(paragraph)
            if rule:
                self.left_out[rule] += len(" ".join(paragraph).split())
                continue
            self._seen += 1
            yield from _blocks(paragraph, empty)

    def _rule(self, paragraph: list[str]) -> str | None:
        """Name the rule by which a paragraph is no text of the book."""
        first = paragraph[0].strip()
        if self._note:
            self._note = 0 if paragraph[-1].rstrip().endswith("]") else self._note - 1
            return "transcriber"
        if first.lower() == "[illustration]" and len(paragraph) == 1:
            return "illustration"
        if _END_LINE.match(first):
            return "end"
        if _TRANSCRIBER.match(first) and (self._seen <= FRONT or first.startswith("[")):
            if first.startswith("["):
                self._note = 0 if paragraph[-1].rstrip().endswith("]") else NOTE_PARAGRAPHS
            elif _APPENDIX.fullmatch(first) and len(paragraph) == 1:
                self._note = 1
            return "transcriber"
        return "credits" if self._seen <= FRONT and _CREDITS.match(first) else None


def _blocks(paragraph: list[str], empty: int) -> Iterator[Block]:
    """Give the blocks of a paragraph: one, or the speaker's name and what is said."""
    heading = empty >= HEADING_LINES and len(paragraph) <= HEADING_LINES
    role = Role.HEADING if heading else Role.TEXT
    if paragraph[0].lstrip().lower().startswith("[illustration"):
        role = Role.CAPTION
    elif not heading and len(paragraph) > 1 and paragraph[0].isupper() and len(paragraph[0]) <= SPEAKER:
        yield Block([Line(paragraph[0].split())])
        paragraph = paragraph[1:]
    breaks = Breaks.MEANT if role is Role.TEXT and _is_verse(paragraph) else Breaks.LAYOUT
    yield Block([Line(line.split()) for line in paragraph], role, breaks)


def _is_verse(paragraph: list[str]) -> bool:
    """Say whether the line ends are the author's.

    They are where a third of them or more leave room for the next word, as wrapped prose never does; and where all
    lines are indented and begin with a capital.
    """
    if len(paragraph) < 2:
        return False
    room = max(map(len, paragraph)) - SLACK
    fitted = sum(len(line) + 1 + len(after.split(maxsplit=1)[0]) <= room for line, after in pairwise(paragraph))
    if 3 * fitted >= len(paragraph) - 1:
        return True
    return all(line.startswith("  ") and line.lstrip(" “\"'‘_(—-")[:1].isupper() for line in paragraph)
