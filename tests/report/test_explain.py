"""The fate of one document: copies of what was dropped later, unfinished runs, what is kept of a broken record."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from florilegium.errors import FlorilegiumError
from florilegium.report.explain import show_trace, trace
from florilegium.report.opening import open_run
from tests.flows.conftest import run_command
from tests.report.conftest import HOSTILE, refused, shown


def told(run: Path, identity: str) -> dict[str, Any]:
    return trace(open_run(str(run)), identity)


def test_copy_of_a_document_that_a_later_rule_dropped(heap: Path) -> None:
    found = [told(heap, f"heap/copy-{number}") for number in range(3)]
    (first,) = [item for item in found if item["decision"]["rule"] == "late.words"]
    copies = [item for item in found if item is not first]
    for copy in copies:
        assert [(other["id"], other["kept"], other["rule"]) for other in copy["stands_for_it"]] == [
            (first["id"], False, "late.words")
        ]
        assert f"a copy of {first['id']}, which late.words dropped (80, bound <= 60)" in " ".join(
            shown(show_trace, copy).split()
        )


def test_copy_of_a_document_that_is_kept(heap: Path) -> None:
    found = [told(heap, f"heap/twin-{number}") for number in range(2)]
    copy = next(item for item in found if not item["decision"]["kept"])
    assert [other["kept"] for other in copy["stands_for_it"]] == [True]
    assert "which is kept" in shown(show_trace, copy)
    kept = next(item for item in found if item["decision"]["kept"])
    assert "stands for 1 more" in shown(show_trace, kept)


def test_hostile_ids_are_found_and_shown_harmlessly(heap: Path) -> None:
    for name in HOSTILE:
        found = told(heap, f"heap/{name}")
        assert found["id"] == f"heap/{name}" and found["release"]
        shown(show_trace, found)
    assert run_command("explain", heap, f"heap/{HOSTILE[0]}", "--json", folder=heap).stdout.isascii()


def test_record_in_quarantine_says_how_much_is_kept(heap: Path) -> None:
    listed = json.loads(run_command("quarantine", heap, "--json", folder=heap).stdout)
    example = listed["causes"][0]["examples"][0]
    found = told(heap, example["id"])
    assert found["left"]["payload_bytes"] == example["payload_bytes"] > 0
    assert f"{example['payload_bytes']} bytes of it are kept" in shown(show_trace, found)


def test_run_that_is_not_finished(heap: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(heap, tmp_path / "heap"))
    for path in run.glob("decided-*"):
        shutil.rmtree(path)
    found = told(run, "heap/plain-01")
    assert found["decision"] is None and "not decided yet" in shown(show_trace, found)
    next(run.glob("measured-*/00002.done")).unlink()
    with pytest.raises(FlorilegiumError, match="2 of 3 tasks are measured"):
        told(run, "side/one")


def test_unknown_id_names_the_nearest(heap: Path) -> None:
    assert "Did you mean heap/plain-29" in refused(heap, "explain", heap, "heap/plain-29x")
