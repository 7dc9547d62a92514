"""One literal case per rule: what decides, what loses against the bytes, what is flagged."""

import codecs

import pytest

from florilegium.charset import Decoded, decode
from florilegium.errors import RecipeError

RUSSIAN = "Все люди рождаются свободными и равными в своем достоинстве и правах. Я это знаю."
GERMAN = "Über größere Häuser läßt sich schön für später träumen, müßte man fürchten."
POLISH = "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw, żółć."
CHINESE = "人人生而自由，在尊严和权利上一律平等。他们有理性和良心，请以手足关系的精神相对待。"
JAPANESE = "すべての人間は、生れながらにして自由であり、かつ、尊厳と権利とについて平等である。"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."
GREEK = "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα."


def page(text: str, codec: str, head: str = "") -> bytes:
    return f"<html><head>{head}<title>x</title></head><body><p>{text}</p></body></html>".encode(codec)


def header(label: str) -> str:
    return f"text/html; charset={label}"


def found(decoded: Decoded) -> tuple[str, str, str | None]:
    return decoded.encoding, decoded.found_by, decoded.suspect


def test_empty() -> None:
    assert decode(b"") == Decoded("", "UTF-8", "ascii", 0, None)


def test_ascii_is_ascii_whatever_is_declared() -> None:
    assert decode(b"<p>abc", header("big5")) == Decoded("<p>abc", "UTF-8", "ascii", 0, None)


def test_bom_over_header() -> None:
    decoded = decode(codecs.BOM_UTF8 + page(RUSSIAN, "utf-8"), header("windows-1251"))
    assert found(decoded) == ("UTF-8", "bom", None)
    assert decoded.text.startswith("<html>")


@pytest.mark.parametrize(
    ("mark", "codec", "name"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16LE"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16BE"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32-be"),
    ],
)
def test_wide_bom(mark: bytes, codec: str, name: str) -> None:
    decoded = decode(mark + page(CHINESE, codec), header("utf-8"))
    assert found(decoded) == (name, "bom", None)
    assert CHINESE in decoded.text


def test_bom_that_lies_is_dropped() -> None:
    decoded = decode(codecs.BOM_UTF8 + page(RUSSIAN, "cp1251"))
    assert found(decoded) == ("windows-1251", "detected", None)
    assert RUSSIAN in decoded.text


def test_header_over_meta() -> None:
    decoded = decode(page(RUSSIAN, "koi8-r", "<meta charset=windows-1251>"), header("KOI8-R"))
    assert found(decoded) == ("KOI8-R", "header", None)
    assert RUSSIAN in decoded.text


def test_wrong_header_loses_against_right_meta() -> None:
    decoded = decode(page(POLISH, "iso8859-2", "<meta charset=iso-8859-2>"), header("iso-8859-1"))
    assert found(decoded) == ("ISO-8859-2", "meta", None)


def test_unknown_header_gives_way_to_meta() -> None:
    decoded = decode(page(RUSSIAN, "cp1251", "<meta charset=cp1251>"), header("{charset}"))
    assert found(decoded) == ("windows-1251", "meta", None)


def test_xml_declaration() -> None:
    declaration = b'<?xml version="1.0" encoding="iso-8859-5"?>'
    assert found(decode(declaration + page(RUSSIAN, "iso8859-5"))) == ("ISO-8859-5", "xml", None)


@pytest.mark.parametrize("label", ["iso-8859-1", "gbk", "shift_jis", "koi8-r", "none"])
@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, CHINESE])
def test_utf_8_declared_otherwise(label: str, text: str) -> None:
    decoded = decode(page(text, "utf-8"), header(label))
    assert found(decoded) == ("UTF-8", "detected", None)
    assert text in decoded.text


def test_few_utf_8_letters_against_a_declaration() -> None:
    assert found(decode(page("Straße", "utf-8"), header("iso-8859-1")))[0] == "UTF-8"
    assert found(decode(page("über Straße", "cp1252"), header("iso-8859-1"))) == ("windows-1252", "header", None)


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (GERMAN, "cp1252", "windows-1252"),
        (POLISH, "cp1250", "windows-1250"),
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "KOI8-R"),
        (RUSSIAN, "cp866", "IBM866"),
        (GREEK, "cp1253", "windows-1253"),
        (CHINESE, "gb18030", "GBK"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        (JAPANESE, "cp932", "Shift_JIS"),
        (KOREAN, "cp949", "EUC-KR"),
    ],
)
@pytest.mark.parametrize("content_type", [None, header("utf-8"), header("iso-8859-5")])
def test_undeclared_or_declared_wrongly(text: str, codec: str, name: str, content_type: str | None) -> None:
    decoded = decode(page(text, codec), content_type)
    assert found(decoded) == (name, "detected", None)
    assert text in decoded.text


