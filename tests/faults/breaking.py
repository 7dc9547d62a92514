"""The faults that torture draws from. Each gives whether it came in time to be one."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.bench import Bench, Unexpected, members

Fault = Callable[[Bench], bool]


def kill_run(bench: Bench) -> bool:
    """SIGKILL of the whole process group."""
    process = bench.start()
    bench.some_time()
    over = process.poll() is not None
    if not over:
        os.killpg(process.pid, signal.SIGKILL)
    bench.end(process, (0, -signal.SIGKILL))
    return not over


def kill_main(bench: Bench) -> bool:
    """SIGKILL of the command alone: its workers must not go on."""
    process = bench.start()
    bench.some_time()
    over = process.poll() is not None
    process.kill()
    bench.end(process, (0, -signal.SIGKILL))
    return not over


def kill_worker(bench: Bench) -> bool:
    """SIGKILL of some process below the command: it must be noticed, and the run come to its end."""
    process = bench.start()
    bench.some_time()
    below = sorted(set(members(process.pid)) - {process.pid})
    if below:
        os.kill(bench.draw.choice(below), signal.SIGKILL)
    bench.end(process, (0,))
    return bool(below)


def pause(bench: Bench) -> bool:
    """SIGSTOP of the process group for some seconds, then SIGCONT."""
    process = bench.start()
    bench.some_time()
    over = process.poll() is not None
    if not over:
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(bench.draw.uniform(0.5, 3))
        os.killpg(process.pid, signal.SIGCONT)
    bench.end(process, (0,))
    return not over


def interrupt(bench: Bench) -> bool:
    """Ctrl-C, SIGTERM or a closed terminal."""
    number, code = bench.draw.choice([(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    process = bench.start()
    bench.some_time()
    over = process.poll() is not None
    process.send_signal(number)
    # before Python has come to our handlers, a signal ends it at once
    said = bench.end(process, (0, code, -number, 1))
    if process.returncode == 1 and "KeyboardInterrupt" not in said:
        raise Unexpected(f"exit code 1:\n{said[-2000:]}")
    return not over


def second_run(bench: Bench) -> bool:
    """The same command twice at a time: one of the two is refused and names the other."""
    first = bench.start()
    bench.some_time()
    over = first.poll() is not None
    second = bench.start()
    said = bench.end(second, (0, 2))
    told = bench.end(first, (0, 2))
    for process, words, other in ((second, said, first), (first, told, second)):
        if process.returncode == 2 and f"pid {other.pid} on " not in words:
            raise Unexpected(f"refused without the pid {other.pid}:\n{words}")
    if first.returncode == second.returncode == 2:
        raise Unexpected("both were refused")
    return not over


def full_disk(bench: Bench) -> bool:
    """A file system that is too small: one line, exit code 2."""
    if bench.disk is None:
        return False
    used = sum(path.stat().st_blocks * 512 for path in bench.disk.rglob("*") if path.is_file())
    room = used + bench.draw.randrange(4096, 1_300_000)
    _resize(bench.disk, room)
    process = bench.start()
    try:
        said = bench.end(process, (0, 2))
    finally:
        _resize(bench.disk, 500_000_000)
    if process.returncode == 2 and "No space left" not in said:
        raise Unexpected(f"a full disk was not named:\n{said}")
    return process.returncode == 2


def _resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def damage(bench: Bench) -> bool:
    """Cut, flip or remove a file that the run left."""
    left = sorted(
        path for path in bench.run.rglob("*") if path.is_file() and _may_be_damaged(path.relative_to(bench.run))
    )
    if not left:
        bench.finish(bench.runs)
        bench.look()
        return damage(bench)
    path = bench.draw.choice(left)
    whole = path.read_bytes()
    how = bench.draw.choice(["cut", "flip", "remove"])
    if how == "remove" or not whole:
        path.unlink()
    elif how == "cut":
        path.write_bytes(whole[: bench.draw.randrange(len(whole))])
    else:
        flipped = bytearray(whole)
        flipped[bench.draw.randrange(len(whole))] ^= 1 << bench.draw.randrange(8)
        path.write_bytes(flipped)
    task = path.name.split(".")[0]
    done = path.parent / f"{task}.done"
    bench.finished.pop(done, None)
    if done.exists():
        bench.damaged[done] = done.stat().st_mtime_ns
    return True


def _may_be_damaged(path: Path) -> bool:
    """Everything that the run can make again by itself. ``plan.json`` is not: it says what the run is."""
    top = path.parts[0]
    return top.startswith(("measured-", "decided-", "release", "quarantine", "ledger")) and path.name != "culprits.json"


def changed_input(bench: Bench) -> bool:
    """An input is touched, longer, replaced or gone: refused by name; put back, the run goes on."""
    if not (bench.run / "plan.json").exists():
        bench.finish(bench.runs)
        bench.look()
    path = bench.draw.choice(bench.inputs)
    whole, state = path.read_bytes(), path.stat()
    how = bench.draw.choice(["touch", "append", "replace", "remove"])
    if how == "remove":
        path.unlink()
    elif how == "touch":
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 10**9))
    else:
        path.write_bytes(whole + b"\n" if how == "append" else whole[::-1])
    try:
        said = bench.end(bench.start(), (2,))
    finally:
        path.write_bytes(whole)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    if path.name not in said or "--redo" not in said:
        raise Unexpected(f"{how} of {path.name} was not named:\n{said}")
    return True


def input_in_motion(bench: Bench) -> bool:
    """An input changes while the run goes on: its task fails by name, or it was read before."""
    path = bench.draw.choice(bench.inputs)
    whole, state = path.read_bytes(), path.stat()
    process = bench.start()
    while process.poll() is None and not (bench.run / "plan.json").exists():  # before that, it is not part of the run
        time.sleep(0.02)
    bench.some_time()
    path.unlink() if bench.draw.random() < 0.5 else path.write_bytes(whole + b"\n")
    try:
        said = bench.end(process, (0, 2))
    finally:
        path.write_bytes(whole)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    if process.returncode == 2 and path.name not in said:
        raise Unexpected(f"the change of {path.name} was not named:\n{said}")
    return process.returncode == 2


_ALL: tuple[Fault, ...] = (
    kill_run,
    kill_main,
    kill_worker,
    pause,
    interrupt,
    second_run,
    full_disk,
    damage,
    changed_input,
    input_in_motion,
)
FAULTS: dict[str, Fault] = {fault.__name__: fault for fault in _ALL}
