"""ABBYY FineReader XML, 6 to 10 and later: a document of pages, or a bare ``page`` a file as digitisers cut it.

Words are what stands between blanks. The ``wordStart`` marks are not used: in the eleven files known to us that have
them they stand at each of the 2,784 words that blanks make, and at 82 places more, behind apostrophes and dashes within
words; other files have none at all.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.leaf import Block, Breaks, Leaf, Line, Role, Unreadable
from florilegium.sources.library.roles import role_of
from florilegium.sources.library.values import all_or_none, confidence, corners, size, within_limits
from florilegium.sources.library.xml import Element, read_xml

_BROKEN = ("¬", "\u00ad")  # FineReader's mark of a word that goes on, and what some exports make of it
_STYLE_LIMIT = 100_000


def read_pages(file: BinaryIO) -> Iterator[Leaf]:
    """Give the pages of an ABBYY file. Raises `Unreadable`: ``no_pages`` and the reasons of `read_xml`."""
    leaf: Leaf | None = None
    facts: dict[str, str] = {}
    roles: dict[str, Role] = {}
    words = 0
    for event, name, element in read_xml(file, ("block", "paragraphStyle"), starts=("document", "page")):
        if event == "start" and name == "page":
            if leaf is not None:
                yield leaf
            words = 0
            width, height = size(element.get("width")), size(element.get("height"))
            leaf = Leaf(id=element.get("id"), width=width, height=height, facts=facts)
        elif event == "start":
            facts = {"software": element.get("producer")} if element.get("producer") else {}
        elif name == "paragraphStyle":
            role = role_of(element.get("role"))
            if role is not None:
                roles[element.get("id", "")] = role
                if len(roles) > _STYLE_LIMIT:
                    raise Unreadable("beyond_limits", f"more than {_STYLE_LIMIT} styles of paragraphs")
        elif leaf is not None:
            for block in _blocks(element, roles):
                words = within_limits(block, words)
                leaf.blocks.append(block)
    if leaf is None:
        raise Unreadable("no_pages", "the file has no page")
    yield leaf


def _blocks(element: Element, roles: dict[str, Role]) -> Iterator[Block]:
    """Give the paragraphs of a block; a table's are lines of their own."""
    kind = role_of(element.get("blockType"))
    place = corners(element.get("l"), element.get("t"), element.get("r"), element.get("b"))
    for paragraph in element.iter("{*}par"):
        lines: list[Line] = []
        languages: Counter[str] = Counter()
        for line in paragraph.iterchildren("{*}line"):
            lines.append(_line(line))
            languages.update(part.get("lang") for part in line.iterchildren("{*}formatting") if part.get("lang"))
        role = kind or roles.get(paragraph.get("style", "")) or Role.TEXT
        spoken = languages.most_common(1)[0][0] if languages else None
        breaks = Breaks.MEANT if role is Role.TABLE else Breaks.LAYOUT
        yield Block(lines, role, breaks, spoken, box=place)


def _line(element: Element) -> Line:
    words: list[str] = []
    confidences: list[float] = []
    letters: list[str] = []
    certainties: list[float] = []

    def end_word() -> None:
        if letters:
            words.append("".join(letters))
            known = [number for number in certainties if number == number]
            confidences.append(sum(known) / len(known) if known else math.nan)
            letters.clear()
            certainties.clear()

    for text, certainty in _characters(element):
        if text.isspace() or not text:
            end_word()
        elif text.strip() == text and " " not in text:
            letters.append(text)
            certainties.append(certainty)
        else:
            for index, part in enumerate(text.split(" ")):
                if index:
                    end_word()
                if part.strip():
                    letters.append(part.strip())
                    certainties.append(certainty)
    end_word()
    goes_on = "" if words and words[-1].endswith(_BROKEN) else None
    return Line(words, all_or_none(confidences), goes_on)


def _characters(line: Element) -> Iterator[tuple[str, float]]:
    """Give characters, or runs of them, each with its confidence; the recogniser's other readings are passed over."""
    for part in line.iterchildren("{*}formatting"):
        single = False
        for character in part.iterchildren("{*}charParams"):
            single = True
            text = character.text or ""
            if len(character):
                text = text.strip() + "".join(child.tail or "" for child in character).strip()
            sure = character.get("wordConfidence") or character.get("charConfidence")
            yield text, confidence(sure, 100.0)
        if not single and part.text:
            yield part.text.replace("\n", " ").replace("\t", " "), math.nan
