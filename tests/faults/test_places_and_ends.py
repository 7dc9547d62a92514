"""Places that cannot be written, sources without anything, runs of which nothing is left, and guard rails."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.flows.conftest import Command, check_run

RECIPE = """\
sources: [{name: pool, kind: jsonl, files: "in/*.jsonl"}]
measure: [{signals: [gopher_quality]}]
decide:
  - {rules: [{id: my.words, signal: gopher.words, at_least: LEAST}], name: length, expect: {removed: BAND}}
run: {workers: 1}
"""


def write(folder: Path, least: int = 3, band: str = "[0, 1]") -> None:
    (folder / "in").mkdir(exist_ok=True)
    lines = [json.dumps({"text": "word " * number}) + "\n" for number in range(1, 11)]
    if not (folder / "in" / "a.jsonl").exists():
        (folder / "in" / "a.jsonl").write_text("".join(lines))
    (folder / "pool.yaml").write_text(RECIPE.replace("LEAST", str(least)).replace("BAND", band))


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a read-only disk needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_read_only_disk_is_refused_before_any_work(florilegium: Command, read_only: Path, tmp_path: Path) -> None:
    write(tmp_path)
    said = florilegium("curate", "pool.yaml", "--runs", read_only / "runs", folder=tmp_path, code=2)
    assert "Read-only file system" in said.stderr and "--runs" in said.stderr and "measure" not in said.stdout
    assert len(said.stderr.splitlines()) == 1


def test_file_in_place_of_the_run_folder(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "runs").write_text("a file")
    said = florilegium("curate", "pool.yaml", folder=tmp_path, code=2).stderr
    assert "runs" in said and len(said.splitlines()) == 1


def test_empty_glob_and_missing_folder(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "in" / "a.jsonl").unlink()
    said = florilegium("curate", "pool.yaml", folder=tmp_path, code=2).stderr
    assert "source `pool`: no file matches" in said and "in/*.jsonl" in said
    (tmp_path / "in").rmdir()
    assert "no file matches" in florilegium("curate", "pool.yaml", folder=tmp_path, code=2).stderr


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_empty_input_is_a_valid_empty_release(florilegium: Command, tmp_path: Path, content: str) -> None:
    write(tmp_path)
    (tmp_path / "in" / "a.jsonl").write_text(content)
    said = florilegium("curate", "pool.yaml", folder=tmp_path).stdout
    assert "warning: no document was kept; the sources had none" in said
    check_run(tmp_path / "runs" / "pool")
    assert "agree" in florilegium("verify", "runs/pool/release", folder=tmp_path).stdout


def test_all_dropped_is_a_valid_empty_release_and_names_the_rule(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, least=100)
    said = florilegium("curate", "pool.yaml", folder=tmp_path).stdout
    assert "warning: no document was kept; `my.words` of `length` took most (10)" in said
    run = tmp_path / "runs" / "pool"
    check_run(run)
    table = pq.read_table(run / "release" / "data")
    assert table.num_rows == 0 and {"id", "text", "gopher.words"} <= set(table.column_names)
    assert (run / "report.html").read_text().count("my.words") > 1
    for command in ("status", "inspect", "quarantine"):
        florilegium(command, run, folder=tmp_path)


def test_guard_rail_stops_before_the_release_and_can_be_widened(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, least=3, band="[0.5, 0.9]")
    said = florilegium("curate", "pool.yaml", folder=tmp_path, code=2).stderr
    assert "a guard rail stopped the run before the release" in said
    assert "`length` removed 20.0% (2 of 10); expected 50.0% to 90.0%" in said
    run = tmp_path / "runs" / "pool"
    assert not (run / "release").exists() and (run / "report.html").exists()
    done = {path: path.stat().st_mtime_ns for path in run.glob("*/*.done")}
    write(tmp_path, least=3, band="[0.1, 0.3]")  # a band is no choice about a document: nothing is done again
    florilegium("curate", "pool.yaml", folder=tmp_path)
    check_run(run)
    assert all(path.stat().st_mtime_ns == when for path, when in done.items())


def test_input_that_vanishes_fails_its_task_only(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path)
    for name in ("b", "c"):
        (tmp_path / "in" / f"{name}.jsonl").write_bytes((tmp_path / "in" / "a.jsonl").read_bytes())
    (tmp_path / "pool.yaml").write_text(
        (tmp_path / "pool.yaml").read_text().replace("workers: 1", "workers: 1, task_size: 100B")
    )
    vanish = tmp_path / "sitecustomize.py"
    vanish.write_text(
        "import os, sys\n"
        "if 'multiprocessing.forkserver' in ' '.join(sys.orig_argv):\n"  # the plan is made, no worker has begun
        f"    os.path.exists({str(tmp_path / 'in' / 'b.jsonl')!r}) and os.rename({str(tmp_path / 'in' / 'b.jsonl')!r}, {str(tmp_path / 'b.away')!r})\n"
    )
    said = florilegium("curate", "pool.yaml", folder=tmp_path, code=2, env={"PYTHONPATH": str(tmp_path)}).stderr
    assert "1 of 3 tasks failed" in said and "b.jsonl" in said
    run = tmp_path / "runs" / "pool"
    assert len(list(run.glob("measured-*/*.done"))) == 2
    assert "1" in florilegium("status", run, folder=tmp_path).stdout
    (tmp_path / "b.away").rename(tmp_path / "in" / "b.jsonl")
    florilegium("curate", "pool.yaml", folder=tmp_path)
    check_run(run)
