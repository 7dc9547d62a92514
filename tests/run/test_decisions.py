"""The state of *decide*: columns across shards, and who is in, out, or stands for whom."""

import os
import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from florilegium.errors import ContractError, RecipeError
from florilegium.run.decisions import REASONS, Columns, Deciding, Verdict, list_reasons
from tests.run.measured import columns, measured


def verdict(rule: str, *rows: int) -> Verdict:
    """Say that these rows fail; each has its own number as value."""
    bounds = pa.array([f"not {row}" for row in rows], pa.string())
    return Verdict(rule, np.array(rows, dtype=np.int64), np.array(rows, dtype=np.float64), bounds)


def test_columns_are_joined_in_task_order(tmp_path: Path) -> None:
    found = columns(tmp_path, [{"id": "b", "a.count": None}], [], [{"id": "c", "a.count": 3}, {"id": "a"}])
    assert found.lengths == [1, 0, 2] and found.rows == 3
    assert found["id"].to_pylist() == ["b", "c", "a"] and found["id"].type == pa.large_string()
    assert found["a.count"].to_pylist() == [None, 3, 1] and found["a.count"].type == pa.int32()


def test_only_what_is_wanted_is_held(tmp_path: Path) -> None:
    found = columns(tmp_path, [{"id": "a", "date": "1900"}])
    found.hold(["date", "a.count", "date"])
    dates = found["date"]
    found.hold(["date", "id"])
    assert found["date"] is dates and found["id"].to_pylist() == ["a"]
    found.hold([])
    assert found["date"] is not dates and found["date"] == dates


def test_ranges_are_those_that_stages_declare(tmp_path: Path) -> None:
    found = columns(tmp_path, [])
    assert found.ranges(["a.share", "a.count", "date"]) == {"a.share": (0.0, 1.0), "a.count": (0.0, np.inf)}


def test_there_may_be_more_shards_than_files_may_be_open(tmp_path: Path) -> None:
    shards = [[{"id": str(number)}] for number in range(400)]
    folder = measured(tmp_path / "measured", *shards)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 300, hard))
    try:
        assert Columns(folder, len(shards))["id"].to_pylist() == [str(number) for number in range(400)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_first_rule_drops_and_later_ones_are_reasons(tmp_path: Path) -> None:
    state = Deciding(columns(tmp_path, [{"id": str(row)} for row in range(4)]))
    state.fail("one", verdict("s.a", 1, 2))
    state.fail("one", verdict("s.nobody"))
    state.fail("two", verdict("s.b", 0, 2))
    assert state.alive.tolist() == [False, False, False, True]
    assert state.first.tolist() == [2, 0, 0, -1]
    assert state.rules == [("one", "s.a"), ("one", "s.nobody"), ("two", "s.b")]
    listed = list_reasons(state.verdicts, 4)
    listed.validate(full=True)
    assert [[reason["rule"] for reason in row] for row in listed.to_pylist()] == [["s.b"], ["s.a"], ["s.a", "s.b"], []]


def test_a_rule_of_two_steps_is_an_error_that_names_both(tmp_path: Path) -> None:
    state = Deciding(columns(tmp_path, [{"id": "a"}]))
    state.fail("one", verdict("s.a", 0))
    with pytest.raises(RecipeError, match=r"decide\.two: rule `s\.a` stands in `one` too"):
        state.fail("two", verdict("s.a", 0))


@pytest.mark.parametrize("rows", [(1, 0), (1, 1)])
def test_rows_must_ascend(tmp_path: Path, rows: tuple[int, ...]) -> None:
    state = Deciding(columns(tmp_path, [{"id": "a"}, {"id": "b"}]))
    with pytest.raises(ContractError, match=r"decide\.one: the rows of rule `s\.a` must ascend"):
        state.fail("one", verdict("s.a", *rows))


def test_who_stands_for_a_document_is_followed_on(tmp_path: Path) -> None:
    state = Deciding(columns(tmp_path, [{"id": str(row)} for row in range(4)]))
    assert state.survivor.tolist() == [0, 1, 2, 3]
    state.stand_for(np.array([1, 1, 2, 3]))
    state.stand_for(np.array([0, 3, 2, 3]))
    assert state.survivor.tolist() == [3, 3, 2, 3]


def test_reasons_of_some_rows_are_those_of_all(tmp_path: Path) -> None:
    verdicts = [verdict("s.a", 0, 3, 4), verdict("s.b", 3), verdict("s.c")]
    whole = list_reasons(verdicts, 6).to_pylist()
    for start, stop in ((0, 6), (0, 3), (3, 4), (4, 6), (6, 6)):
        part = list_reasons([item.within(start, stop) for item in verdicts], stop - start)
        assert part.to_pylist() == whole[start:stop]


def test_a_value_may_be_missing() -> None:
    missing = Verdict("s.a", np.array([1]), np.array([np.nan]), pa.array(["any"]))
    assert list_reasons([missing], 2).to_pylist() == [[], [{"rule": "s.a", "value": None, "bound": "any"}]]
    assert list_reasons([], 2).to_pylist() == [[], []] and list_reasons([], 0).type == REASONS
