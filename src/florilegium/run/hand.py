"""What a worker has in hand: a journal that outlives it, and a time limit for one document.

Before a worker touches a document (or a batch) it writes which one into a small memory-mapped file that the supervisor
reads when the worker has died or hangs. So the culprit is known without a process per document.
"""

import json
import mmap
import signal
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TypeVar

import numpy as np
import pyarrow as pa

from florilegium.documents import Departure, Outcome, depart, only
from florilegium.errors import DocumentError
from florilegium.run import clock

T = TypeVar("T")
R = TypeVar("R")

SIZE = 8192
_PLACE = ("source", "file", "record")
_HEAD = struct.Struct("<dI")  # deadline (0: none), length of the JSON that follows

#: Rows in the hands of a stage: stage, source, file, record of the first of them. As a culprit: one document.
Held = tuple[str, str, str, int]

#: A text may take longer than a page: one more second for so many bytes.
BYTES_PER_SECOND = 250_000
#: Seconds in which a reader must come to its next batch; it is the worker that is retried then, no document is blamed.
READING = 600.0


@dataclass(slots=True)
class _Entry:
    """Something in hand, until when, and whether it may have its time once more if the process hardly ran."""

    said: dict[str, object]
    seconds: float
    deadline: float
    spent: float  # seconds of processor time when it was taken up
    second_chance: bool
    over: bool = False


#: Documents that killed a worker twice, with what happened. They are put in quarantine untouched.
_aside: dict[Held, str] = {}
#: Batches in which a worker died: their documents are handed to the stage one by one.
_suspect: set[tuple[Held, int]] = set()
_journal: mmap.mmap | None = None
_limit = 0.0
_entries: list[_Entry] = []


class OutOfTime(BaseException):
    """Raised inside a document that takes too long. Not an ``Exception``: libraries must not swallow it."""


def open_journal(path: Path, limit: float) -> None:
    """Map this worker's journal; from now on the supervisor sees what is in hand, and stages have ``limit`` seconds
    for a document."""
    global _journal, _limit
    with path.open("r+b") as file:
        _journal = mmap.mmap(file.fileno(), SIZE)
    _limit = limit
    signal.signal(signal.SIGALRM, _ring)


def create_journal(path: Path) -> None:
    """Make an empty journal file."""
    path.write_bytes(bytes(SIZE))


def read_journal(path: Path) -> tuple[float, dict[str, object] | None]:
    """Give the deadline (0 for none) and what is in hand, or None."""
    raw = path.read_bytes()
    deadline, length = _HEAD.unpack_from(raw)
    if not 0 < length <= SIZE - _HEAD.size:
        return deadline, None
    try:
        held = json.loads(raw[_HEAD.size : _HEAD.size + length])
    except ValueError:  # read while it was being written
        return 0.0, None
    return deadline, held if isinstance(held, dict) else None


def start_task(culprits: Sequence[tuple[str, str, str, int, str]], suspects: Sequence[tuple[Held, int]]) -> None:
    """Say which documents (stage, source, file, record, error) are to be quarantined without touching them, and which
    batches (stage, source, file, first record; rows) are to be handed on one document at a time."""
    _aside.clear()
    _aside.update({(stage, source, file, record): error for stage, source, file, record, error in culprits})
    _suspect.clear()
    _suspect.update((place, rows) for place, rows in suspects)
    _entries.clear()
    _show()


def is_suspect(stage: str, documents: pa.RecordBatch) -> bool:
    """Say whether a worker died while this stage had just these documents in hand."""
    return bool(_suspect) and ((stage, *_place(documents, 0)), documents.num_rows) in _suspect


def set_aside(documents: pa.RecordBatch, stage: str) -> tuple[pa.RecordBatch, list[Departure]]:
    """Take out the documents that are known to kill or hang this stage."""
    if not any(key[0] == stage for key in _aside):
        return documents, []
    places = zip(*(documents.column(name).to_pylist() for name in _PLACE), strict=True)
    errors = [_aside.get((stage, *place)) for place in places]
    rows = [row for row, error in enumerate(errors) if error is not None]
    left = depart(
        documents,
        rows,
        outcome=Outcome.QUARANTINED,
        stage=stage,
        rules=["timeout" if str(errors[row]).startswith("timeout") else "killed_worker" for row in rows],
        errors=[errors[row] for row in rows],
    )
    return only(documents, np.array([error is None for error in errors], dtype=np.bool_)), left


def _place(documents: pa.RecordBatch, row: int) -> tuple[str, str, int]:
    source, file, record = (documents.column(name)[row].as_py() for name in _PLACE)
    return source, file, record


