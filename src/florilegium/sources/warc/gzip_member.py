"""One gzip member (RFC 1952), with what can be saved of a damaged one."""

import contextlib
from collections.abc import Iterator

from zlib_ng import zlib_ng

from florilegium.sources.warc.raw import LARGEST_PIECE, Piece, Source
from florilegium.sources.warc.records import Damage

MAGIC = b"\x1f\x8b"
InflateError: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # a class, whatever the stub says
_LONGEST_HEADER = 1024 * 1024
_TRIAL = 8 * 1024
_SALVAGE_STEP = 16


def gzip_member(source: Source) -> Iterator[Piece]:
    """Unpack the member at the source's position and move behind it, checking its CRC and length.

    After damage the source stands behind the member's first byte, or as far back as bytes are held, so that the search
    for the next unit also sees what the damaged one swallowed.
    """
    start = source.position
    length = _header_length(source)
    if length <= 0:
        kind = "bytes that are no gzip member" if length else "the gzip header is cut"
        source.move(start + 1 if length else source.base + len(source.buffer))
        yield Piece(b"", start, last=True, fault=Damage(start, "corrupt" if length else "truncated", kind))
        return
    source.at += length
    inflater = zlib_ng.decompressobj(-zlib_ng.MAX_WBITS)
    crc = size = 0
    while True:
        data = source.buffer[source.at :]
        try:
            out = inflater.decompress(data, LARGEST_PIECE)
        except InflateError as error:
            saved = _salvage(source, start + length, size)
            source.move(start + 1)
            yield Piece(saved, start, last=True, fault=Damage(start, "corrupt", f"gzip member: {error}"))
            return
        source.at += len(data) - len(inflater.unused_data if inflater.eof else inflater.unconsumed_tail)
        crc = zlib_ng.crc32(out, crc)
        size += len(out)
        if inflater.eof:
            break
        if out:
            yield Piece(out, start)
        if not inflater.unconsumed_tail and not source.fill(start):
            fault = Damage(start, "truncated", "end of file inside a gzip member")
            yield Piece(b"", start, last=True, fault=fault)
            return
    yield Piece(out, start, last=True, fault=_check_trailer(source, start, crc, size))


def _check_trailer(source: Source, start: int, crc: int, size: int) -> Damage | None:
    if not source.has(8, start):
        source.at = len(source.buffer)
        return Damage(start, "truncated", "end of file inside a gzip member's trailer")
    trailer = source.buffer[source.at : source.at + 8]
    source.at += 8
    if trailer == crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little"):
        return None
    if source.has(1, start) and source.buffer[source.at : source.at + 2] != MAGIC:
        source.move(start + 1)
    return Damage(start, "corrupt", "CRC or length of the gzip member is wrong")


def _salvage(source: Source, start: int, given: int) -> bytes:
    """Give what unpacks before the error, which one call loses, less the bytes already given.

    Nothing where the start of the member's data is no longer held: then its record headers have long been given.
    """
    saved = bytearray()
    if start < source.base:
        return b""
    inflater = zlib_ng.decompressobj(-zlib_ng.MAX_WBITS)
    with contextlib.suppress(InflateError):
        for index in range(start - source.base, len(source.buffer), _SALVAGE_STEP):
            saved += inflater.decompress(source.buffer[index : index + _SALVAGE_STEP])
            if len(saved) > given + LARGEST_PIECE:
                break
    return bytes(saved[given:])


def opens_member(source: Source) -> bool:
    """Say whether a member stands at the source's position whose first bytes unpack without error."""
    source.has(_TRIAL)
    trial = zlib_ng.decompressobj(zlib_ng.MAX_WBITS | 16)
    try:
        out = trial.decompress(source.buffer[source.at : source.at + _TRIAL], LARGEST_PIECE)
    except InflateError:
        return False
    return bool(out) or trial.eof


def _header_length(source: Source) -> int:
    """Length of the gzip header: negative where it is none, 0 where the file ends inside it."""
    wanted = 10
    while wanted < _LONGEST_HEADER:
        whole = source.has(wanted, source.position)
        length = _parse_header(source.buffer[source.at : source.at + wanted])
        if length:
            return length
        if not whole:
            return 0
        wanted *= 4
    return -1


def _parse_header(head: bytes) -> int:
    if head[:3] != b"\x1f\x8b\x08"[: len(head)] or (len(head) > 3 and head[3] & 0xE0):
        return -1
    if len(head) < 10:
        return 0
    flags, end = head[3], 10
    if flags & 4:
        if len(head) < end + 2:
            return 0
        end += 2 + int.from_bytes(head[end : end + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            end = head.find(b"\0", end) + 1
            if not end:
                return 0
    end += 2 if flags & 2 else 0
    return end if end <= len(head) else 0
