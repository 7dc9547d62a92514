"""The same documents in every container that a source reads, and what a source makes of their bytes."""

import gzip
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from florilegium.documents import Departure, Incident
from florilegium.registry import SOURCES
from florilegium.sample.warc import Capture, response
from florilegium.sources.reading import Read
from florilegium.sources.source import Source

WORDS = [
    "ash",
    "birch",
    "cedar",
    "elm",
    "fir",
    "hazel",
    "larch",
    "maple",
    "oak",
    "pine",
    "rowan",
    "spruce",
    "willow",
    "yew",
]


@cache
def prose(number: int, words: int = 120) -> str:
    """Give a text of its own for each number: real words, numbers among them, so that it packs like text."""
    draw = random.Random(number)
    return f"document {number}: " + " ".join(
        f"{draw.choice(WORDS)}{draw.randrange(1000) if draw.random() < 0.3 else ''}" for _ in range(words)
    )


def page(number: int) -> bytes:
    """Give the WARC record of a page with that text."""
    body = f"<!DOCTYPE html>\n<html><body><p>{prose(number)}</p></body></html>\n".encode()
    return response(Capture(f"urn:test:{number}", f"http://made.example/{number}", "2026-01-02T03:04:05Z", body))


def line(number: int) -> bytes:
    """Give the JSON line with that text."""
    return orjson.dumps({"id": f"urn:test:{number}", "text": prose(number)}) + b"\n"


def parquet(numbers: Sequence[int]) -> bytes:
    """Give a Parquet file with those texts, ten to a row group."""
    out = io.BytesIO()
    table = pa.Table.from_pylist([{"id": f"urn:test:{number}", "text": prose(number)} for number in numbers])
    pq.write_table(table, out, row_group_size=10, compression="zstd", write_page_checksum=True)
    return out.getvalue()


@dataclass(frozen=True)
class Container:
    """One way to store documents. ``checked``: checksums tell every flipped bit of what they guard."""

    kind: str
    suffix: str
    pack: Callable[[Sequence[int]], bytes]
    checked: bool
    options: tuple[tuple[str, Any], ...] = ()


def _joined(
    piece: Callable[[int], bytes], each: Callable[[bytes], bytes], whole: Callable[[bytes], bytes] = bytes
) -> Any:
    return lambda numbers: whole(b"".join(each(piece(number)) for number in numbers))


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(data)


CONTAINERS = {
    "warc.gz": Container("warc", ".warc.gz", _joined(page, _gzip), True),
    "warc.gz whole": Container("warc", ".warc.gz", _joined(page, bytes, _gzip), True),
    "warc": Container("warc", ".warc", _joined(page, bytes), False),
    "warc.zst": Container("warc", ".warc.zst", _joined(page, _zstd), True),
    "jsonl.gz": Container("jsonl", ".jsonl.gz", _joined(line, bytes, _gzip), True),
    "jsonl.gz members": Container("jsonl", ".jsonl.gz", _joined(line, _gzip), True),
    "jsonl.zst": Container("jsonl", ".jsonl.zst", _joined(line, bytes, _zstd), True),
    "jsonl": Container("jsonl", ".jsonl", _joined(line, bytes), False),
    "parquet": Container("parquet", ".parquet", parquet, False),
}  # fmt: skip


@dataclass(frozen=True)
class Account:
    """What came out of reading: (id, text or bytes of the page), those that left, and what is wrong with files."""

    documents: list[tuple[str, str | bytes]]
    departures: list[Departure]
    incidents: list[Incident]

    @property
    def intact(self) -> list[int]:
        """Give the numbers of the documents that are as they were written, in order."""
        numbered = [(name.removeprefix("pool/urn:test:"), value) for name, value in self.documents]
        return [
            int(number)
            for number, value in numbered
            if number.isascii() and number.isdigit()
            and prose(int(number)) in (value if isinstance(value, str) else value.decode(errors="replace"))
        ]  # fmt: skip


def source(kind: str, files: object, **options: object) -> Source:
    """Make a source as a recipe does."""
    made = SOURCES[kind]
    found: Source = made(made.OPTIONS.model_validate({"name": "pool", "kind": kind, "files": files, **options}))
    return found


def account(reader: Source) -> Account:
    """Read all inputs of a source as a run does; checks that each record read is kept or has left by name."""
    documents: list[tuple[str, str | bytes]] = []
    departures: list[Departure] = []
    incidents: list[Incident] = []
    came = 0
    for batch in Read([(reader, reader.inputs())]).run(None):
        for row in batch.documents.select(["id", "text", "payload"]).to_pylist():
            documents.append((row["id"], row["text"] if row["text"] is not None else row["payload"]))
        came += batch.passages[0].rows_in
        departures += batch.departures
        incidents += batch.incidents
    assert came == len(documents) + len(departures)
    return Account(documents, departures, incidents)


def read_bytes(container: Container, data: bytes, folder: Path) -> Account:
    """Read one file with these bytes."""
    path = folder / f"a{container.suffix}"
    path.write_bytes(data)
    return account(source(container.kind, str(path)))


def flip(data: bytes, seed: int, bits: int = 1) -> bytes:
    """Flip bits at places that the seed decides."""
    draw, changed = random.Random(seed), bytearray(data)
    for _ in range(bits):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)
