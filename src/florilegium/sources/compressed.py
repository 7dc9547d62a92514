"""What is inside a gzip or zstd file, told by its first bytes and not by its name. A cut file ends in EOFError."""

import gzip
import io
import zlib
from typing import Any, BinaryIO, cast

import zstandard

CHUNK = 1 << 20

#: Bytes of a zstd frame unpacked at once. Four of them can unpack to 128 KiB, so this bounds memory at 128 MiB.
_ZSTD_STEP = 4 << 10

#: What reading a damaged file raises.
BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)


def decompressed(file: BinaryIO) -> BinaryIO:
    """Open what is inside, else the file itself. Reading raises EOFError where the file is cut short."""
    buffered: Any = io.BufferedReader(file, CHUNK)
    magic = buffered.peek(4)[:4]
    if magic[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    if magic == b"\x28\xb5\x2f\xfd" or (magic[1:] == b"\x2a\x4d\x18" and magic[0] >> 4 == 5):  # or a skippable frame
        return cast(BinaryIO, io.BufferedReader(_Zstd(buffered), CHUNK))
    return cast(BinaryIO, buffered)


class _Zstd(io.RawIOBase):
    """Zstandard frames one after another; `zstandard`'s own reader takes a cut frame for the end of the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame: Any = None
        self._out = memoryview(b"")
        self._pending = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._out:
            data = self._pending or self._file.read(_ZSTD_STEP)
            self._pending = b""
            if not data:
                if self._frame is not None:
                    raise EOFError("the zstd frame is cut short")
                return 0
            self._frame = self._frame or zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
            self._out = memoryview(self._frame.decompress(data))
            if self._frame.eof:
                self._pending, self._frame = self._frame.unused_data, None
        taken = self._out[: len(buffer)]
        buffer[: len(taken)] = taken
        self._out = self._out[len(taken) :]
        return len(taken)
