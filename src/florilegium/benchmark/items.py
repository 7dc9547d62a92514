"""Items of a task: from rows of a file to the strings that a model is asked about."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NamedTuple

import fsspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from florilegium.benchmark.scores import ITEMS_SCHEMA
from florilegium.benchmark.suite import STRIDE, Interval, Suite, Task, data_files
from florilegium.documents import Input
from florilegium.errors import SourceError
from florilegium.sources.compressed import BROKEN, decompressed

_PARQUET = b"PAR1"
_BATCH = 1024


class Request(NamedTuple):
    """A string to be scored behind a context (which may be empty), and the answer in it without what joins them."""

    context: str
    continuation: str
    answer: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item: one request an answer. ``gold`` is the right one (the good sentence is the first of a pair)."""

    task: str
    form: str
    id: str
    requests: tuple[Request, ...]
    gold: int
    weight: float
    cluster: str
    slices: Mapping[str, str]
    stride: float = STRIDE

    @property
    def text(self) -> str:
        """Give what a training text would hold if it held the item: the context with the right answer."""
        request = self.requests[self.gold]
        return request.context + request.continuation


def read_items(suite: Suite) -> list[Item]:
    """Read all items of a suite, in the order of tasks, files and rows.

    An id that comes again gets ``#2``, ``#3`` and so on. Raises SourceError naming file and line (or row) of an item
    that is not what its form asks for, and for a task without items.
    """
    return [item for task in suite.tasks for item in _task_items(task)]


def items_table(items: Sequence[Item]) -> pa.Table:
    """Give the table of items (``ITEMS_SCHEMA`` and a column ``slice.<name>`` for each slice)."""
    names = list(dict.fromkeys(name for item in items for name in item.slices))
    columns = {
        "task": [item.task for item in items],
        "item": [item.id for item in items],
        "weight": [item.weight for item in items],
        "cluster": [item.cluster for item in items],
    } | {f"slice.{name}": [item.slices.get(name) for item in items] for name in names}
    schema = pa.schema([*ITEMS_SCHEMA, *(pa.field(f"slice.{name}", pa.string()) for name in names)])
    return pa.table(columns, schema=schema)


def _task_items(task: Task) -> list[Item]:
    items: list[Item] = []
    seen: Counter[str] = Counter()
    for found in data_files(task):
        for place, row in _rows(task, found):
            if task.limit is not None and len(items) >= task.limit:
                break
            if all(row.get(column) in values for column, values in task.where.items()):
                try:
                    item = _item(task, row)
                except (_Wrong, ValueError) as error:
                    raise SourceError(f"{place}: task `{task.name}`: {error}. Mend the item or the task.") from None
                seen[item.id] += 1
                if seen[item.id] > 1:
                    item = replace(item, id=f"{item.id}#{seen[item.id]}")
                items.append(item)
    if not items:
        raise SourceError(f"task `{task.name}`: {task.data} has no item{' that `where` lets in' if task.where else ''}")
    return items


class _Wrong(Exception):
    """An item is not what its form asks for."""


def _item(task: Task, row: Mapping[str, Any]) -> Item:
    requests, gold = _REQUESTS[task.form](task, row)
    key = row.get(task.column("id"))
    if not isinstance(key, str | int) or key == "":
        raise _Wrong(f"`{task.column('id')}` must be a text or a whole number (got {key!r:.80})")
    weight: Any = len(requests[0].answer.encode()) if task.form == "text" else 1
    if task.weight is not None:
        weight = row.get(task.weight)
        if not isinstance(weight, int | float) or not 0 < weight < float("inf"):
            raise _Wrong(f"`{task.weight}` must be a weight above 0 (got {weight!r:.80})")
    slices = {name: _slice(row, column) for name, column in task.slices.items()}
    cluster = "/".join(_label(row, column) for column in task.cluster) if task.cluster else str(key)
    return Item(task.name, task.form, str(key), requests, gold, float(weight), cluster, slices, task.stride)


def _slice(row: Mapping[str, Any], column: str | Interval) -> str:
    if isinstance(column, str):
        return _label(row, column)
    number = row.get(column.from_)
    if number is None:
        return "unknown"
    if not isinstance(number, int | float):
        raise _Wrong(f"`{column.from_}` must be a number (got {number!r:.80})")
    return f"{int(number // column.every * column.every)}s"


