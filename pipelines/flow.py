"""What the movements of one run share."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datatrove.pipeline.base import PipelineStep
from rich.console import Console

from florilegium.recipe.load import Recipe
from florilegium.run.executors import Movement, execute
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan
from florilegium.run.progress import watch
from florilegium.run.shards import sweep


@dataclass(frozen=True)
class Flow:
    """A recipe on its way through one run folder."""

    recipe: Recipe
    plan: Plan
    folder: RunFolder
    console: Console
    workers: int | None

    def run(
        self,
        name: str,
        folder: Path,
        steps: Sequence[PipelineStep],
        tasks: int,
        missing: Sequence[int],
        *,
        whole: bool = False,
    ) -> None:
        """Run the missing tasks of a movement, with progress. Raises FlorilegiumError where some failed."""
        if not missing:
            self.console.print(f"{name}: all {tasks} tasks are finished; reused", highlight=False)
            return
        options = self.recipe.run
        workers = self.workers or options.workers or os.cpu_count() or 1
        movement = Movement(name, folder, steps, tasks, self.folder.path / "logs", whole)
        try:
            with watch(self.console, name, tasks, tasks - len(missing)) as listener:
                execute(movement, missing, options, min(workers, len(missing)), folder, listener)
        finally:
            sweep(folder)  # of workers that were killed
