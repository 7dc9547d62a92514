"""What a worker has in hand: a journal that outlives it, and a time limit for one document.

Before a worker touches a document (or a batch) it writes which one into a small memory-mapped file that the supervisor
reads when the worker has died or hangs. So the culprit is known without a process per document.
"""

import json
import mmap
import signal
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

#: A document in the hands of a stage: stage, source, file, record.
Held = tuple[str, str, str, int]

#: Documents that killed a worker twice, with what happened. They are put in quarantine untouched.
_aside: dict[Held, str] = {}
_journal: mmap.mmap | None = None


class OutOfTime(BaseException):
    """Raised inside a document that takes too long. Not an ``Exception``: libraries must not swallow it."""


def open_journal(path: Path) -> None:
    """Map this worker's journal; from now on the supervisor sees what is in hand."""
    global _journal
    with path.open("r+b") as file:
        _journal = mmap.mmap(file.fileno(), SIZE)


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


def remember_aside(culprits: Sequence[tuple[str, str, str, int, str]]) -> None:
    """Say which documents (stage, source, file, record, error) are to be quarantined without touching them."""
    _aside.clear()
    _aside.update({(stage, source, file, record): error for stage, source, file, record, error in culprits})


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
        rules=["killed_worker"] * len(rows),
        errors=[errors[row] for row in rows],
    )
    return only(documents, np.array([error is None for error in errors], dtype=np.bool_)), left


def _write(held: dict[str, object] | None, deadline: float) -> None:
    if _journal is None:
        return
    encoded = json.dumps(held).encode()[: SIZE - _HEAD.size] if held else b""
    _journal[: _HEAD.size + len(encoded)] = _HEAD.pack(deadline, len(encoded)) + encoded


@contextmanager
def holding(stage: str, documents: pa.RecordBatch) -> Iterator[None]:
    """Say that this batch is in hand; with one row, which document."""
    held: dict[str, object] = {"stage": stage, "rows": documents.num_rows}
    if documents.num_rows == 1:
        held |= {name: documents.column(name)[0].as_py() for name in _PLACE}
    _write(held, 0.0)
    try:
        yield
    finally:
        _write(None, 0.0)


def one_by_one(
    stage: str,
    documents: pa.RecordBatch,
    items: Sequence[T],
    work: Callable[[T], R],
    seconds: float,
) -> list[R | DocumentError]:
    """Do ``work`` on each item (one for each row of ``documents``), each within ``seconds``; a failure is a value.

    Python code is interrupted by a signal; compiled code that does not come back is killed by the supervisor two
    seconds after the limit, and the document is set aside on the second such death.
    """
    places = list(zip(*(documents.column(name).to_pylist() for name in _PLACE), strict=True))
    results: list[R | DocumentError] = []
    previous = signal.signal(signal.SIGALRM, _interrupt)
    try:
        for row, item in enumerate(items):
            held = {"stage": stage, "rows": 1, **dict(zip(_PLACE, places[row], strict=True))}
            _write(held, clock.now() + seconds)
            result: R | DocumentError
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds)
                try:
                    result = work(item)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except OutOfTime:
                result = DocumentError(f"timeout: not finished within {seconds:g} s")
            except Exception as error:  # the document goes into quarantine
                result = DocumentError(f"{type(error).__name__}: {error}"[:2000])
            results.append(result)
    finally:
        signal.signal(signal.SIGALRM, previous)
        _write(None, 0.0)
    return results


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


_report: Callable[[int, int], object] = lambda rows_in, rows_out: None  # noqa: E731


def report_to(listener: Callable[[int, int], object]) -> None:
    """Say who hears of progress (rows read, rows kept), once per batch."""
    global _report
    _report = listener


def report(rows_in: int, rows_out: int) -> None:
    """Tell how many rows a batch had when read and how many are left at the end of the pipeline."""
    _report(rows_in, rows_out)
