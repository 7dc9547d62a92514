"""One run, one process: a lock that names its holder and dies with it."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from florilegium.errors import FlorilegiumError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run's lock. Raises FlorilegiumError naming the pid and host of whoever holds it."""
    path = folder / ".lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = _holder(file.read())
            raise FlorilegiumError(
                f"{folder}: another process works on this run ({holder}). Wait for it, or choose another --runs."
            ) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}))
        file.flush()
        yield
        file.truncate(0)


def _holder(text: str) -> str:
    try:
        held = json.loads(text)
        return f"pid {held['pid']} on {held['host']}"
    except (ValueError, KeyError, TypeError):
        return "unknown holder"
