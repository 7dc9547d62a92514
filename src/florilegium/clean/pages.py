"""Page anchors moved by the edits of a text."""

from collections.abc import Sequence

import pyarrow as pa

from florilegium.anchors import COLUMN, starts, with_starts
from florilegium.clean.edits import Edit, move_offsets
from florilegium.documents import with_column


def move_pages(documents: pa.RecordBatch, made: Sequence[Sequence[Sequence[Edit]]]) -> pa.RecordBatch:
    """Give the documents with their page anchors where the edits put them; ``made`` holds the edits of each document,
    step by step. Without page anchors, or without edits, the batch itself."""
    if COLUMN not in documents.schema.names:
        return documents
    pages = documents.column(COLUMN)
    if pages.null_count == len(pages) or not any(any(steps) for steps in made):
        return documents
    moved = starts(pages)
    for row, steps in enumerate(made):
        for edits in steps:
            if edits and (places := moved[row]) is not None:
                moved[row] = move_offsets(places, edits)
    return with_column(documents, documents.schema.field(COLUMN), with_starts(pages, moved))
