"""Page anchors: where each page of a document starts in its text, with the evidence that its file carried.

The column ``pages`` holds one list a document, null for documents that were never pages. The anchors of a document are
in the order of its text; the first starts at 0; each page ends where the next starts, the last at the end of the text.
So the pages, cut at the starts and joined, are the text, whatever steps have edited it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


class PageAnchor(NamedTuple):
    """One page of a text. Counts and confidences are those of the file, before anything was left out or joined."""

    file: str  # that holds the page, relative to the folder of the source
    id: str | None  # of the page in its file
    label: str | None  # printed on it or given by the catalogue: "xiv", "12r"
    start: int  # in characters (code points) of the document's text
    words: int
    lines: int
    blocks: int
    confidence: float | None  # mean over words, 0 to 1; None where the file has none
    confidence_low: float | None  # its 10 % quantile
    hyphenated: float | None  # share of lines that end in a broken word; None without lines
    language: str | None  # as the file has it
    agreement: float | None  # of its trigrams with the rest of the volume, 0 to 1; None where too short to say


PAGE = pa.struct(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("id", pa.string()),
        pa.field("label", pa.string()),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("words", pa.int32(), nullable=False),
        pa.field("lines", pa.int32(), nullable=False),
        pa.field("blocks", pa.int32(), nullable=False),
        pa.field("confidence", pa.float32()),
        pa.field("confidence_low", pa.float32()),
        pa.field("hyphenated", pa.float32()),
        pa.field("language", pa.string()),
        pa.field("agreement", pa.float32()),
    ]
)

#: The column, and its type.
COLUMN = "pages"
PAGES = pa.list_(pa.field("element", PAGE, nullable=False))

Offsets = npt.NDArray[np.int64]


def starts(pages: pa.ListArray) -> list[list[int] | None]:
    """Give the starts of the pages of each document; None for one without pages."""
    if pages.null_count == len(pages):
        return [None] * len(pages)
    flat = pages.flatten().field("start").to_numpy(zero_copy_only=False)
    ends = np.cumsum(pc.fill_null(pc.list_value_length(pages), 0).to_numpy(zero_copy_only=False))
    cut = np.split(flat, ends[:-1])
    absent = pages.is_null().to_numpy(zero_copy_only=False)
    return [None if gone else part.tolist() for part, gone in zip(cut, absent, strict=True)]


def with_starts(pages: pa.ListArray, moved: Sequence[Sequence[int] | None]) -> pa.ListArray:
    """Give the same pages at other places: ``moved`` holds what :func:`starts` would give of the result."""
    if pages.null_count == len(pages):
        return pages
    values = pages.flatten()
    placed = pa.array([start for row in moved for start in row or ()], pa.int64())
    columns = [placed if field.name == "start" else values.field(field.name) for field in PAGE]
    widths = pc.fill_null(pc.list_value_length(pages), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(widths)]).astype(np.int32)
    struct = pa.StructArray.from_arrays(columns, fields=list(PAGE))
    return pa.ListArray.from_arrays(pa.array(offsets), struct, type=PAGES, mask=pages.is_null())


def page_at(begins: Sequence[int], offset: int) -> int:
    """Give the number of the page that holds the character at ``offset``; of empty pages at one place, the last.

    >>> page_at([0, 10, 10, 25], 10)
    2
    """
    return int(np.searchsorted(np.asarray(begins), offset, side="right")) - 1


def cut(text: str, begins: Sequence[int]) -> list[str]:
    """Give the text of each page.

    >>> cut("one two", [0, 4])
    ['one ', 'two']
    """
    return [text[start:stop] for start, stop in pairwise([*begins, len(text)])]
