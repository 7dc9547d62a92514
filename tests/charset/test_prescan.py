"""Declarations: spellings of the HTTP header, of meta tags and of the XML declaration."""

import pytest

from florilegium.charset.prescan import header_label, meta_label, xml_label


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("text/html; charset=UTF-8", "UTF-8"),
        ("TEXT/HTML;CHARSET=koi8-r", "koi8-r"),
        ('text/html; charset="windows-1251"; x=y', "windows-1251"),
        ("text/html;; charset='l2'", "l2"),
        ("text/html; version=4.0; charset= gb2312 ;", "gb2312"),
        ('text/html; charset="utf-8', "utf-8"),
        ("text/html; charset=", None),
        ("text/html", None),
        ("", None),
        (None, None),
    ],
)
def test_header(value: str | None, label: str | None) -> None:
    assert header_label(value) == label


@pytest.mark.parametrize(
    ("page", "label"),
    [
        (b"<meta charset=utf-8>", "utf-8"),
        (b"<META CHARSET = 'Shift_JIS' />", "Shift_JIS"),
        (b'<meta/charset="big5">', "big5"),
        (b'<meta name=x><meta charset="euc-kr">', "euc-kr"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=gbk">', "gbk"),
        (b'<meta content="text/html; charset=gbk" http-equiv=content-type>', "gbk"),
        (b"<!-- <meta charset=big5> --><meta charset=koi8-u>", "koi8-u"),
        (b"<!--><meta charset=koi8-u>", "koi8-u"),
        (b"<p>" * 2000 + b"<meta charset=euc-jp>", "euc-jp"),
        (b'<meta name="description" content="text/html; charset=gbk">', None),
        (b"<metadata charset=gbk>", None),
        (b"<!-- <meta charset=big5>", None),
        (b"<meta", None),
        (b"charset=gbk", None),
        (b" " * 200_000 + b"<meta charset=euc-jp>", None),
    ],
)
def test_meta(page: bytes, label: str | None) -> None:
    assert meta_label(page) == label


@pytest.mark.parametrize(
    ("page", "label"),
    [
        (b'<?xml version="1.0" encoding="ISO-8859-2"?>', "ISO-8859-2"),
        (b"\n<?xml version='1.0' encoding = 'koi8-r' standalone='yes'?>", "koi8-r"),
        (b'<?xml version="1.0"?><a encoding="koi8-r">', None),
        (b'<html><?xml version="1.0" encoding="koi8-r"?>', None),
    ],
)
def test_xml_declaration(page: bytes, label: str | None) -> None:
    assert xml_label(page) == label
