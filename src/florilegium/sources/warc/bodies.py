"""HTTP bodies: taking off transfer and content codings, as browsers do, but never passing a part off as the whole."""

import io
import re
from collections.abc import Callable

import brotli
import zstandard
from zlib_ng import zlib_ng

from florilegium.sources.warc.frames import ZSTD_MAGIC, zstd_frame
from florilegium.sources.warc.gzip_member import MAGIC as GZIP_MAGIC
from florilegium.sources.warc.gzip_member import InflateError
from florilegium.sources.warc.raw import Source

_CHUNK_LINE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


_MOST_CODINGS = 5


class BrokenBodyError(Exception):
    """The body cannot be decoded as a whole."""


class LargeBodyError(Exception):
    """The decoded body is larger than allowed."""


def decode_body(body: bytes, transfer_encoding: bytes, content_encoding: bytes, largest: int) -> bytes:
    """Take off the codings that the header names, the last first.

    A body that only says that it is chunked or compressed stays as it is; unknown codings (identity, none, utf-8) mean
    nothing. Raises BrokenBodyError where a coding breaks off or is wrong inside, LargeBodyError where more than
    ``largest`` bytes come out.
    """
    named = content_encoding.lower().split(b",") + transfer_encoding.lower().split(b",")
    decoders = [_DECODERS[name.strip()] for name in named if name.strip() in _DECODERS]
    if len(decoders) > _MOST_CODINGS:
        raise BrokenBodyError(f"{len(decoders)} codings on top of each other")
    for decode in reversed(decoders):
        body = decode(body, largest)
    if len(body) > largest:
        raise LargeBodyError
    return body


def _dechunk(body: bytes, _: int) -> bytes:
    parts: list[bytes] = []
    at = 0
    while at < len(body):
        line = _CHUNK_LINE.match(body, at)
        if line is None:
            if not parts:
                return body
            raise BrokenBodyError("chunked body: no chunk size where one should be")
        size = int(line[1], 16)
        if size == 0:
            break
        at = line.end() + size
        if at > len(body):
            raise BrokenBodyError("chunked body: a chunk is cut")
        parts.append(body[line.end() : at])
        end = _LINE_END.match(body, at)
        at = end.end() if end else at
    return b"".join(parts)


def _gunzip(body: bytes, largest: int) -> bytes:
    """Unpack all members; what follows the last is dropped."""
    if not body.startswith(GZIP_MAGIC):
        return body
    parts: list[bytes] = []
    left = largest
    while body.startswith(GZIP_MAGIC):
        part, body = _inflate(body, zlib_ng.MAX_WBITS | 16, left)
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _inflate(body: bytes, window: int, largest: int) -> tuple[bytes, bytes]:
    inflater = zlib_ng.decompressobj(window)
    try:
        out = inflater.decompress(body, largest + 1)
    except InflateError as error:
        raise BrokenBodyError(f"compressed body: {error}") from None
    if len(out) > largest:
        raise LargeBodyError
    if not inflater.eof:
        raise BrokenBodyError("compressed body: it is cut")
    return out, inflater.unused_data


def _undeflate(body: bytes, largest: int) -> bytes:
    if body.startswith(GZIP_MAGIC):
        return _gunzip(body, largest)
    zlib_header = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    try:
        return _inflate(body, zlib_ng.MAX_WBITS if zlib_header else -zlib_ng.MAX_WBITS, largest)[0]
    except BrokenBodyError:
        return _as_it_is(body)


def _unbrotli(body: bytes, largest: int) -> bytes:
    decompressor = brotli.Decompressor()
    try:
        out = bytes(decompressor.process(body, output_buffer_limit=largest + 1))
    except brotli.error:
        return _as_it_is(body)
    if len(out) > largest:
        raise LargeBodyError
    return out if decompressor.is_finished() else _as_it_is(body)


def _unzstd(body: bytes, largest: int) -> bytes:
    if not body.startswith(ZSTD_MAGIC):
        return body
    source = Source(io.BytesIO(body).read)
    out = bytearray()
    while source.has(4) and source.buffer.startswith(ZSTD_MAGIC, source.at):
        for piece in zstd_frame(source, zstandard.ZstdDecompressor()):
            out += piece.data
            if piece.fault:
                raise BrokenBodyError(f"compressed body: {piece.fault.message}")
            if len(out) > largest:
                raise LargeBodyError
    return bytes(out)


def _as_it_is(body: bytes) -> bytes:
    """Give the body, if it reads as text: then the header was wrong. Binary bytes are a broken coding."""
    if _BINARY.search(body):
        raise BrokenBodyError("compressed body: it is cut or broken")
    return body


_DECODERS: dict[bytes, Callable[[bytes, int], bytes]] = {
    b"chunked": _dechunk,
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _undeflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}