@pytest.mark.parametrize(
    ("text", "codec", "label", "name"),
    [
        (GERMAN, "utf-8", "utf-8", "UTF-8"),
        (RUSSIAN, "cp1251", "cp1251", "windows-1251"),
        (CHINESE, "gb18030", "gb2312", "GBK"),
        (JAPANESE, "cp932", "shift_jis", "Shift_JIS"),
        (JAPANESE, "euc_jp", "euc-jp", "EUC-JP"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", "ISO-2022-JP"),
    ],
)
def test_one_bad_byte_does_not_undo_a_declaration(text: str, codec: str, label: str, name: str) -> None:
    payload = page(text, codec).replace(b"<body>", b"<body>\xff ")
    decoded = decode(payload, header(label))
    assert found(decoded) == (name, "header", None)
    assert text in decoded.text
    assert decoded.replaced == (0 if name in ("windows-1251", "Shift_JIS") else 1)


@pytest.mark.parametrize(("codec", "name"), [("utf-8", "UTF-8"), ("gb18030", "GBK")])
def test_character_cut_at_the_end(codec: str, name: str) -> None:
    decoded = decode(page(CHINESE, codec).partition("。".encode(codec))[0][:-1], header(name))
    assert found(decoded) == (name, "header", None)
    assert decoded.replaced == 1


def test_ascii_with_one_bad_byte_stays_utf_8() -> None:
    decoded = decode(page("abc", "ascii").replace(b"<body>", b"<body>\xff"), header("utf-8"))
    assert (decoded.encoding, decoded.replaced) == ("UTF-8", 1)


def test_one_letter_declared_utf_8() -> None:
    assert decode(page("Männer", "cp1252"), header("utf-8")).text.count("Männer") == 1


def test_replacement_characters_of_the_source_are_not_counted() -> None:
    decoded = decode(page("gr\ufffd\ufffd für später", "utf-8").replace(b"<body>", b"<body>\xff"), header("utf-8"))
    assert decoded.replaced == 1


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [GERMAN, JAPANESE])
def test_wide_without_bom(codec: str, text: str) -> None:
    decoded = decode(page(text, codec), header("utf-8"))
    assert decoded.encoding.lower().replace("-", "") == codec.replace("-", "")
    assert decoded.found_by == "detected"
    assert text in decoded.text


def test_utf_16_that_is_none_is_ignored() -> None:
    assert found(decode(page(GERMAN, "cp1252"), header("utf-16"))) == ("windows-1252", "detected", None)
    assert found(decode(page(GERMAN, "utf-8", "<meta charset=utf-16>"))) == ("UTF-8", "detected", None)


def test_undecidable_is_flagged() -> None:
    decoded = decode(
        b"<p>a\xfeb \xe3x</p>"
    )  # Romanian in windows-1250, Baltic in windows-1257 or Nordic in windows-1252
    assert decoded.suspect == "undecidable"


def test_what_no_alphabet_explains_is_flagged() -> None:
    payload = page(RUSSIAN, "cp1251").translate(
        bytes(range(0xC0)) + bytes((byte * 37) % 64 + 0xC0 for byte in range(64))
    )
    assert decode(payload, header("iso-8859-1")).suspect is not None


def test_many_replacements_are_flagged() -> None:
    payload = page(GERMAN * 3, "utf-8").replace(b"f\xc3\xbcr", b"f\xfcr")
    decoded = decode(payload, header("utf-8"))
    assert (decoded.encoding, decoded.replaced, decoded.suspect) == ("UTF-8", 6, "many_replacements")


def test_user_wins_and_errors_are_counted() -> None:
    decoded = decode("é".encode() + b"\x81", html=False, declared="latin-1")
    assert decoded == Decoded("Ã©\ufffd", "windows-1252", "declared", 1, None)


def test_user_wins_over_bom_header_and_meta_but_is_told() -> None:
    payload = page(GERMAN, "utf-8", "<meta charset=utf-8>")
    decoded = decode(payload, header("utf-8"), declared="iso-8859-2")
    assert found(decoded) == ("ISO-8859-2", "declared", "declaration_contradicted")


def test_bom_of_what_the_user_declares_is_taken_off() -> None:
    assert decode(codecs.BOM_UTF8 + b"abc", html=False, declared="utf8").text == "abc"
    decoded = decode(codecs.BOM_UTF16_BE + "größe".encode("utf-16-be"), html=False, declared="utf-16")
    assert (decoded.text, decoded.encoding, decoded.suspect) == ("größe", "UTF-16BE", None)


def test_unknown_label_of_the_user() -> None:
    with pytest.raises(RecipeError, match=r"'latni1' is unknown; did you mean latin1"):
        decode(b"abc", html=False, declared="latni1")


def test_plain_text_has_no_meta() -> None:
    text = f"<meta charset=koi8-r> {RUSSIAN}"
    assert found(decode(text.encode("cp1251"), html=False)) == ("windows-1251", "detected", None)
