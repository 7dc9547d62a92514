"""One measurement: a job for one side, done by a fresh process, and its answer."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from florilegium.errors import FlorilegiumError, printable

SideName = Literal["ours", "stock", "dolma"]

#: One worker each: what would use more threads of its own is told not to.
ONE_THREAD = {
    name: "1"
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
} | {"TOKENIZERS_PARALLELISM": "false"}  # fmt: skip


class NotInstalled(FlorilegiumError):
    """A side that cannot run here, whatever the job."""


@dataclass(frozen=True)
class Job:
    """What a side is to do; ``values`` are handed over as JSON. Jobs of one name are the same."""

    name: str
    side: SideName
    values: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True)
class Answer:
    """What a job came to; ``count`` is the number of units of work (pages, documents) that the seconds went into."""

    seconds: float
    processor_s: float
    count: int
    kept: int | None
    text_bytes: int
    peak_mb: float | None
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """How a side is run: a command that takes the files of job and answer."""

    name: SideName
    title: str
    command: tuple[str, ...]
    folder: Path | None = None  # where it is run

    def run(self, job: Job, scratch: Path) -> Answer:
        """Do a job in a fresh process. Raises NotInstalled, or FlorilegiumError where it fails."""
        asked, answered = scratch / "job.json", scratch / "answer.json"
        asked.write_text(json.dumps(dict(job.values)))
        answered.unlink(missing_ok=True)
        command = [*self.command, str(asked.absolute()), str(answered.absolute())]
        threads = {} if job.values.get("threads") == "all" else ONE_THREAD
        environment = os.environ | threads | {"PYTHONWARNINGS": "ignore"}
        try:
            done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        except OSError as error:
            raise NotInstalled(f"{self.title}: not installed ({error.strerror})") from None
        if done.returncode:
            said = printable((done.stderr.strip().splitlines() or ["nothing"])[-1])[:500]
            if said.startswith(("ModuleNotFoundError", "ImportError")):
                raise NotInstalled(f"{self.title}: not installed ({said})")
            raise FlorilegiumError(f"{self.title} failed in `{job.name}` with exit code {done.returncode}: {said}")
        return Answer(**json.loads(answered.read_bytes()))
