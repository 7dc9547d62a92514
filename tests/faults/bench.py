"""The bench on which torture breaks runs: inputs, a run that nobody disturbs, and what must hold after each fault."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.flows.conftest import check_run

NAME = "tortured"
#: Longer than any of these runs takes on a busy machine.
PATIENCE = 300.0


class Unexpected(AssertionError):
    """Something did not go as it must."""


@contextmanager
def SmallDisk(place: Path) -> Iterator[Path | None]:
    """Mount a small file system; None where that is not permitted."""
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500m", "tmpfs", str(place)], capture_output=True)
    try:
        yield place if mounted.returncode == 0 else None
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(place)], check=True)


@dataclass
class Bench:
    """Where runs are broken. ``draw`` decides everything that is random."""

    place: Path
    disk: Path | None
    draw: random.Random = field(default_factory=lambda: random.Random(0))
    finished: dict[Path, int] = field(default_factory=dict)
    damaged: dict[Path, int] = field(default_factory=dict)  # tasks that must be done again, and when they were done

    @property
    def calm(self) -> Path:
        return self.place / "calm"

    @property
    def runs(self) -> Path:
        return (self.disk or self.place) / "runs"

    @property
    def run(self) -> Path:
        return self.runs / NAME

    @property
    def inputs(self) -> list[Path]:
        return sorted([*self.place.glob("inputs/crawl/*.warc.gz"), *self.place.glob("inputs/collection/*.jsonl")])

    def environment(self) -> dict[str, str]:
        odd = {
            "TZ": self.draw.choice(["UTC", "Asia/Kathmandu", "America/St_Johns"]),
            "LC_ALL": self.draw.choice(["C", "C.UTF-8", "POSIX"]),
            "PYTHONHASHSEED": str(self.draw.randrange(1000)),
        }
        return os.environ | odd | {"FLORILEGIUM_CACHE": str(self.place / "cache"), "COLUMNS": "80"}

    def start(self, runs: Path | None = None) -> subprocess.Popen[str]:
        """Start the command in a session of its own, somewhere, with some number of workers."""
        workers = str(self.draw.randint(1, 3))
        command = [sys.executable, "-m", "florilegium.pipelines.cli", "curate", str(self.place / "recipe.yaml")]
        return subprocess.Popen(
            [*command, "--runs", str(runs or self.runs), "--workers", workers],
            cwd=self.draw.choice([self.place, Path("/"), self.place / "inputs"]),
            env=self.environment() | {"PYTHONPATH": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str], codes: tuple[int, ...]) -> str:
        """Wait for the end of a command. Raises Unexpected for another exit code, a traceback or an orphan."""
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Unexpected(f"the command hangs: {process.args}") from None
        if process.returncode not in codes or ("Traceback" in said and "KeyboardInterrupt" not in said):
            raise Unexpected(f"exit code {process.returncode}, wanted {codes}:\n{said[-3000:]}")
        deadline = time.monotonic() + 5
        while alive := members(process.pid):
            if time.monotonic() > deadline:
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                raise Unexpected(f"{len(alive)} processes outlive the command by 5 s:\n{said[-2000:]}")
            time.sleep(0.02)
        return said

    def finish(self, runs: Path) -> None:
        """Let the command come to its end, undisturbed."""
        self.end(self.start(runs), (0,))

    def some_time(self) -> None:
        """Wait until some random moment of a run that takes a few seconds."""
        time.sleep(self.draw.choice([self.draw.uniform(0, 1.5), self.draw.uniform(1, 6)]))

    def look(self) -> None:
        """Check that no finished task was done again, unless it had been damaged."""
        now = {path: path.stat().st_mtime_ns for path in self.run.glob("measured-*/*.done")}
        again = [path.name for path, before in self.finished.items() if now.get(path, before) != before]
        if again:
            raise Unexpected(f"finished tasks were done again: {', '.join(again)}")
        self.finished = {path: when for path, when in now.items() if self.damaged.get(path) != when}

    def compare(self) -> None:
        """Check ledger and bytes of a finished run against the one that nobody disturbed."""
        check_run(self.run)
        whole, calm = _bytes(self.run), _bytes(self.calm / NAME)
        if whole != calm:
            differ = sorted(name for name in whole.keys() | calm.keys() if whole.get(name) != calm.get(name))
            raise Unexpected(f"other bytes than an undisturbed run: {', '.join(differ)}")
        left = [path.name for path in self.run.rglob(".*.tmp")]
        if left:
            raise Unexpected(f"temporary files are left: {', '.join(left)}")


def _bytes(run: Path) -> dict[str, bytes]:
    """Give what must not differ: the release, and every shard."""
    chosen = [*run.glob("release/**/*"), *run.glob("measured-*/*.parquet"), *run.glob("decided-*/*.parquet"),
              run / "quarantine" / "documents.parquet", run / "quarantine" / "incidents.jsonl"]  # fmt: skip
    return {str(path.relative_to(run)): path.read_bytes() for path in chosen if path.is_file()}


def members(session: int) -> list[int]:
    """Give the living processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(int(stat.parent.name))
    return found
