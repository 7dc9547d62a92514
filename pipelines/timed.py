"""Our side of `florilegium speed`: ``python -m florilegium.pipelines.timed JOB ANSWER``, a fresh process for each job.

Movements run in this process as they do in a worker, time limits of documents included, but without the supervisor.
"""

import ctypes
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import orjson
import polars as pl
import pyarrow.parquet as pq
from datatrove.pipeline.base import PipelineStep
from rich.console import Console

from florilegium.documents import Batch, Passage, text_bytes
from florilegium.recipe.options import cache_folder
from florilegium.release.manifest import kept_by_ledger
from florilegium.run import clock, hand
from florilegium.run.account import write_ledger
from florilegium.run.folder import RunFolder
from florilegium.run.journal import create_journal
from florilegium.run.measured import WriteMeasured
from florilegium.run.shards import write_bytes
from florilegium.run.stage import Stage
from florilegium.sources.reading import Read
from florilegium.sources.source import Source
from florilegium.speed.peers.timing import Timing, peak_mb, result, serve

from .curate import prepare
from .decide import decide
from .flow import Flow
from .measure import measure
from .release import release

#: Records of each source that a flow is warmed with: models and kernels are loaded before the clock starts.
WARM = 2
QUIET = Console(quiet=True)


class Here(Flow):
    """A flow whose tasks run in this process, one after the other."""

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
        """Run the missing tasks of a movement."""
        folder.mkdir(parents=True, exist_ok=True)
        for rank in missing:
            data: Iterator[Any] = iter(())
            for step in steps:
                data = step.run(data, rank, tasks)
            deque(data, maxlen=0)


def _flow(recipe: str, runs: Path, limit: int | None = None) -> Here:
    """Prepare a recipe in an empty folder of runs."""
    understood, plan = prepare(recipe, limit)
    folder = RunFolder(runs / plan.name)
    folder.create()
    create_journal(folder.path / "journal")
    hand.open_journal(folder.path / "journal", understood.run.timeout)
    return Here(understood, plan, folder, QUIET, 1)


def flow(job: Mapping[str, Any]) -> dict[str, Any]:
    """Curate: measure, decide, release; after a few records, to warm it."""
    with TemporaryDirectory() as scratch:
        for limit in (WARM, None):
            made = _flow(job["recipe"], Path(scratch), limit)
            with Timing() as timing:
                ledger, details = _curate(made)
    return result(timing, _read(ledger), kept_by_ledger(ledger), peak=True, **details)


