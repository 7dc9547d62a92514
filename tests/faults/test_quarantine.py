"""What cannot be processed is in quarantine, within a budget; after a fix it is as if it had never failed."""

import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.faults.conftest import measured_bytes
from tests.flows.conftest import Command, check_run, contents

PLANTED = {"PYTHONPATH": str(Path(__file__).parent / "planted"), "PLANTED": "language"}
RECIPE = """\
sources: [{name: pool, kind: jsonl, files: "in/*.jsonl"}]
measure:
  - language: {with: py3langid}
  - signals: [gopher_quality]
decide:
  - rules: [{id: my.words, signal: gopher.words, at_least: 8}]
run: {task_size: 3KB, workers: 2, timeout: 2, quarantine_at_most: %s}
"""


def write(folder: Path, planted: dict[int, str], at_most: float) -> None:
    """300 documents of four files, some of which ask for trouble."""
    (folder / "in").mkdir()
    texts = [
        f"document {number} {planted.get(number, 'says')} " + "some words " * (number % 9) for number in range(300)
    ]
    for part in range(4):
        lines = [json.dumps({"id": f"d{n}", "text": texts[n]}) + "\n" for n in range(part * 75, part * 75 + 75)]
        (folder / "in" / f"{part}.jsonl").write_text("".join(lines))
    (folder / "pool.yaml").write_text(RECIPE % at_most)


def quarantined(run: Path) -> dict[str, str]:
    table = pl.DataFrame(pq.read_table(run / "quarantine" / "documents.parquet"))
    return dict(table.select("id", "error").iter_rows())


def test_retried_after_a_fix_it_is_as_if_nothing_had_failed(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, {10: "please-raise", 80: "please-crash", 81: "please-loop", 299: "please-eat"}, 0.05)
    florilegium("curate", "pool.yaml", "--runs", "well", folder=tmp_path)
    florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED)
    run, well = tmp_path / "runs" / "pool", tmp_path / "well" / "pool"
    errors = quarantined(run)
    assert set(errors) == {"pool/d10", "pool/d80", "pool/d81", "pool/d299"}
    assert "planted" in errors["pool/d10"] and "SIGABRT" in errors["pool/d80"]
    assert "timeout" in errors["pool/d81"] and "out of memory: " in errors["pool/d299"]
    check_run(run)
    assert contents(run / "release") != contents(well / "release")
    kept = {path.name: path.stat().st_mtime_ns for path in run.glob("measured-*/*.done")}
    # without the fix, they fail again
    florilegium("quarantine", run, "--retry", folder=tmp_path, env=PLANTED)
    assert quarantined(run) == errors
    florilegium("quarantine", run, "--retry", folder=tmp_path)
    assert quarantined(run) == {}
    assert contents(run / "release") == contents(well / "release")
    assert measured_bytes(run) == measured_bytes(well)
    again = {path.name for path in run.glob("measured-*/*.done") if path.stat().st_mtime_ns != kept[path.name]}
    assert again == {"00000.done", "00001.done", "00003.done"}  # the others are as they were
    said = florilegium("quarantine", run, "--retry", folder=tmp_path).stdout
    assert "nothing is in quarantine" in " ".join(said.split())  # a line breaks where the path ends


def test_too_many_stop_the_run_with_their_causes(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, {n: "please-raise" for n in range(10)} | {100: "please-crash", 200: "please-sleep"}, 0.01)
    said = florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED, code=3).stderr
    assert "12 of 300 documents (4.00%) are in quarantine; at most 1.00% may be (run.quarantine_at_most)" in said
    assert "10 x language: ValueError, such as pool/d0 (ValueError: planted)" in said
    assert "killed_worker, such as pool/d100" in said and "timeout, such as pool/d200" in said
    assert not (tmp_path / "runs" / "pool" / "release").exists()
    (tmp_path / "pool.yaml").write_text(RECIPE % 0.05)  # a larger budget changes nothing that was measured
    florilegium("curate", "pool.yaml", folder=tmp_path)
    assert len(quarantined(tmp_path / "runs" / "pool")) == 12
    check_run(tmp_path / "runs" / "pool")


def test_input_that_changed_since_cannot_be_retried(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, {10: "please-raise"}, 0.05)
    florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED)
    with (tmp_path / "in" / "2.jsonl").open("a") as file:
        file.write("\n")
    said = florilegium("quarantine", "runs/pool", "--retry", folder=tmp_path, code=2).stderr
    assert "2.jsonl" in said and "--redo" in said
    assert set(quarantined(tmp_path / "runs" / "pool")) == {"pool/d10"}


@pytest.mark.parametrize("planted", ["please-hang", "please-sleep"])
def test_document_that_takes_for_ever_in_a_whole_batch(florilegium: Command, tmp_path: Path, planted: str) -> None:
    write(tmp_path, {150: planted}, 0.05)
    florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED)
    assert set(quarantined(tmp_path / "runs" / "pool")) == {"pool/d150"}
    check_run(tmp_path / "runs" / "pool")
