"""Labels: the standard's aliases, spelling variants, unknown ones, and what only the codecs of Python lack."""

import pytest

from florilegium.charset.labels import BY_NAME, REPLACEMENT, encoding_of, required_encoding
from florilegium.errors import RecipeError


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("iso-8859-1", "windows-1252"),
        ("ISO_8859-1:1987", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("latin-1", "windows-1252"),
        ("gb2312", "GBK"),
        ("x-gbk", "GBK"),
        ("GB18030", "gb18030"),
        ("Shift-JIS", "Shift_JIS"),
        ("windows-31j", "Shift_JIS"),
        ("ks_c_5601-1987", "EUC-KR"),
        ("cp949", "EUC-KR"),
        ("big5-hkscs", "Big5"),
        ("iso-8859-9", "windows-1254"),
        ("TIS-620", "windows-874"),
        ("l2", "ISO-8859-2"),
        ("ELOT_928", "ISO-8859-7"),
        ("koi8-ru", "KOI8-U"),
        ("x-mac-ukrainian", "x-mac-cyrillic"),
        ("unicode-1-1-utf-8", "UTF-8"),
        ("utf8", "UTF-8"),
        (" 'UTF-8' ", "UTF-8"),
        ("ucs-2", "UTF-16LE"),
        ("unicodefffe", "UTF-16BE"),
        ("cp-1251", "windows-1251"),
        ("utf8mb4", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("IBM852", "cp852"),
        ("cp850", "cp850"),
        ("x-mac-ce", "mac-latin2"),
        ("utf-32be", "utf-32-be"),
        ("hz-gb-2312", "replacement"),
        ("iso-2022-kr", "replacement"),
    ],
)
def test_label_gives_its_encoding(label: str, name: str) -> None:
    encoding = encoding_of(label)
    assert encoding is not None
    assert encoding.name == name


@pytest.mark.parametrize("label", ["", "none", "utf-7", "x-user-defined", "{charset}", "iso-8859-1,utf-8", "undefined"])
def test_unknown_label_gives_none(label: str) -> None:
    assert encoding_of(label) is None


def test_every_encoding_has_a_codec() -> None:
    for encoding in BY_NAME.values():
        if encoding is not REPLACEMENT:
            assert "A1".encode(encoding.codec).decode(encoding.codec) == "A1"


def test_unknown_label_of_a_user_names_it_and_close_ones() -> None:
    with pytest.raises(RecipeError, match=r"'windows-1525' is unknown; did you mean .*windows-125"):
        required_encoding("windows-1525")
    with pytest.raises(RecipeError, match=r"'@@' is unknown; use a label of the WHATWG standard"):
        required_encoding("@@")


def test_refused_label_of_a_user() -> None:
    with pytest.raises(RecipeError, match="'hz-gb-2312' is refused"):
        required_encoding("hz-gb-2312")


@pytest.mark.parametrize(
    ("name", "payload", "text"),
    [
        ("EUC-JP", b"\xad\xa1", "①"),  # NEC's row 13
        ("EUC-JP", b"\xad\xea", "㈱"),
        ("Big5", b"\xa3\xe1", "€"),
        ("GBK", b"\x80", "€"),
        ("EUC-JP", b"\xff", "\ufffd"),
        ("Big5", b"\xff", "\ufffd"),
        ("GBK", b"\xff", "\ufffd"),
    ],
)
def test_gaps_of_the_codecs_are_filled(name: str, payload: bytes, text: str) -> None:
    encoding = BY_NAME[name]
    assert (b"a" + payload + b"b").decode(encoding.codec, encoding.errors) == f"a{text}b"
