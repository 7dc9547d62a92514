"""The written stock behind the sample: articles, sentence templates, word lists and texts in other languages.

All of it was written for this project and travels with it as package data (``prose/*.txt``), so that the sample needs
no download and does not change with the Python version. A file is a row of sections, each opened by ``# name``.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SUBJECTS = ("nature", "craft", "travel", "learning", "home")
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True)
class Article:
    """One written article: two paragraphs of whole sentences, and the words that templates about it may use."""

    title: str
    person: str
    things: tuple[str, ...]
    tools: tuple[str, ...]
    acts: tuple[str, ...]
    paragraphs: tuple[tuple[str, ...], ...]


def sentences(paragraph: str) -> tuple[str, ...]:
    """Split a paragraph of the stock after full stops, question marks and exclamation marks."""
    return tuple(SENTENCE_END.split(paragraph.strip()))


@cache
def articles() -> tuple[Article, ...]:
    """Give all English articles, in the order of the files."""
    return tuple(_article(title, body) for subject in SUBJECTS for title, body in _sections(subject).items())


@cache
def templates() -> dict[str, tuple[str, ...]]:
    """Give the sentence templates by role: opening, middle, bridging, closing. Slots stand in curly brackets."""
    return {role: tuple(body.splitlines()) for role, body in _sections("templates").items()}


@cache
def lexicon() -> dict[str, tuple[str, ...]]:
    """Give the word lists that fill the slots, by the name of the slot."""
    return {slot: tuple(body.split(" | ")) for slot, body in _sections("lexicon").items()}


@cache
def other_languages() -> dict[str, tuple[str, ...]]:
    """Give the sentences in languages other than English, by BCP 47 code."""
    return {code: sentences(body) for code, body in _sections("other_languages").items()}


def _sections(name: str) -> dict[str, str]:
    text = files("florilegium.sample.prose").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^# (.+)\n", text, flags=re.MULTILINE)
    return {title: body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def _article(title: str, body: str) -> Article:
    head, *paragraphs = body.split("\n\n")
    words = dict(line.split(": ", 1) for line in head.splitlines())
    return Article(
        title=title,
        person=words["person"],
        things=tuple(words["things"].split(", ")),
        tools=tuple(words["tools"].split(", ")),
        acts=tuple(words["acts"].split(", ")),
        paragraphs=tuple(sentences(paragraph) for paragraph in paragraphs),
    )
