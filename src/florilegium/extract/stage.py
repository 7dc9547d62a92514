"""The stage ``extract``: bytes of a page to text, page by page, each within its time limit."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from florilegium.charset import decode
from florilegium.documents import Departure, Outcome, depart, only, with_column
from florilegium.errors import DocumentError
from florilegium.extract.options import ExtractOptions
from florilegium.extract.page import Extractor, Page, storable
from florilegium.run import hand
from florilegium.run.stage import Applied, Stage

#: Columns that extraction writes. ``charset_suspect`` is null where nothing speaks against the decoding.
WRITES = (
    pa.field("text", pa.large_string()),
    pa.field("title", pa.string()),
    pa.field("charset", pa.string()),
    pa.field("charset_found_by", pa.string()),
    pa.field("charset_suspect", pa.string()),
)

_REASON = re.compile(r"(?:DocumentError: )?([a-z][a-z0-9_]*):|(\w+):")


class Extracted(NamedTuple):
    """One row of ``WRITES``."""

    text: str | None
    title: str | None = None
    charset: str | None = None
    charset_found_by: str | None = None
    charset_suspect: str | None = None


class _Row(NamedTuple):
    payload: bytes | None
    content_type: str | None
    text: str | None


class ExtractStage(Stage):
    """Decode and extract pages; documents whose source gave text pass through untouched.

    A payload declared ``text/plain`` is decoded and kept whole. A page without main text is rejected as ``no_text``;
    one that cannot be decoded, is refused by the guard, raises or takes too long goes into quarantine.
    """

    kind = "extract"
    OPTIONS = ExtractOptions

    @property
    def libraries(self) -> tuple[str, ...]:  # type: ignore[override]
        """The library that was chosen, and the one that guesses encodings."""
        return (self.options.with_, "faust-cchardet")

    @property
    def reads(self) -> tuple[str, ...]:
        """Bytes with their declared type, or text."""
        return ("payload", "content_type")

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        """Main text, title, and how the bytes were decoded."""
        return WRITES

    def open(self) -> None:
        """Import the extraction library and fix its settings."""
        self._extractor: Extractor = _library(self.options).extractor(self.options)

    def apply(self, documents: pa.RecordBatch) -> Applied:
        """Extract every page of a batch."""
        return extract_documents(documents, self._extractor, self.options.timeout, self.name)

    def recorded_options(self) -> dict[str, Any]:
        """Give library, version and every option of its call, for the dataset card; imports the library."""
        recorded: dict[str, Any] = _library(self.options).recorded_options(self.options)
        return recorded


def _library(options: ExtractOptions) -> ModuleType:
    if options.with_ == "resiliparse":
        from florilegium.extract import resiliparse

        return resiliparse
    from florilegium.extract import trafilatura

    return trafilatura


def extract_documents(documents: pa.RecordBatch, extractor: Extractor, seconds: float, stage: str) -> Applied:
    """Extract a batch with any extractor, each page within ``seconds``; see :class:`ExtractStage` for who leaves."""
    columns = (documents.column(name).to_pylist() for name in _Row._fields)
    rows = [_Row(*values) for values in zip(*columns, strict=True)]
    results = hand.one_by_one(stage, documents, rows, _work(extractor), seconds)
    failed = [row for row, result in enumerate(results) if isinstance(result, DocumentError)]
    errors = [str(results[row]) for row in failed]
    found = [Extracted(None) if isinstance(result, DocumentError) else result for result in results]
    blank = [row for row, one in enumerate(found) if not (one.text or "").strip()]
    without = sorted(set(blank) - set(failed))
    departures: list[Departure] = depart(
        documents, failed, outcome=Outcome.QUARANTINED, stage=stage, rules=list(map(_rule, errors)), errors=errors
    )
    departures += depart(documents, without, outcome=Outcome.REJECTED, stage=stage, rules=["no_text"] * len(without))
    for column, values in zip(WRITES, zip(*found, strict=True), strict=True):
        documents = with_column(documents, column, pa.array(values, column.type))
    keep = np.ones(len(rows), dtype=np.bool_)
    keep[blank] = False
    return only(documents, keep), departures


def _work(extractor: Extractor) -> Callable[[_Row], Extracted]:
    def work(row: _Row) -> Extracted:
        if row.payload is None:
            return Extracted(row.text)
        html = not (row.content_type or "").strip().lower().startswith("text/plain")
        try:
            decoded = decode(row.payload, row.content_type, html=html)
        except DocumentError as error:
            raise DocumentError(f"undecodable: {error}") from error
        page = extractor(decoded.text) if html else Page(decoded.text, None)
        return Extracted(storable(page.text), page.title, decoded.encoding, decoded.found_by, decoded.suspect)

    return work


def _rule(error: str) -> str:
    """Give the short reason that an error starts with, else the name of its class."""
    found = _REASON.match(error)
    return (found[1] or found[2]) if found else "DocumentError"
