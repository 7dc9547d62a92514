"""Stock datatrove: ``python -m peers.stock JOB ANSWER`` in an environment with ``datatrove[io,processing]``.

The recipe is that of datatrove's ``examples/fineweb.py``, without its URL filter, and with py3langid over the whole
text in place of fastText's lid.176, which cannot be shipped.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datatrove.data import Document
from datatrove.executor.local import LocalPipelineExecutor
from datatrove.pipeline import filters
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.readers import JsonlReader, ParquetReader, WarcReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
from loguru import logger

from .timing import Timing, result, serve

#: Documents that a pipeline is warmed with: models and tokenizers are loaded before the clock starts.
WARM = 2


class Py3LangId(BaseFilter):  # type: ignore[misc]
    """Label a document; with ``english``, keep it only where English has more than 0.65."""

    name = "py3langid"

    def __init__(self, english: bool = True) -> None:
        super().__init__()
        self.english = english
        self._identifier: Any = None

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        if self._identifier is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        label, score = self._identifier.classify(doc.text)
        doc.metadata |= {"language": label, "language_score": float(score)}
        return not self.english or (label == "en" and score > 0.65) or (False, "language")


class Count(PipelineStep):  # type: ignore[misc]
    """Count what passes, into a file: an executor works on copies of its steps."""

    name = "count"
    type = "speed"

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = str(path)

    def run(self, data: Iterator[Document], rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        passed = 0
        for document in data:
            passed += 1
            yield document
        Path(self.path).write_text(str(passed))


READERS: dict[str, Any] = {"warc": WarcReader, "jsonl": JsonlReader, "parquet": ParquetReader}
STEPS: dict[str, Callable[[], PipelineStep]] = {
    "extract": lambda: Trafilatura(favour_precision=True),
    "english": Py3LangId,
    "language": lambda: Py3LangId(english=False),
    "gopher_repetition": filters.GopherRepetitionFilter,
    "gopher_quality": filters.GopherQualityFilter,
    "c4": lambda: filters.C4QualityFilter(filter_no_terminal_punct=False),
    "fineweb": filters.FineWebQualityFilter,
}
WRITERS: dict[str, Any] = {"jsonl": JsonlWriter, "parquet": ParquetWriter}


def _execute(steps: Sequence[PipelineStep], logs: Path, tasks: int = 1) -> None:
    LocalPipelineExecutor(pipeline=list(steps), tasks=tasks, workers=1, logging_dir=str(logs)).run()


def _reader(job: Mapping[str, Any], limit: int = -1) -> PipelineStep:
    return READERS[job["kind"]](job["folder"], glob_pattern=job.get("files"), limit=limit)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("datatrove", "trafilatura", "py3langid", "spacy")}


def pipeline(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run reader, steps and writer through datatrove's executor, after a small run to warm it."""
    if "extract" in job["steps"]:
        import trafilatura  # noqa: F401  # forked with it, the process that extracts is ready within its second
    with TemporaryDirectory() as scratch:
        for limit, place in ((WARM, Path(scratch, "warm")), (-1, Path(scratch, "run"))):
            place.mkdir()
            first, last = Count(place / "read"), Count(place / "kept")
            writer = WRITERS[job["write"]](str(place / "out"))
            steps = [_reader(job, limit), first, *(STEPS[name]() for name in job["steps"]), last, writer]
            with Timing() as timing:
                _execute(steps, place / "logs")
        read, kept = int((place / "read").read_text()), int((place / "kept").read_text())
    return result(timing, read, kept, peak=True, versions=_versions())


def stage(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run steps over documents that are in memory."""
    documents = list(_reader(job).run())
    with TemporaryDirectory() as scratch:
        steps = [STEPS[name]() for name in job["steps"]]
        if "write" in job:
            steps.append(WRITERS[job["write"]](scratch))
        if "extract" in job["steps"]:
            import trafilatura  # noqa: F401
        else:
            _pass([Document(text="A few words. " * 9, id="0")], steps[: len(job["steps"])])
        with Timing() as timing:
            kept = _pass(documents, steps)
    return result(timing, len(documents), kept, versions=_versions())


def _pass(documents: Sequence[Document], steps: Sequence[PipelineStep]) -> int:
    passing: Iterator[Document] = iter(documents)
    for step in steps:
        passing = step.run(passing)
    return sum(1 for _ in passing)


def loops(job: Mapping[str, Any]) -> dict[str, Any]:
    """Ask ``filter()`` of each filter about each document, whatever the others say of it."""
    documents = list(_reader(job).run())
    asked = [STEPS[name]() for name in job["steps"]]
    copies = [[Document(text=document.text, id=document.id) for document in documents] for _ in asked]
    for each in asked:
        each.filter(Document(text="A few words. " * 9, id="0"))
    with Timing() as timing:
        for each, own in zip(asked, copies, strict=True):
            for document in own:
                each.filter(document)
    return result(timing, len(documents), versions=_versions())


def minhash(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run the four steps of MinHash deduplication: signatures, buckets, clusters, removal."""
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
    with TemporaryDirectory() as scratch:
        for limit, place in ((WARM, Path(scratch, "warm")), (-1, Path(scratch, "run"))):
            place.mkdir()
            first, last = Count(place / "read"), Count(place / "kept")
            signatures, pairs, remove = (str(place / name) for name in ("signatures", "pairs", "remove"))
            removal = MinhashDedupFilter(remove)
            movements: list[tuple[list[PipelineStep], int]] = [
                ([_reader(job, limit), first, MinhashDedupSignature(signatures, config=config)], 1),
                ([MinhashDedupBuckets(signatures, pairs, config=config)], config.num_buckets),
                ([MinhashDedupCluster(pairs, remove, config=config)], 1),
                ([_reader(job, limit), removal, last, ParquetWriter(str(place / "out"))], 1),
            ]
            with Timing() as timing:
                for number, (steps, tasks) in enumerate(movements):
                    _execute(steps, place / f"logs-{number}", tasks)
        read, kept = int((place / "read").read_text()), int((place / "kept").read_text())
    return result(timing, read, kept, peak=True, versions=_versions())


if __name__ == "__main__":
    logger.remove()
    serve({"pipeline": pipeline, "stage": stage, "loops": loops, "minhash": minhash}, sys.argv[1:])
