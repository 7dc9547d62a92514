"""The tasks of a question: each trains one (arm, seed) and scores its checkpoints, unless that was ever done before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep

from florilegium.ablation.store import Store, begin, complete, seal
from florilegium.ablation.train import Run, checkpoint, schedule, settled, train
from florilegium.benchmark.suite import Suite
from florilegium.run import hand
from florilegium.run.shards import read_done

#: Counts up where scores come out otherwise.
VERSION = 1
SCORES = "scores.parquet"


@dataclass(frozen=True)
class Job:
    """One model to train and to score."""

    run: Run
    suite: Suite
    scores: Path  # folder of the scores
    identity: Mapping[str, Any]  # of the scores


class TrainAndScore(PipelineStep):  # type: ignore[misc]
    """One task a job."""

    name = "train"
    type = "florilegium"

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__()
        self.jobs = list(jobs)

    def warm(self) -> None:
        """Load torch once before the clock of the first task runs."""
        import torch  # noqa: F401
        import transformers  # noqa: F401

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Do job ``rank``."""
        job = self.jobs[rank]
        if complete(job.run.folder) is None:
            train(job.run, lambda tokens, said: hand.report(tokens, tokens, f"{job.run.name}: {said}"))
        if complete(job.scores) is None:
            hand.report(0, 0, f"{job.run.name}: scoring")
            score_checkpoints(job)
        yield from ()


def score_checkpoints(job: Job) -> None:
    """Score every checkpoint of a model; write ``scores.parquet`` and seal its folder."""
    from florilegium.benchmark.encode import encode
    from florilegium.benchmark.items import read_items
    from florilegium.benchmark.score import load_model, score

    begin(job.scores, job.identity)
    with settled(job.run):
        plan = schedule(job.run.tokens, job.run.model, job.run.training)
        encoded, tables = None, []
        for step in plan.checkpoints:
            model, tokenizer = load_model(checkpoint(job.run.folder, step), job.run.machine.device)
            if encoded is None:
                encoded = encode(read_items(job.suite), tokenizer, job.run.model.context, start=0)
            tokens = step * plan.sequences * plan.context
            tables.append(score(model, encoded, step=step, tokens=tokens))
    pq.write_table(pa.concat_tables(tables), job.scores / SCORES, compression="zstd")
    seal(job.scores, {"checkpoints": list(plan.checkpoints)})


def measured_speed(store: Store) -> float | None:
    """Give the operations per second of training so far, the median of the models in the store; None without one."""
    rates = []
    for done in sorted(store.path.glob("model-*")):
        body = read_done(done, 0)
        if body and body["facts"].get("operations_per_second"):
            rates.append(float(body["facts"]["operations_per_second"]))
    return median(rates) if rates else None
