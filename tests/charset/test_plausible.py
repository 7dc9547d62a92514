"""The cost of a reading: the right one is cheaper, and anomalies are counted."""

import pytest

from florilegium.charset.plausible import read


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Российская Федерация является государством", "Russian"),
        ("Zażółć gęślą jaźń, się są", "Polish"),
        ("Übergrößen für Mädchen", "German"),
        ("İnsanların hepsi özgür doğarlar, değer", "Turkish"),
        ("这是我们的中国", "Chinese"),
        ("これは日本語のテキストです", "Japanese"),
        ("이것은 한국어 문장입니다", "Korean"),
    ],
)
def test_language_of_ordinary_text(text: str, language: str) -> None:
    reading = read(text)
    assert (reading.language, reading.odd) == (language, 0)
    assert reading.units == sum(character > "\x7f" for character in text)


@pytest.mark.parametrize(
    "text",
    ["Ïðèâåò, êàê äåëà", "оПХБЕР, ЙЮЙ ДЕКЮ", "Ã¼ber grÃ¶ÃŸere", "siê, rodz¹, g³owa", "\x92\x93\ufffd", "╨Я╤А╨╕╨▓"],
)
def test_mojibake_is_odd_or_costly(text: str) -> None:
    reading = read(text)
    assert reading.odd > 2 or reading.bits > 6 * reading.units


def test_ascii_costs_nothing() -> None:
    assert read("plain text").bits == 0
    assert read("").units == 0


def test_repeated_punctuation_is_cheaper_than_new() -> None:
    assert read("it’s it’s it’s").bits < 3 * read("it’s").bits


def test_one_language_only() -> None:
    assert read("люди", "Greek").bits > read("люди", "Russian").bits
