"""Watched worker processes: dead ones are noticed and their tasks retried; a document that kills or hangs twice is
set aside.

Rule of two: a worker may die for reasons of its own (killed from outside, out of memory beside a neighbour), so a
document is blamed only when it was in hand at two deaths. After the first death a task runs in batches of one document,
so that the journal names the culprit.
"""

import json
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from florilegium.errors import ContractError, FlorilegiumError
from florilegium.run import clock, hand
from florilegium.run.shards import write_json
from florilegium.run.worker import work

#: Seconds after a document's own limit before its worker is killed.
GRACE = 2.0
#: Deaths of one task, beyond those explained by culprits, after which it is given up.
PATIENCE = 4

Culprit = tuple[str, str, str, int, str]  # stage, source, file, record, error


@dataclass(frozen=True, slots=True)
class Report:
    """What the supervisor tells: ``preparing``, ``progress`` of a batch, ``finished``, ``retry``, ``failed``; and
    ``tick``, often."""

    kind: str
    rank: int
    rows_in: int = 0
    rows_out: int = 0
    message: str = ""


@dataclass
class _Task:
    rank: int
    deaths: int = 0
    suspects: dict[hand.Held, int] = field(default_factory=dict)


@dataclass
class _Worker:
    process: Any
    orders: Connection
    lifeline: Connection
    journal: Path
    task: _Task | None = None
    preparing: bool = False
    overdue: dict[str, object] | None = None


class Supervisor:
    """Runs tasks on ``workers`` processes. ``scratch`` holds the list of culprits, which outlives the run."""

    def __init__(
        self,
        executor: bytes,
        logs: Path,
        workers: int,
        memory: int | None,
        scratch: Path,
        listener: Callable[[Report], object],
    ) -> None:
        self.executor, self.logs, self.count, self.memory = executor, logs, workers, memory
        self.listener = listener
        self.culprit_file = scratch / "culprits.json"
        self.culprits: list[Culprit] = _read_culprits(self.culprit_file)
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(
            ["florilegium.run.executors", "florilegium.run.measured", "florilegium.run.decided"]
        )
        self.workers: list[_Worker] = []
        self.failures: list[tuple[int, str, int, str]] = []

    def run(self, ranks: list[int]) -> None:
        """Run all tasks; raise after the last, naming the failed ones."""
        waiting = [_Task(rank) for rank in ranks]
        with tempfile.TemporaryDirectory(prefix="florilegium-") as folder:
            try:
                first = self._start(Path(folder), 0)
                first.preparing = True
                self.listener(Report("preparing", -1))
                first.orders.send(("prepare",))
                while waiting or any(worker.task or worker.preparing for worker in self.workers):
                    if not any(worker.preparing for worker in self.workers):
                        while len(self.workers) < min(self.count, len(waiting) + self._busy()):
                            self._start(Path(folder), len(self.workers))
                        for worker in self.workers:
                            if worker.task is None and waiting:
                                self._order(worker, waiting.pop(0))
                    self._listen(Path(folder), waiting)
            finally:
                self._stop()
        self._conclude()

    def _busy(self) -> int:
        return sum(worker.task is not None for worker in self.workers)

    def _start(self, folder: Path, number: int) -> _Worker:
        journal = folder / f"journal-{number}-{clock.now()}"
        hand.create_journal(journal)
        orders, theirs = self.context.Pipe()
        lifeline, watched = self.context.Pipe()
        threads = max(1, (os.cpu_count() or 1) // self.count)
        process = self.context.Process(
            target=work, args=(theirs, watched, self.executor, self.logs, journal, self.memory, threads), daemon=True
        )
        process.start()
        theirs.close()
        watched.close()
        worker = _Worker(process, orders, lifeline, journal)
        self.workers.append(worker)
        return worker

    def _order(self, worker: _Worker, task: _Task) -> None:
        worker.task = task
        worker.overdue = None
        try:
            worker.orders.send(("task", task.rank, task.deaths > 0, self.culprits))
        except OSError:  # it died while idle: `_listen` sees that
            return

    def _listen(self, folder: Path, waiting: list[_Task]) -> None:
        places: dict[Any, _Worker] = {}
        for worker in self.workers:
            places[worker.orders] = worker
            places[worker.process.sentinel] = worker
        ready = wait(list(places), timeout=0.25)
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
            self._bury(worker, folder, waiting)
        for worker in self.workers:
            self._watch(worker)

    def _hear(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        rank = worker.task.rank if worker.task else -1
        if message[0] == "progress":
            self.listener(Report("progress", rank, message[1], message[2]))
            return
        if message[0] == "failed" and worker.preparing:
            error = FlorilegiumError(f"the stages cannot be loaded: {message[1]}")
            error.exit_code = message[2]
            error.add_note(message[3])
            raise error
        if message[0] == "failed":
            self.failures.append((rank, *message[1:]))
            self.listener(Report("failed", rank, message=message[1]))
        elif worker.task is not None:
            self.listener(Report("finished", rank))
        worker.task = None
        worker.preparing = False

    def _watch(self, worker: _Worker) -> None:
        """Kill a worker whose document is long over its limit: compiled code does not hear signals."""
        if worker.task is None or worker.overdue is not None:
            return
        deadline, held = hand.read_journal(worker.journal)
        if held is not None and deadline and clock.now() > deadline + GRACE:
            worker.overdue = held
            worker.process.kill()

    def _bury(self, worker: _Worker, folder: Path, waiting: list[_Task]) -> None:
        """Take the task of a dead worker back; blame the document in hand if it is the second time."""
        self.workers.remove(worker)
        worker.process.join()
        task, held = worker.task, worker.overdue or hand.read_journal(worker.journal)[1]
        if worker.preparing:
            raise ContractError(
                f"the first worker died with exit code {worker.process.exitcode} while loading the stages"
            )
        if task is None:
            return
        how = "timeout" if worker.overdue else _cause(worker.process.exitcode)
        task.deaths += 1
        blamed = False
        if held and "record" in held:
            place = (str(held["stage"]), str(held["source"]), str(held["file"]), int(str(held["record"])))
            task.suspects[place] = task.suspects.get(place, 0) + 1
            if task.suspects[place] >= 2:
                blamed = True
                task.deaths = 1  # this death is explained; go on in single steps
                self.culprits.append((*place, f"{how}: the worker died twice with this document in hand"))
                write_json(self.culprit_file, self.culprits)
        if not blamed and task.deaths > PATIENCE:
            message = f"its worker died {task.deaths} times ({how}), no document to blame; look at memory and disk"
            self.failures.append((task.rank, message, 2, ""))
            self.listener(Report("failed", task.rank, message=message))
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

    def _conclude(self) -> None:
        if not self.failures:
            return
        rank, message, code, trace = sorted(self.failures)[0]
        others = f" and {len(self.failures) - 1} more" if len(self.failures) > 1 else ""
        error = FlorilegiumError(f"task {rank:05d}{others} failed: {message}")
        error.exit_code = 1 if any(failure[2] == 1 for failure in self.failures) else code
        if trace:
            error.add_note(trace)
        raise error


def _cause(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


def _read_culprits(path: Path) -> list[Culprit]:
    try:
        written = json.loads(path.read_bytes())
        return [(str(stage), str(source), str(file), int(r), str(e)) for stage, source, file, r, e in written]
    except FileNotFoundError:
        return []
    except ValueError:
        raise ContractError(f"{path} is damaged; remove it: the documents that it names are found again") from None
