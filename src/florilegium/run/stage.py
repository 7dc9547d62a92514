"""The contract of a stage: what it reads, what it writes, one method from batch to batch.

A stage is a datatrove ``PipelineStep``, so any datatrove executor can run a list of them. Between our stages flows a
:class:`~florilegium.documents.Batch` instead of one object per document.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import pyarrow as pa
from datatrove.pipeline.base import PipelineStep

from florilegium.documents import Batch, Departure, Outcome, Passage, depart, text_bytes
from florilegium.errors import ContractError, RecipeError, SourceError
from florilegium.recipe.options import Options
from florilegium.run import clock, hand

#: What ``Stage.apply`` gives: the documents that stay, and those that leave with their reason.
Applied = tuple[pa.RecordBatch, list[Departure]]


class Stage(PipelineStep):  # type: ignore[misc]
    """One step of *measure*. Rows are independent of each other: batch limits never change a result.

    Subclasses set ``kind`` (the key in a recipe), ``VERSION`` (raised whenever the output for the same input changes),
    ``OPTIONS``, and implement ``reads``, ``writes`` and ``apply``. Nothing is opened in ``__init__`` (stages are
    pickled to workers): models are loaded in ``open``, which runs once per task before the first batch.
    """

    kind: ClassVar[str]
    VERSION: ClassVar[int] = 1
    OPTIONS: ClassVar[type[Options]]
    #: Libraries whose version can change what comes out: it is part of the identity.
    libraries: tuple[str, ...] = ()
    #: Modules of compiled loops, imported once for all workers.
    compiled: tuple[str, ...] = ()
    #: Whether texts that it rewrites take their page anchors along (or have none); asked of stages that write ``text``.
    moves_pages: bool = False
    type = "florilegium"

    def __init__(self, options: Any, name: str | None = None) -> None:
        super().__init__()
        self.options = options
        self.name = name or self.kind  # unique in a recipe: `clean`, `clean.2`, or as the recipe names it

    @property
    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """Names of the columns that must have been written before."""

    @property
    @abstractmethod
    def writes(self) -> tuple[pa.Field, ...]:
        """Columns that this stage adds or rewrites."""

    @abstractmethod
    def apply(self, documents: pa.RecordBatch) -> Applied:
        """Measure or edit one batch. Raise freely: the culprit is found by halving and put in quarantine."""

    def open(self) -> None:
        """Load models and compile; once per task."""

    def expects_models(self) -> Mapping[str, str]:
        """Give paths of model files that this stage reads, by option name; their content is part of its identity."""
        return {}

    def run(self, data: Iterator[Batch], rank: int = 0, world_size: int = 1) -> Iterator[Batch]:
        """Run over the batches of one task; datatrove calls this."""
        self.open()
        for batch in data:
            started = clock.now()
            documents, departures = self._survive(batch.documents)
            seconds = clock.now() - started
            text = text_bytes(batch.documents) or text_bytes(documents)
            passage = Passage(self.name, batch.documents.num_rows, documents.num_rows, seconds, text)
            yield batch.then(documents, departures, passage)

    def _survive(self, documents: pa.RecordBatch) -> Applied:
        """Apply; where that raises, halve until the culprit stands alone, and quarantine it."""
        documents, set_aside = hand.set_aside(documents, self.name)
        kept, left = self._attempt(documents) if documents.num_rows else (self._empty(documents), [])
        return kept, [*set_aside, *left]

    def _attempt(self, documents: pa.RecordBatch) -> Applied:
        rows = documents.num_rows
        if rows > 1 and hand.is_suspect(self.name, documents):  # a worker died here: one of them is the culprit
            return self._join([documents.slice(row, 1) for row in range(rows)])
        try:
            with hand.holding(self.name, documents):
                return self.apply(documents)
        except ImportError as error:
            raise RecipeError(f"`{self.name}` needs a library that is not installed: {error}") from error
        except (ContractError, RecipeError, SourceError):  # no fault of a document
            raise
        except hand.OutOfTime:
            parts, rule, said = rows, "timeout", "timeout: not finished in time"
        except MemoryError as error:
            parts, rule, said = 2, "memory", hand.describe(error)
        except Exception as error:
            parts, rule, said = 2, type(error).__name__, hand.describe(error)
        # only here has the failed attempt let go of its memory
        if rows > 1:
            cuts = [rows * part // parts for part in range(parts + 1)]
            return self._join([documents.slice(start, stop - start) for start, stop in pairwise(cuts)])
        if rule == "memory":
            hand.give_up(self.name, documents)
        return self._empty(documents), self._quarantine(documents, rule, said)

    def _join(self, parts: Sequence[pa.RecordBatch]) -> Applied:
        """Attempt each part by itself."""
        applied = [self._survive(part) for part in parts]
        joined = pa.Table.from_batches([kept for kept, _ in applied]).combine_chunks().to_batches()
        return (joined[0] if joined else applied[0][0]), [left for _, lefts in applied for left in lefts]

    def _empty(self, documents: pa.RecordBatch) -> pa.RecordBatch:
        """Give no rows, but with the columns that this stage would have written."""
        written = {column.name: column for column in self.writes}
        fields = [written.pop(column.name, column) for column in documents.schema]
        schema = pa.schema([*fields, *written.values()])
        return pa.RecordBatch.from_arrays([pa.array([], column.type) for column in schema], schema=schema)

    def _quarantine(self, documents: pa.RecordBatch, rule: str, error: str) -> list[Departure]:
        rows = documents.num_rows
        return depart(
            documents,
            range(rows),
            outcome=Outcome.QUARANTINED,
            stage=self.name,
            rules=[rule] * rows,
            errors=[error] * rows,
        )
