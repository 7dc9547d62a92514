"""Workers that die, hang or raise: the others go on, the culprit is named, nothing is lost and nothing twice."""

import os
import signal
import threading
import time
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from florilegium.errors import FlorilegiumError
from florilegium.run import stop
from florilegium.run.executors import Movement, RunOptions, execute
from florilegium.run.folder import missing_tasks
from florilegium.run.ledger import ledger_table, measured_rows
from florilegium.run.supervisor import Report
from tests.faults.stages import Troubled, TroubledOptions, WholeBatch, movement

PLAIN = [f"text number {number}" for number in range(40)]


def run(made: Movement, folder: Path) -> list[Report]:
    heard: list[Report] = []
    (folder / "quarantine").mkdir(exist_ok=True)
    missing = missing_tasks(made.folder, made.tasks)
    execute(made, missing, RunOptions(), 2, folder / "quarantine", heard.append)
    return heard


def texts_kept(made: Movement) -> list[str]:
    return [
        text
        for task in range(made.tasks)
        for text in pq.read_table(made.folder / f"{task:05d}.parquet")["text"].to_pylist()
    ]


def left(made: Movement) -> pl.DataFrame:
    return pl.concat(
        [pl.DataFrame(pq.read_table(made.folder / f"{task:05d}.left.parquet")) for task in range(made.tasks)]
    )


@pytest.mark.parametrize("stage", [Troubled, WholeBatch])
@pytest.mark.parametrize(("word", "cause"), [("RAISE", "planted"), ("ABORT", "SIGABRT")])
def test_culprit_is_quarantined_and_its_neighbours_kept(
    tmp_path: Path, stage: type[Troubled], word: str, cause: str
) -> None:
    trouble = [*PLAIN[:17], f"one that will {word}", *PLAIN[17:]]
    made = movement(tmp_path, [trouble, PLAIN], stage, TroubledOptions())
    run(made, tmp_path)
    assert texts_kept(made) == [*PLAIN, *PLAIN]
    gone = left(made)
    assert gone["id"].to_list() == ["pool/0-17"] and gone["outcome"].to_list() == ["quarantined"]
    assert cause in gone["error"][0]
    ledger = ledger_table(measured_rows(made.folder, range(2)))
    assert int(ledger["quarantined"].sum()) == 1


@pytest.mark.parametrize("word", ["LOOP", "STUCK"])
def test_hanging_document_is_interrupted(tmp_path: Path, word: str) -> None:
    made = movement(
        tmp_path, [[*PLAIN[:3], f"one that will {word}", *PLAIN[3:]]], Troubled, TroubledOptions(seconds=0.3)
    )
    run(made, tmp_path)
    assert texts_kept(made) == PLAIN
    assert "timeout" in left(made)["error"][0]


def test_worker_killed_once_costs_nothing(tmp_path: Path) -> None:
    trouble = [*PLAIN[:5], "ONCE", *PLAIN[5:]]
    made = movement(tmp_path, [trouble, PLAIN], Troubled, TroubledOptions(marks=str(tmp_path)))
    heard = run(made, tmp_path)
    assert texts_kept(made) == [*trouble, *PLAIN] and left(made).height == 0
    assert [report.message for report in heard if report.kind == "retry"] == [
        "killed by SIGKILL with 0.jsonl#5 in the hands of `troubled`"
    ]


def test_killed_and_undisturbed_runs_give_the_same_bytes(tmp_path: Path) -> None:
    trouble = [*PLAIN[:5], "ONCE", *PLAIN[5:]]
    made = movement(tmp_path / "a", [trouble], Troubled, TroubledOptions(marks=str(tmp_path / "a")))
    run(made, tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "died").touch()
    calm = movement(tmp_path / "b" / "run", [trouble], Troubled, TroubledOptions(marks=str(tmp_path / "b")))
    run(calm, tmp_path / "b" / "run")
    for name in ("00000.parquet", "00000.left.parquet"):
        assert (made.folder / name).read_bytes() == (calm.folder / name).read_bytes()


def test_failing_task_does_not_block_the_others(tmp_path: Path) -> None:
    made = movement(tmp_path, [PLAIN, PLAIN, PLAIN], Troubled, TroubledOptions())
    (tmp_path / "in" / "1.jsonl").unlink()
    with pytest.raises(FlorilegiumError, match="1 of 3 tasks failed: .*1.jsonl.*task 00001"):
        run(made, tmp_path)
    assert missing_tasks(made.folder, 3) == [1]


def test_no_worker_outlives_its_supervisor(tmp_path: Path) -> None:
    """Interrupt the supervisor in mid-run: it stops the workers and leaves nothing half-written."""
    made = movement(tmp_path, [["LOOP"] * 3, ["LOOP"] * 3], Troubled, TroubledOptions(seconds=60))

    def interrupt() -> None:
        while len(_workers(tmp_path)) < 2:
            time.sleep(0.1)
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    with stop.answering_signals():
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(stop.Stopped):
            run(made, tmp_path)
    time.sleep(0.5)
    assert not [pid for pid in _workers(tmp_path) if _lives(pid)]
    assert not list(made.folder.glob("*.done")) and missing_tasks(made.folder, 2) == [0, 1]


def _workers(folder: Path) -> list[int]:
    return [int(log.stem.removeprefix("worker-")) for log in (folder / "logs").rglob("worker-*.log")]


def _lives(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except FileNotFoundError:
        return False
