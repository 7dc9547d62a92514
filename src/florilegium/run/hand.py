"""What a worker has in hand: a journal that outlives it, and a time limit for one document.

Before a worker touches a document (or a batch) it writes which one into a small memory-mapped file that the supervisor
reads when the worker has died or hangs. So the culprit is known without a process per document.
"""

import mmap
import os
import signal
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
from florilegium.run.journal import SIZE, InHand, Place, delay, write_journal

T = TypeVar("T")
R = TypeVar("R")

_PLACE = ("source", "file", "record")
#: A text may take longer than a page: one more second for so many bytes.
BYTES_PER_SECOND = 250_000
#: Seconds in which a reader must come to its next record.
READING = 600.0
#: A worker that ends with this exit code needed more memory than it may have, with one document in hand.
OUT_OF_MEMORY = 77


@dataclass(slots=True)
class _Entry:
    """Something in hand, until when, and whether it may have its time once more if the process hardly ran."""

    held: InHand
    seconds: float
    deadline: float
    waited: float  # seconds of waiting for a processor when the deadline was set
    spent: float  # seconds of processor time then
    second_chance: bool
    over: bool = False


#: Documents that killed a worker twice, with what happened. They are put in quarantine untouched.
_aside: dict[Place, str] = {}
#: Batches in which a worker died: their documents are handed to the stage one by one.
_suspect: set[InHand] = set()
_journal: mmap.mmap | None = None
_waiting: int | None = None  # a file of the kernel: how long this process waited for a processor
_careful = False  # a worker died with this task: every record is written down before it is read
_limit = 0.0
_entries: list[_Entry] = []


class OutOfTime(BaseException):
    """Raised inside a document that takes too long. Not an ``Exception``: libraries must not swallow it."""


def open_journal(path: Path, limit: float) -> None:
    """Map this worker's journal; from now on the supervisor sees what is in hand, and stages have ``limit`` seconds
    for a document."""
    global _journal, _waiting, _limit
    with path.open("r+b") as file:
        _journal = mmap.mmap(file.fileno(), SIZE)
    _waiting = (
        os.open(f"/proc/{os.getpid()}/schedstat", os.O_RDONLY) if os.path.exists("/proc/self/schedstat") else None
    )
    _limit = limit
    signal.signal(signal.SIGALRM, _ring)


def _waited() -> float:
    return delay(os.pread(_waiting, 100, 0)) if _waiting is not None else 0.0


def start_task(
    culprits: Sequence[tuple[str, str, str, int, str]], suspects: Sequence[InHand], *, careful: bool = False
) -> None:
    """Say which documents (stage, source, file, record, error) are to be quarantined without touching them, and which
    batches are to be handed on one document at a time. ``careful``: a worker died with this task, so readers write down
    every record."""
    global _careful
    _careful = careful
    _aside.clear()
    _aside.update({(stage, source, file, record): error for stage, source, file, record, error in culprits})
    _suspect.clear()
    _suspect.update(suspects)
    _entries.clear()
    _show()


def is_suspect(stage: str, documents: pa.RecordBatch) -> bool:
    """Say whether a worker died while this stage had just these documents in hand."""
    return bool(_suspect) and _held(stage, documents) in _suspect


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
        rules=[_rule(str(errors[row])) for row in rows],
        errors=[errors[row] for row in rows],
    )
    return only(documents, np.array([error is None for error in errors], dtype=np.bool_)), left


def _rule(error: str) -> str:
    """Give the reason that an error begins with."""
    known = {"timeout": "timeout", "out of memory": "memory"}
    return next((rule for begins, rule in known.items() if error.startswith(begins)), "killed_worker")


def _held(stage: str, documents: pa.RecordBatch) -> InHand:
    source, file, record = (documents.column(name)[0].as_py() for name in _PLACE)
    return InHand(stage, source, file, record, documents.num_rows)


@contextmanager
def _in_hand(held: InHand, seconds: float, *, second_chance: bool = False) -> Iterator[None]:
    """Say what is in hand and let the alarm ring after ``seconds``; what was in hand before comes back after."""
    depth = len(_entries)
    entry = _entry(held, seconds, second_chance=second_chance)
    _entries.append(entry)
    _show()
    try:
        yield
    finally:
        entry.over = True  # the alarm may still ring in here
        del _entries[depth:]
        if _entries:  # what is around it has its own time again: it took none of the time in here
            _begin(_entries[-1])
        _show()


