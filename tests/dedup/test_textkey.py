"""Exact duplicates: what makes no difference, what does, and a hash that must never change."""

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from florilegium.dedup.textkey import text_key

NEWER = "\u0cf3\u0ece"  # letters that Python 3.12 and later know, and the frozen table does not


def key(text: str | None) -> bytes | None:
    """The key of one text."""
    value: bytes | None = text_key(pa.array([text], type=pa.string()))[0].as_py()
    return value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The  End.", "the end"),
        ("a\r\nb\tc", "A b, c!"),
        ("“Quoted” – text…", '"quoted" - text...'),
        ("中 文", "中文。"),
        ("co\u00adop", "coop"),
    ],
)
def test_case_space_and_punctuation_make_no_difference(one: str, other: str) -> None:
    assert key(one) == key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "ab"),
        ("a b", "b a"),
        ("a a", "a"),
        ("ab c", "a bc"),
        ("page 1 of 7", "page 2 of 7"),
        ("caf\u00e9", "cafe"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_words_and_their_order_do(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize("text", [None, "", "  \n", "*** --- ***", "🙂"])
def test_a_text_without_words_has_no_key(text: str | None) -> None:
    assert key(text) is None


def test_keys_are_stable() -> None:
    keys = text_key(pa.array(["The end", "Füße 中文 42"]))
    assert [value.as_py().hex() for value in keys] == [
        "5769b3401d69f32024831d8219956881",
        "3faa1a4e65bf8192211108b41046dda4",
    ]


def test_keys_do_not_depend_on_the_batch() -> None:
    texts = pa.array(["one", None, "two three", "***", "four"])
    assert text_key(texts)[1:].to_pylist() == text_key(texts[1:]).to_pylist()
    assert text_key(texts[:0]).to_pylist() == []


@given(text=st.text(alphabet=st.characters(codec="utf-8", max_codepoint=0xFFFF, exclude_characters=NEWER)))
def test_kernel_agrees_with_the_plain_key(text: str, key_of: Callable[[str], bytes | None]) -> None:
    assert key(text) == key_of(text)
