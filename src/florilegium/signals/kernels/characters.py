"""Classes of Unicode code points as bits of one table, and reading code points out of UTF-8.

Letters, marks, punctuation, symbols and spaces follow the Unicode general category as Python's ``unicodedata`` knows
it, so its version is part of a stage's identity. The sets written out below are facts of other programs, named beside
each.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import kernel

Bytes = npt.NDArray[np.uint8]
"""UTF-8."""
Classes = npt.NDArray[np.uint32]
"""The table of :func:`class_table`."""

SPACE = 1 << 0
"""``str.isspace``: what separates chunks."""
LINE_END = 1 << 1
"""``str.splitlines`` ends a line here."""
LETTER = 1 << 2
"""``str.isalpha``."""
ALPHA = 1 << 3
"""Letter or combining mark."""
LOWER = 1 << 4
"""ALPHA that is not upper case (so uncased scripts are both LOWER and UPPER)."""
UPPER = 1 << 5
"""ALPHA that is not lower case."""
DIGIT = 1 << 6
"""0 to 9."""
WORD = 1 << 7
"""Letter, number or underscore: may stand in the scheme of an address."""
HOST = 1 << 8
"""May begin or end a label of a host name: ASCII letter or digit, U+00A1 to U+FFFF."""
SYMBOL = 1 << 9
"""Stock datatrove's PUNCTUATION_SET: a word made of these only does not count as a word for Gopher."""
PUNCTUATION = 1 << 10
"""General category P*."""
SENTENCE_END = 1 << 11
"""On its own, ends a sentence (spaCy's sentencizer)."""
TERMINAL = 1 << 12
"""FineWeb's terminal punctuation."""
AFFIX = 1 << 13
"""Cut off at either end of a chunk: common punctuation and quotation marks."""
QUOTE = 1 << 14
"""The quotation marks among AFFIX."""
ICON = 1 << 15
"""General category So: cut out of a chunk wherever it stands."""
CURRENCY = 1 << 16
"""General category Sc."""
BEFORE_STOP = 1 << 17
"""A final full stop after one of these is a token of its own."""
IDEOGRAPH = 1 << 18
"""Han, kana, bopomofo: a word each."""
CLUSTER = 1 << 19
"""Letter of a script written without spaces between words (Thai, Lao, Khmer, Burmese, Tai): starts a cluster."""
PREPOSED = 1 << 20
"""Vowel written before its consonant (Unicode Logical_Order_Exception)."""
EXTEND = 1 << 21
"""Belongs to the character before it: combining mark, joiner, Thai and Lao following vowel, voicing mark."""
STACKER = 1 << 22
"""The EXTEND that stacks the next consonant below (Khmer coeng, Burmese virama, Tai Tham sakot)."""
SYLLABLE_END = 1 << 23
"""Tibetan tsheg: ends a word."""
CJK_PUNCTUATION = 1 << 24
"""Punctuation outside ASCII: a word of its own beside scripts without spaces."""
FULL_STOP = 1 << 25
"""The ASCII full stop: without one, a chunk is not an address."""
LATIN = 1 << 26
"""Letter of the Latin script."""
VOWEL = 1 << 27
"""The LATIN that are a, e, i, o, u, y, with or without marks, or hold one."""
ROMAN = 1 << 28
"""Letter of a Roman numeral, either case."""
NUMBER = 1 << 29
"""General category N*."""
COMMON = 1 << 30
"""What prose is made of: letter, mark, number, format character, currency sign, punctuation but for a few marks."""
JOINER = 1 << 31
"""May stand between the letters of a word: apostrophe, hyphen, bracket, ampersand, marks of keyed text
for an illegible letter (•) and a broken line (¦)."""

UNSPACED = IDEOGRAPH | CLUSTER | PREPOSED | SYLLABLE_END

LIMIT = 0x34000
"""Code points from here on have no class, but for variation selectors."""

