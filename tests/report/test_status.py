"""How far a run is: finished, unfinished, running, failed, damaged."""

import json
import os
import shutil
import socket
from pathlib import Path

from florilegium.report.opening import open_run
from florilegium.report.status import Status, show_status, status
from florilegium.run.lock import locked
from tests.flows.conftest import run_command
from tests.report.conftest import check_lines, refused, shown


def look(run: Path) -> Status:
    return status(open_run(str(run)))


def copied(heap: Path, folder: Path) -> Path:
    return Path(shutil.copytree(heap, folder / "heap"))


def test_finished_run(heap: Path) -> None:
    found = look(heap)
    measure, decide, release = found.movements
    assert found.holder is None and found.release.state == "published"
    assert [(row.done, row.missing, row.running, row.failed) for row in found.movements[:2]] == [(3, 0, 0, [])] * 2
    assert measure.rows_in == found.quarantine["records"] == 46 and measure.rows_out == decide.rows_in
    assert decide.rows_out == release.rows_out == found.release.documents
    assert found.quarantine["documents"] == 2 and found.quarantine["at_most"] == 0.2
    assert "quarantine: 2 documents of 46 (4.35%; at most 20.00% may be)" in shown(show_status, found)


def test_unfinished_run_says_what_is_missing_and_estimates_only_while_it_runs(heap: Path, tmp_path: Path) -> None:
    run = copied(heap, tmp_path)
    next(run.glob("measured-*/00001.done")).unlink()
    measure, decide, _ = look(run).movements
    assert (measure.done, measure.missing, measure.seconds_left) == (2, 1, None)
    assert decide.done == 0  # decisions about documents that are not there count for nothing
    assert "goes on from the finished tasks" in shown(show_status, look(run))
    with locked(run):
        found = look(run)
        assert found.holder == (os.getpid(), socket.gethostname())
        left = found.movements[0].seconds_left
        assert left is not None and left > 0
        assert f"pid {os.getpid()} on {socket.gethostname()} works on it" in shown(show_status, found)
    assert look(run).holder is None


def test_failed_task_names_its_error_and_log(heap: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    shutil.copytree(heap.parent.parent, folder)
    run = folder / "runs" / "heap"
    shard = next(run.glob("measured-*/00002.parquet"))
    shard.with_suffix(".done").unlink()
    shard.unlink()
    (shard / "in the way").mkdir(parents=True)
    run_command("curate", "heap.yaml", folder=folder, code=2)
    found = look(run)
    assert found.movements[0].done == 2
    (failed,) = found.movements[0].failed
    assert failed.task == 2 and "IsADirectoryError" in failed.error and Path(failed.log).is_file()
    text = shown(show_status, found)
    assert "measure: task 00002 failed: IsADirectoryError" in text and "task_00002.log" in text.replace("\n  ", "")
    (shard / "in the way").rmdir()
    shard.rmdir()
    run_command("curate", "heap.yaml", folder=folder)
    assert not look(run).movements[0].failed and look(run).release.state == "published"


def test_release_is_verified_lightly(heap: Path, tmp_path: Path) -> None:
    run = copied(heap, tmp_path)
    shard = next(run.glob("release/data/*.parquet"))
    shard.rename(shard.with_suffix(".away"))
    assert look(run).release.wrong == f"data/{shard.name} is missing"
    shard.with_suffix(".away").rename(shard)
    (run / "release" / "manifest-sha256.txt").write_text("")
    assert look(run).release.state == "damaged" and "release: damaged" in shown(show_status, look(run))
    shutil.rmtree(run / "release")
    (run / "released.json").unlink()
    assert look(run).release.state == "not yet" and look(run).movements[2].tasks is None


def test_shard_of_another_size_is_not_done(heap: Path, tmp_path: Path) -> None:
    run = copied(heap, tmp_path)
    shard = next(run.glob("measured-*/00000.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1])
    assert look(run).movements[0].missing == 1


def test_command_gives_one_json_object_or_80_columns(heap: Path) -> None:
    done = run_command("status", heap, "--json", folder=heap)
    assert json.loads(done.stdout)["movements"][0]["name"] == "measure" and not done.stderr
    check_lines(run_command("status", heap, folder=heap).stdout.decode().splitlines())


def test_what_is_no_run_is_refused_and_named(heap: Path, tmp_path: Path) -> None:
    assert "is a release, not a run" in refused(heap, "status", "release")
    assert "is a file" in refused(heap, "status", "plan.json")
    assert "did you mean `heap`?" in refused(heap.parent, "status", "heep")
    assert "runs are in it: heap, strict-limit-22" in refused(heap.parent.parent, "status", "runs")
    assert "no run is here" in refused(tmp_path, "status", tmp_path)
    assert "is no decision of this run" in refused(heap, "status", f"{heap}@decided-0000")