def _curate(flow: Flow) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Carry out the movements; give the ledger, the seconds of each movement and stage, and the memory of a worker."""
    marks = [clock.now()]
    measure(flow)
    marks.append(clock.now())
    peak = peak_mb()
    ledger, notes = decide(flow)
    write_ledger(ledger, flow.folder.path / "ledger.parquet")
    marks.append(clock.now())
    release(flow, ledger, notes)
    marks.append(clock.now())
    spans = [round(after - before, 4) for before, after in pairwise(marks)]
    by_stage = ledger.group_by("stage", maintain_order=True).agg(pl.col("seconds").sum().round(4))
    return ledger, {
        "movements": dict(zip(("measure", "decide", "release"), spans, strict=True)),
        "stages": dict(by_stage.iter_rows()),
        "measure_mb": peak,
    }


def _read(ledger: pl.DataFrame) -> int:
    """Give how many documents the sources gave, refused records left out."""
    return int(ledger.filter(pl.col("stage") == "read").group_by("task", maintain_order=True).last()["kept"].sum())


def stages(job: Mapping[str, Any]) -> dict[str, Any]:
    """Time the last ``timed`` stages of a recipe over batches that are in memory; ``write``: the writing of shards."""
    with TemporaryDirectory() as scratch:
        flow = _flow(job["recipe"], Path(scratch))
        chain = list(cast("Sequence[Stage]", flow.recipe.measure))
        cut = len(chain) - job.get("timed", 0)
        given = [batch for batch in _batches(flow, chain[:cut]) if batch.documents.num_rows]
        steps: list[PipelineStep] = list(chain[cut:])
        if job.get("write"):
            steps.append(WriteMeasured(Path(scratch, "out"), chain))
            Path(scratch, "out").mkdir()
        for step in chain[cut:]:
            if hasattr(step, "warm"):
                step.warm()
        _pass([_first_row(given[0])], chain[cut:])
        with Timing() as timing:
            kept = _pass(given, steps)
    size = sum(text_bytes(batch.documents) for batch in given)
    rows = sum(batch.documents.num_rows for batch in given)
    drops = any(stage.kind != "signals" for stage in chain[cut:])
    return result(timing, rows, kept if drops else None, text_bytes=size)


def _batches(flow: Flow, chain: Sequence[Stage]) -> list[Batch]:
    """Give the documents of all inputs, through some stages."""
    sources = {source.name: source for source in cast("Sequence[Source]", flow.recipe.sources)}
    plan = flow.plan
    tasks = [(sources[plan.task_inputs(index)[0].source], plan.task_inputs(index)) for index in range(len(plan.tasks))]
    batches: list[Batch] = []
    for rank in range(len(tasks)):
        data: Iterator[Batch] = Read(tasks).run(None, rank, len(tasks))
        for stage in chain:
            data = stage.run(data, rank, len(tasks))
        batches += data
    return batches


def _first_row(batch: Batch) -> Batch:
    return Batch(batch.documents.slice(0, 1), (), (), (Passage("read", 1, 1, 0.0),))


def _pass(batches: Sequence[Batch], steps: Sequence[PipelineStep]) -> int:
    data: Iterator[Batch] = iter(batches)
    for step in steps:
        data = step.run(data)
    return sum(batch.documents.num_rows for batch in data)


def texts(job: Mapping[str, Any]) -> dict[str, Any]:
    """Extract the pages that both sides get as texts: all of them, and the English ones. Kept for the next time."""
    with Timing() as timing, TemporaryDirectory() as scratch:
        flow = _flow(job["recipe"], Path(scratch))
        folder = cache_folder() / "speed" / flow.plan.measured
        if not (folder / "english.jsonl").is_file():
            measure(flow)
            measured = flow.folder.measured(flow.plan)
            columns = ["id", "url", "text", "language", "language_score"]
            shards = [measured / f"{task:05d}.parquet" for task in range(len(flow.plan.tasks))]
            found = pl.concat(pl.DataFrame(pq.read_table(shard, columns=columns)) for shard in shards)
            english = found.filter((pl.col("language") == "en") & (pl.col("language_score") >= 0.65))
            folder.mkdir(parents=True, exist_ok=True)
            for name, rows in (("texts", found), ("english", english)):
                rows.select("id", "url", "text").write_parquet(folder / f"{name}.parquet")
                write_bytes(folder / f"{name}.jsonl", _lines(rows))  # the last of them says that all is there
    return result(timing, pq.read_metadata(folder / "english.parquet").num_rows, folder=str(folder))


def _lines(rows: pl.DataFrame) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows.select("id", "url", "text").iter_rows(named=True))


def keep(job: Mapping[str, Any]) -> dict[str, Any]:
    """Leave a finished run where ``runs`` says, for other jobs to work on."""
    made = _flow(job["recipe"], Path(job["runs"]))
    made.folder.write_plan(made.plan, made.recipe.written, made.recipe.resolved)
    with Timing() as timing:
        ledger, _ = _curate(made)
    return result(timing, _read(ledger), kept_by_ledger(ledger), folder=str(made.folder.path.absolute()))


def command(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run a command from its start to its end; with ``warm``, once before, so that all that is kept is there.

    Its workers end under a server that outlives it by a moment; on Linux they are waited for, so that their processor
    time counts. Elsewhere it does not.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    for _ in range(2 if job.get("warm") else 1):
        with Timing() as timing:
            done = subprocess.run(job["command"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            _wait_for_orphans()
    if done.returncode:
        print(f"{' '.join(job['command'])} left with {done.returncode}", file=sys.stderr)
        sys.exit(1)
    return result(timing, job["count"])


def _wait_for_orphans() -> None:
    """Wait for the processes that came to this one when their parent ended."""
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def load(job: Mapping[str, Any]) -> dict[str, Any]:
    """Load the stages of a recipe, as a worker does before its first task. The clock of the row that asks for this runs
    from the start of this process, which imports more than a worker does: it is an upper bound.
    """
    understood, _ = prepare(job["recipe"])
    with Timing() as timing:
        for stage in understood.measure:
            if hasattr(stage, "warm"):
                stage.warm()
    return result(timing, 1)


if __name__ == "__main__":
    kinds = {"flow": flow, "stages": stages, "texts": texts, "keep": keep, "command": command, "load": load}
    serve(kinds, sys.argv[1:])