def _entry(held: InHand, seconds: float, *, second_chance: bool = False) -> _Entry:
    entry = _Entry(held, seconds, 0.0, 0.0, 0.0, second_chance)
    _begin(entry)
    return entry


def _begin(entry: _Entry) -> None:
    """Let the time of an entry begin now."""
    entry.deadline, entry.waited, entry.spent = clock.now() + entry.seconds, _waited(), time.process_time()


def _show() -> None:
    """Bring journal and alarm in line with what is on top."""
    top = _entries[-1] if _entries else None
    if top is not None:
        signal.setitimer(signal.ITIMER_REAL, max(top.deadline - clock.now(), 1e-3))
    else:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if _journal is not None:
        write_journal(_journal, *((top.held, top.deadline, top.waited) if top else (None, 0.0, 0.0)))


def _ring(number: int, frame: FrameType | None) -> None:
    """Answer the alarm: out of time, unless others had the processor, or the process was stopped, in that time."""
    if not _entries or _entries[-1].over:
        return
    top = _entries[-1]
    without = _waited() - top.waited
    if clock.now() < top.deadline + without - 1e-3:
        top.deadline, top.waited = top.deadline + without, top.waited + without
        _show()
        return
    if top.second_chance and time.process_time() - top.spent < top.seconds / 10:
        top.second_chance = False
        _begin(top)
        _show()
        return
    raise OutOfTime


@contextmanager
def holding(stage: str, documents: pa.RecordBatch) -> Iterator[None]:
    """Say that these documents are in hand. Raises OutOfTime inside where they take too long."""
    if _journal is None:
        yield
        return
    _entries.clear()  # an alarm may have rung between two lines
    limit = _limit + documents.nbytes / BYTES_PER_SECOND
    with _in_hand(_held(stage, documents), limit, second_chance=documents.num_rows == 1):
        yield


def one_more() -> None:
    """Start the clock anew: a stage that takes up the documents of a batch one after the other has come to the next."""
    if _journal is not None and _entries:
        _begin(_entries[-1])
        _show()


def give_up(stage: str, documents: pa.RecordBatch) -> None:
    """End this worker: it has no memory left for a single document. A fresh one tries again, and only if it cannot
    either is the document to blame, not those before it. Without a supervisor it does nothing."""
    if _journal is not None:
        with holding(stage, documents):
            os._exit(OUT_OF_MEMORY)


def unreadable_from(source: str, file: str) -> tuple[int, str] | None:
    """Give the record from which on a file kills its readers, and how, if it is known to."""
    found = [(key[3], error) for key, error in _aside.items() if key[:3] == ("read", source, file)]
    return min(found) if found else None


def reading(source: str, file: str, record: int) -> None:
    """Say that a reader is at work on a file, from ``record`` on; ``not_reading`` ends that."""
    if _journal is not None:
        _entries[:] = [_entry(InHand("read", source, file, record, 0), READING)]
        _show()


def read_on(source: str, file: str, record: int) -> None:
    """Say that a reader has come to ``record``: written down once a second, or each time where a worker died before."""
    if _careful or (_entries and clock.now() > _entries[-1].deadline - READING + 1):
        reading(source, file, record)


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
    places = zip(*(documents.column(name).to_pylist() for name in _PLACE), strict=True)
    results: list[R | DocumentError] = []
    previous = signal.signal(signal.SIGALRM, _ring)
    try:
        for row, (item, (source, file, record)) in enumerate(zip(items, places, strict=True)):
            result: R | DocumentError
            try:
                with _in_hand(InHand(stage, source, file, record, 1), seconds, second_chance=True):
                    result = work(item)
            except OutOfTime:
                result = DocumentError(f"timeout: not finished within {seconds:g} s")
            except MemoryError as error:
                give_up(stage, documents.slice(row, 1))
                result = DocumentError(describe(error))
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


_report: Callable[[int, int, str], object] = lambda rows_in, rows_out, said: None  # noqa: E731


def report_to(listener: Callable[[int, int, str], object]) -> None:
    """Say who hears of progress (rows read, rows kept, what there is to say), once per batch."""
    global _report
    _report = listener


def report(rows_in: int, rows_out: int, said: str = "") -> None:
    """Tell how many rows a batch had when read and how many are left at the end of the pipeline."""
    _report(rows_in, rows_out, said)
