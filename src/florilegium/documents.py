"""What flows between stages: a batch of documents, those that left it, and what went wrong with files.

A batch is an Arrow record batch of about 1,000 documents or 8 MB. A document that leaves the flow during *measure*
becomes a :class:`Departure` with its stage and reason, so that every record of every input can be named afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import pyarrow as pa

from florilegium.anchors import PAGES


@dataclass(frozen=True, slots=True)
class Input:
    """One file (or part of a dataset) that a source reads. ``stamp`` changes when the content may have changed."""

    source: str
    path: str  # relative to the folder of the source's pattern, with `/`
    location: str  # where it is found now
    size: int
    stamp: str  # etag, checksum or modification time in nanoseconds


#: Columns that every source writes. ``payload`` (bytes of a page) is null where the source gives text, and the reverse.
#: Columns that end in ``_src`` come from the source as they are; ``metadata_src`` is a JSON object.
SOURCE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),  # <source>/<native key>
        pa.field("source", pa.string(), nullable=False),
        pa.field("file", pa.string(), nullable=False),  # path relative to the source's folder
        pa.field("record", pa.int64(), nullable=False),  # ordinal in the file, from 0
        pa.field("offset", pa.int64()),  # byte offset in the file as stored, where the format has one
        pa.field("url", pa.string()),
        pa.field("date", pa.string()),  # ISO 8601, as precise as the source has it
        pa.field("licence", pa.string()),
        pa.field("institution", pa.string()),
        pa.field("language_src", pa.string()),
        pa.field("metadata_src", pa.string()),
        pa.field("content_type", pa.string()),
        pa.field("payload", pa.large_binary()),
        pa.field("text", pa.large_string()),
        pa.field("pages", PAGES),  # page anchors; see ``anchors.py``
    ]
)

#: Never written to disk: only stages inside *measure* see them.
TRANSIENT_COLUMNS = ("payload", "content_type")


class Outcome(StrEnum):
    """How a document left the flow; the ledger adds up ``in = kept + rejected + gated + quarantined``."""

    REJECTED = "rejected"  # refused by a reader, or without text, or dropped by a rule
    GATED = "gated"  # dropped by a gate inside measure: cannot be taken back by a later decide
    QUARANTINED = "quarantined"  # could not be processed


@dataclass(frozen=True, slots=True)
class Departure:
    """One document that left during measure. ``value`` is what the reason measured, as text."""

    id: str
    source: str
    file: str
    record: int
    offset: int | None
    url: str | None
    outcome: Outcome
    stage: str
    rule: str
    value: str | None = None
    error: str | None = None
    payload: bytes | None = None


DEPARTURE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("record", pa.int64(), nullable=False),
        pa.field("offset", pa.int64()),
        pa.field("url", pa.string()),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("error", pa.string()),
        pa.field("payload", pa.binary()),
    ]
)

#: Bytes of a quarantined document that are kept with it.
QUARANTINE_PAYLOAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Incident:
    """Something wrong with a file, not with one document: damage, a repeated key, a clamped bound."""

    source: str
    file: str
    offset: int | None
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What one stage did to one batch: rows in and out, seconds, and bytes of the text that it saw or made."""

    stage: str
    rows_in: int
    rows_out: int
    seconds: float
    text_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents between two stages, with all that happened to their neighbours since the source."""

    documents: pa.RecordBatch
    departures: tuple[Departure, ...] = ()
    incidents: tuple[Incident, ...] = ()
    passages: tuple[Passage, ...] = field(default=())

    def then(self, documents: pa.RecordBatch, departures: Sequence[Departure], passage: Passage) -> "Batch":
        """Give the batch after one more stage."""
        return replace(
            self,
            documents=documents,
            departures=(*self.departures, *departures),
            passages=(*self.passages, passage),
        )


def depart(
    documents: pa.RecordBatch,
    rows: Sequence[int],
    *,
    outcome: Outcome,
    stage: str,
    rules: Sequence[str],
    values: Sequence[str | None] | None = None,
    errors: Sequence[str | None] | None = None,
) -> list[Departure]:
    """Make a departure for each of ``rows`` (row numbers in ``documents``), one rule, value and error for each."""
    place = {name: documents.column(name) for name in ("id", "source", "file", "record", "offset", "url")}
    payloads = documents.column("payload") if "payload" in documents.schema.names else None
    made = []
    for n, row in enumerate(rows):
        payload = None
        if outcome is Outcome.QUARANTINED and payloads is not None and payloads[row].is_valid:
            payload = payloads[row].as_buffer().to_pybytes()[:QUARANTINE_PAYLOAD_BYTES]
        made.append(
            Departure(
                **{name: column[row].as_py() for name, column in place.items()},
                outcome=outcome,
                stage=stage,
                rule=rules[n],
                value=values[n] if values else None,
                error=errors[n] if errors else None,
                payload=payload,
            )
        )
    return made


def text_bytes(documents: pa.RecordBatch) -> int:
    """Give the bytes (UTF-8) of all texts; 0 where there are none yet."""
    texts = documents.column("text")
    _, offsets, _ = texts.buffers()
    if not len(texts):
        return 0
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    ends = np.frombuffer(offsets, dtype=width)
    return int(ends[texts.offset + len(texts)] - ends[texts.offset])


def with_column(documents: pa.RecordBatch, column: pa.Field, values: pa.Array) -> pa.RecordBatch:
    """Set or append one column; ``values`` are cast to the field's type."""
    values = values if values.type == column.type else values.cast(column.type)
    position = documents.schema.get_field_index(column.name)
    if position >= 0:
        return documents.set_column(position, column, values)
    return documents.append_column(column, values)


def only(documents: pa.RecordBatch, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> pa.RecordBatch:
    """Keep the rows where ``keep`` is true; the batch itself where all are."""
    return documents if bool(keep.all()) else documents.filter(pa.array(keep))
