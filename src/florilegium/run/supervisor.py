"""Watched worker processes: dead ones are noticed and their tasks retried; a document that kills or hangs twice is
set aside.

Rule of two: a worker may die for reasons of its own (killed from outside, out of memory beside a neighbour), so a
document is blamed only when it was alone in hand at two deaths, or at one that is a crash of its own making (a
segmentation fault, an abort). A batch that was in hand at a death is handed on one document at a time when the task is
tried again, so that the journal names the culprit.
"""

import json
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from florilegium.errors import ContractError, FlorilegiumError
from florilegium.run import clock, hand, stop
from florilegium.run.failure import Failure, conclude
from florilegium.run.journal import create_journal, read_journal
from florilegium.run.shards import write_json
from florilegium.run.worker import work

#: Seconds for which a worker is seen over its limit before it is killed.
GRACE = 2.0
#: Signals that a process brings on itself.
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
#: Deaths of one task, beyond those explained by culprits, after which it is given up.
PATIENCE = 4

Culprit = tuple[str, str, str, int, str]  # stage, source, file, record, error


@dataclass(frozen=True, slots=True)
class Report:
    """What the supervisor tells: ``preparing``, ``prepared``, ``progress`` of a batch, ``finished``, ``retry``,
    ``failed``; and ``tick``, often."""

    kind: str
    rank: int
    rows_in: int = 0
    rows_out: int = 0
    message: str = ""


@dataclass
class _Task:
    rank: int
    deaths: int = 0
    blame: dict[hand.Held, int] = field(default_factory=dict)  # documents that were alone in hand
    suspects: list[tuple[hand.Held, int]] = field(default_factory=list)  # batches, with their rows


@dataclass
class _Worker:
    process: Any
    orders: Connection
    lifeline: Connection
    journal: Path
    task: _Task | None = None
    preparing: bool = False
    overdue_since: float = 0.0
    killed: bool = False  # by us, because it was overdue

    @property
    def log(self) -> str:
        return f"worker-{self.process.pid}.log"


