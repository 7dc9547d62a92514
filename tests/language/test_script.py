"""The dominant script of a text."""

import sys
import unicodedata
from collections import Counter
from importlib.resources import files

import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.language.script import dominant_scripts

SCRIPTS = sorted(
    {line.split()[2] for line in files("florilegium.language").joinpath("scripts.txt").read_text().splitlines()[2:]}
)
IN_SCRIPT = {code: regex.compile(rf"[\p{{L}}\p{{M}}&&\p{{Script={code}}}]", regex.V1) for code in SCRIPTS}


def script(text: str | None) -> str | None:
    """Give the script of one text."""
    return dominant_scripts(pa.array([text], pa.large_string())).to_pylist()[0]


def plain(text: str) -> str | None:
    """The same, slowly: count by regular expressions."""
    counts = Counter({code: len(pattern.findall(text)) for code, pattern in IN_SCRIPT.items()})
    if not sum(counts.values()):
        return None
    kana, hangul = counts["Hira"] + counts["Kana"], counts["Hang"]
    counts["Hani"] += kana + hangul + counts["Bopo"]
    for code in ("Hira", "Kana", "Hang", "Bopo"):
        del counts[code]
    winner = min(counts, key=lambda code: (-counts[code], code))
    if winner != "Hani":
        return winner
    if hangul >= kana and hangul >= counts["Hani"] / 10:
        return "Kore"
    return "Jpan" if kana >= counts["Hani"] / 10 else "Hani"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Guten Tag, Łódź", "Latn"),
        ("русский (Russian)", "Cyrl"),
        ("東京はどこですか", "Jpan"),
        ("カタカナ", "Jpan"),
        ("東京大學圖書館", "Hani"),
        ("孩子们走到河边，往水里扔石头，一直玩到太阳下山。の", "Hani"),  # one kana among many characters
        ("大韓民國은 民主共和國이다", "Kore"),
        ("한국어", "Kore"),
        ("हिन्दी", "Deva"),
        ("ქართული", "Geor"),
        ("عربي 123", "Arab"),
        ("𝒳 12:30 – 😀 ( ) \u0301", None),  # mathematical letters and free-standing marks belong to no script
        ("", None),
        (None, None),
    ],
)
def test_script(text: str | None, code: str | None) -> None:
    assert script(text) == code


def test_every_sentence(sentences: dict[str, str]) -> None:
    wanted = {
        "ru": "Cyrl",
        "el": "Grek",
        "ja": "Jpan",
        "zh": "Hani",
        "ko": "Kore",
        "ar": "Arab",
        "hi": "Deva",
        "th": "Thai",
    }
    assert {code: script(text) for code, text in sentences.items()} == {
        code: wanted.get(code, "Latn") for code in sentences
    }


def test_the_table_holds_every_letter_that_python_knows() -> None:
    letters = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point))[0] in "LM"]
    ours = dominant_scripts(pa.array(letters, pa.large_string())).to_pylist()
    groups = {"Hira": "Jpan", "Kana": "Jpan", "Hang": "Kore", "Bopo": "Hani"}
    known = {letter: groups.get(code, code) for code in SCRIPTS for letter in IN_SCRIPT[code].findall("".join(letters))}
    assert len(known) > 130_000
    assert {letter: code for letter, code in zip(letters, ours, strict=True) if code} == known


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cn")), max_size=40)))
def test_like_counting_with_regular_expressions(texts: list[str]) -> None:
    assert dominant_scripts(pa.array(texts, pa.large_string())).to_pylist() == [plain(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.text(alphabet="aÄя東京のカ한국ㄅ 1", max_size=30)))
def test_like_counting_in_mixed_texts(texts: list[str]) -> None:
    assert dominant_scripts(pa.array(texts, pa.large_string())).to_pylist() == [plain(text) for text in texts]


def test_a_slice_of_a_column() -> None:
    column = pa.array(["latin", "русский", None, "ελληνικά", "עברית"], pa.string())
    assert dominant_scripts(column.slice(1, 3)).to_pylist() == ["Cyrl", None, "Grek"]
    assert dominant_scripts(column.slice(0, 0)).to_pylist() == []
