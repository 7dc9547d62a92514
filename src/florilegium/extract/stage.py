"""The stage ``extract``: bytes of a page to text, page by page, each within its time limit."""

import re
from collections.abc import Callable, Sequence
from itertools import compress
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from florilegium.charset import Decoded, decode
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

if TYPE_CHECKING:
    from florilegium.extract.glance import Glance

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
    one that cannot be decoded, is refused by the guard, raises or takes too long goes into quarantine. With ``glance``
    a page is gated first where its whole text rules out that its main text is wanted.
    """

    kind = "extract"
    OPTIONS = ExtractOptions
    moves_pages = True  # a text that has pages came from the source, and stays

    @property
    def libraries(self) -> tuple[str, ...]:  # type: ignore[override]
        """The library that was chosen, the one that guesses encodings, and those of a glance."""
        glance = ("resiliparse", "py3langid") if self.options.glance else ()
        return tuple(dict.fromkeys((self.options.with_, "faust-cchardet", *glance)))

    @property
    def compiled(self) -> tuple[str, ...]:  # type: ignore[override]
        """The identifier of languages, where a glance asks it."""
        asked = self.options.glance and self.options.glance.language
        return ("florilegium.models.langid",) if asked else ()

    @property
    def reads(self) -> tuple[str, ...]:
        """Bytes with their declared type, or text."""
        return ("payload", "content_type")

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        """Main text, title, and how the bytes were decoded."""
        return WRITES

    def open(self) -> None:
        """Import the extraction library and fix its settings; load what a glance needs."""
        self._extractor: Extractor = _library(self.options).extractor(self.options)
        self._glance = None
        if self.options.glance:
            from florilegium.extract.glance import Glance

            self._glance = Glance(self.options.glance)

    def warm(self) -> None:
        """Compile the loops of a glance once, before workers start."""
        if self.options.glance:
            from florilegium.extract.glance import Glance

            Glance(self.options.glance).judge(["A few words, to compile the automaton. " * 10])

    def apply(self, documents: pa.RecordBatch) -> Applied:
        """Extract every page of a batch."""
        return extract_documents(documents, self._extractor, self.options.timeout, self.name, self._glance)

    def recorded_options(self) -> dict[str, Any]:
        """Give library, version and every option of its call, for the dataset card; imports the library."""
        recorded: dict[str, Any] = _library(self.options).recorded_options(self.options)
        return recorded | ({"glance": self.options.glance.literal()} if self.options.glance else {})


def _library(options: ExtractOptions) -> ModuleType:
    if options.with_ == "resiliparse":
        from florilegium.extract import resiliparse

        return resiliparse
    from florilegium.extract import trafilatura

    return trafilatura


def extract_documents(
    documents: pa.RecordBatch, extractor: Extractor, seconds: float, stage: str, glance: "Glance | None" = None
) -> Applied:
    """Extract a batch with any extractor, each page within ``seconds``; see :class:`ExtractStage` for who leaves."""
    columns = (documents.column(name).to_pylist() for name in _Row._fields)
    rows = [_Row(*values) for values in zip(*columns, strict=True)]
    if glance is None:
        work = _work(extractor)
        return _concluded(documents, hand.one_by_one(stage, documents, rows, work, seconds), stage)
    looked = hand.one_by_one(stage, documents, rows, _look, seconds)
    documents, gated, looked = _glanced(documents, looked, glance, stage)
    finish = _finish(extractor)
    results = hand.one_by_one(stage, documents, looked, finish, seconds)
    concluded = [one if isinstance(one, DocumentError) else result for one, result in zip(looked, results, strict=True)]
    documents, departures = _concluded(documents, concluded, stage)
    return documents, [*gated, *departures]


def _glanced(
    documents: pa.RecordBatch, looked: "list[_Looked | DocumentError]", glance: "Glance", stage: str
) -> "tuple[pa.RecordBatch, list[Departure], list[_Looked | DocumentError]]":
    """Gate pages by their whole texts; give the others, who left, and what was seen of the others."""
    verdicts = glance.judge([None if isinstance(one, DocumentError) else one.seen for one in looked])
    dropped = [(row, verdict) for row, verdict in enumerate(verdicts) if verdict]
    left = depart(
        documents,
        [row for row, _ in dropped],
        outcome=Outcome.GATED,
        stage=stage,
        rules=[verdict.rule for _, verdict in dropped],
        values=[verdict.value for _, verdict in dropped],
    )
    stays = [verdict is None for verdict in verdicts]
    return only(documents, np.array(stays, dtype=np.bool_)), left, list(compress(looked, stays))


def _concluded(documents: pa.RecordBatch, results: Sequence[Extracted | DocumentError], stage: str) -> Applied:
    """Write what was extracted, and let go of failures and of pages without text."""
    failed = [row for row, result in enumerate(results) if isinstance(result, DocumentError)]
    errors = [str(results[row]) for row in failed]
    found = [Extracted(None) if isinstance(result, DocumentError) else result for result in results]
    blank = [row for row, one in enumerate(found) if not (one.text or "").strip()]
    without = sorted(set(blank) - set(failed))
    departures: list[Departure] = depart(
        documents, failed, outcome=Outcome.QUARANTINED, stage=stage, rules=list(map(_rule, errors)), errors=errors
    )
    departures += depart(documents, without, outcome=Outcome.REJECTED, stage=stage, rules=["no_text"] * len(without))
    for position, column in enumerate(WRITES):
        documents = with_column(documents, column, pa.array([one[position] for one in found], column.type))
    keep = np.ones(len(found), dtype=np.bool_)
    keep[blank] = False
    return only(documents, keep), departures


class _Looked(NamedTuple):
    """What ``_open`` gave for a row, and all that a glance sees of the page (None: it does not look)."""

    opened: Extracted | Decoded
    seen: str | None


def _open(row: _Row) -> Extracted | Decoded:
    """Decode a page; what the source gave as text, or the server as plain text, is extracted with that."""
    if row.payload is None:
        return Extracted(row.text)
    html = not (row.content_type or "").strip().lower().startswith("text/plain")
    try:
        decoded = decode(row.payload, row.content_type, html=html)
    except DocumentError as error:
        raise DocumentError(f"undecodable: {error}") from error
    return decoded if html else _extracted(Page(decoded.text, None), decoded)


def _extracted(page: Page, decoded: Decoded) -> Extracted:
    return Extracted(storable(page.text), page.title, decoded.encoding, decoded.found_by, decoded.suspect)


def _main_text(opened: Extracted | Decoded, extractor: Extractor) -> Extracted:
    return opened if isinstance(opened, Extracted) else _extracted(extractor(opened.text), opened)


def _work(extractor: Extractor) -> Callable[[_Row], Extracted]:
    return lambda row: _main_text(_open(row), extractor)


def _look(row: _Row) -> _Looked:
    from florilegium.extract.glance import whole_text

    opened = _open(row)
    return _Looked(opened, None if isinstance(opened, Extracted) else whole_text(opened.text))


def _finish(extractor: Extractor) -> Callable[[_Looked | DocumentError], Extracted]:
    """Make the work on a page that was glanced at; one that failed then is left to fail."""
    return lambda one: Extracted(None) if isinstance(one, DocumentError) else _main_text(one.opened, extractor)


def _rule(error: str) -> str:
    """Give the short reason that an error starts with, else the name of its class."""
    found = _REASON.match(error)
    return (found[1] or found[2]) if found else "DocumentError"
