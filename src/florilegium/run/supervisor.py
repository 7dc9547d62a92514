"""Watched worker processes: dead and hanging ones are noticed, and their tasks retried.

Who is to blame is another room (:mod:`florilegium.run.blame`).
"""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from florilegium.errors import ContractError, FlorilegiumError
from florilegium.run import clock, stop
from florilegium.run.blame import Blame, Record, cause
from florilegium.run.failure import Failure, conclude
from florilegium.run.journal import create_journal, read_journal
from florilegium.run.worker import work

#: Seconds for which a worker is seen over its limit before it is killed.
GRACE = 2.0
#: Deaths of one task, beyond those explained by culprits, after which it is given up.
PATIENCE = 4


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
    record: Record = field(default_factory=Record)


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
    """Runs tasks on ``workers`` processes. ``scratch`` holds the list of culprits, which outlives the run; ``preload``
    names modules that are imported once for all workers."""

    def __init__(
        self,
        executor: bytes,
        logs: Path,
        workers: int,
        memory: int | None,
        timeout: float,
        scratch: Path,
        listener: Callable[[Report], object],
        preload: Sequence[str] = (),
    ) -> None:
        self.executor, self.logs, self.count = executor, logs, workers
        self.memory, self.timeout = memory, timeout
        self.listener = listener
        self.blame = Blame(scratch / "culprits.json")
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(
            ["florilegium.run.executors", "florilegium.run.measured", "florilegium.run.decided", *preload]
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
                known = task.record
                self._send(worker, ("task", task.rank, self.blame.culprits, known.suspects, known.deaths > 0))

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
            self.listener(Report("progress", rank, message[1], message[2], message[3]))
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
                    f"{cause(worker.process.exitcode)}; {self.logs / worker.log} may say why"
                )
        if task is None:
            return
        how = self.blame.weigh(task.record, held, worker.process.exitcode, overdue=worker.killed)
        if task.record.deaths > PATIENCE:
            times = f"its worker died {task.record.deaths} times without one culprit"
            self._fail(Failure(task.rank, f"{times}, the last time {how}; look at memory and disk", 2, worker.log))
            return
        self.listener(Report("retry", task.rank, message=how))
        waiting.insert(0, task)

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
