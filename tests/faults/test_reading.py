"""A file that kills whoever reads it: what comes before is used, the place is named, the other files go on."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import orjson
import pyarrow.parquet as pq

from florilegium.documents import Input
from florilegium.run.executors import Movement, RunOptions, execute
from florilegium.run.ledger import incidents
from florilegium.run.measured import WriteMeasured
from florilegium.sources.jsonl import Jsonl
from florilegium.sources.reading import BATCH_ROWS, Read
from florilegium.sources.rows import RowFileOptions
from florilegium.sources.source import Found


class Deadly(Jsonl):
    """A reader whose compiled parser crashes at a record that says so."""

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        for item in super().read(file, found):
            if "crash" in (getattr(item, "text", None) or ""):
                os.abort()
            yield item


def test_file_is_used_up_to_where_it_kills(tmp_path: Path) -> None:
    rows = [*(f"text {number}" for number in range(BATCH_ROWS + 10)), "crash", "after"]
    (tmp_path / "a.jsonl").write_bytes(b"".join(orjson.dumps({"text": text}) + b"\n" for text in rows))
    (tmp_path / "b.jsonl").write_bytes(orjson.dumps({"text": "crash at once"}) + b"\n")
    (tmp_path / "c.jsonl").write_bytes(orjson.dumps({"text": "fine"}) + b"\n")
    source = Deadly(RowFileOptions(name="pool", kind="jsonl", files=str(tmp_path / "*.jsonl")))
    out = tmp_path / "out"
    made = Movement("measure", out, [Read([(source, source.inputs())]), WriteMeasured(out, [])], 1, tmp_path / "logs")
    execute(made, [0], RunOptions(), 1, out, lambda report: None)
    texts = pq.read_table(out / "00000.parquet")["text"].to_pylist()
    assert texts == [*rows[: BATCH_ROWS + 10], "fine"]  # to the last record before the crash
    found = incidents(out, [0])
    assert [(item["file"], item["kind"]) for item in found] == [
        ("a.jsonl", "kills_reader"),
        ("b.jsonl", "kills_reader"),
    ]
    assert (
        f"nothing from record {BATCH_ROWS + 10} on can be read: the worker died: killed by SIGABRT"
        in found[0]["message"]
    )