def _label(row: Mapping[str, Any], column: str) -> str:
    if column not in row:
        raise _Wrong(f"no column `{column}`; there are: {', '.join(sorted(row))[:200]}")
    value = row[column]
    if isinstance(value, list | dict):
        raise _Wrong(f"`{column}` must be a single value (got {value!r:.80})")
    return "unknown" if value is None or value == "" else str(value)


def _text(task: Task, row: Mapping[str, Any], name: str) -> str:
    column = task.column(name)
    value = row.get(column)
    if column not in row:
        raise _Wrong(f"no column `{column}`; there are: {', '.join(sorted(row))[:200]}")
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"`{column}` must be a text that is not empty (got {value!r:.80})")
    value.encode()  # a half of a surrogate pair is no text; raises ValueError
    return value


def _texts(task: Task, row: Mapping[str, Any], name: str) -> list[str]:
    column = task.column(name)
    value = row.get(column)
    if not isinstance(value, list) or len(value) < 2:
        raise _Wrong(f"`{column}` must be a list of two texts or more (got {value!r:.80})")
    return [_text(task.model_copy(update={"columns": {}}), {column: part}, column) for part in value]


def _gold(task: Task, row: Mapping[str, Any], answers: int) -> int:
    gold = row.get(task.column("gold"))
    if not isinstance(gold, int) or isinstance(gold, bool) or not 0 <= gold < answers:
        raise _Wrong(f"`{task.column('gold')}` must be a whole number from 0 to {answers - 1} (got {gold!r:.80})")
    return gold


def _text_requests(task: Task, row: Mapping[str, Any]) -> tuple[tuple[Request, ...], int]:
    text = _text(task, row, "text")
    return (Request("", text, text),), 0


def _pair_requests(task: Task, row: Mapping[str, Any]) -> tuple[tuple[Request, ...], int]:
    good, bad = _text(task, row, "good"), _text(task, row, "bad")
    return (Request("", good, good), Request("", bad, bad)), 0


def _choice_requests(task: Task, row: Mapping[str, Any]) -> tuple[tuple[Request, ...], int]:
    query, choices = _text(task, row, "query"), _texts(task, row, "choices")
    return tuple(Request(query, task.join + choice, choice) for choice in choices), _gold(task, row, len(choices))


def _context_requests(task: Task, row: Mapping[str, Any]) -> tuple[tuple[Request, ...], int]:
    contexts, continuation = _texts(task, row, "contexts"), _text(task, row, "continuation")
    requests = tuple(Request(context, task.join + continuation, continuation) for context in contexts)
    return requests, _gold(task, row, len(contexts))


def _word_requests(task: Task, row: Mapping[str, Any]) -> tuple[tuple[Request, ...], int]:
    target = _text(task, row, "target")
    return (Request(_text(task, row, "context"), task.join + target, target),), 0


_REQUESTS = {
    "text": _text_requests,
    "pair": _pair_requests,
    "choice": _choice_requests,
    "context_choice": _context_requests,
    "last_word": _word_requests,
}


def _rows(task: Task, found: Input) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each row with its place: ``file:line`` or ``file: row N``."""
    try:
        with fsspec.open(found.location, "rb") as file:
            head = file.read(4)
            file.seek(0)
            yield from (_parquet if head == _PARQUET else _jsonl)(file, found.location)
    except (OSError, pa.ArrowException, *BROKEN) as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise SourceError(f"task `{task.name}`: {found.location} cannot be read: {said:.200}. Mend the file.") from None


def _jsonl(file: BinaryIO, location: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(decompressed(file), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            raise SourceError(f"{location}:{number}: not JSON: {error}. Mend the line.") from None
        if not isinstance(row, dict):
            raise SourceError(f"{location}:{number}: a JSON {type(row).__name__}, not an object. Mend the line.")
        yield f"{location}:{number}", row


def _parquet(file: BinaryIO, location: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    number = 0
    for batch in pq.ParquetFile(file).iter_batches(batch_size=_BATCH):
        for row in batch.to_pylist():
            number += 1
            yield f"{location}: row {number}", row
