"""What could not be processed: causes, examples, bytes; of finished, unfinished and stopped runs."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from florilegium.errors import FlorilegiumError
from florilegium.report.opening import open_run
from florilegium.report.quarantine import kept_bytes, quarantine, show_quarantine
from tests.flows.conftest import run_command
from tests.report.conftest import check_lines, refused, shown, write_recipe, write_sources


def look(run: Path) -> dict[str, Any]:
    return quarantine(open_run(str(run)))


def test_causes_with_counts_budget_and_examples(heap: Path) -> None:
    found = look(heap)
    assert (found["documents"], found["records"], found["at_most"]) == (2, 46, 0.2)
    assert sum(cause["documents"] for cause in found["causes"]) == 2
    assert {(cause["stage"], cause["rule"]) for cause in found["causes"]} == {("read", "not_json")}
    example = found["causes"][0]["examples"][0]
    assert example["file"] == "heap-1.jsonl" and example["payload_bytes"] > 0 and example["error"]
    text = shown(show_quarantine, found)
    assert "in quarantine: 2 documents of 46 (4.35%; at most 20.00% may be)" in text and "read: not_json" in text


def test_bytes_are_those_of_the_record(heap: Path) -> None:
    found = look(heap)
    lines = (heap.parent.parent / "heap-1.jsonl").read_bytes().splitlines(keepends=True)
    for cause in found["causes"]:
        for example in cause["examples"]:
            assert kept_bytes(open_run(str(heap)), example["id"]) == lines[example["record"]]
            done = run_command("quarantine", heap, "--bytes", example["id"], folder=heap)
            assert done.stdout == lines[example["record"]] and not done.stderr


def test_stopped_run_is_listed_before_anything_is_decided(tmp_path: Path) -> None:
    write_sources(tmp_path)
    run_command("curate", write_recipe(tmp_path, "strict", budget=0.01), folder=tmp_path, code=3)
    run = tmp_path / "runs" / "strict"
    assert look(run)["documents"] == 2 and "so the run stops" in shown(show_quarantine, look(run))
    shutil.rmtree(run / "quarantine")
    next(run.glob("measured-*/00000.done")).unlink()
    assert look(run)["measured"] == 2 and "2 of 3 tasks are measured so far" in shown(show_quarantine, look(run))
    for done in run.glob("measured-*/*.done"):
        done.unlink()
    with pytest.raises(FlorilegiumError, match="no task is measured yet"):
        look(run)


def test_gathered_documents_serve_where_measured_shards_are_gone(heap: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(heap, tmp_path / "heap"))
    before = look(run)
    shutil.rmtree(next(run.glob("measured-*")))
    assert look(run)["causes"] == before["causes"] and "in quarantine: 2 documents" in shown(show_quarantine, look(run))


def test_damaged_files_are_listed_by_kind(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "whole.jsonl").write_text('{"text": "a text"}\n' * 50)
    packed = gzip.compress("".join(f'{{"text": "text {n}"}}\n' for n in range(5000)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "cut.yaml").write_text(
        'sources: [{name: p, kind: jsonl, files: "*.jsonl*"}]\nmeasure: []\ndecide: []\nrun: {quarantine_at_most: 1}\n'
    )
    run_command("curate", "cut.yaml", folder=tmp_path)
    found = look(tmp_path / "runs" / "cut")
    (kind,) = found["damage"]
    assert kind["places"] == 1 and kind["examples"][0]["file"] == "cut.jsonl.gz"
    assert "damaged files" in shown(show_quarantine, found)


def test_command(heap: Path) -> None:
    assert json.loads(run_command("quarantine", heap, "--json", folder=heap).stdout)["documents"] == 2
    check_lines(run_command("quarantine", heap, folder=heap).stdout.decode().splitlines())
    assert "Did you mean" in refused(heap, "quarantine", heap, "--bytes", "heap/heap-1")
    assert "give one of them" in refused(heap, "quarantine", heap, "--bytes", "x", "--json")
