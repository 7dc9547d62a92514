"""Plain, slow, obviously right counterparts of the kernels, written from the docstrings and from character names."""

import re
import unicodedata
from collections.abc import Callable

import pytest

M64 = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
ALONE = re.compile(
    "CJK (UNIFIED|COMPATIBILITY) IDEOGRAPH|IDEOGRAPHIC|HANGZHOU|HIRAGANA|KATAKANA|HENTAIGANA|KANA "
    "|(THAI|LAO|MYANMAR|KHMER) "
)


def fold(character: str) -> str:
    """Fold case where that keeps one code point."""
    return next((form for form in (character.casefold(), character.lower()) if len(form) == 1), character)


def plain_words(text: str) -> list[str]:
    """Split a text into folded words, character by character."""
    words, word = [], ""
    for character in text:
        category = unicodedata.category(character)
        if category == "Cf" or "VARIATION SELECTOR" in unicodedata.name(character, ""):
            continue
        lettered = category[0] in "LMN" or category == "Pc"
        alone = lettered and bool(ALONE.search(unicodedata.name(character, "")))
        if 0x20000 <= ord(character) <= 0x3FFFD:
            lettered = alone = True
        if (alone or not lettered) and word:
            words.append(word)
            word = ""
        if alone:
            words.append(fold(character))
        elif lettered:
            word += fold(character)
    return [*words, word] if word else words


def mix(value: int) -> int:
    """MurmurHash3's 64-bit finaliser."""
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & M64
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & M64
    return value ^ value >> 33


def word_hash(word: str) -> int:
    """FNV-1a over code points, finalised."""
    state = 0xCBF29CE484222325
    for character in word:
        state = (state ^ ord(character)) * 0x100000001B3 & M64
    return mix(state)


def plain_key(text: str) -> bytes | None:
    """The key of a text, from its words."""
    first, second = 0x243F6A8885A308D3, 0x13198A2E03707344
    words = plain_words(text)
    for word in words:
        first = mix(first ^ word_hash(word))
        second = mix((second * GOLDEN + word_hash(word)) & M64)
    return first.to_bytes(8, "little") + second.to_bytes(8, "little") if words else None


def ngrams(text: str, n: int) -> set[tuple[str, ...]]:
    """The different n-grams of a text's words."""
    words = plain_words(text)
    return {tuple(words[start : start + n]) for start in range(len(words) - n + 1)}


def plain_signature(text: str, n: int, bands: int, rows: int, seed: int) -> tuple[bytes, bytes] | None:
    """The two columns of one text: each minimum is taken over all n-grams, one order after the other."""
    hashes = set()
    for gram in ngrams(text, n):
        value = 0
        for word in gram:
            value = (value * GOLDEN + word_hash(word)) & M64
        hashes.add(mix(value) >> 32)
    if len(hashes) < 8:
        return None
    minima, state = [], seed
    for _ in range(bands * rows):
        state = (state + GOLDEN) & M64
        drawn = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & M64
        drawn = (drawn ^ drawn >> 27) * 0x94D049BB133111EB & M64
        drawn ^= drawn >> 31
        factor, shift = drawn >> 32 | 1, drawn & 0xFFFFFFFF
        minima.append(min((factor * value + shift) % 2**32 for value in hashes))
    band_hashes = b""
    for band in range(bands):
        state = band
        for minimum in minima[band * rows : (band + 1) * rows]:
            state = mix((state * GOLDEN + minimum) & M64)
        band_hashes += state.to_bytes(8, "little")
    return band_hashes, bytes(minimum % 256 for minimum in minima)


@pytest.fixture(scope="session")
def words_of() -> Callable[[str], list[str]]:
    """Give the plain splitter."""
    return plain_words


@pytest.fixture(scope="session")
def hash_of_word() -> Callable[[str], int]:
    """Give the plain hash of one word."""
    return word_hash


@pytest.fixture(scope="session")
def key_of() -> Callable[[str], bytes | None]:
    """Give the plain key of a text."""
    return plain_key


@pytest.fixture(scope="session")
def ngrams_of() -> Callable[[str, int], set[tuple[str, ...]]]:
    """Give the plain n-grams."""
    return ngrams


@pytest.fixture(scope="session")
def signature_of() -> Callable[[str, int, int, int, int], tuple[bytes, bytes] | None]:
    """Give the plain signature."""
    return plain_signature
