"""Two runs, or two decisions about one: what one keeps that the other does not, and why."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from florilegium.errors import FlorilegiumError
from florilegium.report.compare import compare
from florilegium.report.comparison import show_compared
from florilegium.report.opening import open_run
from tests.flows.conftest import run_command
from tests.report.conftest import check_lines, refused, shown


def look(a: object, b: object, samples: int = 3) -> dict[str, Any]:
    return compare(open_run(str(a)), open_run(str(b)), samples)


def kept(folder: Path) -> set[str]:
    tables = [pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    return set(pl.concat(tables).filter("kept")["id"])


def test_two_decisions_of_one_run(heap: Path, other_decision: str) -> None:
    found = look(heap, other_decision)
    folders = {side: heap / f"decided-{found[side]['decided']}" for side in "ab"}
    gone = kept(folders["a"]) - kept(folders["b"])
    assert found["only_a"]["documents"] == len(gone) > 0 and found["only_b"]["documents"] == 0
    (reason,) = found["only_a"]["reasons"]
    assert reason["rule"] == "mine.words" and {item["id"] for item in reason["samples"]} <= gone
    assert all(item["bound"] == ">= 35" and 20 <= item["value"] < 35 for item in reason["samples"])
    assert found["both"] == {"documents": len(kept(folders["b"])), "same_text": len(kept(folders["b"]))}
    assert {"key": "decide.mine.words", "a": ">= 20", "b": ">= 35"} in found["recipe"]
    mirrored = look(other_decision, heap)
    assert mirrored["only_b"]["documents"] == len(gone) and mirrored["only_a"]["documents"] == 0


def test_two_runs_with_other_recipes_and_limits(heap: Path) -> None:
    found = look(heap, heap.parent / "strict-limit-22")
    for side in "ab":
        facts = found[side]
        assert facts["records"] == facts["left"] + facts["dropped"] + facts["kept"]
        assert sum(row["documents"] for row in found["fates"] if row[side] != "absent") == facts["records"]
    assert found["absent"] == [
        {"from": "b", "source": "heap", "documents": found["a"]["records"] - found["b"]["records"]}
    ]
    reasons = {reason["fate"]: reason for reason in found["only_a"]["reasons"]}
    assert reasons["absent"]["rule"] is None and reasons["dropped"]["rule"] == "mine.words"
    assert found["both"]["same_text"] == found["both"]["documents"] > 0
    changed = {item["key"]: (item["a"], item["b"]) for item in found["recipe"]}
    assert changed["measure.limit"] == (None, 22)
    assert changed["decide.rules.rules.mine.words.at_least"] == (20.0, 35.0)
    assert len(changed) == 2


def test_shares_of_text_are_those_of_the_documents(heap: Path, other_decision: str) -> None:
    found = look(heap, other_decision)
    only = found["only_a"]
    assert only["bytes"] == found["a"]["kept_bytes"] - found["b"]["kept_bytes"]
    assert only["share"] == pytest.approx(only["bytes"] / found["a"]["kept_bytes"])
    assert sum(reason["bytes"] for reason in only["reasons"]) == only["bytes"]


def test_shown_at_80_columns_also_with_hostile_ids(heap: Path, other_decision: str) -> None:
    text = shown(show_compared, look(heap, other_decision, samples=100))
    assert "kept by A, not by B" in text and "[bold]markup[/bold] :bomb: [/nope]" in text
    assert "decide.mine.words" in text and "bound >= 35" in text
    assert "not in B at all" in shown(show_compared, look(heap, heap.parent / "strict-limit-22"))


def test_the_same_decisions_are_refused(heap: Path) -> None:
    with pytest.raises(FlorilegiumError, match="are the same decisions"):
        look(heap, heap)


def test_command(heap: Path, other_decision: str) -> None:
    done = run_command("compare", heap, other_decision, "--json", folder=heap)
    assert done.stdout.isascii() and json.loads(done.stdout)["only_a"]["documents"] > 0
    check_lines(run_command("compare", heap, other_decision, folder=heap).stdout.decode().splitlines())
    assert "is a release" in refused(heap, "compare", heap, heap / "release")
