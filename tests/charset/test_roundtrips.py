"""Any text that is encoded comes back, and any bytes at all give a text or a DocumentError."""

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.charset import decode
from florilegium.charset.alphabets import LATIN, OTHER
from florilegium.charset.labels import BY_NAME, REPLACEMENT, Encoding
from florilegium.errors import DocumentError

ENCODINGS = [encoding for encoding in BY_NAME.values() if encoding is not REPLACEMENT]
LEGACY = {
    "windows-1252": "French",
    "ISO-8859-15": "French",
    "macintosh": "German",
    "windows-1250": "Czech",
    "ISO-8859-2": "Polish",
    "windows-1254": "Turkish",
    "windows-1257": "Lithuanian",
    "windows-1251": "Russian",
    "KOI8-R": "Russian",
    "KOI8-U": "Ukrainian",
    "ISO-8859-5": "Bulgarian",
    "windows-1253": "Greek",
    "windows-1255": "Hebrew",
    "windows-1256": "Arabic",
    "windows-874": "Thai",
}


@settings(deadline=None)  # the first example builds the model
@given(st.sampled_from(ENCODINGS), st.text(max_size=60).filter(lambda text: "\x1b" not in text))
def test_what_the_user_declares_comes_back(encoding: Encoding, text: str) -> None:
    payload = text.encode(encoding.codec, "ignore")
    expected = payload.decode(encoding.codec).removeprefix("\ufeff")
    decoded = decode(payload, html=False, declared=encoding.name)
    assert (decoded.text.removeprefix("\ufeff"), decoded.replaced) == (expected, 0)


@settings(deadline=None)  # the first example builds the model
@given(st.text(min_size=1, max_size=200))
def test_utf_8_comes_back(text: str) -> None:
    payload = f"<p>Grüße, größer, über, für, später: {text.replace(chr(27), '')}</p>".encode()
    with contextlib.suppress(DocumentError):
        decoded = decode(payload, "text/html; charset=utf-8")
        assert (decoded.text.encode(), decoded.found_by, decoded.replaced) == (payload, "header", 0)


@settings(deadline=None)  # the first example builds the model
@given(st.sampled_from(sorted(LEGACY)), st.data())
def test_words_of_frequent_letters_in_a_declared_encoding_come_back(name: str, data: st.DataObject) -> None:
    encoding, language = BY_NAME[name], LEGACY[name]
    alphabet = LATIN[language] + "etanris" * 2 if language in LATIN else OTHER[language][:16]
    usable = sorted({letter for letter in alphabet if letter.isalpha() and letter.encode(encoding.codec, "ignore")})
    word = st.lists(st.sampled_from(usable), min_size=3, max_size=9, unique=True).map("".join)
    words = data.draw(st.lists(word, min_size=3, max_size=30, unique=True))
    text = f"<html><body>{' '.join(words)}</body></html>"
    decoded = decode(text.encode(encoding.codec), f"text/html; charset={name}")
    assert decoded.text == text or decoded.suspect is not None


@settings(deadline=None)  # the first example builds the model
@given(st.binary(max_size=400), st.sampled_from([None, "text/html; charset=gbk", "text/html; charset=utf-8", "x"]))
def test_any_bytes_give_text_or_a_document_error(payload: bytes, content_type: str | None) -> None:
    for html in (True, False):
        with contextlib.suppress(DocumentError):
            decoded = decode(payload, content_type, html=html)
            assert decoded.text.encode() is not None
            assert 0 <= decoded.replaced <= decoded.text.count("\ufffd")
