"""Parquet: one document a row."""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from florilegium.documents import Input
from florilegium.sources.rows import RowFileOptions, to_record
from florilegium.sources.source import FileSource, Flaw, Found

ROWS = 256


class Parquet(FileSource):
    """A Parquet file, row group by row group; a damaged row group costs only itself."""

    kind = "parquet"
    OPTIONS = RowFileOptions

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        try:
            table = pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            yield Flaw(0, "corrupt", f"not a readable Parquet file: {_first_line(error)}")
            return
        number = 0
        for group in range(table.num_row_groups):
            start, rows = number, table.metadata.row_group(group).num_rows
            try:
                for batch in table.iter_batches(batch_size=ROWS, row_groups=[group]):
                    for row in batch.to_pylist():
                        yield to_record(row, number, self.options)
                        number += 1
            except (pa.ArrowException, OSError) as error:
                place = table.metadata.row_group(group).column(0).data_page_offset if table.metadata.num_columns else 0
                lost = rows - (number - start)
                yield Flaw(
                    place, "corrupt", f"row group {group}: {lost} of {rows} rows cannot be read: {_first_line(error)}"
                )
                number = start + rows


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
