"""Transfer and content codings of HTTP bodies."""

import gzip
import zlib

import brotli
import pytest
import zstandard

from florilegium.sources.warc.bodies import BrokenBodyError, LargeBodyError, decode_body

TEXT = b"<html><body>" + b"All human beings are born free and equal. " * 40 + b"</body></html>"
RAW_DEFLATE = zlib.compressobj(wbits=-15)
DEFLATED = RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()
CHUNKED = b"5\r\n<html\r\n%x;name=value\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(TEXT) - 5, TEXT[5:])


def decode(body, transfer=b"", content=b"", largest=1 << 20):
    return decode_body(body, transfer, content, largest)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"gzip", gzip.compress(TEXT)),
        (b"x-gzip", gzip.compress(TEXT)),
        (b"GZIP", gzip.compress(TEXT[:500]) + gzip.compress(TEXT[500:])),
        (b"gzip", gzip.compress(TEXT) + b"text behind the last member"),
        (b"gzip, gzip", gzip.compress(gzip.compress(TEXT))),
        (b"deflate", zlib.compress(TEXT)),
        (b"deflate", DEFLATED),
        (b"deflate", gzip.compress(TEXT)),
        (b"br", brotli.compress(TEXT)),
        (b"zstd", zstandard.compress(TEXT)),
        (b"zstd", zstandard.compress(TEXT[:9]) + zstandard.compress(TEXT[9:])),
        (b"br, gzip", gzip.compress(brotli.compress(TEXT))),
        (b"identity", TEXT),
        (b"none", TEXT),
        (b"utf-8", TEXT),
        (b"", TEXT),
    ],
)
def test_content_codings(content, body):
    assert decode(body, content=content) == TEXT


@pytest.mark.parametrize("content", [b"gzip", b"deflate", b"br", b"zstd"])
def test_body_that_is_not_compressed_stays(content):
    assert decode(TEXT, content=content) == TEXT


@pytest.mark.parametrize("transfer", [b"chunked", b"Chunked", b"identity, chunked"])
@pytest.mark.parametrize("body", [CHUNKED, CHUNKED.replace(b"\r\n", b"\n"), CHUNKED[: CHUNKED.index(b"\r\n0\r\n") + 2]])
def test_chunked(transfer, body):
    assert decode(body, transfer) == TEXT


def test_body_that_is_not_chunked_stays():
    assert decode(TEXT, b"chunked") == TEXT


def test_chunked_and_compressed():
    packed = gzip.compress(TEXT)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    assert decode(chunks, b"chunked", b"gzip") == TEXT
    assert decode(chunks, b"gzip, chunked") == TEXT


BROKEN = {
    "gzip cut": (b"", b"gzip", gzip.compress(TEXT)[:-20]),
    "gzip, wrong CRC": (b"", b"gzip", gzip.compress(TEXT)[:-8] + bytes(8)),
    "gzip, second member cut": (b"", b"gzip", gzip.compress(TEXT) + gzip.compress(TEXT)[:-9]),
    "deflate cut": (b"", b"deflate", DEFLATED[:-20]),
    "br cut": (b"", b"br", brotli.compress(TEXT)[:-20]),
    "zstd cut": (b"", b"zstd", zstandard.compress(TEXT)[:-5]),
    "chunk cut": (b"chunked", b"", CHUNKED[:200]),
    "no number inside": (b"chunked", b"", CHUNKED.replace(b"\r\n0\r\n", b"\r\nxyz\r\n")),
    "too many codings": (b"", b"gzip," * 6, TEXT),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bodies_are_not_passed_off_as_whole(name):
    transfer, content, body = BROKEN[name]
    with pytest.raises(BrokenBodyError):
        decode(body, transfer, content)


@pytest.mark.parametrize("content", [b"", b"gzip", b"deflate", b"br", b"zstd"])
def test_a_body_is_bounded_exactly(content):
    pack = {
        b"": bytes,
        b"gzip": gzip.compress,
        b"deflate": zlib.compress,
        b"br": brotli.compress,
        b"zstd": zstandard.compress,
    }
    body = pack[content](TEXT)
    assert decode(body, content=content, largest=len(TEXT)) == TEXT
    with pytest.raises(LargeBodyError):
        decode(body, content=content, largest=len(TEXT) - 1)