class Supervisor:
    """Runs tasks on ``workers`` processes. ``scratch`` holds the list of culprits, which outlives the run."""

    def __init__(
        self,
        executor: bytes,
        logs: Path,
        workers: int,
        memory: int | None,
        timeout: float,
        scratch: Path,
        listener: Callable[[Report], object],
    ) -> None:
        self.executor, self.logs, self.count = executor, logs, workers
        self.memory, self.timeout = memory, timeout
        self.listener = listener
        self.culprit_file = scratch / "culprits.json"
        self.culprits: list[Culprit] = _read_culprits(self.culprit_file)
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(
            ["florilegium.run.executors", "florilegium.run.measured", "florilegium.run.decided"]
        )
        self.workers: list[_Worker] = []
        self.failures: list[Failure] = []
        self.prepared = False
        self.started = self.lost = 0  # workers in all; those that died while they loaded the stages

    def run(self, ranks: list[int]) -> None:
        """Run all tasks; raise after the last, naming the failed ones."""
        waiting = [_Task(rank) for rank in ranks]
        with tempfile.TemporaryDirectory(prefix="florilegium-") as folder:
            try:
                while waiting or self._busy():
                    self._deal(Path(folder), waiting)
                    self._listen(waiting)
            finally:
                self._stop()
        conclude(self.failures, len(ranks), self.logs)

    def _busy(self) -> int:
        return sum(worker.task is not None or worker.preparing for worker in self.workers)

    def _deal(self, folder: Path, waiting: list[_Task]) -> None:
        """Give idle workers something to do. One loads and compiles first, so that the others find it done."""
        if not self.prepared:
            if not self._busy():
                first = self._start(folder)
                first.preparing = True
                self.listener(Report("preparing", -1))
                self._send(first, ("prepare",))
            return
        while len(self.workers) < min(self.count, len(waiting) + self._busy()):
            self._start(folder)
        for worker in self.workers:
            if worker.task is None and waiting:
                worker.task = task = waiting.pop(0)
                worker.overdue_since = 0.0
                self._send(worker, ("task", task.rank, self.culprits, task.suspects, task.deaths > 0))

    def _send(self, worker: _Worker, order: tuple[Any, ...]) -> None:
        with suppress(OSError):  # it died while idle: `_listen` sees that
            worker.orders.send(order)

    def _start(self, folder: Path) -> _Worker:
        self.started += 1
        journal = folder / f"journal-{self.started}"
        create_journal(journal)
        orders, theirs = self.context.Pipe()
        lifeline, watched = self.context.Pipe()
        threads = max(1, (os.cpu_count() or 1) // self.count)
        process = self.context.Process(
            target=work,
            args=(theirs, watched, self.executor, self.logs, journal, self.memory, self.timeout, threads),
            daemon=True,
        )
        _start(process)
        theirs.close()
        watched.close()
        worker = _Worker(process, orders, lifeline, journal)
        self.workers.append(worker)
        return worker

    def _listen(self, waiting: list[_Task]) -> None:
        places: dict[Any, _Worker] = {}
        for worker in self.workers:
            places[worker.orders] = worker
            places[worker.process.sentinel] = worker
        ready = wait(list(places), timeout=0.25)
        stop.check()
        self.listener(Report("tick", -1))
        gone = []
        for worker in {id(places[item]): places[item] for item in ready}.values():
            try:
                while worker.orders.poll():
                    self._hear(worker, worker.orders.recv())
            except (EOFError, OSError):
                gone.append(worker)
                continue
            if worker.process.exitcode is not None:
                gone.append(worker)
        for worker in gone:
            self._bury(worker, waiting)
        for worker in self.workers:
            self._watch(worker)

    def _hear(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        rank = worker.task.rank if worker.task else -1
        if message[0] == "progress":
            self.listener(Report("progress", rank, message[1], message[2]))
            return
        if message[0] == "failed" and worker.preparing:
            error = FlorilegiumError(f"the stages cannot be loaded: {message[1]} ({self.logs / worker.log})")
            error.exit_code = message[2]
            raise error
        if message[0] == "failed":
            self._fail(Failure(rank, message[1], message[2], worker.log))
        elif worker.preparing:
            self.prepared = True
            self.listener(Report("prepared", -1))
        else:
            self.listener(Report("finished", rank))
        worker.task = None
        worker.preparing = False

    def _fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        self.listener(Report("failed", failure.rank, message=failure.message))

    def _watch(self, worker: _Worker) -> None:
        """Kill a worker whose document is long over its limit: compiled code does not hear signals.

        It must be seen so for a while: when all were stopped, workers get their second chance first.
        """
        pid = worker.process.pid
        if worker.killed or worker.task is None or not read_journal(worker.journal).overdue(pid):
            worker.overdue_since = 0.0
        elif not worker.overdue_since:
            worker.overdue_since = clock.now()
        elif clock.now() > worker.overdue_since + GRACE:
            worker.killed = True
            worker.process.kill()

    def _bury(self, worker: _Worker, waiting: list[_Task]) -> None:
        """Take the task of a dead worker back; blame the document in hand if that was no chance."""
        self.workers.remove(worker)
        worker.lifeline.close()  # should it live on without its server, it ends now
        worker.process.join()
        task, held = worker.task, read_journal(worker.journal).held
        worker.journal.unlink()
        if worker.preparing:
            self.lost += 1
            if self.lost > 2:
                raise ContractError(
                    f"{self.lost} workers died while they loaded the stages, the last one "
                    f"{_cause(worker.process.exitcode)}; {self.logs / worker.log} may say why"
                )
        if task is None:
            return
        how = "timeout" if worker.killed else _cause(worker.process.exitcode)
        task.deaths += 1
        if held is not None:
            stage, source, file, record = (held[key] for key in ("stage", "source", "file", "record"))
            place = (str(stage), str(source), str(file), int(str(record)))
            rows = int(str(held["rows"]))
            how += _with(str(stage), str(file), int(str(record)), rows)
            if rows > 1:
                task.suspects.append((place, rows))
            elif rows == 0 and task.deaths == 1:
                pass  # a reader: where exactly it dies is only written down from now on
            elif self._blame(task, place, _weight(worker), how):
                task.deaths = 1  # this death is explained
        if task.deaths > PATIENCE:
            why = (
                f"its worker died {task.deaths} times without one culprit, the last time {how}; look at memory and disk"
            )
            self._fail(Failure(task.rank, why, 2, worker.log))
            return
        self.listener(Report("retry", task.rank, message=how))
        waiting.insert(0, task)

    def _blame(self, task: _Task, place: hand.Held, weight: int, how: str) -> bool:
        task.blame[place] = task.blame.get(place, 0) + weight
        if task.blame[place] < 2:
            return False
        told = how if how.startswith(("timeout", "out of memory")) else f"the worker died: {how}"
        self.culprits.append((*place, told))
        write_json(self.culprit_file, self.culprits)
        return True

    def _stop(self) -> None:
        for worker in self.workers:
            if worker.task is None and not worker.preparing:
                try:
                    worker.orders.send(("stop",))
                except OSError:
                    worker.process.kill()
            else:
                worker.process.kill()
        for worker in self.workers:
            worker.process.join(5)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
        self.workers = []


def _start(process: Any) -> None:
    """Start a process; the server that forks it may have been killed just now, and is started anew."""
    for pause in (0.05, 0.5, 2.0):
        try:
            return process.start()  # type: ignore[no-any-return]
        except (ConnectionError, EOFError):
            time.sleep(pause)
    process.start()


def _weight(worker: _Worker) -> int:
    """A crash of its own making counts double; being killed may be chance, and so may a crash for want of memory."""
    return 2 if not worker.killed and -(worker.process.exitcode or 0) in CRASHES else 1


def _with(stage: str, file: str, record: int, rows: int) -> str:
    if stage == "read":
        return f" while reading {file} from record {record} on"
    return f" with {file}#{record}{f' and {rows - 1} more' if rows > 1 else ''} in the hands of `{stage}`"


def _cause(exitcode: int | None) -> str:
    if exitcode == hand.OUT_OF_MEMORY:
        return "out of memory: needs more than `run.memory` allows,"
    if exitcode is not None and exitcode < 0:
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


def _read_culprits(path: Path) -> list[Culprit]:
    """Read who was to blame in earlier runs of this command; where the file is damaged, they are found again."""
    try:
        written = json.loads(path.read_bytes())
        return [(str(stage), str(source), str(file), int(r), str(e)) for stage, source, file, r, e in written]
    except (FileNotFoundError, ValueError, TypeError):
        return []
