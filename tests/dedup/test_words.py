"""Words: literal cases, agreement with the plain splitter, and a table that must never change."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from florilegium.dedup.words import character_table, next_word, string_buffers
from florilegium.errors import ContractError

MIXED = (
    "aZé_9ßİſς ,.-\u00ad\u200d\u0301\u0939\u093f"
    "中文ひらカナーไทยລາວမြန်ខ្មែ한국\U00020000\U0001f600\ufe0f\u0378\U0010ffff"
)
NEWER = "\u0cf3\u0ece"  # letters that Python 3.12 and later know, and the frozen table does not


def hashes(data: bytes) -> list[int]:
    """All word hashes of a piece of UTF-8."""
    array = np.frombuffer(data, dtype=np.uint8)
    found_words: list[int] = []
    at = 0
    while True:
        found, value, at = next_word(array, at, len(array), character_table())
        if not found:
            return found_words
        found_words.append(int(value))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The quick, brown FOX.", ["the", "quick", "brown", "fox"]),
        ("don't e-mail snake_case 3.14", ["don", "t", "e", "mail", "snake_case", "3", "14"]),
        ("Straße STRASSE ΣΊΣΥΦΟΣ", ["straße", "strasse", "σίσυφοσ"]),
        ("हिन्दी cafe\u0301", ["हिन्दी", "cafe\u0301"]),
        ("co\u00adoperate \ufeffx", ["cooperate", "x"]),
        ("我爱Python编程", ["我", "爱", "python", "编", "程"]),
        ("ไทย カタ", ["ไ", "ท", "ย", "カ", "タ"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("→ ★ 👍", []),
        ("", []),
    ],
)
def test_words_of_literal_texts(
    text: str, words: list[str], words_of: Callable[[str], list[str]], hash_of_word: Callable[[str], int]
) -> None:
    assert words_of(text) == words
    assert hashes(text.encode()) == [hash_of_word(word) for word in words]


@given(
    text=st.text(alphabet=MIXED)
    | st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_characters=NEWER))
)
def test_kernel_splits_like_the_plain_splitter(
    text: str, words_of: Callable[[str], list[str]], hash_of_word: Callable[[str], int]
) -> None:
    assert hashes(text.encode()) == [hash_of_word(word) for word in words_of(text)]


@given(data=st.binary())
def test_malformed_bytes_end_in_words_not_in_errors(data: bytes) -> None:
    array = np.frombuffer(data, dtype=np.uint8)
    at, steps, found = 0, 0, True
    while found:
        found, _, after = next_word(array, at, len(array), character_table())
        assert at <= after <= len(array)
        at, steps = after, steps + 1
    assert at == len(array)
    assert steps <= len(array) + 1


def test_a_cut_code_point_at_the_end_does_not_read_on() -> None:
    assert hashes("ab é".encode()[:-1]) == hashes(b"ab")


def test_the_table_is_the_same_on_every_python() -> None:
    digest = hashlib.blake2b(character_table().astype("<u4").tobytes(), digest_size=16).hexdigest()
    assert digest == "e9e931a894c48a7d8beacb3049b37ddf"


def test_letters_of_unicode_15_are_frozen_out_but_new_han_is_in() -> None:
    assert character_table()[0x11F04] >> 21 == 0  # Kawi, Unicode 15
    assert character_table()[0x31350] >> 21 == 2  # Han extension H, Unicode 15


def test_string_buffers_know_slices_nulls_and_wide_offsets() -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        texts = pa.array(["skipped", "ab", None, "", "é"], type=kind)[1:]
        data, offsets = string_buffers(texts)
        read = [data[start:end].tobytes().decode() for start, end in pairwise(offsets)]
        assert read == ["ab", "", "", "é"]


def test_string_buffers_refuse_other_types() -> None:
    with pytest.raises(ContractError, match="int64"):
        string_buffers(pa.array([1, 2]))


def test_which_characters_stand_alone_agrees_with_their_names() -> None:
    names = re.compile("CJK (UNIFIED|COMPATIBILITY) IDEOGRAPH|HIRAGANA|KATAKANA|HENTAIGANA|(THAI|LAO|MYANMAR|KHMER) ")
    for code in range(0x20000):
        character = chr(code)
        if unicodedata.category(character)[0] in "LMN" and names.search(unicodedata.name(character, "")):
            assert character_table()[code] >> 21 == 2, unicodedata.name(character)
