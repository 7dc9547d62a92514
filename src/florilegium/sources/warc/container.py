"""The outer form of an archive, found by its bytes: plain, gzip, zstd or lz4, in one unit or many, also mixed.

A unit is a gzip member, a zstd or lz4 frame, or a stretch of uncompressed bytes. All is read once; held are one chunk
of input, up to 256 KiB behind it (to look for what a damaged unit swallowed), and about 1 MiB of output. Nothing here
raises, whatever the bytes are; what the stream's own ``read`` raises goes through.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

import zstandard

from florilegium.sources.warc.frames import (
    LZ4_MAGIC,
    ZSTD_MAGIC,
    is_skippable,
    lz4_frame,
    skippable_frame,
    zstd_frame,
)
from florilegium.sources.warc.gzip_member import MAGIC as GZIP_MAGIC
from florilegium.sources.warc.gzip_member import gzip_member, opens_member
from florilegium.sources.warc.headers import LONGEST_ARC_LINE, NEXT_RECORD, WARC_LINE, arc_line
from florilegium.sources.warc.raw import Piece, Source
from florilegium.sources.warc.records import Damage

MAGICS = (GZIP_MAGIC + b"\x08", ZSTD_MAGIC, LZ4_MAGIC)
_ZIP_MAGIC = b"PK\x03\x04"  # WACZ too: a zip with whole archives inside, not an archive
NEXT_UNIT = re.compile(rb"\x1f\x8b\x08[\x00-\x1f]|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18|" + NEXT_RECORD.pattern)
_PADDING = re.compile(rb"[\0\r\n]*")


def open_container(source: Source) -> Iterator[Piece]:
    """Unpack a file; a gzip or zstd file inside the gzip or zstd file is unpacked too, once."""
    pieces = unpack(source)
    first = next(pieces, None)
    if first is None:
        return
    if not first.plain and first.data.startswith(MAGICS):
        yield from _unpack_again(first, pieces)
        return
    yield first
    yield from pieces


def _unpack_again(first: Piece, rest: Iterator[Piece]) -> Iterator[Piece]:
    places: list[tuple[int, int]] = []
    faults: list[Damage] = []
    taken = 0
    waiting: Piece | None = first

    def read(_: int) -> bytes:
        nonlocal waiting, taken
        while True:
            piece = waiting or next(rest, None)
            waiting = None
            if piece is None:
                return b""
            if piece.fault:
                faults.append(piece.fault)
            if piece.data:
                places.append((taken, piece.offset))
                taken += len(piece.data)
                return piece.data

    for piece in unpack(Source(read)):
        while len(places) > 1 and places[1][0] <= piece.offset:
            del places[0]
        place = places[0][1] if places else first.offset
        fault = piece.fault and replace(piece.fault, offset=place)
        yield Piece(piece.data, place, last=piece.last, fault=fault)
    yield from (Piece(b"", fault.offset, last=True, fault=fault) for fault in faults)


def unpack(source: Source, search: bool = False) -> Iterator[Piece]:
    """Unpack from the source's position on; with ``search``, from the next unit or record header on."""
    decompressor = zstandard.ZstdDecompressor()
    first = source.position == 0 and not search
    while True:
        if search and not _find_unit(source):
            return
        head = source.buffer[source.at : source.at + 8] if source.has(8) else source.buffer[source.at :]
        if not head or (first and head.startswith(_ZIP_MAGIC)):
            return
        fault = None
        if head.startswith((GZIP_MAGIC, ZSTD_MAGIC, LZ4_MAGIC)):
            for piece in _unit(head, source, decompressor):
                fault = piece.fault
                yield piece
        elif is_skippable(head):
            found, fault = skippable_frame(source)
            decompressor = found or decompressor
            if fault:
                yield Piece(b"", fault.offset, last=True, fault=fault)
        elif first or search or _opens_record(source):
            if not first and not search:
                fault = Damage(source.position, "corrupt", "uncompressed bytes between compressed ones")
                yield Piece(b"", source.position, last=True, fault=fault)
            yield from _plain(source)
            return
        else:
            fault = Damage(source.position, "corrupt", "bytes that are no gzip member, zstd or lz4 frame")
            _skip_padding(source)
            if not source.has(1):
                return
            yield Piece(b"", fault.offset, last=True, fault=fault)
        search = fault is not None and not source.buffer.startswith(MAGICS, source.at)
        first = False


def _unit(head: bytes, source: Source, decompressor: zstandard.ZstdDecompressor) -> Iterator[Piece]:
    if head.startswith(GZIP_MAGIC):
        return gzip_member(source)
    if head.startswith(ZSTD_MAGIC):
        return zstd_frame(source, decompressor)
    return lz4_frame(source)


def _plain(source: Source) -> Iterator[Piece]:
    while source.has(1):
        data, position = source.buffer[source.at :], source.position
        source.at = len(source.buffer)
        yield Piece(data, position, plain=True)


def _skip_padding(source: Source) -> None:
    while source.has(1):
        padding = _PADDING.match(source.buffer, source.at)
        source.at = padding.end() if padding else source.at
        if source.at < len(source.buffer):
            return


def _opens_record(source: Source) -> bool:
    source.has(LONGEST_ARC_LINE)
    return bool(WARC_LINE.match(source.buffer, source.at) or arc_line(source.buffer, source.at))


def _find_unit(source: Source) -> bool:
    """Move to the next gzip member that unpacks, zstd or lz4 frame, or record header at the start of a line."""
    while True:
        found = NEXT_UNIT.search(source.buffer, source.at)
        if found:
            source.at = found.start()
            if not source.buffer.startswith(GZIP_MAGIC, source.at) or opens_member(source):
                return True
            source.at += 1
            continue
        source.at = max(source.at, len(source.buffer) - LONGEST_ARC_LINE)
        if not source.fill(source.position - 1):
            source.at = len(source.buffer)
            return False
