"""Good documents: essays put together from written sentences and filled templates, no two of them much alike."""

import re
from collections import Counter
from dataclasses import dataclass

from florilegium.sample.draw import Draw
from florilegium.sample.measures import shingles
from florilegium.sample.stock import Article, articles, lexicon, templates

ALIKE = 0.3
"""No two essays share this much of their word 5-grams (Jaccard); duplicates are looked for from 0.5 upward."""

SLOT = re.compile(r"\{(\w+)\}")
VOWEL = re.compile(r"\b([Aa]) (?=[aeio]|un[a-hj-z])")


@dataclass(frozen=True)
class Essay:
    """A clean text: a title, which is not part of the text, and paragraphs of whole sentences."""

    title: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        """The paragraphs as running text."""
        return [" ".join(paragraph) for paragraph in self.paragraphs]

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.lines)

    def with_paragraph(self, *sentences: str) -> "Essay":
        """Give the essay with one more paragraph before the last."""
        return Essay(self.title, (*self.paragraphs[:-1], sentences, self.paragraphs[-1]))


class Writer:
    """Writes one essay after the other and remembers the word 5-grams of all, so that each is new."""

    def __init__(self, seed: int) -> None:
        """Start with an empty memory; the same seed writes the same essays in the same order."""
        self._draw = Draw(seed, "essays")
        self._written = 0
        self._sizes: list[int] = []
        self._holders: dict[tuple[str, ...], list[int]] = {}

    def essay(self) -> Essay:
        """Write an essay of about 210 to 470 words that shares less than `ALIKE` with every earlier one."""
        subject = articles()[self._written % len(articles())]
        while True:
            essay = self._compose(subject)
            grams = shingles(essay.text)
            if self._nearest(grams) < ALIKE:
                break
        for gram in grams:
            self._holders.setdefault(gram, []).append(self._written)
        self._sizes.append(len(grams))
        self._written += 1
        return essay

    def _nearest(self, grams: frozenset[tuple[str, ...]]) -> float:
        shared = Counter(holder for gram in grams for holder in self._holders.get(gram, ()))
        return max((n / (len(grams) + self._sizes[holder] - n) for holder, n in shared.items()), default=0.0)

    def _compose(self, subject: Article) -> Essay:
        draw = self._draw
        other = draw.pick([article for article in articles() if article is not subject])
        place = draw.pick(lexicon()["place"])
        first, second = draw.shuffled(subject.paragraphs)
        middle = draw.some(templates()["middle"], draw.between(5, 8))
        closing = draw.some(templates()["closing"], draw.between(1, 2))

        def fill(*patterns: str) -> tuple[str, ...]:
            return tuple(fill_in(pattern, subject, draw, place, other.title.lower()) for pattern in patterns)

        paragraphs = (
            fill(draw.pick(templates()["opening"])) + _run(first, draw.between(1, 3), draw) + fill(middle[0]),
            fill(*middle[1:3]) + _run(second, draw.between(1, 3), draw),
            fill(draw.pick(templates()["bridging"]))
            + _run(draw.pick(other.paragraphs), draw.between(1, 2), draw)
            + fill(middle[3]),
            fill(*middle[4:], *closing),
        )
        return Essay(title(subject, place, draw), paragraphs)


def fill_in(pattern: str, subject: Article, draw: Draw, place: str, other: str = "other trades") -> str:
    """Fill the slots of one sentence template.

    The first ``{place}`` is the essay's own; the rest is drawn from the subject's words and the word lists.
    """
    own = {"person": (subject.person,), "things": subject.things, "tool": subject.tools, "act": subject.acts}
    places = [place]

    def word(slot: re.Match[str]) -> str:
        name = slot[1]
        if name == "place" and places:
            return places.pop()
        if name == "year":
            return str(draw.between(1720, 1960))
        if name == "other":
            return other
        return draw.pick(own.get(name) or lexicon()[name])

    sentence = VOWEL.sub(r"\1n ", SLOT.sub(word, pattern))
    return sentence[0].upper() + sentence[1:]


def any_subject(pattern: str, draw: Draw) -> str:
    """Fill one sentence template with the words of a drawn subject and place."""
    return fill_in(pattern, draw.pick(articles()), draw, draw.pick(lexicon()["place"]))


def _run(sentences: tuple[str, ...], length: int, draw: Draw) -> tuple[str, ...]:
    start = draw.below(len(sentences) - min(length, len(sentences)) + 1)
    return sentences[start : start + length]


def title(subject: Article, place: str, draw: Draw) -> str:
    """Give a heading for an essay on this subject and place."""
    pattern = draw.pick(
        ("{t} at {p}", "{t}, as seen from {p}", "Notes on {l} in {p}", "{p} and its {l}", "What {p} knows about {l}")
    )
    return pattern.format(t=subject.title, l=subject.title.lower(), p=place)
