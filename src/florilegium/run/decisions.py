"""The state of *decide*: columns of numbers of all documents of a run, who is still in, and why the others are not.

A decision step sees columns in row order (source, file, record), never text, and says which documents fail which rule.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from florilegium.errors import RecipeError
from florilegium.recipe.options import Options

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

#: Key of a column's metadata: its lowest and highest possible value, such as ``0 1`` or ``0 inf``.
RANGE = b"range"

#: Every failing rule of a document, in the order of the rules; an empty list where it fails none.
REASON = pa.struct(
    [
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("bound", pa.string(), nullable=False),
    ]
)
REASONS = pa.list_(pa.field("item", REASON, nullable=False))


@dataclass(frozen=True)
class Verdict:
    """The documents that fail one rule, with the value of each and the bound as text."""

    rule: str
    rows: Rows
    values: NDArray[np.float64]
    bounds: pa.Array


class Columns:
    """The columns of all measured shards of a run, joined in task order, read when asked for."""

    def __init__(self, folder: Path, tasks: int) -> None:
        self.folder = folder
        self.files = [pq.ParquetFile(folder / f"{task:05d}.parquet") for task in range(tasks)]
        self.lengths = [file.metadata.num_rows for file in self.files]
        self._read: dict[str, pa.Array] = {}

    @property
    def rows(self) -> int:
        """Give the number of documents."""
        return sum(self.lengths)

    def __getitem__(self, name: str) -> pa.Array:
        if name not in self._read:
            chunks: list[pa.Array] = []
            for file in self.files:
                chunks += file.read(columns=[name]).column(0).chunks
            kind = self.files[0].schema_arrow.field(name).type
            self._read[name] = pa.concat_arrays(chunks) if chunks else pa.array([], kind)
        return self._read[name]

    def ranges(self, names: Iterable[str]) -> dict[str, tuple[float, float]]:
        """Give the lowest and highest possible value of those columns whose stage says so."""
        found = {}
        for name in names:
            metadata = self.files[0].schema_arrow.field(name).metadata or {}
            if RANGE in metadata:
                low, high = metadata[RANGE].decode().split()
                found[name] = (float(low), float(high))
        return found

    def forget(self, name: str) -> None:
        """Let go of a column."""
        self._read.pop(name, None)


class Deciding:
    """Who is in, who failed what. Steps call :meth:`fail`."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        size = columns.rows
        self.alive: Mask = np.ones(size, dtype=np.bool_)
        self.rules: list[tuple[str, str]] = []  # (step, rule) in order
        self.first = np.full(size, -1, dtype=np.int16)  # number of the rule that dropped the document
        self.verdicts: list[Verdict] = []
        self.survivor: Rows = np.full(
            size, -1, dtype=np.int64
        )  # of a removed duplicate: the document that stands for it
        self.cluster: Rows = np.full(size, -1, dtype=np.int64)
        self.cluster_size = np.ones(size, dtype=np.int32)
        self.warnings: list[str] = []

    def fail(self, step: str, verdict: Verdict) -> None:
        """Say who fails a rule; those still in are out now. Rules are given in order, also those that nobody fails."""
        number = len(self.rules)
        if verdict.rule in (rule for _, rule in self.rules):
            raise RecipeError(
                f"decide.{step}: rule `{verdict.rule}` stands in an earlier step too; give one another `id`"
            )
        self.rules.append((step, verdict.rule))
        self.verdicts.append(verdict)
        out = verdict.rows[self.alive[verdict.rows]]
        self.first[out] = number
        self.alive[out] = False

    def warn(self, message: str) -> None:
        """Say what a curator should know, such as a bound that was clamped."""
        self.warnings.append(message)

    def reasons(self) -> pa.ListArray:
        """List every failing rule of every document (type REASONS)."""
        return list_reasons(self.verdicts, len(self.first))


def list_reasons(verdicts: Sequence[Verdict], size: int) -> pa.ListArray:
    """List for each of ``size`` documents every rule that it fails, with value and bound (REASONS)."""
    rows = np.concatenate([verdict.rows for verdict in verdicts] or [np.empty(0, np.int64)])
    order = np.argsort(rows, kind="stable")
    rule = np.repeat(np.arange(len(verdicts)), [len(verdict.rows) for verdict in verdicts])
    values = np.concatenate([verdict.values for verdict in verdicts] or [np.empty(0)])[order]
    bounds = pa.concat_arrays([verdict.bounds for verdict in verdicts] or [pa.array([], pa.string())])
    names = pa.array([verdict.rule for verdict in verdicts], pa.string())
    made = [
        names.take(pa.array(rule[order].astype(np.int32))),
        pa.array(values, mask=np.isnan(values)),
        bounds.take(pa.array(order)),
    ]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int32)
    items = pa.StructArray.from_arrays(made, fields=list(REASON))
    return pa.ListArray.from_arrays(pa.array(offsets), items, type=REASONS)


class Decision(ABC):
    """One step of *decide*. Subclasses set ``kind``, ``VERSION`` and ``OPTIONS``."""

    kind: ClassVar[str]
    VERSION: ClassVar[int] = 1
    OPTIONS: ClassVar[type[Options]]

    def __init__(self, options: Any, name: str | None = None) -> None:
        self.options = options
        self.name = name or self.kind

    @property
    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """Names of the columns that must have been measured."""

    @abstractmethod
    def apply(self, state: Deciding) -> None:
        """Say who fails what."""


def same_bound(text: str, count: int) -> pa.Array:
    """Give one bound for ``count`` documents."""
    return pa.array([text], pa.string()).take(pa.array(np.zeros(count, np.int32)))
