"""The journal of a worker: a small memory-mapped file that says what is in its hands, and outlives it."""

import json
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from florilegium.run import clock

SIZE = 64 * 1024
#: Deadline (0: none), seconds of waiting for a processor when it was set, length of the JSON that follows.
_HEAD = struct.Struct("<ddI")


#: A document in the hands of a stage: stage, source, file, record.
Place = tuple[str, str, str, int]


class InHand(NamedTuple):
    """What is in hand: the stage, the first of its documents, and how many; a reader (stage ``read``) has none yet."""

    stage: str
    source: str
    file: str
    record: int
    rows: int

    @property
    def place(self) -> Place:
        """Give the first document with its stage."""
        return self[:4]


def create_journal(path: Path) -> None:
    """Make an empty journal file."""
    path.write_bytes(bytes(SIZE))


@dataclass(frozen=True, slots=True)
class Journal:
    """What a worker had in hand, until when, and how long it had waited for a processor when that was set."""

    held: InHand | None
    deadline: float
    waited: float

    def overdue(self, pid: int) -> bool:
        """Say whether the time of what is in hand is over; time in which others had the processor does not count."""
        return bool(self.deadline) and clock.now() > self.deadline + max(0.0, waited(pid) - self.waited)


def read_journal(path: Path) -> Journal:
    """Read a worker's journal."""
    raw = path.read_bytes()
    deadline, before, length = _HEAD.unpack_from(raw)
    if not 0 < length <= SIZE - _HEAD.size:
        return Journal(None, deadline, before)
    try:
        held = InHand(*json.loads(raw[_HEAD.size : _HEAD.size + length]))
    except (ValueError, TypeError):  # read while it was being written
        return Journal(None, 0.0, 0.0)
    return Journal(held, deadline, before)


def waited(pid: int) -> float:
    """Give the seconds that a process was ready to run but had no processor; 0 where the system does not say."""
    try:
        return delay(Path(f"/proc/{pid}/schedstat").read_bytes())
    except OSError:
        return 0.0


def delay(schedstat: bytes) -> float:
    """Read the kernel's account of a process: seconds of waiting for a processor."""
    return int(schedstat.split()[1]) / 1e9


def write_journal(journal: mmap.mmap, held: InHand | None, deadline: float, before: float) -> None:
    """Say what is in hand, until when, and how long the process had waited for a processor when that was set."""
    encoded = json.dumps(held).encode()[: SIZE - _HEAD.size] if held else b""
    journal[: _HEAD.size + len(encoded)] = _HEAD.pack(deadline, before, len(encoded)) + encoded
