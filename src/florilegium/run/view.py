"""A run that lies on disk, as tables: every document with what was measured and decided, and those that left early.

Everything that looks at a run (status, inspect, compare, report.html) reads it through here. Columns are read for the
whole run, texts only for the rows that are shown.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from florilegium.errors import FlorilegiumError
from florilegium.run.decided import DECIDED_SCHEMA
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan
from florilegium.run.shards import present


class View:
    """The measured and decided shards of one run. Raises FlorilegiumError where the run is not decided to its end."""

    def __init__(self, folder: RunFolder, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        self.measured, self.decided = folder.measured(plan), folder.decided(plan.decided)
        self.tasks = range(len(plan.tasks))
        for name, where in (("measured", self.measured), ("decided", self.decided)):
            for task in self.tasks:
                if present(where, task) is None:
                    raise FlorilegiumError(
                        f"{folder.path}: task {task:05d} is not {name}, or its files are gone. Run `curate` again."
                    )

    def _paths(self, folder: Path, suffix: str = "") -> list[Path]:
        return [folder / f"{task:05d}{suffix}.parquet" for task in self.tasks]

    @cached_property
    def lengths(self) -> list[int]:
        """Give the number of documents of each task."""
        return [pq.read_metadata(path).num_rows for path in self._paths(self.measured)]

    @cached_property
    def columns(self) -> dict[str, pl.DataType]:
        """Give the measured columns with their types."""
        return dict(pl.DataFrame(pq.read_schema(self._paths(self.measured)[0]).empty_table()).schema)

    def documents(self, names: Iterable[str]) -> pl.DataFrame:
        """Give columns of all documents in row order, with ``row`` (counted over the run) before them.

        Names are those of measured shards or of decided ones (``id``, ``kept``, ``stage``, ``rule``, ``reasons``,
        ``cluster``, ``cluster_size``, ``survivor``); ``id`` is the decided one, which is unique.
        """
        wanted = list(dict.fromkeys(names))
        of_decided = [name for name in wanted if name in DECIDED_SCHEMA.names]
        of_measured = [name for name in wanted if name not in of_decided]
        frames = []
        for folder, chosen in ((self.decided, of_decided), (self.measured, of_measured)):
            if chosen:
                scan = pl.scan_parquet(self._paths(folder), glob=False, hive_partitioning=False)
                frames.append(scan.select(chosen).collect())
        joined = pl.concat(frames, how="horizontal") if frames else pl.DataFrame()
        return joined.select(wanted).with_row_index("row", 0).with_columns(pl.col("row").cast(pl.Int64))

    def left(self, names: Sequence[str] | None = None) -> pl.DataFrame:
        """Give the documents that left during measure, without their bytes unless ``payload`` is asked for."""
        scan = pl.scan_parquet(self._paths(self.measured, ".left"), glob=False, hive_partitioning=False)
        chosen = scan.drop("payload") if names is None else scan.select(list(names))
        return chosen.collect()

    def failures(self) -> pl.DataFrame:
        """Give every reason of every document, in row order: ``row``, ``rule``, ``value``, ``bound``.

        Names and bounds are categories: a run has many reasons and few rules.
        """
        starts = accumulate(self.lengths, initial=0)
        return pl.concat(
            [_reasons(path, start) for path, start in zip(self._paths(self.decided), starts, strict=False)]
        )

    @cached_property
    def row_groups(self) -> list[tuple[int, int, int]]:
        """Give first row, number of rows and bytes of text (uncompressed) of each row group: what reading costs."""
        found, row = [], 0
        for path in self._paths(self.measured):
            metadata = pq.read_metadata(path)
            text = metadata.schema.names.index("text")
            for number in range(metadata.num_row_groups):
                group = metadata.row_group(number)
                found.append((row, group.num_rows, group.column(text).total_uncompressed_size))
                row += group.num_rows
        return found

    def values(self, rows: Sequence[int], names: Sequence[str]) -> pl.DataFrame:
        """Give measured columns (``text`` too) of some rows, in the order of ``rows``; reads only their row groups."""
        wanted, order = np.unique(np.asarray(rows, dtype=np.int64), return_inverse=True)
        found = []
        for task, (start, stop) in enumerate(pairwise(accumulate(self.lengths, initial=0))):
            low, high = np.searchsorted(wanted, (start, stop))
            if low < high:
                found.append(_take(self.measured / f"{task:05d}.parquet", wanted[low:high] - start, names))
        if not found:
            return pl.DataFrame(schema={name: self.columns[name] for name in names})
        return pl.concat(found)[order]


def _reasons(path: Path, start: int) -> pl.DataFrame:
    """Give the reasons of one decided shard whose first row is ``start``."""
    reasons = pl.scan_parquet(path, glob=False, hive_partitioning=False).select("reasons").with_row_index("row", start)
    failed = reasons.filter(pl.col("reasons").list.len() > 0).explode("reasons").unnest("reasons")
    named = (pl.col(name).cast(pl.Categorical) for name in ("rule", "bound"))
    return failed.with_columns(pl.col("row").cast(pl.Int64), *named).collect()


def _take(path: Path, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", names: Sequence[str]) -> pl.DataFrame:
    """Take ascending rows of one shard, row group by row group."""
    file = pq.ParquetFile(path)
    sizes = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    found = []
    for group, (start, stop) in enumerate(pairwise(accumulate(sizes, initial=0))):
        low, high = np.searchsorted(rows, (start, stop))
        if low < high:
            table = file.read_row_group(group, columns=list(names))
            found.append(pl.DataFrame(table.take(rows[low:high] - start)).select(names))
    return pl.concat(found)
