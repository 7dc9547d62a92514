"""Decided shards: row for row beside the measured ones, with reasons, copies and leave-one-out counts that add up."""

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.dedup.decision import Deduplicate, DeduplicateOptions
from florilegium.errors import RecipeError
from florilegium.rules.decision import Rules, RulesOptions
from florilegium.run.account import account_decided
from florilegium.run.decided import Decide, unique_ids
from florilegium.run.decisions import RANGE, Decision
from florilegium.run.shards import ShardWriter, finish

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string()),
        pa.field("date", pa.string()),
        pa.field("language", pa.string()),
        pa.field("a.share", pa.float32(), metadata={RANGE: "0 1"}),
        pa.field("a.count", pa.int32()),
        pa.field("key.text", pa.binary(16)),
        pa.field("text_bytes", pa.int64()),
    ]
)


def measured(folder: Path, *shards: list[dict[str, Any]]) -> Path:
    """Write measured shards: rows with defaults."""
    folder.mkdir()
    for number, rows in enumerate(shards):
        blank = {"date": None, "language": "en", "a.share": 0.5, "a.count": 1, "key.text": None, "text_bytes": 10}
        writer = ShardWriter(folder / f"{number:05d}.parquet", SCHEMA)
        writer.write(pa.RecordBatch.from_pylist([blank | row for row in rows], schema=SCHEMA))
        finish(folder, number, {writer.path.name: writer.close()}, {})
    return folder


