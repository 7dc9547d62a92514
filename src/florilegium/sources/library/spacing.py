"""Words to a line of text: a blank between words, but not between characters of scripts that are written without."""

import re
from collections.abc import Sequence
from itertools import pairwise

#: Scripts without blanks between words: Thai, Lao, Tibetan, Burmese, Khmer, kana, bopomofo, Han, and full-width signs.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3100-\u312f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
_CONTROLS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def blank_between(before: str, after: str) -> bool:
    """Say whether a blank stands between two stretches of text.

    >>> blank_between("the", "end"), blank_between("漢", "字"), blank_between("漢", "end")
    (True, False, True)
    """
    return not (before and after and _UNSPACED.match(before[-1]) and _UNSPACED.match(after[0]))


def line_text(words: Sequence[str]) -> str:
    """Give a line as text, empty words and white space at both ends left out; no line break is left in it.

    >>> line_text(["a", "", "b "]), line_text(["漢", "字", "x"])
    ('a b', '漢字 x')
    """
    text = " ".join([word for word in words if word])
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text)
    text = text.strip()
    if len(words) > 1 and not text.isascii() and _UNSPACED.search(text):
        parts = text.split(" ")
        text = parts[0] + "".join((" " if blank_between(a, b) else "") + b for a, b in pairwise(parts))
    return text
