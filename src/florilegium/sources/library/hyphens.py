"""Words that the end of a line broke: whether the halves belong together, and which evidence says so.

Three rules, in the order in which they are asked:

- ``hyphen.marked``: the file says it (``HYP``, ``SUBS_CONTENT``, ``lb break="no"``), or the sign can mean nothing else
  (soft hyphen, ``¬``).
- ``hyphen.volume``: the volume itself writes the word, whole or with a hyphen, away from line ends; the more frequent
  form wins. Compared in lower case, with the long s as s.
- ``hyphen.letters``: what the letters on both sides say in the language of the block. A small letter behind the break
  joins ("Bei-|spiel"); a capital, a digit and known parts of compounds keep their hyphen ("U-|Boot", "twenty-|five",
  "peut-|être"); a suspended hyphen keeps its blank ("Ein-|und Ausgang").
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from florilegium.codes import to_bcp47
from florilegium.errors import RecipeError

MARKED, VOLUME, LETTERS = "hyphen.marked", "hyphen.volume", "hyphen.letters"

#: Signs that can only stand for a break.
SOFT = "\u00ad¬"
#: Signs that end a broken line: hyphens, those of Fraktur, and the soft ones.
HYPHENS = "-\u2010⸗=" + SOFT

_AND = {"de": ("und", "oder", "u", "bis", "sowie", "bzw", "vnd", "vnnd"), "nl": ("en", "of", "ende")}
_NUMBERS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_CLITICS = ("il", "ils", "elle", "elles", "on", "je", "nous", "vous", "moi", "toi", "lui", "même", "mêmes", "être")
_POINTING = ("celui", "celle", "ceux", "celles", "ceci", "cela")
#: German words that have kk of their own, by what stands before the break; else "Zuk-|ker" was "Zucker".
_REAL_KK = ("ak", "mak", "mok", "sak", "tek", "pik")


class Broken(NamedTuple):
    """Two halves of what may be one word: as printed (the hyphen too), what the file says, and the language."""

    first: str
    second: str
    whole: str | None  # the word, or "" where the file only says that it goes on; None where it says nothing
    language: str | None = None  # as the file has it


class Verdict(NamedTuple):
    """What stands for the first half, the break and the second half; ``rule`` decided it."""

    before: str
    between: str
    after: str
    rule: str
    joined: bool


def is_broken(word: str, goes_on: str | None) -> bool:
    """Say whether a line that ends in ``word`` may end in half a word."""
    return goes_on is not None or (len(word) > 1 and word[-1] in HYPHENS and _within(word[-2]))


def forms(broken: Broken) -> tuple[str, str, str]:
    """Give the folded forms that a volume may hold: joined, hyphenated, and joined with ck for a German k-k.

    >>> forms(Broken("(Zuk-", "ker,", None))
    ('zukker', 'zuk-ker', 'zucker')
    """
    first, second = _halves(broken)
    ck = f"{first[:-1]}c{second}" if first.endswith("k") and second.startswith("k") else ""
    return first + second, f"{first}-{second}", ck


def count_forms(texts: Iterable[str], wanted: Collection[str]) -> Counter[str]:
    """Count how often the volume writes each of the ``wanted`` forms as one word."""
    kinds: Counter[str] = Counter()
    for text in texts:
        kinds.update(_fold(text).split())
    found: Counter[str] = Counter()
    for kind, many in kinds.items():
        word = _trim(kind)
        if word in wanted:
            found[word] += many
    return found


def decide(broken: Broken, volume: Mapping[str, int]) -> Verdict:
    """Decide about one break; ``volume`` are the counts of :func:`forms`, away from line ends.

    >>> decide(Broken("Bei-", "spiel,", None, "de"), {})
    Verdict(before='Bei', between='', after='spiel,', rule='hyphen.letters', joined=True)
    >>> decide(Broken("U-", "Boot", None, "de"), {})
    Verdict(before='U-', between='', after='Boot', rule='hyphen.letters', joined=False)
    """
    stem, printed = _stem(broken.first)
    if broken.whole:
        if (given := _given(broken)) is not None:
            return given
    elif broken.whole is not None and not printed:
        return Verdict(stem, "", broken.second, MARKED, True)
    if not (stem and broken.second and _within(stem[-1]) and _within(broken.second[0])):
        return Verdict(broken.first, " ", broken.second, LETTERS, False)
    if printed and printed in SOFT and stem[-1].isalpha() and broken.second[0].isalpha():
        return Verdict(stem, "", broken.second, MARKED, True)
    language = subtag(broken.language)
    if _halves(broken)[1] in _AND.get(language or "", ()):
        return Verdict(broken.first, " ", broken.second, LETTERS, False)
    verdict = _by_volume(broken, stem, volume) or _by_letters(broken, stem, language)
    return verdict if printed or verdict.joined else verdict._replace(between=" ")


def _given(broken: Broken) -> Verdict | None:
    """Take the whole word from the file; None where it is not the word that these halves begin and end."""
    first, second = _halves(broken)
    whole = _trim(_fold(broken.whole or ""))
    if not whole.startswith(first[:1]) or abs(len(whole) - len(first + second)) > 2:
        return None
    head = broken.first[: _start(broken.first)]
    tail = broken.second[_end(broken.second) :]
    word = (broken.whole or "")[_start(broken.whole or "") : _end(broken.whole or "")]
    cut = len(word) - len(second) if whole.endswith(second) else min(len(first), len(word))
    return Verdict(head + word[:cut], "", word[cut:] + tail, MARKED, True)


def _by_volume(broken: Broken, stem: str, volume: Mapping[str, int]) -> Verdict | None:
    joined, hyphenated, ck = (volume.get(form, 0) if form else 0 for form in forms(broken))
    if ck > max(joined, hyphenated):
        return Verdict(stem[:-1] + "c", "", broken.second, VOLUME, True)
    if joined > hyphenated:
        return Verdict(stem, "", broken.second, VOLUME, True)
    if joined < hyphenated:
        return Verdict(broken.first, "", broken.second, VOLUME, False)
    return None


def _by_letters(broken: Broken, stem: str, language: str | None) -> Verdict:
    kept = Verdict(broken.first, "", broken.second, LETTERS, False)
    first, second = _halves(broken)
    if not (stem[-1].isalpha() or unicodedata.combining(stem[-1])) or not broken.second[0].isalpha():
        return kept  # numbers, and what is counted: "1914-|18", "20-|jährig"
    if broken.second[0].isupper() and not (len(first) > 1 and stem[-2:].isupper() and broken.second[:2].isupper()):
        return kept
    if "-" in first or "-" in second or len(second) < 2 or _is_compound(first, second, language):
        return kept
    if language == "de" and first.endswith("k") and second.startswith("k") and first not in _REAL_KK:
        return Verdict(stem[:-1] + "c", "", broken.second, LETTERS, True)
    return Verdict(stem, "", broken.second, LETTERS, True)


def _is_compound(first: str, second: str, language: str | None) -> bool:
    """Say whether these are parts of a word that is written with a hyphen."""
    if language in ("en", None) and first in _NUMBERS and second in (*_ONES, *_ORDINALS):
        return True
    if language == "en":
        return first == "well" or (first == "self" and not second.startswith(("ish", "less", "same", "hood")))
    if language == "fr":
        return second in _CLITICS or (first in _POINTING and second in ("ci", "là"))
    return False


@lru_cache(maxsize=1024)
def subtag(label: str | None) -> str | None:
    """Give the BCP 47 subtag of a language as files name it (codes, tags, ABBYY's names); None if unknown.

    >>> subtag("ger"), subtag("en-US"), subtag("GermanStandard"), subtag("?")
    ('de', 'en', 'de', None)
    """
    if not label:
        return None
    for name, tag in (("german", "de"), ("english", "en"), ("french", "fr"), ("dutch", "nl"), ("latin", "la")):
        if label.lower().startswith(name):
            return tag
    try:
        return to_bcp47(label.replace("_", "-").split("-")[0].lower())[0]
    except RecipeError:
        return None


def _stem(first: str) -> tuple[str, str]:
    """Part the first half from its hyphen."""
    return (first[:-1], first[-1]) if first and first[-1] in HYPHENS else (first, "")


def _halves(broken: Broken) -> tuple[str, str]:
    """Give both halves folded, without hyphen and outer punctuation."""
    second = broken.second[: _end(broken.second)]
    stem, _ = _stem(broken.first)
    return _fold(stem[_start(stem) :]), _fold(second)


def _fold(text: str) -> str:
    """Give lower case, the long s as s, and one sign for all hyphens within words."""
    text = text.lower()
    for sign, plain in (("=", "-"),) if text.isascii() else _FOLDED:
        text = text.replace(sign, plain)
    return text


_FOLDED = (("ſ", "s"), ("⸗", "-"), ("\u2010", "-"), ("=", "-"), ("\u00ad", ""))


def _within(character: str) -> bool:
    return character.isalnum() or bool(unicodedata.combining(character))


def _start(word: str) -> int:
    if word[:1].isalnum():
        return 0
    return next((n for n, character in enumerate(word) if _within(character)), len(word))


def _end(word: str) -> int:
    if word[-1:].isalnum():
        return len(word)
    return next((n for n in range(len(word), 0, -1) if _within(word[n - 1])), 0)


def _trim(word: str) -> str:
    return word[_start(word) : _end(word)]