def decided(tmp_path: Path, steps: list[Decision], *shards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Decide; give the rows of all shards."""
    folder = measured(tmp_path / "measured", *shards)
    (tmp_path / "decided").mkdir()
    list(Decide(folder, len(shards), tmp_path / "decided", steps).run(None))
    tables = [pq.read_table(tmp_path / "decided" / f"{number:05d}.parquet") for number in range(len(shards))]
    assert [table.num_rows for table in tables] == [len(rows) for rows in shards]
    return [row for table in tables for row in table.to_pylist()]


def rules(*written: dict[str, Any], name: str = "rules") -> Rules:
    return Rules(RulesOptions.model_validate(list(written)), name)


def copies(**options: Any) -> Deduplicate:
    return Deduplicate(DeduplicateOptions.model_validate({"by": ["text"], **options}))


def test_every_rule_is_a_reason_and_the_first_one_counts(tmp_path: Path) -> None:
    steps: list[Decision] = [
        rules({"id": "s.one", "signal": "a.count", "at_least": 2}, {"id": "s.two", "signal": "a.count", "at_least": 4})
    ]
    rows = decided(tmp_path, steps, [{"id": "a", "a.count": 1}, {"id": "b", "a.count": 2}], [{"id": "c", "a.count": 4}])
    assert [row["kept"] for row in rows] == [False, False, True]
    assert [row["rule"] for row in rows] == ["s.one", "s.two", None]
    assert [reason["rule"] for reason in rows[0]["reasons"]] == ["s.one", "s.two"]
    assert rows[1]["reasons"] == [{"rule": "s.two", "value": 2.0, "bound": ">= 4"}] and rows[2]["reasons"] == []
    ledger, notes = account_decided(tmp_path / "decided", 2)
    assert notes == []
    summed = {
        row["rule"]: row
        for row in ledger.group_by("rule").agg(pl.col("rejected", "failing", "alone").sum()).rows(named=True)
    }
    assert (summed["s.one"]["rejected"], summed["s.one"]["failing"], summed["s.one"]["alone"]) == (1, 1, 0)
    assert (summed["s.two"]["rejected"], summed["s.two"]["failing"], summed["s.two"]["alone"]) == (1, 2, 1)


@pytest.mark.parametrize(
    ("keep", "survivor"),
    [("longest", "c"), ("earliest", "b"), ({"best": "a.share"}, "a")],
)
def test_survivor_is_the_one_that_was_asked_for(tmp_path: Path, keep: Any, survivor: str) -> None:
    key = b"k" * 16
    rows = decided(
        tmp_path,
        [copies(keep=keep)],
        [{"id": "a", "key.text": key, "a.share": 0.9, "date": "1900"}, {"id": "x", "key.text": b"o" * 16}],
        [{"id": "b", "key.text": key, "date": "1800"}, {"id": "c", "key.text": key, "text_bytes": 99, "date": "1900"}],
    )
    by_id = {row["id"]: row for row in rows}
    gone = {"a", "b", "c"} - {survivor}
    assert {name for name, row in by_id.items() if not row["kept"]} == gone
    assert all(by_id[name]["survivor"] == survivor and by_id[name]["rule"] == "deduplicate.text" for name in gone)
    assert (by_id[survivor]["cluster"], by_id[survivor]["cluster_size"]) == (survivor, 3)
    assert (by_id["x"]["cluster"], by_id["x"]["cluster_size"]) == (None, 1)


def test_only_documents_that_are_still_in_have_copies(tmp_path: Path) -> None:
    key = b"k" * 16
    steps: list[Decision] = [rules({"id": "s.one", "signal": "a.count", "at_least": 2}), copies()]
    rows = decided(
        tmp_path,
        steps,
        [{"id": "a", "a.count": 1, "text_bytes": 99, "key.text": key}, {"id": "b", "a.count": 3, "key.text": key}],
    )
    assert [(row["kept"], row["rule"], row["cluster_size"]) for row in rows] == [(False, "s.one", 1), (True, None, 1)]


def test_bound_out_of_range_is_clamped_and_said(tmp_path: Path) -> None:
    rows = decided(
        tmp_path, [rules({"id": "s.one", "signal": "a.share", "at_most": 1.32})], [{"id": "a", "a.share": 1.0}]
    )
    assert rows[0]["kept"]
    _, notes = account_decided(tmp_path / "decided", 1)
    assert len(notes) == 1 and "1.32" in notes[0] and "`s.one`" in notes[0]


def test_bounds_by_language_and_nulls_pass(tmp_path: Path) -> None:
    step = rules({"id": "s.one", "signal": "a.share", "at_least": {"default": 0.8, "de": 0.4}})
    assert set(step.reads) == {"a.share", "language"}
    rows = decided(
        tmp_path,
        [step],
        [{"id": "a"}, {"id": "b", "language": "de"}, {"id": "c", "language": "de-AT"}, {"id": "d", "a.share": None}],
    )
    assert [row["kept"] for row in rows] == [False, True, True, True]


def test_one_rule_in_two_steps_is_an_error(tmp_path: Path) -> None:
    rule = {"id": "s.one", "signal": "a.count", "at_least": 2}
    with pytest.raises(RecipeError, match="rule `s.one` stands in `rules` too"):
        decided(tmp_path, [rules(rule), rules(rule, name="rules.2")], [{"id": "a"}])


def test_no_steps_and_empty_shards(tmp_path: Path) -> None:
    rows = decided(tmp_path, [], [], [{"id": "a"}], [])
    assert [row["kept"] for row in rows] == [True]
    ledger, _ = account_decided(tmp_path / "decided", 3)
    assert ledger["kept"].to_list() == [0, 1, 0]


def test_repeated_ids_get_a_suffix_that_is_free() -> None:
    ids, repeated = unique_ids(pa.array(["x", "x~2", "y", "x", "x"]))
    assert ids.to_pylist() == ["x", "x~2", "y", "x~3", "x~4"] and repeated == ["x"]


def test_identity_is_bounds_not_prose() -> None:
    bare, told = (
        {"id": "s.one", "signal": "a.b", "at_least": 2, **more} for more in ({}, {"note": "why", "source": "where"})
    )
    assert rules(bare).options.identity() == rules(told).options.identity()
    assert rules(bare).options.identity() != rules({**bare, "at_least": 3}).options.identity()
