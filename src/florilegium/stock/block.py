"""The stage ``datatrove``: any stock block that filters or edits documents. What it drops is in our ledger."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datatrove.data import Document
from datatrove.pipeline.filters.base_filter import BaseFilter
from pydantic import AfterValidator, Field

from florilegium.anchors import COLUMN
from florilegium.documents import SOURCE_SCHEMA, Outcome, depart, only, with_column
from florilegium.errors import ContractError
from florilegium.recipe.options import Options
from florilegium.run import hand
from florilegium.run.stage import Applied, Stage
from florilegium.stock.bridge import Exclusions, construct, find_class, to_documents

#: Columns that say which document a row is and what it holds: a block does not rewrite them.
_CORE = frozenset([*SOURCE_SCHEMA.names, "text_bytes", "cluster_size"])


def _column(name: str) -> str:
    if name in _CORE:
        raise ValueError(f"`{name}` is a column of every document and cannot be written by a block; choose another key")
    return name


class BlockOptions(Options):
    """A class of datatrove and what to construct it with."""

    block: str = Field(description="Class path, such as `pipeline.filters.URLFilter`.")
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="Arguments of its constructor.")
    reads: tuple[str, ...] = Field(("text",), description="Columns that it needs; without `text`, text is left alone.")
    writes: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$"), AfterValidator(_column)],
        Literal["float32", "int32", "string"],
    ] = Field(default_factory=dict, description="Keys of a document's metadata that become columns, with their type.")


class StockBlock(Stage):
    """Run a stock datatrove block on each batch."""

    kind = "datatrove"
    OPTIONS = BlockOptions

    def __init__(self, options: Any, name: str | None = None) -> None:
        super().__init__(options, name)
        find_class(options.block)

    @property
    def VERSION(self) -> str:  # type: ignore[override]
        """Give the version of datatrove: its blocks have none of their own."""
        return version("datatrove")

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(self.options.reads)

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        text = (pa.field("text", pa.large_string()),) if "text" in self.options.reads else ()
        return (*text, *(pa.field(name, getattr(pa, kind)()) for name, kind in self.options.writes.items()))

    @property
    def moves_pages(self) -> bool:  # type: ignore[override]
        """Whether it is a filter: most only look at the text. One that changes a text with pages stops the run."""
        return issubclass(find_class(self.options.block), BaseFilter)

    @property
    def named(self) -> tuple[str, ...]:
        """Give the columns whose names the recipe chose: no other stage may write them."""
        return tuple(self.options.writes)

    def open(self) -> None:
        """Construct the block."""
        self.block = construct(self.options.block, self.options.with_)

    def apply(self, documents: pa.RecordBatch) -> Applied:
        exclusions = Exclusions()
        if hasattr(self.block, "exclusion_writer"):
            self.block.exclusion_writer = exclusions
        made = list(self.block.run(_timed(to_documents(documents)), 0, 1))
        rows = [document.metadata.get("row") for document in made]
        if len(set(rows)) != len(rows) or None in rows or rows != sorted(rows):
            raise ContractError(
                f"`{self.options.block}` does not give each document at most once and in order; it cannot be a stage"
            )
        keep = np.zeros(documents.num_rows, dtype=np.bool_)
        keep[rows] = True
        gone = np.flatnonzero(~keep).tolist()
        reasons = [exclusions.reasons.get(row, "dropped") for row in gone]
        left = depart(documents, gone, outcome=Outcome.GATED, stage=self.name, rules=reasons)
        kept = only(documents, keep)
        if "text" in self.options.reads:
            texts = pa.array([d.text for d in made], pa.large_string())
            self._check_pages(kept, texts)
            kept = with_column(kept, pa.field("text", pa.large_string()), texts)
        for name, kind in self.options.writes.items():
            values = [document.metadata.get(name) for document in made]
            kept = with_column(kept, pa.field(name, getattr(pa, kind)()), pa.array(values, getattr(pa, kind)()))
        return kept, left

    def _check_pages(self, documents: pa.RecordBatch, texts: pa.Array) -> None:
        """Raise ContractError where a text with page anchors was changed."""
        if COLUMN not in documents.schema.names or documents.column(COLUMN).null_count == documents.num_rows:
            return
        changed = pc.and_(pc.is_valid(documents.column(COLUMN)), pc.not_equal(documents.column("text"), texts))
        if pc.any(changed).as_py():
            identity = documents.column("id").filter(changed)[0].as_py()
            raise ContractError(
                f"`{self.options.block}` changes the text of {identity} without saying where, so its pages could not "
                "be found in it any more. Use a step of `clean` instead, or take the block out."
            )


def _timed(documents: Iterator[Document]) -> Iterator[Document]:
    """Give each document its own time: blocks may be slow, and take them one after the other."""
    for document in documents:
        hand.one_more()
        yield document
