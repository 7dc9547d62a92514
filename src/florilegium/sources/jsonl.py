"""JSON lines, plain or compressed (gzip, zstd, by content): one document a line."""

import json
from collections.abc import Iterator
from typing import BinaryIO

import orjson

from florilegium.documents import QUARANTINE_PAYLOAD_BYTES, Input, Outcome
from florilegium.sources.compressed import BROKEN, decompressed
from florilegium.sources.rows import RowFileOptions, to_record
from florilegium.sources.source import FileSource, Flaw, Found, Refusal

#: A longer line is put in quarantine without being held in memory.
LINE_BYTES = 256 * 1024 * 1024


class Jsonl(FileSource):
    """A file of JSON lines. A line that cannot be parsed costs only itself."""

    kind = "jsonl"
    OPTIONS = RowFileOptions

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        number = 0
        for offset, line in _lines(file):
            if offset == 0 and not isinstance(line, Flaw):
                line = line.removeprefix(b"\xef\xbb\xbf")
            if isinstance(line, Flaw):
                yield line
            elif line.strip():
                yield self._parse(line, number, offset)
                number += 1

    def _parse(self, line: bytes, number: int, offset: int) -> Found:
        if len(line) > LINE_BYTES:
            return Refusal(None, number, "line_too_long", f"> {LINE_BYTES} bytes", offset, outcome=Outcome.QUARANTINED)
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            try:
                row = json.loads(line)  # NaN and lone surrogates, which strict parsers refuse
            except (ValueError, RecursionError):
                return self._broken(number, offset, line, str(error))
        if not isinstance(row, dict):
            return self._broken(number, offset, line, f"a JSON {type(row).__name__}, not an object")
        return to_record(row, number, self.options, offset)

    def _broken(self, number: int, offset: int, line: bytes, error: str) -> Refusal:
        return Refusal(None, number, "not_json", None, offset, outcome=Outcome.QUARANTINED, error=error,
                       payload=line[:QUARANTINE_PAYLOAD_BYTES])  # fmt: skip


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | Flaw]]:
    """Give (offset in the uncompressed text, line); a flaw where the container breaks off."""
    stream = decompressed(file)
    offset = 0
    while True:
        try:
            line = stream.readline(LINE_BYTES + 1)
        except BROKEN as error:
            yield (
                offset,
                Flaw(
                    offset,
                    "truncated" if isinstance(error, EOFError) else "corrupt",
                    f"after {offset} bytes of text: {error}",
                ),
            )
            return
        if not line:
            return
        yield offset, line
        offset += len(line)
        while len(line) > LINE_BYTES and not line.endswith(b"\n"):  # skip what is left of a line too long
            line = stream.readline(LINE_BYTES + 1)
            offset += len(line)
