"""What is refused: binary data, and the seven-bit encodings that hide markup."""

import random
import zlib

import pytest

from florilegium.charset import decode
from florilegium.errors import DocumentError

KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다."
CHINESE = "人人生而自由\n在尊严和权利上\n一律平等的"
FRENCH = "<p>Le café était déjà fermé à cinq heures l'été où il fût né</p>"


@pytest.mark.parametrize(
    "payload",
    [
        zlib.compress(random.Random(1).randbytes(5000)),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + random.Random(2).randbytes(3000),
        b"\xff\xfe" + random.Random(3).randbytes(3000),
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + random.Random(4).randbytes(3000),
        b"\0" * 100,
    ],
)
def test_binary_is_refused(payload: bytes) -> None:
    with pytest.raises(DocumentError, match=r"binary: \d+ of its first \d+ bytes are control bytes"):
        decode(payload, "text/html; charset=utf-8")


def test_pdf_is_refused() -> None:
    with pytest.raises(DocumentError, match="a PDF"):
        decode(b"%PDF-1.4 all of it is ascii")


def test_stray_control_bytes_are_no_binary() -> None:
    assert decode(b"<p>" + b"text " * 50 + b"\0\x01</p>").found_by == "ascii"


def test_binary_read_as_utf_16_is_flagged() -> None:
    noise = random.Random(5)
    payload = b"".join(bytes((noise.randrange(64, 256), noise.choice((0, 0xE1, 0xF0)))) for _ in range(4000))
    assert decode(payload).suspect == "implausible"


@pytest.mark.parametrize("content_type", [None, "text/html; charset=iso-2022-kr", "text/html; charset=utf-8"])
def test_iso_2022_kr_is_refused(content_type: str | None) -> None:
    with pytest.raises(DocumentError, match="ISO-2022-KR"):
        decode(KOREAN.encode("iso2022_kr"), content_type)


@pytest.mark.parametrize("content_type", [None, "text/html; charset=hz-gb-2312"])
def test_hz_is_refused(content_type: str | None) -> None:
    with pytest.raises(DocumentError, match="HZ-GB-2312"):
        decode(CHINESE.encode("hz"), content_type)


@pytest.mark.parametrize("content_type", [None, "text/html; charset=UTF-7"])
def test_utf_7_is_refused(content_type: str | None) -> None:
    with pytest.raises(DocumentError, match="UTF-7"):
        decode(FRENCH.encode("utf-7"), content_type)


def test_ascii_that_only_resembles_them_is_kept() -> None:
    text = "<p>a+b+cde-f, ~{name}~ ~{ab~} C++ +4912345678 +AbCdEf+ 1+2345+6789-0 \x1b$</p>" * 3
    decoded = decode(text.encode())
    assert (decoded.text, decoded.found_by) == (text, "ascii")


def test_ascii_with_a_refused_label_is_kept() -> None:
    for label in ("utf-7", "iso-2022-kr", "replacement"):
        assert decode(b"<p>plain text</p>", f"text/html; charset={label}").found_by == "ascii"
