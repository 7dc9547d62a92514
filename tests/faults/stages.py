"""A stage that gets into trouble with some documents, and a movement around it."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from florilegium.documents import Departure, Outcome, depart, only
from florilegium.errors import DocumentError
from florilegium.recipe.options import Options
from florilegium.run import hand
from florilegium.run.executors import Movement
from florilegium.run.measured import WriteMeasured
from florilegium.run.stage import Applied, Stage
from florilegium.sources.jsonl import Jsonl
from florilegium.sources.reading import Read
from florilegium.sources.rows import RowFileOptions


class TroubledOptions(Options):
    seconds: float = 1.0
    marks: str = ""  # a folder in which deaths leave a mark, for trouble that comes only once


class Troubled(Stage):
    """Reads `text` one by one; certain words in it raise, abort, loop, or kill the worker the first time only."""

    kind = "troubled"
    OPTIONS = TroubledOptions

    @property
    def reads(self) -> tuple[str, ...]:
        return ("text",)

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        return (pa.field("troubled.length", pa.int32()),)

    def apply(self, documents: pa.RecordBatch) -> Applied:
        results = hand.one_by_one(
            self.name, documents, documents.column("text").to_pylist(), self._one, self.options.seconds
        )
        bad = [row for row, result in enumerate(results) if isinstance(result, DocumentError)]
        left: list[Departure] = depart(
            documents,
            bad,
            outcome=Outcome.QUARANTINED,
            stage=self.name,
            rules=["error"] * len(bad),
            errors=[str(results[row]) for row in bad],
        )
        keep = np.array([not isinstance(result, DocumentError) for result in results], dtype=np.bool_)
        lengths = pa.array([result for result in results if not isinstance(result, DocumentError)], pa.int32())
        return only(documents, keep).append_column(self.writes[0], lengths), left

    def _one(self, text: str) -> int:
        if "RAISE" in text:
            raise ValueError("planted")
        if "ABORT" in text:
            os.abort()
        if "LOOP" in text:
            while True:
                pass
        if "SLEEP" in text:
            time.sleep(10**6)
        if "MEMORY" in text:
            bytearray(10 * 10**9)
        if "STUCK" in text:
            sum(range(10**15))  # compiled: does not hear signals
        if "ONCE" in text and not (mark := Path(self.options.marks, "died")).exists():
            mark.touch()
            os.kill(os.getpid(), 9)
        return len(text)


class WholeBatch(Troubled):
    """The same, but sees the batch as a whole, so that a culprit has to be found by halving."""

    kind = "whole"

    def apply(self, documents: pa.RecordBatch) -> Applied:
        lengths = pa.array([self._one(text) for text in documents.column("text").to_pylist()], pa.int32())
        return documents.append_column(self.writes[0], lengths), []


def movement(folder: Path, texts: Sequence[Sequence[str]], stage: type[Troubled], options: TroubledOptions) -> Movement:
    """One task for each list of texts."""
    (folder / "in").mkdir(parents=True)
    for number, lines in enumerate(texts):
        rows = b"".join(orjson.dumps({"id": f"{number}-{n}", "text": text}) + b"\n" for n, text in enumerate(lines))
        (folder / "in" / f"{number}.jsonl").write_bytes(rows)
    source = Jsonl(RowFileOptions(name="pool", kind="jsonl", files=str(folder / "in" / "*.jsonl")))
    stages = [stage(options)]
    read = Read([(source, [item]) for item in source.inputs()])
    return Movement(
        "measure", folder / "out", [read, *stages, WriteMeasured(folder / "out", stages)], len(texts), folder / "logs"
    )
