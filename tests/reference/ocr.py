"""The signals of the group ``ocr`` the slow, plain way: regular expressions over Python strings."""

import re
import unicodedata
from collections.abc import Collection
from itertools import pairwise

from florilegium.signals.kernels import characters as lists

Number = float | None

MARKS = "".join(chr(point) for point in lists.code_points(lists._EXTENDING_LETTERS))
UNSPACED = lists.code_points(f"{lists._IDEOGRAPHS} {lists._PREPOSED} {lists._SYLLABLE_ENDS}") | {
    point
    for point in lists.code_points(lists._UNSPACED_BLOCKS) - lists.code_points(lists._EXTENDING_LETTERS)
    if chr(point).isalpha()
}
ROMAN = set("ivxlcdmIVXLCDM")
REMAINS = tuple("'‘’•")


def is_transparent(character: str) -> bool:
    """Belongs to the character before it."""
    return unicodedata.category(character)[0] == "M" or character in MARKS


def is_letter(character: str) -> bool:
    """Letter below the limit of the table."""
    return character.isalpha() and ord(character) < lists.LIMIT


def is_number(character: str) -> bool:
    """Number of any kind."""
    return unicodedata.category(character)[0] == "N" and ord(character) < lists.LIMIT


def is_latin(character: str) -> bool:
    """Letter of the Latin script, by its name."""
    return is_letter(character) and unicodedata.name(character, "").startswith("LATIN ")


def is_vowel(character: str) -> bool:
    """Latin letter that is a vowel under its marks, or a ligature with one."""
    return any(part in "aeiouyæœøıəɛɔ" for part in unicodedata.normalize("NFKD", character.lower()))


def is_common(character: str) -> bool:
    """What prose is made of."""
    category = unicodedata.category(character)
    return ord(character) < lists.LIMIT and (
        category[0] in "LMN"
        or category in ("Cf", "Sc")
        or (category[0] == "P" and character not in "#*@\\_{}")
        or character in "`´°"
    )


def pieces_of(text: str) -> list[str]:
    """Cut a text where no word goes on, without the characters that belong to the one before."""
    pieces = []
    for chunk in text.split():
        if any(ord(character) in UNSPACED for character in chunk):
            continue
        if (
            "://" in chunk
            or set(chunk) & set("<>=_{`$")
            or re.match(r"www\..", chunk)
            or re.search(r"@.*\.", chunk, re.DOTALL)
        ):
            continue
        # where two hyphens stand together the first one cuts, even if a mark is between the second and what follows
        pieces += re.split(r"[–—―…/]|-(?=-)|\.(?=\.)", chunk)
    return ["".join(character for character in piece if not is_transparent(character)) for piece in pieces]


def parted(piece: str) -> tuple[str, str, str] | None:
    """Cut a piece into the marks before a word, the word and the marks behind it; nothing where there is no letter."""
    inner = [place for place, character in enumerate(piece) if is_letter(character) or is_number(character)]
    if not any(map(is_letter, piece)):
        return None
    return piece[: inner[0]], piece[inner[0] : inner[-1] + 1], piece[inner[-1] + 1 :]


def is_single_letter(before: str, word: str, behind: str, common: Collection[str]) -> bool:
    """One letter that is neither common nor what is left of more."""
    left = behind.startswith((".", *REMAINS)) or before.endswith(REMAINS) or (before[-1:] + word == "&c")
    return len(word) == 1 and word not in common and not left


def is_mixed(word: str) -> bool:
    """A symbol or number between letters, or a capital behind a small letter."""
    places = [place for place, character in enumerate(word) if is_letter(character)]
    run = 0
    for number, (left, right) in enumerate(pairwise(places), 1):
        run += 1
        gap = word[left + 1 : right]
        short = run <= 2
        if any(one not in lists._JOINERS and not (one == "." and short) for one in gap):
            return True
        if gap:
            run = 0
        elif unicodedata.category(word[left]) == "Ll" and unicodedata.category(word[right]) in ("Lu", "Lt"):
            letters = "".join(word[place] for place in places[:number])
            if letters not in ("Mc", "Mac"):
                return True
    return False


def is_odd(word: str, behind: str) -> bool:
    """Four times the same letter; no vowel; six consonants that are not `h`: the last two not if all is capitals."""
    if re.search(r"(.)\1\1\1", word):
        return True
    if all(unicodedata.category(letter) in ("Lu", "Lt") for letter in word):
        return False
    if not any(map(is_vowel, word)) and not set(word) <= ROMAN and word != "Mrs" and not behind.startswith("."):
        return True
    kinds = "".join("v" if is_vowel(letter) else "c" for letter in word if letter not in "hH")
    return "cccccc" in kinds


def share(part: float, whole: float) -> Number:
    """``part / whole``, nothing where there is no whole."""
    return part / whole if whole else None


def ocr(text: str, common: Collection[str] | None) -> dict[str, Number]:
    """Signals of the group ``ocr``; ``common`` are the one-letter words of the language."""
    words = [parts for parts in map(parted, pieces_of(text)) if parts]
    latin = [(word, behind) for _, word, behind in words if len(word) >= 3 and all(map(is_latin, word))]
    if sum(ord(character) in UNSPACED for character in text) > len(words):
        words, latin = [], []
    ink = [character for character in text if not character.isspace()]
    symbols = [c for c in ink if not is_common(c) and not is_transparent(c)]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    hyphens = [line for line in lines if line[-1] in "-\u2010\xad¬" and unicodedata.category(line[-2:][0])[0] in "LM"]
    return {
        "ocr.single_letters": None
        if common is None
        else share(sum(is_single_letter(*parts, common) for parts in words), len(words)),
        "ocr.mixed_words": share(sum(is_mixed(word) for _, word, _ in words), len(words)),
        "ocr.odd_words": share(sum(is_odd(word, behind) for word, behind in latin), len(latin)),
        "ocr.symbols": share(len(symbols), len(ink)),
        "ocr.hyphen_lines": share(len(hyphens), len(lines)),
        "ocr.line_length": share(sum(map(len, lines)), len(lines)),
    }
