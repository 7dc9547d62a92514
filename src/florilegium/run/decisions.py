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

from florilegium.errors import ContractError, RecipeError
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
    rows: Rows  # ascending
    values: NDArray[np.float64]  # NaN: none
    bounds: pa.Array

    def within(self, start: int, stop: int) -> "Verdict":
        """Give what it says of the rows ``start`` to ``stop``, counted from ``start``."""
        low, high = self.rows.searchsorted((start, stop))
        return Verdict(self.rule, self.rows[low:high] - start, self.values[low:high], self.bounds[low:high])


class Columns:
    """The columns of all measured shards of a run, joined in task order; only what a step reads is in memory."""

    def __init__(self, folder: Path, tasks: int) -> None:
        self._shards = [folder / f"{task:05d}.parquet" for task in range(tasks)]
        self._schema = pq.read_schema(self._shards[0])
        self.lengths: list[int] = [pq.read_metadata(shard).num_rows for shard in self._shards]
        self._held: dict[str, pa.Array] = {}

    @property
    def rows(self) -> int:
        """Give the number of documents."""
        return sum(self.lengths)

    def hold(self, names: Iterable[str]) -> None:
        """Have these columns in memory, read in one pass, and let go of all others."""
        import polars as pl  # here: recipes are checked without it

        names = list(dict.fromkeys(names))
        self._held = {name: self._held[name] for name in names if name in self._held}
        missing = [name for name in names if name not in self._held]
        if missing:
            # Polars is fast at numbers and has no column of fixed-size keys
            keys = [name for name in missing if pa.types.is_fixed_size_binary(self._schema.field(name).type)]
            if keys:
                table = pa.concat_tables([pq.ParquetFile(shard).read(columns=keys) for shard in self._shards])
                self._held |= {name: table[name].combine_chunks() for name in keys}
            missing = [name for name in missing if name not in keys]
            read = pl.scan_parquet(self._shards, glob=False, hive_partitioning=False).select(missing).collect()
            for name in missing:
                self._held[name] = read.drop_in_place(name).to_arrow().cast(_long(self._schema.field(name).type))

    def __getitem__(self, name: str) -> pa.Array:
        if name not in self._held:
            self.hold([*self._held, name])
        return self._held[name]

    def ranges(self, names: Iterable[str]) -> dict[str, tuple[float, float]]:
        """Give the lowest and highest possible value of those columns whose stage says so."""
        found = {}
        for name in names:
            metadata = self._schema.field(name).metadata or {}
            if RANGE in metadata:
                low, high = metadata[RANGE].decode().split()
                found[name] = (float(low), float(high))
        return found


def _long(kind: pa.DataType) -> pa.DataType:
    """Give strings 64-bit offsets: those of a whole run may exceed 2 GB."""
    return pa.large_string() if pa.types.is_string(kind) else kind


class Deciding:
    """Who is in, who failed what, and who stands for whom. Steps call :meth:`fail`, :meth:`stand_for`, :meth:`warn`."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.alive: Mask = np.ones(columns.rows, dtype=np.bool_)
        self.rules: list[tuple[str, str]] = []  # (step, rule) in order
        self.verdicts: list[Verdict] = []  # one for each rule
        self.first = np.full(columns.rows, -1, dtype=np.int16)  # number of the rule that dropped the document
        self.survivor: Rows = np.arange(columns.rows, dtype=np.int64)  # who stands for it: itself, if it is no copy
        self.warnings: list[str] = []

    def fail(self, step: str, verdict: Verdict) -> None:
        """Say who fails a rule; those still in are out now. Rules are given in order, also those that nobody fails.

        Raises RecipeError for a rule that was given before, ContractError for rows that do not ascend.
        """
        for earlier, rule in self.rules:
            if rule == verdict.rule:
                raise RecipeError(
                    f"decide.{step}: rule `{rule}` stands in `{earlier}` too; give one of them another `id`"
                )
        if (np.diff(verdict.rows) <= 0).any():
            raise ContractError(f"decide.{step}: the rows of rule `{verdict.rule}` must ascend")
        out = verdict.rows[self.alive[verdict.rows]]
        self.first[out] = len(self.rules)
        self.alive[out] = False
        self.rules.append((step, verdict.rule))
        self.verdicts.append(verdict)

    def stand_for(self, survivor: Rows) -> None:
        """Say for each row which document stands for it: itself, or the one of which it is a copy.

        What an earlier step said is followed on: where B stands for A, and now C for B, C stands for both.
        """
        self.survivor = survivor[self.survivor]

    def warn(self, message: str) -> None:
        """Say what a curator should know, such as a bound that was clamped."""
        self.warnings.append(message)


def list_reasons(verdicts: Sequence[Verdict], size: int) -> pa.ListArray:
    """List for each of ``size`` documents every rule that it fails, with value and bound (REASONS)."""
    rows = np.concatenate([verdict.rows for verdict in verdicts] or [np.empty(0, np.int64)])
    order = np.argsort(rows, kind="stable")
    rule = np.repeat(np.arange(len(verdicts)), [len(verdict.rows) for verdict in verdicts])
    values = np.concatenate([verdict.values for verdict in verdicts] or [np.empty(0)])[order]
    bounds = pa.concat_arrays([verdict.bounds for verdict in verdicts] or [pa.array([], pa.string())])
    made = [
        pa.array([verdict.rule for verdict in verdicts], pa.string()).take(pa.array(rule[order])),
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
    #: Modules of compiled loops, imported before the worker is forked.
    compiled: ClassVar[tuple[str, ...]] = ()

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
