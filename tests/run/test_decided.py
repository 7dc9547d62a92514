"""Decided shards: row for row beside the measured ones, with reasons, copies and leave-one-out counts that add up."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.dedup.decision import Deduplicate, DeduplicateOptions
from florilegium.errors import ContractError, RecipeError
from florilegium.rules.decision import Rules, RulesOptions
from florilegium.run.account import account_decided
from florilegium.run.decided import DECIDED_SCHEMA, Decide, decided_rows, unique_ids
from florilegium.run.decisions import Decision
from florilegium.run.shards import finished
from tests.run.measured import Row, measured

KEY, OTHER = b"k" * 16, b"o" * 16
FEW = {"id": "s.few", "signal": "a.count", "at_least": 2}
FEWER = {"id": "s.fewer", "signal": "a.count", "at_least": 4}


def rules(*written: dict[str, Any], name: str = "rules") -> Rules:
    return Rules(RulesOptions.model_validate(list(written)), name)


def copies(*by: str, name: str = "deduplicate") -> Deduplicate:
    return Deduplicate(DeduplicateOptions.model_validate({"by": by or ("text",)}), name)


def decided(folder: Path, steps: list[Decision], *shards: list[Row]) -> list[Row]:
    """Decide; give the rows of all shards."""
    source = measured(folder / "measured", *shards)
    target = folder / "decided"
    target.mkdir()
    list(Decide(source, len(shards), target, steps, "").run(None))
    tables = [pq.read_table(target / f"{number:05d}.parquet") for number in range(len(shards))]
    assert [table.num_rows for table in tables] == [len(rows) for rows in shards]
    assert all(table.schema.equals(DECIDED_SCHEMA) for table in tables)
    assert all(finished(target, number) is not None for number in range(len(shards)))
    assert not list(target.glob(".*"))
    return [row for table in tables for row in table.to_pylist()]


def column(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def ledger(folder: Path, tasks: int) -> dict[str | None, dict[str, Any]]:
    """Give the ledger summed over tasks, by rule."""
    table, _ = account_decided(folder / "decided", tasks)
    names = ("documents_in", "kept", "rejected", "failing", "alone")
    summed = table.group_by("rule").agg(pl.col(*names).sum())
    return {row.pop("rule"): row for row in summed.rows(named=True)}


def test_every_rule_is_a_reason_and_the_first_one_counts(tmp_path: Path) -> None:
    rows = decided(
        tmp_path,
        [rules(FEW, FEWER)],
        [{"id": "a", "a.count": 1}, {"id": "b", "a.count": 2}],
        [{"id": "c", "a.count": 4}, {"id": "d", "a.count": None}],
    )
    assert column(rows, "id") == ["a", "b", "c", "d"]
    assert column(rows, "kept") == [False, False, True, True]
    assert column(rows, "stage") == ["rules", "rules", None, None]
    assert column(rows, "rule") == ["s.few", "s.fewer", None, None]
    assert column(rows, "reasons") == [
        [{"rule": "s.few", "value": 1.0, "bound": ">= 2"}, {"rule": "s.fewer", "value": 1.0, "bound": ">= 4"}],
        [{"rule": "s.fewer", "value": 2.0, "bound": ">= 4"}],
        [],
        [],
    ]
    assert column(rows, "cluster_size") == [1] * 4 and column(rows, "cluster") == column(rows, "survivor") == [None] * 4
    assert ledger(tmp_path, 2) == {
        "s.few": {"documents_in": 4, "kept": 3, "rejected": 1, "failing": 1, "alone": 0},
        "s.fewer": {"documents_in": 3, "kept": 2, "rejected": 1, "failing": 2, "alone": 1},
    }


def test_copies_across_shards_are_named_by_their_ids(tmp_path: Path) -> None:
    rows = decided(
        tmp_path,
        [copies()],
        [{"id": "a", "key.text": KEY}, {"id": "x", "key.text": OTHER}],
        [{"id": "b", "key.text": KEY, "text_bytes": 99}, {"id": "c", "key.text": KEY}],
    )
    assert column(rows, "kept") == [False, True, True, False]
    assert column(rows, "rule") == ["deduplicate.text", None, None, "deduplicate.text"]
    assert column(rows, "survivor") == ["b", None, None, "b"]
    assert column(rows, "cluster") == ["b", None, "b", "b"]
    assert column(rows, "cluster_size") == [3, 1, 3, 3]
    assert column(rows, "reasons")[0] == [{"rule": "deduplicate.text", "value": 3.0, "bound": "cluster of 1"}]


def test_of_two_deduplications_the_last_survivor_stands_for_all(tmp_path: Path) -> None:
    rows = decided(
        tmp_path,
        [copies("url"), copies("text", name="again")],
        [{"id": "a", "key.url": KEY}, {"id": "b", "key.url": KEY, "key.text": KEY, "text_bytes": 20}],
        [{"id": "c", "key.text": KEY, "text_bytes": 30}, {"id": "d", "key.url": OTHER}, {"id": "e", "key.url": OTHER}],
    )
    assert column(rows, "rule") == ["deduplicate.url", "again.text", None, None, "deduplicate.url"]
    assert column(rows, "survivor") == ["c", "c", None, None, "d"]
    assert column(rows, "cluster") == ["c", "c", "c", "d", "d"]
    assert column(rows, "cluster_size") == [3, 3, 3, 2, 2]


def test_a_rule_after_deduplication_changes_no_cluster(tmp_path: Path) -> None:
    rows = decided(
        tmp_path,
        [copies(), rules(FEW)],
        [{"id": "a", "key.text": KEY, "text_bytes": 99}, {"id": "b", "key.text": KEY, "a.count": 5}],
    )
    assert column(rows, "rule") == ["s.few", "deduplicate.text"] and column(rows, "survivor") == [None, "a"]
    assert column(rows, "cluster_size") == [2, 2] and column(rows, "reasons")[0][0]["rule"] == "s.few"


def test_the_ledger_adds_up_over_steps(tmp_path: Path) -> None:
    shards = [
        [{"id": f"{task}/{n}", "a.count": n % 6, "key.text": bytes([n % 4]) * 16} for n in range(size)]
        for task, size in enumerate((7, 0, 13))
    ]
    rows = decided(tmp_path, [rules(FEW, FEWER), copies()], *shards)
    table, notes = account_decided(tmp_path / "decided", 3)
    assert notes == []
    assert table["stage"].to_list() == ["rules", "rules", "deduplicate"] * 3
    last = table.filter(pl.col("rule") == "deduplicate.text")
    assert last["kept"].sum() == sum(column(rows, "kept")) > 0
    assert table["rejected"].sum() == 20 - last["kept"].sum() and last["rejected"].sum() > 0
    for rule, counts in ledger(tmp_path, 3).items():
        listed = [[reason["rule"] for reason in reasons] for reasons in column(rows, "reasons")]
        assert counts["rejected"] == column(rows, "rule").count(rule)
        assert counts["failing"] == sum(rule in reasons for reasons in listed)
        assert counts["alone"] == sum(reasons == [rule] for reasons in listed)
    seconds = table.filter(pl.col("seconds") > 0)
    assert set(seconds["task"]) == {0} and seconds["rule"].to_list() == ["s.few", "deduplicate.text"]


def test_a_shard_that_does_not_agree_with_its_rules_is_refused(tmp_path: Path) -> None:
    decided(tmp_path, [rules(FEW, FEWER)], [{"id": "a", "a.count": 1}, {"id": "b", "a.count": 9}])
    with pytest.raises(ContractError, match="task 00000 keeps 1 documents, its rules 2"):
        decided_rows(tmp_path / "decided", [{"rules": [["rules", "s.fewer"]], "seconds": {}}])


def test_bounds_out_of_reach_and_repeated_ids_are_noted_once(tmp_path: Path) -> None:
    step = rules({"id": "s.one", "signal": "a.share", "at_most": 1.32})
    rows = decided(tmp_path, [step], [{"id": "a"}], [{"id": "a~2"}, {"id": "a"}])
    assert column(rows, "id") == ["a", "a~2", "a~3"]
    _, notes = account_decided(tmp_path / "decided", 2)
    assert [("1.32" in note, "`s.one`" in note) for note in notes] == [(True, True), (False, False)]
    assert notes[1].endswith("got a suffix (~2, ~3): a")


def test_a_copy_with_a_repeated_id_names_the_right_one(tmp_path: Path) -> None:
    rows = decided(tmp_path, [copies()], [{"id": "a"}, {"id": "a", "key.text": KEY}], [{"id": "b", "key.text": KEY}])
    assert column(rows, "id") == ["a", "a~2", "b"] and column(rows, "survivor") == [None, None, "a~2"]


def test_one_rule_in_two_steps_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="rule `s.few` stands in `rules` too"):
        decided(tmp_path, [rules(FEW), rules(FEW, name="rules.2")], [{"id": "a"}])


@pytest.mark.parametrize("steps", [[], [rules(FEW), copies("url", "text", "minhash")]])
def test_no_documents(tmp_path: Path, steps: list[Decision]) -> None:
    assert decided(tmp_path, steps, [], []) == []
    assert all(row["documents_in"] == row["kept"] == 0 for row in ledger(tmp_path, 2).values())


def test_no_steps(tmp_path: Path) -> None:
    rows = decided(tmp_path, [], [], [{"id": "a"}, {"id": "b"}], [])
    assert column(rows, "kept") == [True, True] and column(rows, "reasons") == [[], []]
    table, _ = account_decided(tmp_path / "decided", 3)
    assert table["stage"].to_list() == ["decide"] * 3 and table["kept"].to_list() == [0, 2, 0]


def test_where_shards_end_changes_nothing(tmp_path: Path) -> None:
    rows = [
        {"id": f"{n}", "a.count": n % 6, "language": "de" if n % 2 else None, "key.text": bytes([n % 5]) * 16}
        for n in range(30)
    ]
    steps: list[Decision] = [
        rules({"id": "s.top", "signal": "a.count", "keep_top": {"default": 0.5, "de": 0.7}}),
        copies(),
    ]
    made = []
    for cuts in ([0, 30], [0, 1, 1, 17, 30]):
        folder = tmp_path / str(len(cuts))
        folder.mkdir()
        shards = [rows[start:stop] for start, stop in pairwise(cuts)]
        made.append(decided(folder, steps, *shards))
    assert made[0] == made[1] and len({row["rule"] for row in made[0]}) == 3


@pytest.mark.parametrize(
    ("given", "made", "repeated"),
    [
        (["x", "y"], ["x", "y"], []),
        (["x", "x~2", "y", "x", "x"], ["x", "x~2", "y", "x~3", "x~4"], ["x"]),
        (["x", "x", "x~2"], ["x", "x~3", "x~2"], ["x"]),
        (["x~2", "x", "x~2", "x"], ["x~2", "x", "x~2~2", "x~3"], ["x", "x~2"]),
        ([], [], []),
    ],
)
def test_repeated_ids_get_a_suffix_that_is_free(given: list[str], made: list[str], repeated: list[str]) -> None:
    ids, again = unique_ids(pa.array(given, pa.string()))
    assert ids.to_pylist() == made and again == repeated
