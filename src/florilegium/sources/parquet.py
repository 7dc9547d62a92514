"""Parquet: one document a row."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from florilegium.documents import QUARANTINE_PAYLOAD_BYTES, Input, Outcome
from florilegium.sources.rows import RowFileOptions, to_record
from florilegium.sources.source import FileSource, Flaw, Found, Refusal

ROWS = 256

#: What reading damaged bytes raises, beside Arrow's own: names that are no UTF-8, counts beyond any number.
_BROKEN = (pa.ArrowException, OSError, ValueError, OverflowError)
#: A damaged footer may promise any number of rows; ordinals stay storable.
_MOST_ROWS = 1 << 40


class Parquet(FileSource):
    """A Parquet file, row group by row group; a damaged row group or row costs only itself.

    The table of contents stands at the end of the file: of a file that was cut short nothing can be read.
    """

    kind = "parquet"
    OPTIONS = RowFileOptions

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        try:
            table = pq.ParquetFile(file, page_checksum_verification=True)
            promised, names = table.metadata.num_rows, table.schema_arrow.names
            sizes = [table.metadata.row_group(group).num_rows for group in range(table.num_row_groups)]
        except _BROKEN as error:
            yield Flaw(0, "corrupt", f"not a readable Parquet file: {_first_line(error)}")
            return
        number = 0
        for group, rows in enumerate(sizes):
            start, failure = number, "its pages hold another number of rows"
            try:
                for batch in table.iter_batches(batch_size=ROWS, row_groups=[group]):
                    for row in _rows(batch):
                        yield (
                            self._unconvertible(row, number)
                            if isinstance(row, pa.RecordBatch)
                            else to_record(row, number, self.options)
                        )
                        number += 1
            except _BROKEN as error:
                failure = _first_line(error)
            if number - start != rows:
                place = table.metadata.row_group(group).column(0).data_page_offset if names else 0
                lost = rows - (number - start)
                yield Flaw(place, "corrupt", f"row group {group}: {lost} of {rows} rows cannot be read: {failure}")
                number = max(number, start + min(rows, _MOST_ROWS))
        if sum(sizes) != promised:
            yield Flaw(0, "corrupt", f"the footer promises {promised} rows, its row groups hold {sum(sizes)}")

    def _unconvertible(self, row: pa.RecordBatch, number: int) -> Refusal:
        """Refuse a row (a batch of one) with a value that Python cannot hold, such as text that is no UTF-8."""
        values: dict[str, Any] = {}
        said = ""
        for name, column in zip(row.schema.names, row.columns, strict=True):
            try:
                values[name] = column[0].as_py()
            except Exception as error:  # the row goes into quarantine
                said = said or f"column `{name}`: {_first_line(error)}"
        known = {name: values.get(name) for name in (self.options.id, self.options.url) if name}
        key, url = (
            None if known.get(name) is None else str(known[name]) for name in (self.options.id, self.options.url)
        )
        return Refusal(
            key, number, "unconvertible", None, None, url, Outcome.QUARANTINED, said, _bytes(row, self.options.text)
        )


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | pa.RecordBatch]:
    """Give each row as Python values, or as a batch of one where a value of it has none."""
    try:
        rows: list[dict[str, Any] | pa.RecordBatch] = batch.to_pylist()
    except Exception:  # found row by row, and put into quarantine
        rows = [_row(batch.slice(number, 1)) for number in range(batch.num_rows)]
    yield from rows


def _row(row: pa.RecordBatch) -> dict[str, Any] | pa.RecordBatch:
    try:
        return dict(row.to_pylist()[0])
    except Exception:  # the row goes into quarantine
        return row


def _bytes(row: pa.RecordBatch, name: str) -> bytes | None:
    """Give the bytes of a row's text, to be kept in quarantine."""
    if row.schema.get_field_index(name) < 0:
        return None
    column = row.column(name)
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return None
    value: bytes | None = column.cast(pa.large_binary())[0].as_py()
    return value and value[:QUARANTINE_PAYLOAD_BYTES]


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
