"""The disk contract: finished means that `.done` says so and agrees; bytes do not depend on the batches."""

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.errors import ContractError
from florilegium.run import shards
from florilegium.run.shards import ROW_GROUP_ROWS, ShardWriter, finish, finished, sweep

SCHEMA = pa.schema([pa.field("n", pa.int32()), pa.field("text", pa.large_string())])


def rows(start: int, stop: int) -> pa.RecordBatch:
    numbers = list(range(start, stop))
    return pa.RecordBatch.from_arrays(
        [pa.array(numbers, pa.int32()), pa.array([f"text {n}" for n in numbers], pa.large_string())], schema=SCHEMA
    )


def shard(folder: Path, cuts: list[int]) -> Path:
    folder.mkdir(exist_ok=True)
    writer = ShardWriter(folder / "00000.parquet", SCHEMA)
    for start, stop in pairwise(cuts):
        writer.write(rows(start, stop))
    finish(folder, 0, {"00000.parquet": writer.close()}, {"rows": writer.rows})
    return folder / "00000.parquet"


def test_bytes_do_not_depend_on_batches(tmp_path: Path) -> None:
    last = 2 * ROW_GROUP_ROWS + 77
    one = shard(tmp_path / "a", [0, last]).read_bytes()
    many = shard(tmp_path / "b", [0, 1, 9, 5000, ROW_GROUP_ROWS + 5, last]).read_bytes()
    assert one == many


def test_row_groups_of_long_texts_are_cut_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP_BYTES", 1000)
    paths = [shard(tmp_path / name, cuts) for name, cuts in (("a", [0, 500]), ("b", [0, 3, 130, 131, 499, 500]))]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    file = pq.ParquetFile(paths[0]).metadata
    texts = [sum(len(f"text {n}") for n in range(group * 125, group * 125 + 125)) for group in range(4)]
    sizes = [file.row_group(number).num_rows for number in range(file.num_row_groups)]
    assert sum(sizes) == 500 and sum(texts) / 1000 <= len(sizes) <= sum(texts) / 1000 + 1


def test_finished_only_when_done_agrees(tmp_path: Path) -> None:
    path = shard(tmp_path, [0, 100])
    assert finished(tmp_path, 0) == {"rows": 100}
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert finished(tmp_path, 0) is None
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    path.write_bytes(flipped)
    assert finished(tmp_path, 0) is None
    path.write_bytes(whole)
    assert finished(tmp_path, 0) == {"rows": 100}
    done = (tmp_path / "00000.done").read_text()
    (tmp_path / "00000.done").write_text(done.replace('"rows": 100', '"rows": 101'))
    assert finished(tmp_path, 0) is None
    (tmp_path / "00000.done").write_text(done[: len(done) // 2])
    assert finished(tmp_path, 0) is None


def test_unfinished_shard_is_never_seen_under_its_name_and_is_swept(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path / "00000.parquet", SCHEMA)
    writer.write(rows(0, 10))
    assert not (tmp_path / "00000.parquet").exists()
    assert sweep(tmp_path) == 1 and not list(tmp_path.iterdir())


def test_other_columns_are_refused(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path / "00000.parquet", SCHEMA)
    with pytest.raises(ContractError, match="n: int32"):
        writer.write(rows(0, 1).select(["text"]))
    writer.abandon()
    assert not list(tmp_path.iterdir())
