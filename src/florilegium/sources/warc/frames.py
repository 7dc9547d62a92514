"""zstd frames (RFC 8878), the dictionary before them, skippable frames, and lz4 frames."""

from collections.abc import Iterator

import lz4.frame
import zstandard

from florilegium.sources.warc.raw import CHUNK, LARGEST_PIECE, Piece, Source
from florilegium.sources.warc.records import Damage

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
LZ4_MAGIC = b"\x04\x22\x4d\x18"
DICTIONARY_MISSING = "the zstd frame needs a dictionary that the file does not hold: decompress it with zstd -D first"
_DICTIONARY_FRAME = b"\x5d\x2a\x4d\x18"
_LARGEST_DICTIONARY = 16 * 1024 * 1024
_LARGEST_SKIPPABLE = 1024 * 1024 * 1024
_BLOCKS_AT_A_TIME = 8  # each unpacks to 128 KiB at most


def is_skippable(head: bytes) -> bool:
    """Say whether a skippable frame of zstd or lz4 begins so."""
    return head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F


def skippable_frame(source: Source) -> tuple[zstandard.ZstdDecompressor | None, Damage | None]:
    """Move behind a skippable frame. If it holds a dictionary (IIPC warc-zstd 1.0), give a decompressor with it."""
    start = source.position
    if not source.has(8):
        source.at = len(source.buffer)
        return None, Damage(start, "truncated", "end of file inside a skippable frame")
    left = int.from_bytes(source.buffer[source.at + 4 : source.at + 8], "little")
    if left > _LARGEST_SKIPPABLE:  # no writer of archives makes such: it would swallow what lies behind damage
        source.at += 4
        return None, Damage(start, "corrupt", f"a skippable frame that claims {left:,} bytes")
    wanted = source.buffer[source.at : source.at + 4] == _DICTIONARY_FRAME and left <= _LARGEST_DICTIONARY
    source.at += 8
    content = bytearray()
    while left:
        if not source.has(1):
            return None, Damage(start, "truncated", "end of file inside a skippable frame")
        part = source.buffer[source.at : source.at + min(left, CHUNK)]
        source.at += len(part)
        left -= len(part)
        if wanted:
            content += part
    return (_with_dictionary(bytes(content)) if wanted else None), None


def _with_dictionary(content: bytes) -> zstandard.ZstdDecompressor | None:
    try:
        if content.startswith(ZSTD_MAGIC):
            with zstandard.ZstdDecompressor().stream_reader(content) as reader:
                content = reader.read(_LARGEST_DICTIONARY)
        return zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(content))
    except zstandard.ZstdError:
        return None


def zstd_frame(source: Source, decompressor: zstandard.ZstdDecompressor) -> Iterator[Piece]:
    """Unpack the frame at the source's position and move behind it.

    The frame is walked block by block, since the decompressor neither bounds what one call gives nor says of a cut
    frame that it is cut.
    """
    start = source.position
    inflater = decompressor.decompressobj()
    pending, checksum = _zstd_header(source)
    last, cut = 0, False
    while True:
        for _ in range(_BLOCKS_AT_A_TIME):
            if last or cut:
                break
            cut = not source.has(pending + 3, start)
            if not cut:
                block = int.from_bytes(source.buffer[source.at + pending : source.at + pending + 3], "little")
                last = block & 1
                pending += 3 + (1 if block >> 1 & 3 == 1 else block >> 3) + (checksum if last else 0)
        cut = cut or not source.has(pending, start)
        try:
            out = inflater.decompress(source.buffer[source.at : None if cut else source.at + pending])
        except zstandard.ZstdError as error:
            source.move(start + 1)
            message = DICTIONARY_MISSING if "ictionary mismatch" in str(error) else str(error)
            yield Piece(b"", start, last=True, fault=Damage(start, "corrupt", message))
            return
        source.at = len(source.buffer) if cut else source.at + pending
        pending = 0
        if last or cut:
            fault = None if inflater.eof else Damage(start, "truncated", "end of file inside a zstd frame")
            yield Piece(out, start, last=True, fault=fault)
            return
        yield Piece(out, start)


def _zstd_header(source: Source) -> tuple[int, int]:
    """Length of the frame header (as far as the file goes) and of the checksum at the frame's end."""
    if not source.has(5, source.position):
        return len(source.buffer) - source.at, 0
    flags = source.buffer[source.at + 4]
    single = flags >> 5 & 1
    size = (single, 2, 4, 8)[flags >> 6]
    return 5 + (1 - single) + (0, 1, 2, 4)[flags & 3] + size, 4 * (flags >> 2 & 1)


def lz4_frame(source: Source) -> Iterator[Piece]:
    """Unpack the lz4 frame at the source's position and move behind it."""
    start = source.position
    inflater = lz4.frame.LZ4FrameDecompressor()
    fault = None
    while not inflater.eof and fault is None:
        if inflater.needs_input and not source.has(1, start):
            fault = Damage(start, "truncated", "end of file inside an lz4 frame")
            break
        data = source.buffer[source.at :] if inflater.needs_input else b""
        source.at += len(data)
        try:
            out = inflater.decompress(data, LARGEST_PIECE)
        except RuntimeError as error:
            source.move(start + 1)
            fault = Damage(start, "corrupt", f"lz4 frame: {error}")
        else:
            if out:
                yield Piece(out, start)
    if inflater.eof:
        source.at -= len(inflater.unused_data or b"")
    yield Piece(b"", start, last=True, fault=fault)
