"""Without a network: the demo runs, and what needs the network says so in one line."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.conftest import Command, check_run

Offline = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def offline(florilegium: Command, tmp_path: Path) -> Offline:
    """Run the command in a network name space of its own, where nothing can be reached, not even a name server."""
    apart = ["unshare", "-n"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("cutting off the network needs `unshare -n` and the right to use it")

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        env = {"HF_HOME": str(tmp_path / "hub")}
        return florilegium(*arguments, folder=tmp_path, code=code, env=env, before=apart)

    return run


def test_demo_runs_without_a_network(offline: Offline, tmp_path: Path) -> None:
    offline("curate", "demo")
    check_run(tmp_path / "runs" / "demo")
    assert "agree with the manifest" in offline("verify", "runs/demo/release").stdout


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ('{name: far, kind: jsonl, files: "https://nowhere.invalid/a.jsonl"}', "https://nowhere.invalid/a.jsonl"),
        ('{name: far, kind: parquet, files: "hf://datasets/nobody/nothing/a.parquet"}', "hf://datasets/nobody/nothing"),
        ('{name: far, kind: warc, files: "s3://nowhere/a.warc.gz"}', "s3://nowhere/a.warc.gz"),
        pytest.param("{name: far, kind: hub, dataset: nobody/nothing}", "nobody/nothing", marks=pytest.mark.slow),
    ],
    ids=["https", "hf", "s3", "hub"],
)
def test_what_needs_the_network_says_so_in_one_line(
    offline: Offline, tmp_path: Path, source: str, address: str
) -> None:
    extract = "[{extract: {}}]" if "warc" in source else "[]"
    (tmp_path / "far.yaml").write_text(f"sources: [{source}]\nmeasure: {extract}\ndecide: []\n")
    said = offline("curate", "far.yaml", code=2).stderr
    assert "source `far`" in said and address in said and "Check" in said and "network" in said
    assert "Traceback" not in said and len(said.strip().splitlines()) == 1


def test_model_that_lies_on_the_network_is_named(offline: Offline, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": "some text"}) + "\n")
    (tmp_path / "far.yaml").write_text(
        "sources: [{name: near, kind: jsonl, files: a.jsonl}]\n"
        'measure:\n  - classifier: {model: "https://nowhere.invalid/edu.bin", as: edu, label: a}\ndecide: []\n'
    )
    said = offline("curate", "far.yaml", code=2).stderr
    assert "https://nowhere.invalid/edu.bin" in said and len(said.strip().splitlines()) == 1
