"""Archives made in the tests themselves, and one way to read them."""

import gzip
import io
from types import SimpleNamespace

import lz4.frame
import pytest
import zstandard

from florilegium.sources.warc import Damage, Page, Refused, read_archive


class Made:
    """Pages, records and containers, the same bytes on every run."""

    def html(self, number: int, size: int = 300) -> bytes:
        words = " ".join(str(number * 7919 + step * step) for step in range(size // 4))
        return f"<!DOCTYPE html>\n<html><body><p>{words[:size]}</p></body></html>\n".encode()

    def http(self, body: bytes, *fields: str, status: str = "200 OK") -> bytes:
        head = "\r\n".join((f"HTTP/1.1 {status}", *(fields or ("Content-Type: text/html",)), "", ""))
        return head.encode() + body

    def record(self, number: int, block: bytes, end: bytes = b"\r\n\r\n", **fields: str | int | None) -> bytes:
        """A WARC record; a field given as None is left out."""
        named = {
            "WARC-Type": "response",
            "WARC-Record-ID": f"<urn:test:{number}>",
            "WARC-Date": "2026-01-02T03:04:05Z",
            "WARC-Target-URI": f"http://made.example/{number}",
            "Content-Type": "application/http; msgtype=response",
            "Content-Length": len(block),
        } | {name.replace("_", "-"): value for name, value in fields.items()}
        lines = [f"{name}: {value}" for name, value in named.items() if value is not None]
        return "\r\n".join(("WARC/1.1", *lines, "", "")).encode() + block + end

    def page(self, number: int, **fields: str | int | None) -> bytes:
        return self.record(number, self.http(self.html(number)), **fields)

    def arc(self, number: int, block: bytes, length: int | None = None) -> bytes:
        size = len(block) if length is None else length
        return f"http://made.example/{number} 127.0.0.1 20260102030405 text/html {size}\n".encode() + block + b"\n"

    def gzip(self, data: bytes) -> bytes:
        return gzip.compress(data, mtime=0)

    def zstd(self, data: bytes, **options: object) -> bytes:
        return zstandard.ZstdCompressor(level=3, write_checksum=True, **options).compress(data)

    def lz4(self, data: bytes) -> bytes:
        return lz4.frame.compress(data, content_checksum=True)

    def read(self, data: bytes, **options: object) -> SimpleNamespace:
        """What comes out: everything, and pages, refused records and damage apart."""
        out = list(read_archive(io.BytesIO(data), **options))
        return SimpleNamespace(
            out=out,
            pages=[found for found in out if isinstance(found, Page)],
            refused=[found for found in out if isinstance(found, Refused)],
            damage=[found for found in out if isinstance(found, Damage)],
            urls=[found.url.removeprefix("http://made.example/") for found in out if isinstance(found, Page)],
        )


@pytest.fixture(scope="session")
def made() -> Made:
    """The maker of archives."""
    return Made()
