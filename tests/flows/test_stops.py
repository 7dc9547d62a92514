"""Stops: signals are answered in one line, workers do not outlive the command, the same command goes on; wrong words
are answered without a traceback."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flows.conftest import Command, check_run


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_stops_workers_and_says_how_to_go_on(
    florilegium: Command, cache: Path, tmp_path: Path, number: int, code: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "florilegium.pipelines.cli", "curate", "demo"],
        cwd=tmp_path,
        env=os.environ | {"FLORILEGIUM_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    logs = tmp_path / "runs" / "demo" / "logs"
    deadline = time.monotonic() + 60
    while not list(logs.rglob("worker-*.log")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == code
    assert said == "florilegium: stopped; the same command again goes on from the finished tasks\n"
    time.sleep(0.3)
    workers = [int(log.stem.removeprefix("worker-")) for log in logs.rglob("worker-*.log")]
    assert workers and not [pid for pid in workers if Path(f"/proc/{pid}/cmdline").exists()]
    florilegium("curate", "demo", folder=tmp_path)
    check_run(tmp_path / "runs" / "demo")


def test_second_run_on_one_folder_is_refused_by_pid(florilegium: Command, cache: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "florilegium.pipelines.cli", "curate", "demo"],
        cwd=tmp_path,
        env=os.environ | {"FLORILEGIUM_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
    )
    lock = tmp_path / "runs" / "demo" / ".lock"
    deadline = time.monotonic() + 60
    while not (lock.exists() and lock.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    said = florilegium("curate", "demo", folder=tmp_path, code=2).stderr
    assert f"pid {process.pid} on " in said
    process.wait(timeout=120)
    assert process.returncode == 0


def test_damaged_shard_is_done_again(florilegium: Command, tmp_path: Path) -> None:
    florilegium("curate", "demo", folder=tmp_path)
    run = tmp_path / "runs" / "demo"
    shard = next(run.glob("measured-*/00000.parquet"))
    whole = shard.read_bytes()
    flipped = bytearray(whole)
    flipped[len(flipped) // 2] ^= 16
    shard.write_bytes(flipped)
    florilegium("curate", "demo", folder=tmp_path)
    assert shard.read_bytes() == whole


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["curate", "nope"], "no shipped recipe is called `nope`"),
        (["curate", "missing.yaml"], "missing.yaml: no such file"),
        (["curate", "demo", "--workers", "0"], "--workers"),
        (["curate", "demo", "--wrong"], "--wrong"),
        (["decide", ".", "--recipe", "demo"], "no run is here"),
        (["verify", "."], "manifest-sha256.txt: cannot be read"),
        (["curate", "demo", "--runs", "/proc/nowhere"], "cannot be written"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_words_are_answered_in_one_line(
    florilegium: Command, tmp_path: Path, arguments: list[str], wanted: str
) -> None:
    done = florilegium(*arguments, folder=tmp_path, code=2)
    assert wanted in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_decide_with_a_signal_that_was_not_measured(florilegium: Command, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": "some text"}) + "\n")
    (tmp_path / "plain.yaml").write_text("sources: [{name: p, kind: jsonl, files: a.jsonl}]\nmeasure: []\ndecide: []\n")
    (tmp_path / "more.yaml").write_text(
        "sources: [{name: p, kind: jsonl, files: a.jsonl}]\nmeasure:\n  - signals: [c4]\ndecide:\n  - rules: [c4]\n"
    )
    florilegium("curate", "plain.yaml", folder=tmp_path)
    said = florilegium("decide", "runs/plain", "--recipe", "more.yaml", folder=tmp_path, code=2).stderr
    assert "`rules` reads `c4.lorem_ipsum`, which runs/plain did not measure" in said
