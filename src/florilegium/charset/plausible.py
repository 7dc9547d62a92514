"""How well a decoded text reads as some language: a small generative model of letters, in bits.

A text decoded wrongly still has letters, but no alphabet holds them all, capitals stand after small letters, symbols
stand inside words. The model charges each character outside ASCII the bits of its alphabet (``-log2 p``), and each
anomaly between neighbours extra bits; the alphabet that explains the text most cheaply counts. As the bytes are the
same for all candidates, the bits of two decodings can be compared: a difference of 10 is odds of 1,000 to 1.
"""

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from florilegium.charset import alphabets

LOWER_ASCII, UPPER_ASCII, DIGIT, OTHER_ASCII = range(4)
LOWER, UPPER, CASELESS, IDEOGRAPH, JOINER, QUOTE, PREFIX, SYMBOL = range(4, 12)
_CLASSES = 12

_LOAN_BITS, _FOREIGN_BITS = 9.0, 15.0
_OFTEN_BITS, _RARE_BITS, _SYMBOL_BITS, _BROKEN_BITS = 5.0, 9.0, 14.5, 17.0
_CAPITAL_BITS = 4.0
_IN_WORD_BITS = 7.0
_LONELY_BITS = 2.0
_ODD_BITS = 14.0
_AGAIN_BITS, _RARE_AGAIN_BITS = 2.5, 5.0
_RARITY_BITS = 5.0
"""Costs, set by hand and checked on pages of known encoding; only their rough size matters."""

Floats = npt.NDArray[np.float64]
Shorts = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]


class Reading(NamedTuple):
    """What a decoded text costs.

    Attributes:
        bits: total cost of its characters outside ASCII; lower is better, 0 without such characters.
        units: number of characters outside ASCII.
        odd: number of them that the best alphabet does not explain, and of anomalies between neighbours.
        language: name of the alphabet that explains the text best.
    """

    bits: float
    units: int
    odd: int
    language: str


class _Model(NamedTuple):
    languages: list[str]
    character_class: Bytes  # by code point, 64 Ki
    unit: Shorts  # by code point: column of ``bits``
    bits: Floats  # language x unit
    pair_bits: Floats  # language x (class, class)
    rarity: Floats  # by language
    often: list[int]  # units of frequent punctuation
    rare: int  # unit of the other


def read(text: str, language: str | None = None) -> Reading:
    """Weigh ``text`` (an excerpt, some kilobytes) against all alphabets, or that of ``language`` only."""
    model = _model()
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    points = np.minimum(points, 0xFFFF)
    units = np.bincount(model.unit[points], minlength=model.bits.shape[1])
    units[0] = 0
    present = np.flatnonzero(units)
    classes = model.character_class[points].astype(np.intp)
    pairs = np.bincount(classes[:-1] * _CLASSES + classes[1:], minlength=_CLASSES * _CLASSES)
    letters = (classes <= CASELESS) & (classes != OTHER_ASCII) & (classes != DIGIT)
    in_word = int(np.count_nonzero((classes[1:-1] >= QUOTE) & letters[:-2] & letters[2:]))
    again = int(np.maximum(units[model.often] - 1, 0).sum())
    rarely = max(0, int(units[model.rare]) - 1)
    costs = model.rarity + model.bits[:, present] @ units[present] + model.pair_bits @ pairs
    costs += in_word * _IN_WORD_BITS - again * (_OFTEN_BITS - _AGAIN_BITS) - rarely * (_RARE_BITS - _RARE_AGAIN_BITS)
    lonely = int(np.count_nonzero((classes[1:-1] == LOWER) & ~letters[:-2] & ~letters[2:]))
    costs[: len(alphabets.LATIN)] += lonely * _LONELY_BITS
    best = int(costs.argmin()) if language is None else model.languages.index(language)
    odd = units[model.bits[best] >= _ODD_BITS].sum() + pairs[model.pair_bits[best] >= 5].sum() + in_word
    return Reading(float(costs[best]), int(units.sum()), int(odd), model.languages[best])


