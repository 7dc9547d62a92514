"""What a worker process does: take a task, run the pipeline on it through datatrove, answer."""

import ctypes
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dill

from florilegium.errors import FlorilegiumError
from florilegium.run import hand


def work(
    orders: Connection,
    lifeline: Connection,
    executor: bytes,
    logs: Path,
    journal: Path,
    memory: int | None,
    timeout: float,
    threads: int,
) -> None:
    """Serve orders until told to stop: ``("prepare",)``, ``("stop",)``, or ``("task", rank, culprits, suspects,
    careful)``."""
    _die_with_forkserver()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor answers Ctrl-C for all
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, args=(lifeline,), daemon=True).start()
    refused = _redirect_errors(logs)
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    _bound_threads(threads)
    hand.open_journal(journal, timeout)
    hand.report_to(lambda rows_in, rows_out, said: orders.send(("progress", rows_in, rows_out, said)))
    runner: Any = None
    while True:
        try:
            order = orders.recv()
        except EOFError:
            return
        if order[0] == "stop":
            return
        try:
            if refused is not None:
                raise refused
            runner = runner or dill.loads(executor)
            if order[0] == "prepare":
                _prepare(runner.pipeline)
            else:
                _, rank, culprits, suspects, careful = order
                hand.start_task(culprits, suspects, careful=careful)
                runner._run_for_rank(rank, local_rank=1)  # local rank 0 would write its log to the screen
            answer: tuple[Any, ...] = ("finished",)
        except FlorilegiumError as error:
            answer = ("failed", str(error), error.exit_code)
        except MemoryError:
            answer = ("failed", "out of memory; raise `run: {memory: ...}` or lower the workers", 2)
        except OSError as error:
            _log_traceback()
            answer = ("failed", _disk_message(error), 2)
        except Exception as error:  # told to the supervisor, which stops with exit code 1
            _log_traceback()
            answer = ("failed", f"{type(error).__name__}: {error}", 1)
        orders.send(answer)


def _prepare(pipeline: Sequence[Any]) -> None:
    for step in pipeline:
        if hasattr(step, "warm"):
            step.warm()


def _disk_message(error: OSError) -> str:
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{place}. Make room or choose another --runs, then run the same command again."


def _log_traceback() -> None:
    """Write the error in hand to this worker's log."""
    with suppress(OSError):  # the disk may be full, which is then what the supervisor is told
        traceback.print_exc()


def _redirect_errors(logs: Path) -> OSError | None:
    """Send what libraries (and datatrove's log) would write to the screen to a file of this worker.

    Gives the error where there is no room for one.
    """
    refused = None
    try:
        logs.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(logs / f"worker-{os.getpid()}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        refused, descriptor = error, os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 2)
    os.dup2(descriptor, 1)
    os.close(descriptor)
    return refused


def _bound_threads(threads: int) -> None:
    """Workers are the parallelism: libraries inside one use ``threads``."""
    import pyarrow as pa

    pa.set_cpu_count(threads)
    pa.set_io_thread_count(max(2, threads))
    os.environ["POLARS_MAX_THREADS"] = str(threads)


def _die_with_forkserver() -> None:
    """Let the kernel kill this process with the server that forked it, which ends with the supervisor.

    The lifeline does the same on every system, but not while compiled code holds the interpreter.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _die_with_parent(lifeline: Connection) -> None:
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os._exit(1)