# Unicode Sentence_Terminal without four marks that only FineWeb counts; spaCy 3.8 `Sentencizer.default_punct_chars`.
_SENTENCE_ENDS = (
    "21 2E 3F 589 61F 6D4 700-702 7F9 964-965 104A-104B 1362 1367-1368 166E 1735-1736 1803 1809 1944-1945 1AA8-1AAB "
    "1B5A-1B5B 1B5E-1B5F 1C3B-1C3C 1C7E-1C7F 203C-203D 2047-2049 2E2E 2E3C 3002 A4FF A60E-A60F A6F3 A6F7 A876-A877 "
    "A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE52 FE56-FE57 FF01 FF0E FF1F FF61 10A56-10A57 11047-11048 "
    "110BE-110C1 11141-11143 111C5-111C6 111CD 111DE-111DF 11238-11239 1123B-1123C 112A9 1144B-1144C 115C2-115C3 "
    "115C9-115D7 11641-11642 1173C-1173E 11A42-11A43 11A9B-11A9C 11C41-11C42 16A6E-16A6F 16AF5 16B37-16B38 16B44 "
    "1BC9F 1DA88"
)
# datatrove 0.10 `TERMINAL_PUNCTUATION`: the above and these.
_ONLY_TERMINAL = (
    "61D-61E 837 839 83D-83E 17D4-17D6 17D9-17DA 1B7D-1B7E 2E53-2E54 10F55-10F59 10F86-10F89 11944 11946 "
    "11EF7-11EF8 11F43-11F44 16E98"
)
# datatrove 0.10 `PUNCTUATION`; its PUNCTUATION_SET adds the terminal marks.
_SYMBOLS = (
    "0-8 B-1F 21-2F 3A-40 5B-60 7B-9F AB B4 BB 2013-2014 2019 201C-201E 2026 2236 2501 25BA 3001-3002 3008-300D "
    "3010-3011 FF01 FF05 FF08-FF09 FF0C FF0E FF11 FF1A-FF1B FF1F FF5E"
)
# What spaCy 3.8 cuts off at both ends (`char_classes.LIST_PUNCT`, `LIST_QUOTES`).
_MARKS = (
    "21 23 26 28-2A 2C 3A-3C 3E-3F 5B 5D 5F 7B 7D A1 B7 BF 60C 61B 61F 66A 6D4 964 2026 3001-3002 FF01 FF0C FF1A-FF1B "
    "FF1F FF5E"
)
_QUOTES = "22 27 60 AB B4 BB 2018-201A 201C-201E 2329-232A 27E6-27E7 3008-3011 3014-3015 FF08-FF09"
_BEFORE_STOP = "25 2B 2D 30-39 7C B2"  # spaCy's suffix rule for the full stop, beside lower case and the marks

_VOWELS = frozenset("aeiouyæœøıəɛɔ")
_RARE_MARKS = "#*@\\_{}"  # punctuation by category, yet seldom in prose
_COMMON_SYMBOLS = "`´°"
_JOINERS = "'’‘ʼ′`´-‐‑\xad()[]&·•¦׳״"
_LINE_ENDS = "A-D 1C-1E 85 2028-2029"
_IDEOGRAPHS = (
    "3005-3007 3021-3029 3038-303C 3041-3096 309D-309F 30A1-30FA 30FC-30FF 3105-312F 31A0-31BF 31F0-31FF 3400-4DBF "
    "4E00-9FFF F900-FAFF FF66-FF9D 16FF0-16FF1 17000-18D08 1AFF0-1B2FB 20000-33FFF"
)
_UNSPACED_BLOCKS = "E01-E4F E81-EDF 1000-109F 1780-17FF 1950-19DF 1A20-1AAF A9E0-A9FF AA60-AADF 11700-1174F"
_PREPOSED = "E40-E44 EC0-EC4 19B5-19B7 19BA AAB5-AAB6 AAB9 AABB-AABC"
_EXTENDING_LETTERS = "E30 E32-E33 E45-E46 EB0 EB2-EB3 EC6 200C-200D FF9E-FF9F"
_STACKERS = "1039 17D2 1A60"
_SYLLABLE_ENDS = "F0B-F0C"


