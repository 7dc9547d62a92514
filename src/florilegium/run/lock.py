"""One run, one process: a lock that names its holder and dies with it.

On one machine the kernel holds the lock, so that it ends with the process. Where a file system does not share such
locks between machines, the lease decides: the holder touches the file while it lives.
"""

import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from florilegium.errors import FlorilegiumError

NAME = ".lock"
#: Seconds after which the lock of another machine is taken over, unless its holder touched it; touched thrice in it.
LEASE = 90.0


class Holder(NamedTuple):
    """Who works on a run."""

    pid: int
    host: str

    def __str__(self) -> str:
        return f"pid {self.pid} on {self.host}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's lock. Raises FlorilegiumError naming the pid and host of whoever holds it."""
    path = folder / NAME
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _refuse(folder, _read(path))
        except OSError:  # a file system without locks: pid and lease decide
            other = _read(path)
            if other is not None and other.host == socket.gethostname() and _lives(other.pid):
                _refuse(folder, other)
        other = _read(path)
        if other is not None and other.host != socket.gethostname() and _fresh(folder, path):
            _refuse(folder, other)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        ended = threading.Event()
        touching = threading.Thread(target=_touch, args=(path, ended), daemon=True)
        touching.start()
        try:
            yield
        finally:
            ended.set()
            touching.join()
            file.truncate(0)


def holder(folder: Path) -> Holder | None:
    """Say who works on a run now, if anybody."""
    path = folder / NAME
    try:
        with path.open("r") as file:
            found = _read(path)
            if found is None or found.host != socket.gethostname():
                return found if found is not None and _fresh(folder, path) else None
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return found
    except OSError:
        return None
    return None


def _refuse(folder: Path, other: Holder | None) -> None:
    raise FlorilegiumError(
        f"{folder}: another process works on this run ({other or 'unknown holder'}). "
        "Wait for it, or choose another --runs."
    )


def _read(path: Path) -> Holder | None:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Holder(int(held["pid"]), str(held["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid != os.getpid()


def _fresh(folder: Path, path: Path) -> bool:
    """Say whether the lock was touched within its lease, by the clock of the file system itself."""
    probe = folder / f".now-{os.getpid()}.tmp"
    try:
        probe.touch()
        return probe.stat().st_mtime - path.stat().st_mtime < LEASE
    finally:
        probe.unlink(missing_ok=True)


def _touch(path: Path, ended: threading.Event) -> None:
    while not ended.wait(LEASE / 3):
        try:
            os.utime(path)
        except OSError:  # the folder is gone or full of trouble: the run itself will say so
            return
