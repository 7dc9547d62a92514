"""What the elements of an hOCR file are, by their classes and, without one, by their tags."""

from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from florilegium.sources.library.leaf import Role


class Kind(Enum):
    """What an element does to the page."""

    NOTHING = auto()
    PAGE = auto()
    CONTAINER = auto()  # a column, a paragraph: what opens and closes a block
    LINE = auto()
    WORD = auto()
    DELETED = auto()  # another reading, not to be taken
    META = auto()
    TITLE = auto()


class Meaning(NamedTuple):
    """A kind, and the role where the class says one."""

    kind: Kind
    role: Role | None = None


_CLASSES = {
    "ocr_page": Meaning(Kind.PAGE),
    "ocr_document": Meaning(Kind.NOTHING),
    "ocr_line": Meaning(Kind.LINE),
    "ocrx_line": Meaning(Kind.LINE),
    "ocr_textfloat": Meaning(Kind.LINE),
    "ocr_header": Meaning(Kind.LINE, Role.RUNNING_HEAD),
    "ocr_footer": Meaning(Kind.LINE, Role.RUNNING_HEAD),
    "ocr_caption": Meaning(Kind.LINE, Role.CAPTION),
    "ocr_pageno": Meaning(Kind.LINE, Role.PAGE_NUMBER),
    "ocrx_word": Meaning(Kind.WORD),
    "ocr_word": Meaning(Kind.WORD),
    "ocr_title": Meaning(Kind.CONTAINER, Role.HEADING),
    "ocr_table": Meaning(Kind.CONTAINER, Role.TABLE),
}
_BLOCKS = ("area", "block", "par", "column", "display", "quote", "section", "chapter", "part", "abstract", "float")
_TAGS = {
    **dict.fromkeys(["p", "li", "td", "th", "blockquote"], Meaning(Kind.CONTAINER)),
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], Meaning(Kind.CONTAINER, Role.HEADING)),
    "del": Meaning(Kind.DELETED),
    "meta": Meaning(Kind.META),
    "title": Meaning(Kind.TITLE),
    "script": Meaning(Kind.DELETED),
    "style": Meaning(Kind.DELETED),
}
_NOTHING = Meaning(Kind.NOTHING)


@lru_cache(maxsize=4096)
def meaning(tag: str, classes: str) -> Meaning:
    """Give what an element is: the first class known, else the tag."""
    for name in classes.split():
        if name in _CLASSES:
            return _CLASSES[name]
        if name.startswith("ocr") and name.endswith(_BLOCKS):
            return Meaning(Kind.CONTAINER)
    return _TAGS.get(tag.rpartition("}")[2], _NOTHING)


def language(attributes: Mapping[str, str]) -> str | None:
    """Give the language that an element declares; "unknown" is none."""
    found = attributes.get("lang") or attributes.get("{http://www.w3.org/XML/1998/namespace}lang")
    if not found and "ocrp_lang" in attributes.get("title", ""):
        found = attributes["title"].partition("ocrp_lang")[2].strip(" ;").partition(";")[0]
    return None if not found or found in ("unknown", "und") else found