@contextmanager
def _in_hand(said: dict[str, object], seconds: float, *, second_chance: bool = False) -> Iterator[None]:
    """Say what is in hand and let the alarm ring after ``seconds``; what was in hand before comes back after."""
    depth = len(_entries)
    entry = _Entry(said, seconds, clock.now() + seconds, time.process_time(), second_chance)
    _entries.append(entry)
    _show()
    try:
        yield
    finally:
        entry.over = True  # the alarm may still ring in here
        del _entries[depth:]
        _show()


def _show() -> None:
    """Bring journal and alarm in line with what is on top."""
    top = _entries[-1] if _entries else None
    if top is not None:
        signal.setitimer(signal.ITIMER_REAL, max(top.deadline - clock.now(), 1e-3))
    else:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if _journal is not None:
        encoded = json.dumps(top.said).encode()[: SIZE - _HEAD.size] if top else b""
        _journal[: _HEAD.size + len(encoded)] = _HEAD.pack(top.deadline if top else 0.0, len(encoded)) + encoded


def _ring(number: int, frame: FrameType | None) -> None:
    """Answer the alarm: out of time, unless the process was stopped or starved and has not had its time yet."""
    if not _entries or _entries[-1].over:
        return
    top = _entries[-1]
    if clock.now() < top.deadline:
        _show()
        return
    if top.second_chance and time.process_time() - top.spent < top.seconds / 10:
        top.second_chance = False
        top.deadline = clock.now() + top.seconds
        _show()
        return
    raise OutOfTime


@contextmanager
def holding(stage: str, documents: pa.RecordBatch) -> Iterator[None]:
    """Say that these documents are in hand. Raises OutOfTime inside where they take too long."""
    if _journal is None:
        yield
        return
    source, file, record = _place(documents, 0)
    said = {"stage": stage, "source": source, "file": file, "record": record, "rows": documents.num_rows}
    _entries.clear()  # an alarm may have rung between two lines
    with _in_hand(said, _limit + documents.nbytes / BYTES_PER_SECOND, second_chance=documents.num_rows == 1):
        yield


def one_more() -> None:
    """Start the clock anew: a stage that takes up the documents of a batch one after the other has come to the next."""
    if _journal is not None and _entries:
        _entries[-1].deadline = clock.now() + _entries[-1].seconds
        _show()


def unreadable_from(source: str, file: str) -> tuple[int, str] | None:
    """Give the record from which on a file kills its readers, and how, if it is known to."""
    found = [(key[3], error) for key, error in _aside.items() if key[:3] == ("read", source, file)]
    return min(found) if found else None


def reading(source: str, file: str, record: int) -> None:
    """Say that a reader is at work on a file, from ``record`` on; ``not_reading`` ends that."""
    if _journal is not None:
        said: dict[str, object] = {"stage": "read", "source": source, "file": file, "record": record, "rows": 0}
        _entries[:] = [_Entry(said, READING, clock.now() + READING, time.process_time(), False)]
        _show()


def not_reading() -> None:
    """Say that no reader is at work."""
    if _journal is not None:
        _entries.clear()
        _show()


def one_by_one(
    stage: str,
    documents: pa.RecordBatch,
    items: Sequence[T],
    work: Callable[[T], R],
    seconds: float,
) -> list[R | DocumentError]:
    """Do ``work`` on each item (one for each row of ``documents``), each within ``seconds``; a failure is a value.

    Python code is interrupted by a signal; compiled code that does not come back is killed by the supervisor a little
    after the limit, and the document is set aside on the second such death. A process that hardly ran in its time
    (stopped, or waiting) gets it once more.
    """
    places = list(zip(*(documents.column(name).to_pylist() for name in _PLACE), strict=True))
    results: list[R | DocumentError] = []
    previous = signal.signal(signal.SIGALRM, _ring)
    try:
        for row, item in enumerate(items):
            said = {"stage": stage, "rows": 1, **dict(zip(_PLACE, places[row], strict=True))}
            result: R | DocumentError
            try:
                with _in_hand(said, seconds, second_chance=True):
                    result = work(item)
            except OutOfTime:
                result = DocumentError(f"timeout: not finished within {seconds:g} s")
            except Exception as error:  # the document goes into quarantine
                result = DocumentError(describe(error))
            results.append(result)
    finally:
        signal.signal(signal.SIGALRM, previous)
    return results


def describe(error: Exception) -> str:
    """Say what a document did, in a line of at most 2,000 characters."""
    said = str(error) or ("needs more than `run.memory` allows" if isinstance(error, MemoryError) else "")
    return f"{type(error).__name__}: {said}".removesuffix(": ")[:2000]


_report: Callable[[int, int], object] = lambda rows_in, rows_out: None  # noqa: E731


def report_to(listener: Callable[[int, int], object]) -> None:
    """Say who hears of progress (rows read, rows kept), once per batch."""
    global _report
    _report = listener


def report(rows_in: int, rows_out: int) -> None:
    """Tell how many rows a batch had when read and how many are left at the end of the pipeline."""
    _report(rows_in, rows_out)