def code_points(ranges: str) -> set[int]:
    """Read ``"41-5A 5F"``, hexadecimal code points and ranges, both ends included."""
    found: set[int] = set()
    for part in ranges.split():
        first, _, last = part.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def _class_of(character: str) -> int:
    """The classes that follow from the general category and from what Python's ``str`` says."""
    category = unicodedata.category(character)
    alpha = category[0] in "LM"
    bits = LETTER | WORD if category[0] == "L" else 0
    bits |= ALPHA if alpha else 0
    bits |= LOWER | BEFORE_STOP if alpha and category not in ("Lu", "Lt") else 0
    bits |= UPPER if alpha and category != "Ll" else 0
    bits |= EXTEND if category[0] == "M" else 0
    bits |= WORD if category[0] == "N" else 0
    bits |= SPACE if character.isspace() else 0
    bits |= PUNCTUATION if category[0] == "P" else 0
    bits |= CJK_PUNCTUATION if category[0] == "P" and character > "\x7f" else 0
    bits |= ICON if category == "So" else 0
    bits |= CURRENCY if category == "Sc" else 0
    return bits | _print_class_of(character, category)


def _print_class_of(character: str, category: str) -> int:
    """The classes that tell words from the traces of bad recognition."""
    bits = NUMBER if category[0] == "N" else 0
    if category[0] == "L" and unicodedata.name(character, "").startswith("LATIN "):
        bits |= LATIN | (VOWEL if _VOWELS & set(unicodedata.normalize("NFKD", character.lower())) else 0)
    marks = category[0] == "P" and character not in _RARE_MARKS
    if category[0] in "LMN" or category in ("Cf", "Sc") or marks or character in _COMMON_SYMBOLS:
        bits |= COMMON
    return bits


@cache
def class_table() -> Classes:
    """Build the table code point -> classes (``LIMIT`` entries, about a megabyte), once per process."""
    table = np.array([_class_of(chr(point)) for point in range(LIMIT)], dtype=np.uint32)
    marks, quotes = code_points(_MARKS), code_points(_QUOTES)
    sentence_ends, symbols = code_points(_SENTENCE_ENDS), code_points(_SYMBOLS)
    terminal = sentence_ends | code_points(_ONLY_TERMINAL)
    letters = {point for point in code_points(_UNSPACED_BLOCKS) if table[point] & LETTER}
    extending, preposed = code_points(_EXTENDING_LETTERS), code_points(_PREPOSED)
    ascii_words = code_points("30-39 41-5A 61-7A")
    for bit, points in (
        (LINE_END, code_points(_LINE_ENDS)),
        (DIGIT, code_points("30-39")),
        (WORD, code_points("5F")),
        (HOST, ascii_words | code_points("A1-FFFF")),
        (SYMBOL, symbols | terminal),
        (SENTENCE_END, sentence_ends),
        (TERMINAL, terminal),
        (AFFIX, marks | quotes),
        (QUOTE, quotes | {0x2C}),
        (BEFORE_STOP, code_points(_BEFORE_STOP) | marks | quotes),
        (IDEOGRAPH, code_points(_IDEOGRAPHS)),
        (CLUSTER, letters - extending - preposed),
        (PREPOSED, preposed),
        (EXTEND, extending),
        (STACKER, code_points(_STACKERS)),
        (SYLLABLE_END, code_points(_SYLLABLE_ENDS)),
        (FULL_STOP, {0x2E}),
        (ROMAN, set(map(ord, "ivxlcdmIVXLCDM"))),
        (JOINER, set(map(ord, _JOINERS))),
    ):
        table[sorted(points)] |= np.uint32(bit)
    table.setflags(write=False)
    return table


@kernel
def decode(data: Bytes, at: int) -> tuple[int, int]:
    """Read the code point that starts at byte ``at`` of valid UTF-8; give it and its width in bytes."""
    first = int(np.int64(data[at]))
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | int(data[at + 1] & 0x3F), 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | int(data[at + 1] & 0x3F) << 6 | int(data[at + 2] & 0x3F), 3
    high = (first & 0x07) << 18 | int(data[at + 1] & 0x3F) << 12
    return high | int(data[at + 2] & 0x3F) << 6 | int(data[at + 3] & 0x3F), 4


@kernel
def decode_before(data: Bytes, end: int) -> tuple[int, int]:
    """Read the code point that ends just before byte ``end``; give it and its width in bytes."""
    at = end - 1
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return decode(data, at)


@kernel
def class_of(classes: Classes, point: int) -> int:
    """Give the classes of a code point."""
    if point < LIMIT:
        return int(np.int64(classes[point]))
    return EXTEND if 0xE0100 <= point <= 0xE01EF else 0
