"""The jobs of a question: one for each (arm, seed), known by what it is trained on and how: none is done twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from florilegium.ablation.arms import Trained
from florilegium.ablation.asked import Asked, TrainingOptions
from florilegium.ablation.draw import Rows
from florilegium.ablation.model import Machine
from florilegium.ablation.store import Store, complete
from florilegium.ablation.tasks import VERSION as SCORES_VERSION
from florilegium.ablation.tasks import Job
from florilegium.ablation.train import VERSION as TRAIN_VERSION
from florilegium.ablation.train import Run, schedule
from florilegium.benchmark.suite import Suite
from florilegium.errors import RecipeError

#: Options that say when a model is looked at or what it runs on, not what it becomes.
_NOT_IDENTITY = {"score_last", "device", "precision", "compile"}


@dataclass(frozen=True)
class Workshop:
    """What all jobs of a question share."""

    asked: Asked
    suite: Suite
    tokenizer: Path
    machine: Machine
    store: Store
    draws: Path  # folder of files with row numbers

    def budget(self, arm: Trained, seed: int) -> int:
        """Give the tokens that an arm is trained on."""
        tokens = self.asked.budget.tokens
        return tokens if self.asked.budget.regime == "equal_tokens" else min(tokens, arm.available(seed) - 1)

    def job(self, arm: Trained, seed: int, rate: float | None = None) -> Job:
        """Give the job of an arm and a seed; with ``rate``, at another learning rate. Writes down its rows.

        Raises RecipeError where an arm keeps too little to be trained on.
        """
        asked = self.asked
        training = asked.training if rate is None else asked.training.model_copy(update={"learning_rate": rate})
        try:
            tokens = schedule(self.budget(arm, seed), asked.model, training).tokens
        except RecipeError as error:
            raise RecipeError(f"`{arm.name}`: {error}") from None
        rows = arm.taken(seed, tokens + 1, coupled=asked.budget.coupled).rows
        weights = seed if asked.budget.coupled else int(sha256(f"{seed}\0{arm.name}".encode()).hexdigest()[:7], 16)
        model_identity = self._model_identity(arm, rows, tokens, weights, training)
        scores_identity = {"model": model_identity, "suite": self.suite.identity(), "VERSION": SCORES_VERSION}
        run = Run(
            name=f"{arm.name}, seed {seed}" + ("" if rate is None else f" at {rate:g}"),
            seed=weights,
            tokens=tokens,
            data=arm.corpus.pool.tokens,
            shards=arm.corpus.pool.tasks,
            rows=self._write(rows),
            tokenizer=self.tokenizer,
            model=asked.model,
            training=training,
            machine=self.machine,
            identity=model_identity,
            folder=self.store.folder("model", model_identity),
        )
        return Job(run, self.suite, self.store.folder("scores", scores_identity), scores_identity)

    def _model_identity(
        self, arm: Trained, rows: Rows, tokens: int, weights: int, training: TrainingOptions
    ) -> Mapping[str, Any]:
        return {
            "data": arm.corpus.pool.content,
            "rows": sha256(rows.tobytes()).hexdigest(),
            "tokens": tokens,
            "tokenizer": sha256(self.tokenizer.read_bytes()).hexdigest(),
            "model": self.asked.model.literal(),
            "training": self._training(training),
            "machine": self.machine.literal(),
            "seed": weights,
            "VERSION": TRAIN_VERSION,
            "libraries": {name: version(name) for name in ("torch", "transformers")},
        }

    def _training(self, training: TrainingOptions) -> dict[str, Any]:
        """Give what of the options a model depends on: on a GPU the threads do nothing."""
        aside = _NOT_IDENTITY | ({"threads"} if self.machine.device == "cuda" else set())
        return {key: value for key, value in training.literal().items() if key not in aside}

    def _write(self, rows: Rows) -> Path:
        """Write rows down, also where they lie already: nothing says that those are still what they were."""
        path = self.draws / f"{sha256(rows.tobytes()).hexdigest()[:16]}.npy"
        self.draws.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.tmp")
        with temporary.open("wb") as file:
            np.save(file, rows)
        temporary.replace(path)
        return path


def missing_jobs(jobs: Sequence[Job]) -> list[int]:
    """Give the jobs whose scores, or whose model, are not there as they must be; a model that was removed is not missed
    where its scores are there. A job that is wanted twice is done once."""
    seen: set[Path] = set()
    missing = []
    for number, job in enumerate(jobs):
        damaged = job.run.folder.is_dir() and complete(job.run.folder) is None
        if job.scores not in seen and (damaged or complete(job.scores) is None):
            missing.append(number)
        seen.add(job.scores)
    return missing