@cache
def _model() -> _Model:
    classes = np.array([_class_of(chr(point)) for point in range(0x10000)], np.uint8)
    unit, sizes, columns = _units(classes)
    languages = [*alphabets.LATIN, *alphabets.OTHER, "Chinese", "Japanese", "Korean"]
    bits = np.stack([_language_bits(language, columns, sizes) for language in languages])
    pair_bits = np.stack([_pair_bits(language).ravel() for language in languages])
    rarity = np.array([_RARITY_BITS * (language in alphabets.RARE) for language in languages])
    often = [columns[mark] for mark in alphabets.PUNCTUATION_OFTEN]
    return _Model(languages, classes, unit, bits, pair_bits, rarity, often, columns["rare"])


def _class_of(character: str) -> int:
    if character < "\x80":
        if character.isalpha():
            return LOWER_ASCII if character.islower() else UPPER_ASCII
        return DIGIT if character.isdigit() else OTHER_ASCII
    if "\uff00" < character < "\uff5f":
        return IDEOGRAPH
    if character in alphabets.JOINERS:
        return JOINER
    if character in alphabets.QUOTES:
        return QUOTE
    if character in alphabets.PREFIXES:
        return PREFIX
    category = unicodedata.category(character)
    if category == "Ll":
        return LOWER
    if category in ("Lu", "Lt"):
        return UPPER
    if category[0] in "LM":
        return IDEOGRAPH if character >= "\u2e80" and category == "Lo" else CASELESS
    return SYMBOL


def _level(codec: str, first: int, last: int, trails: range) -> str:
    """Decode all two-byte characters with leads ``first`` to ``last``: the common level of a standard."""
    pairs = b"".join(bytes((lead, trail)) for lead in range(first, last + 1) for trail in trails)
    return pairs.decode(codec, "ignore")


def _units(classes: Bytes) -> tuple[Shorts, list[int], dict[str, int]]:
    """Number the units that costs are given for: each letter of an alphabet, and sets of characters taken as equal.

    Returns the unit of each code point, the size of each unit and the units by name (a letter, or the name of a set).
    """
    unit = np.zeros(0x10000, np.uint16)
    sizes, columns = [0], {"ascii": 0}

    def add(name: str, points: npt.NDArray[np.intp]) -> None:
        columns[name] = len(sizes)
        sizes.append(max(1, len(points)))
        unit[points] = columns[name]

    add("symbol", np.flatnonzero(classes >= JOINER))
    broken = [point for point in range(0x80, 0x10000) if unicodedata.category(chr(point)) in ("Cc", "Cn", "Co", "Cs")]
    add("broken", np.array([*broken, 0xFFFD]))
    add("foreign", np.flatnonzero((classes >= LOWER) & (classes <= IDEOGRAPH)))
    add("rare", np.array([ord(character) for character in alphabets.PUNCTUATION_RARE]))
    simplified = _level("gb2312", 0xB0, 0xD7, range(0xA1, 0xFF))
    traditional = _level("big5", 0xA4, 0xC6, range(0x40, 0xFF))
    japanese = _level("euc_jp", 0xB0, 0xCF, range(0xA1, 0xFF))
    membership = np.zeros(0x10000, np.uint8)
    for bit, characters in enumerate((simplified, traditional, japanese, alphabets.FREQUENT_HAN)):
        membership[[ord(character) for character in characters]] |= 1 << bit
    ideographs = (classes == IDEOGRAPH) & (np.arange(0x10000) >= 0x3400)
    for number in range(1, 16):
        add(f"han {number}", np.flatnonzero((membership == number) & ideographs))
    for name, characters in (
        ("hangul", _level("euc_kr", 0xB0, 0xC8, range(0xA1, 0xFF))),
        ("hangul frequent", alphabets.FREQUENT_HANGUL),
        ("hiragana", alphabets.KANA[:86]),
        ("katakana", alphabets.KANA[86:]),
    ):
        add(name, np.array([ord(character) for character in characters]))
    letters = {letter for alphabet in [*alphabets.LATIN.values(), *alphabets.OTHER.values()] for letter in alphabet}
    letters.update(alphabets.PUNCTUATION_OFTEN)
    letters.update([capital for letter in letters if len(capital := letter.upper()) == 1 and not capital.isascii()])
    for letter in sorted(letters):
        add(letter, np.array([ord(letter)]))
    return unit, sizes, columns


