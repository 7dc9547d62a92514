"""Between datatrove's one object per document and our batches."""

import importlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Any

import pyarrow as pa
from datatrove.data import Document

from florilegium.errors import RecipeError


@cache
def find_class(path: str) -> type[Any]:
    """Import a class of datatrove by its path, with or without `datatrove.`. Raises RecipeError."""
    full = path if path.startswith("datatrove.") else f"datatrove.{path}"
    module, _, name = full.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except (ImportError, AttributeError, ValueError) as error:
        raise RecipeError(
            f"`{path}` is not a class of datatrove {version('datatrove')} that can be imported ({error}). "
            "Write it as in `pipeline.filters.LambdaFilter`."
        ) from None


def construct(path: str, options: dict[str, Any]) -> Any:
    """Make an instance. Raises RecipeError where the options do not fit or a library is missing."""
    try:
        return find_class(path)(**options)
    except (TypeError, ValueError, AssertionError, ImportError) as error:
        raise RecipeError(f"`{path}` cannot be made with {options}: {error}") from None


def to_documents(batch: pa.RecordBatch) -> Iterator[Document]:
    """Give each row as a datatrove Document; ``row`` in its metadata says which."""
    wanted = [
        name
        for name in ("id", "text", "url", "date", "language", "language_score", "metadata_src")
        if name in batch.schema.names
    ]
    for row, values in enumerate(batch.select(wanted).to_pylist()):
        metadata = json.loads(values.pop("metadata_src", None) or "{}")
        identity, text = values.pop("id"), values.pop("text", None)
        metadata |= {name: value for name, value in values.items() if value is not None}
        yield Document(text=text or "", id=identity, metadata=metadata | {"row": row})


class Exclusions:
    """Stands where a stock filter expects a writer for what it drops, and remembers the reasons by row."""

    def __init__(self) -> None:
        self.reasons: dict[int, str] = {}

    def __enter__(self) -> "Exclusions":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def write(self, document: Document, rank: int = 0, **_: Any) -> None:
        """Remember why a document was dropped."""
        self.reasons[document.metadata["row"]] = str(document.metadata.get("filter_reason") or "dropped")
