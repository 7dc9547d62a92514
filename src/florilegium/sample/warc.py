"""WARC/1.1 records and gzip members whose bytes depend on nothing but their content.

The members are stored, not deflated: zlib, zlib-ng and their versions compress the same input to different bytes.
Format: ISO 28500:2017 (WARC), RFC 1952 (gzip), RFC 1951 section 3.2.4 (stored blocks).
"""

import base64
import hashlib
import struct
import zlib
from dataclasses import dataclass

BLOCK = 512
"""Bytes in a stored block: short, so that a reader notices a cut member within the next one, as with deflated data."""

REASONS = {200: "OK", 301: "Moved Permanently", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error",
           503: "Service Unavailable"}  # fmt: skip


@dataclass(frozen=True)
class Capture:
    """One HTTP answer as a crawler stored it; an empty content type is left out of the header."""

    record_id: str
    url: str
    date: str
    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"


def member(data: bytes) -> bytes:
    """Wrap bytes into one gzip member: time 0, no name, stored blocks."""
    blocks = [data[start : start + BLOCK] for start in range(0, len(data), BLOCK)] or [b""]
    stored = b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )
    return b"\x1f\x8b\x08\x00" + bytes(5) + b"\xff" + stored + struct.pack("<II", zlib.crc32(data), len(data))


def warcinfo(record_id: str, date: str, software: str) -> bytes:
    """Give the record that opens a file."""
    fields = {"WARC-Type": "warcinfo", "WARC-Record-ID": f"<{record_id}>", "WARC-Date": date}
    block = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
    return _record({**fields, "Content-Type": "application/warc-fields"}, block, len(block))


def response(capture: Capture, length: float = 1.0) -> bytes:
    """Give the response record of a capture; ``length`` other than 1 makes its Content-Length wrong by that factor."""
    http = [f"HTTP/1.1 {capture.status} {REASONS[capture.status]}", f"Content-Length: {len(capture.body)}"]
    if capture.content_type:
        http.append(f"Content-Type: {capture.content_type}")
    if capture.status == 301:
        http.append(f"Location: {capture.url}/")
    block = ("\r\n".join(http) + "\r\n\r\n").encode("ascii") + capture.body
    fields = {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<{capture.record_id}>",
        "WARC-Date": capture.date,
        "WARC-Target-URI": capture.url,
        "WARC-Payload-Digest": _digest(capture.body),
        "WARC-Block-Digest": _digest(block),
        "Content-Type": "application/http; msgtype=response",
    }
    return _record(fields, block, round(len(block) * length))


def _digest(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode("ascii")


def _record(fields: dict[str, str], block: bytes, length: int) -> bytes:
    head = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{head}Content-Length: {length}\r\n\r\n".encode() + block + b"\r\n\r\n"
