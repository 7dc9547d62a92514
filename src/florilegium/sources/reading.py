"""The first step of *measure*: the inputs of one task, record by record, packed into batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa
from datatrove.pipeline.base import PipelineStep

from florilegium.anchors import PageAnchor
from florilegium.documents import SOURCE_SCHEMA, Batch, Departure, Incident, Input, Outcome, Passage, text_bytes
from florilegium.errors import SourceError
from florilegium.run import clock, hand
from florilegium.sources.source import Flaw, Found, Refusal, Source

BATCH_ROWS = 1000
BATCH_BYTES = 8 * 1024 * 1024


class Read(PipelineStep):  # type: ignore[misc]
    """Read the inputs of one task of the plan.

    Args:
        tasks: for each task, its source and inputs.
        limit: at most so many records of a task (a run with a limit has one task for each source).
    """

    name = "read"
    type = "florilegium"

    def __init__(self, tasks: Sequence[tuple[Source, Sequence[Input]]], limit: int | None = None) -> None:
        super().__init__()
        self.tasks = list(tasks)
        self.limit = limit

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Batch]:
        """Yield the batches of task ``rank``; the last one may hold departures or incidents only."""
        source, inputs = self.tasks[rank]
        packer = _Packer(source)
        seen = next_record = 0
        for found in inputs:
            hand.reading(source.name, found.path, 0)
            try:
                for item in _survivable(source, found):
                    if not isinstance(item, Flaw):
                        if self.limit is not None and seen >= self.limit:
                            break
                        seen += 1
                        next_record = item.record + 1
                        hand.read_on(source.name, found.path, next_record)
                    packer.add(found, item)
                    if packer.full:
                        batch = packer.batch()
                        hand.not_reading()
                        yield batch
                        hand.reading(source.name, found.path, next_record)
                        packer.started = clock.now()  # the time until here was that of the stages
            except FileNotFoundError as error:
                raise SourceError(
                    f"source `{source.name}`: {found.location} has vanished since the plan was made"
                ) from error
        hand.not_reading()
        yield packer.batch()


def _survivable(source: Source, found: Input) -> Iterator[Found]:
    """Read an input; one that is known to kill its readers only up to the record where it does."""
    known = hand.unreadable_from(source.name, found.path)
    if known is None:
        yield from source.records(found)
        return
    record, error = known
    if record > 0:
        for item in source.records(found):
            yield item
            if not isinstance(item, Flaw) and item.record + 1 >= record:
                break
    yield Flaw(None, "kills_reader", f"nothing from record {record} on can be read: {error}")


class _Packer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.defaults: Mapping[str, Any] = source.options.metadata
        self._reset()

    def _reset(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in SOURCE_SCHEMA.names}
        self.bytes = 0
        self.departures: list[Departure] = []
        self.incidents: list[Incident] = []
        self.started = clock.now()

    @property
    def full(self) -> bool:
        waiting = len(self.columns["id"])
        return waiting >= BATCH_ROWS or self.bytes >= BATCH_BYTES or len(self.departures) >= 10 * BATCH_ROWS

    def add(self, found: Input, item: Found) -> None:
        if isinstance(item, Flaw):
            message = _storable(item.message)
            self.incidents.append(Incident(self.source.name, found.path, item.offset, item.kind, message))
            return
        key = f"{self.source.name}/{item.key or f'{found.path}#{item.record}'}"
        if isinstance(item, Refusal):
            key, url, value, error = map(_storable, (key, item.url, item.value, item.error))
            self.departures.append(
                Departure(key, self.source.name, found.path, item.record, item.offset, url, item.outcome, "read",
                          item.rule, value, error, item.payload)
            )  # fmt: skip
            return
        options = self.source.options
        metadata = {**self.defaults, **(item.metadata or {})}
        try:
            packed = orjson.dumps(metadata, default=str, option=orjson.OPT_NON_STR_KEYS).decode() if metadata else None
        except (TypeError, UnicodeEncodeError) as error:  # nested too deep, or lone surrogates
            refusal = Refusal(item.key, item.record, "metadata", None, item.offset, item.url, Outcome.QUARANTINED)
            self.add(found, replace(refusal, error=f"metadata cannot be stored as JSON: {error}"))
            return
        row = {
            "id": key,
            "source": self.source.name,
            "file": found.path,
            "record": item.record,
            "offset": item.offset,
            "url": item.url,
            "date": item.date,
            "licence": item.licence or options.licence,
            "institution": item.institution or options.institution,
            "language_src": item.language or options.language,
            "metadata_src": packed,
            "content_type": item.content_type,
            "payload": item.payload,
            "text": item.text,
            "pages": None if item.pages is None else [_page(anchor) for anchor in item.pages],
        }
        for name, value in row.items():
            self.columns[name].append(_storable(value))
        self.bytes += sum(len(value) for value in row.values() if isinstance(value, str | bytes))

    def batch(self) -> Batch:
        arrays = [pa.array(self.columns[field.name], field.type) for field in SOURCE_SCHEMA]
        documents = pa.RecordBatch.from_arrays(arrays, schema=SOURCE_SCHEMA)
        rows_in = documents.num_rows + len(self.departures)
        made = Batch(
            documents,
            tuple(self.departures),
            tuple(self.incidents),
            (Passage("read", rows_in, documents.num_rows, clock.now() - self.started, text_bytes(documents)),),
        )
        self._reset()
        return made


def _page(anchor: PageAnchor) -> dict[str, Any]:
    return {name: _storable(value) for name, value in anchor._asdict().items()}


def _storable(value: Any) -> Any:
    """Lone surrogates (from JSON escapes) cannot be stored as UTF-8: they become U+FFFD."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value
