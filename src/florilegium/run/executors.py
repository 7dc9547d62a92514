"""The only module that names datatrove's executors: a movement is a list of steps handed to one of them.

Local: datatrove's ``LocalPipelineExecutor``, whose tasks run in watched processes instead of its pool (a pool waits for
ever when a worker is killed). Completion is ours (:mod:`florilegium.run.shards`), never datatrove's empty files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import dill
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from pydantic import Field

from florilegium.recipe.options import Options
from florilegium.run.sizes import Size
from florilegium.run.supervisor import Report, Supervisor


class RunOptions(Options):
    """Where and how tasks run. Never identity: nothing here changes a byte of the output, but ``task_size``."""

    executor: Literal["local"] = Field("local", description="The executor that runs the tasks.")
    workers: int | None = Field(None, ge=1, le=1024, description="Processes; default: one for each core.")
    memory: Size = Field(
        4 * 10**9,
        ge=500 * 10**6,
        description="Most memory that one worker may allocate; a document that needs more is set aside.",
    )
    timeout: float = Field(
        10.0,
        gt=0,
        le=86400,
        description="Seconds that a stage may take for one document, and one more for each 250,000 bytes of it.",
    )
    task_size: Size = Field(16 * 10**6, description="Small inputs are joined into tasks of about so many bytes.")
    quarantine_at_most: float = Field(
        0.01, ge=0, le=1, description="The share of documents in quarantine above which the run stops (exit code 3)."
    )


@dataclass(frozen=True)
class Movement:
    """A list of steps over a number of tasks, with the folder that its shards go to."""

    name: str
    folder: Path
    steps: Sequence[PipelineStep]
    tasks: int
    logs: Path
    whole: bool = False  # one task about all documents at once: it has no bound of memory


class WatchedLocalExecutor(LocalPipelineExecutor):  # type: ignore[misc]
    """datatrove's local executor with our supervision of the worker processes."""

    def __init__(self, movement: Movement, workers: int) -> None:
        super().__init__(
            pipeline=list(movement.steps),
            tasks=movement.tasks,
            workers=workers,
            logging_dir=str(movement.logs / movement.name),
            skip_completed=False,
        )

    def run_tasks(
        self,
        ranks: Sequence[int],
        memory: int | None,
        timeout: float,
        scratch: Path,
        listener: Callable[[Report], object],
    ) -> None:
        """Run ``ranks``. Raises FlorilegiumError after all that can run has run, naming what is missing."""
        logs = Path(self.logging_dir.path)
        named = dict.fromkeys(name for step in self.pipeline for name in getattr(step, "compiled", ()))
        preload = ("florilegium.run.compiled", *named) if named else ()
        Supervisor(dill.dumps(self), logs, self.workers, memory, timeout, scratch, listener, preload).run(list(ranks))


def execute(
    movement: Movement,
    ranks: Sequence[int],
    options: RunOptions,
    workers: int,
    scratch: Path,
    listener: Callable[[Report], object],
) -> None:
    """Run the tasks ``ranks`` of a movement on the executor that the recipe names."""
    movement.folder.mkdir(parents=True, exist_ok=True)
    memory = None if movement.whole else options.memory
    WatchedLocalExecutor(movement, workers).run_tasks(ranks, memory, options.timeout, scratch, listener)