def _language_bits(language: str, columns: dict[str, int], sizes: list[int]) -> Floats:
    """Give the cost of each unit in a language."""
    bits = np.full(len(sizes), _FOREIGN_BITS)
    bits[columns["ascii"]] = 0
    bits[[columns[mark] for mark in alphabets.PUNCTUATION_OFTEN]] = _OFTEN_BITS
    for name, cost in (("rare", _RARE_BITS), ("symbol", _SYMBOL_BITS), ("broken", _BROKEN_BITS)):
        bits[columns[name]] = cost
    if language in alphabets.LATIN:
        for letter in alphabets.LATIN["English"]:
            _charge(bits, columns, letter, _LOAN_BITS)
    alphabet = alphabets.LATIN.get(language) or alphabets.OTHER.get(language, "")
    slope = 1.0 if language in alphabets.LATIN else 2.5
    share = np.exp(-slope * np.arange(len(alphabet)) / max(1, len(alphabet)))
    for letter, cost in zip(alphabet, -np.log2(share / share.sum() * 0.9), strict=True):
        _charge(bits, columns, letter, float(cost))
    for name, share_of_set in _ideographic_shares(language).items():
        members = [column for column in columns if column.startswith("han ")] if name == "han" else [name]
        bits[[columns[member] for member in members]] = -np.log2(share_of_set / sum(sizes[columns[m]] for m in members))
    if language in ("Chinese", "Japanese"):
        _charge_han(bits, columns, sizes, language)
    return bits


def _charge(bits: Floats, columns: dict[str, int], letter: str, cost: float) -> None:
    bits[columns[letter]] = min(cost, bits[columns[letter]])
    capital = columns.get(letter.upper())
    if capital is not None and letter.upper() != letter:
        bits[capital] = min(cost + _CAPITAL_BITS, bits[capital])


def _ideographic_shares(language: str) -> dict[str, float]:
    if language == "Korean":
        return {"hangul": 0.5, "hangul frequent": 0.4, "han": 0.02}
    if language == "Japanese":
        return {"hiragana": 0.45, "katakana": 0.15}
    return {}


def _charge_han(bits: Floats, columns: dict[str, int], sizes: list[int], language: str) -> None:
    """Share out a language's ideographs over the common levels of its standards: GB 2312 and Big5, or JIS X 0208."""
    level, total, often = (3, 0.95, 0.4) if language == "Chinese" else (4, 0.35, 0.3)
    in_level = [number for number in range(1, 16) if number & level]
    for is_frequent, share in ((8, often), (0, 1 - often)):
        members = [columns[f"han {number}"] for number in in_level if number & 8 == is_frequent]
        bits[members] = -np.log2(total * share / sum(sizes[member] for member in members))


def _pair_bits(language: str) -> Floats:
    """Give the extra cost of two character classes as neighbours."""
    bits = np.zeros((_CLASSES, _CLASSES))
    own = [LOWER, UPPER, CASELESS]
    bits[[LOWER_ASCII, LOWER], UPPER] = bits[LOWER, UPPER_ASCII] = 7
    bits[LOWER, UPPER] = 7
    bits[[LOWER_ASCII, LOWER, UPPER, CASELESS], PREFIX] = 6
    bits[SYMBOL, [LOWER_ASCII, LOWER]] = 4
    for letter in own:
        bits[letter, DIGIT] = bits[DIGIT, letter] = 4
        bits[letter, IDEOGRAPH] = bits[IDEOGRAPH, letter] = 5
        if language in alphabets.LATIN:
            bits[letter, own] += 1 if language in ("Vietnamese", "Icelandic", "Czech", "Slovak", "Latvian") else 3
        else:
            bits[letter, [LOWER_ASCII, UPPER_ASCII]] += 6
            bits[[LOWER_ASCII, UPPER_ASCII], letter] += 6
    return bits
