"""Who is to blame for the death of a worker: found with few deaths, and remembered beside the shards.

Rule of two: a worker may die for reasons of its own (killed from outside, out of memory beside a neighbour), so a
document is blamed only when it was alone in hand at two deaths, or at one that is a crash of its own making (a
segmentation fault, an abort). A batch that was in hand at a death is handed on one document at a time when the task is
tried again, so that the journal names the culprit.
"""

import json
import signal
from dataclasses import dataclass, field
from pathlib import Path

from florilegium.run.hand import OUT_OF_MEMORY
from florilegium.run.journal import InHand, Place
from florilegium.run.shards import write_json

#: Signals that a process brings on itself.
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)

Culprit = tuple[str, str, str, int, str]  # stage, source, file, record, error


@dataclass
class Record:
    """What is known of one task: its unexplained deaths, documents that were alone in hand, suspect batches."""

    deaths: int = 0
    alone: dict[Place, int] = field(default_factory=dict)
    suspects: list[InHand] = field(default_factory=list)


class Blame:
    """The documents that killed workers, now and in earlier runs: ``culprits.json`` in the folder of a movement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.culprits = _read(path)

    def weigh(self, task: Record, held: InHand | None, exitcode: int | None, *, overdue: bool) -> str:
        """Take note of a death with ``held`` in hand; say how it came about.

        The task's deaths begin anew where this one is explained. ``overdue``: we killed the worker ourselves.
        """
        how = "timeout" if overdue else cause(exitcode)
        task.deaths += 1
        if held is None:
            return how
        how += _with(held)
        if held.rows > 1:
            task.suspects.append(held)
            return how
        if held.rows == 0 and task.deaths == 1:
            return how  # a reader: where exactly it dies is only written down from now on
        crashed = not overdue and -(exitcode or 0) in CRASHES
        task.alone[held.place] = task.alone.get(held.place, 0) + (2 if crashed else 1)
        if task.alone[held.place] >= 2:
            told = how if how.startswith(("timeout", "out of memory")) else f"the worker died: {how}"
            self.culprits.append((*held.place, told))
            write_json(self.path, self.culprits)
            task.deaths = 1
        return how


def cause(exitcode: int | None) -> str:
    """Say how a worker ended."""
    if exitcode == OUT_OF_MEMORY:
        return "out of memory: needs more than `run.memory` allows,"
    if exitcode is not None and exitcode < 0:
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"exit code {exitcode}"


def _with(held: InHand) -> str:
    if held.stage == "read":
        return f" while reading {held.file} from record {held.record} on"
    more = f" and {held.rows - 1} more" if held.rows > 1 else ""
    return f" with {held.file}#{held.record}{more} in the hands of `{held.stage}`"


def _read(path: Path) -> list[Culprit]:
    """Read who was to blame in earlier runs of this command; where the file is damaged, they are found again."""
    try:
        written = json.loads(path.read_bytes())
        return [(str(stage), str(source), str(file), int(r), str(e)) for stage, source, file, r, e in written]
    except (FileNotFoundError, ValueError, TypeError):
        return []
