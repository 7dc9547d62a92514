"""A glance at a page before the costly extractor: its whole text, cheaply, and whether anything wanted can be in it.

Main text is a part of whole text, so what the whole lacks the part lacks too: enough words, or any stretch in a wanted
language. The language is judged piece by piece and not on the page as a whole, since a page in English may stand in
the menus of a site in Polish; only a page of which no piece reads as wanted is dropped. Of a page over 12,000
characters 24 pieces are read, so a stretch that lies between two of them is not seen.
"""

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from florilegium.codes import to_bcp47
from florilegium.errors import DocumentError, RecipeError
from florilegium.extract.guard import refuse_deep_nesting, refuse_many_attributes
from florilegium.extract.options import GlanceOptions

#: A page is judged by so many pieces of so many characters, evenly spread; one of up to 12,000 (four of five pages) by
#: all of its text.
_PIECES = 24
_SIZE = 500

#: Words of any script, a letter each where scripts put no spaces, numbers and symbols apart: no fewer than signals
#: count, but for English words such as `cannot`, which are two there.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\ue000-\ufaff\U00010000-\U0010ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|\d+|[^\W\d{_UNSPACED}]+|[^\w\s!-#%-*,-/:;?@\[-\]{{}}]")


class Dropped(NamedTuple):
    """Why a page goes no further: the reason in the ledger, and what was measured."""

    rule: str
    value: str


def whole_text(html: str) -> str | None:
    """Give all text of a page, menus and footers included (a millisecond); None where it is refused unparsed."""
    try:
        refuse_many_attributes(html)
        refuse_deep_nesting(html)
    except DocumentError:  # the extractor has guards of its own, and may take it
        return None
    text: str = extract_plain_text(HTMLTree.parse(html), main_content=False, alt_texts=False, preserve_formatting=True)
    return text


class Glance:
    """Judges whole texts in batches.

    Raises:
        RecipeError: at construction, where the identifier does not know a language that is wanted.
    """

    def __init__(self, options: GlanceOptions) -> None:
        self._options = options
        if options.language:
            from florilegium.models.langid import automaton

            self._identifier = automaton()
            known = [to_bcp47(label)[0] for label in self._identifier.labels]
            for language in options.language:
                if language not in known:
                    raise RecipeError(f"`extract.glance` cannot tell `{language}`: py3langid does not know it")
            self._wanted = np.isin(known, options.language)

    def judge(self, texts: Sequence[str | None]) -> list[Dropped | None]:
        """Say for each text why its page goes no further; None: it does, as does a page whose text is None."""
        verdicts: list[Dropped | None] = [None] * len(texts)
        at_least = self._options.words
        for place, text in enumerate(texts):
            if text is not None and at_least and (words := _words(text, at_least)) < at_least:
                verdicts[place] = Dropped("glance.words", str(words))
        asked = [place for place, text in enumerate(texts) if text is not None and verdicts[place] is None]
        if self._options.language and asked:
            best = self._best([texts[place] or "" for place in asked])
            for place, score in zip(asked, best.tolist(), strict=True):
                if score < self._options.at_least:
                    verdicts[place] = Dropped("glance.language", f"{score:.7g}")
        return verdicts

    def _best(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Give the highest probability of a wanted language over the pieces of each text."""
        cut = [_pieces(text) for text in texts]
        probabilities = self._identifier.probabilities([piece for pieces in cut for piece in pieces])
        scores = probabilities[:, self._wanted].sum(axis=1)
        starts = np.cumsum([0, *map(len, cut)])[:-1]
        best: npt.NDArray[np.float32] = np.maximum.reduceat(scores, starts)
        return best


def _words(text: str, enough: int) -> int:
    """Count words, but no further than ``enough``."""
    return sum(1 for _ in islice(_WORD.finditer(text), enough))


def _pieces(text: str) -> list[str]:
    if len(text) <= _PIECES * _SIZE:
        count = max(1, len(text) // _SIZE)
        return [text[piece * len(text) // count : (piece + 1) * len(text) // count] for piece in range(count)]
    starts = [round(piece * (len(text) - _SIZE) / (_PIECES - 1)) for piece in range(_PIECES)]
    return [text[start : start + _SIZE] for start in starts]
