"""JSON lines, plain or compressed (gzip, zstd, by content): one document a line."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import orjson
from pydantic import Field

from florilegium.documents import QUARANTINE_PAYLOAD_BYTES, Input, Outcome
from florilegium.sources.compressed import BROKEN, decompressed
from florilegium.sources.source import FileSource, FileSourceOptions, Flaw, Found, Record, Refusal

#: A longer line is put in quarantine without being held in memory.
LINE_BYTES = 256 * 1024 * 1024


class ColumnOptions(FileSourceOptions):
    """Which fields of a record are what. All other fields are carried in ``metadata_src``."""

    text: str = Field("text", description="Field with the text.")
    id: str | None = Field("id", description="Field with the native key; null: `<path>#<line>`.")
    url: str | None = Field("url", description="Field with the address.")
    date: str | None = Field("date", description="Field with the date.")
    language_column: str | None = Field("language", description="Field with the language as the source has it.")
    licence_column: str | None = Field(None, description="Field with the licence of each document.")


def to_record(
    row: Mapping[str, Any], number: int, options: ColumnOptions, offset: int | None = None
) -> Record | Refusal:
    """Make a record of one row; a row without text, or whose text is no string, is refused with the reason."""
    key = _text(row.get(options.id)) if options.id else None
    url = _text(row.get(options.url)) if options.url else None
    text = row.get(options.text)
    if options.text not in row:
        return Refusal(key, number, "no_text_field", f"no field `{options.text}`", offset, url)
    if text is None or (isinstance(text, str) and not text.strip()):
        return Refusal(key, number, "empty", None, offset, url)
    if not isinstance(text, str):
        return Refusal(key, number, "text_not_a_string", type(text).__name__, offset, url)
    known = {options.text, options.id, options.url, options.date, options.language_column, options.licence_column}
    return Record(
        key=key,
        record=number,
        offset=offset,
        url=url,
        date=_text(row.get(options.date)) if options.date else None,
        language=_text(row.get(options.language_column)) if options.language_column else None,
        licence=_text(row.get(options.licence_column)) if options.licence_column else None,
        metadata={name: value for name, value in row.items() if name not in known and value is not None},
        text=text,
    )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


class Jsonl(FileSource):
    """A file of JSON lines. A line that cannot be parsed costs only itself."""

    kind = "jsonl"
    OPTIONS = ColumnOptions

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        number = 0
        for offset, line in _lines(file):
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
