"""The command on a small sample: a row beside the real peer, where its environment is there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from florilegium.speed.material import sample_files
from tests.conftest import PROJECT
from tests.flows.conftest import run_command

STOCK = Path(os.environ.get("FLORILEGIUM_STOCK", PROJECT / ".venv-stock"))


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("speed")
    sample_files(folder / "sample", 0.2)
    return folder


def measure(folder: Path, rows: str, stock: Path, out: str) -> tuple[str, list[dict[str, object]]]:
    """Run the command; give what it printed and its rows."""
    env = {"FLORILEGIUM_CACHE": str(folder / "cache")}
    done = run_command(
        "speed", "--data", folder / "sample" / "whole" / "crawl", "--rows", rows, "--rounds", 1, "--out", out,
        "--stock", stock, "--dolma", folder / "none", folder=folder, env=env,
    )  # fmt: skip
    return done.stdout.decode(), json.loads((folder / out / "speed.json").read_bytes())


@pytest.mark.slow
def test_rows_beside_stock(crawl: Path) -> None:
    if not (STOCK / "bin" / "python").exists():
        pytest.skip("stock datatrove is not installed: `make speed` makes .venv-stock")
    said, rows = measure(crawl, "gopher_quality,dolma", STOCK, "out")
    dolma, quality = rows
    assert [row["name"] for row in rows] == ["dolma", "gopher_quality"]
    assert quality["version"] == "datatrove 0.10.1" and quality["rounds"] == 1
    assert quality["ours_count"] == quality["peer_count"] and quality["ours_kept"] == quality["peer_kept"]
    assert isinstance(quality["ours_count"], int) and quality["ours_count"] > 20
    assert isinstance(quality["ratio"], float) and quality["low"] == quality["ratio"] == quality["high"]
    assert dolma["ratio"] is None and "not installed" in str(dolma["note"])
    assert "round 1 of 1: gopher_quality by stock datatrove" in said and max(map(len, said.splitlines()[-9:-1])) <= 80
    facts = json.loads((crawl / "out" / "machine.json").read_bytes())
    assert facts["data"]["kind"] == "given" and str(crawl) not in json.dumps(facts)


@pytest.mark.slow
def test_without_peers_ours_is_measured_alone(crawl: Path) -> None:
    _, rows = measure(crawl, "text_in.jsonl,growth,memory", crawl / "none", "alone")
    text_in, growth, memory = rows
    assert text_in["ratio"] is None and "not installed" in str(text_in["note"])
    assert isinstance(text_in["ours_kept"], int) and text_in["ours_kept"] > 0
    counts = growth["details"]["counts"]  # type: ignore[index]
    assert counts == [counts[0] * times for times in (1, 3, 10)]
    assert isinstance(growth["exponent"], float) and len(memory["details"]["measure_mb"]) == 3  # type: ignore[index]


def test_wrong_data_is_named(tmp_path: Path) -> None:
    done = run_command("speed", "--data", "nowhere/*.warc.gz", folder=tmp_path, code=2)
    assert b"nowhere/*.warc.gz: no WARC file there" in done.stderr


def test_processor_time_of_a_command_counts_its_orphans(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux hands orphans to the process that waits for them")
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"  # ends before its child
    job = {"do": "command", "command": [sys.executable, "-c", parent], "count": 1}
    (tmp_path / "job").write_text(json.dumps(job))
    asked = [sys.executable, "-m", "florilegium.pipelines.timed", str(tmp_path / "job"), str(tmp_path / "answer")]
    subprocess.run(asked, check=True, timeout=400)
    assert json.loads((tmp_path / "answer").read_bytes())["processor_s"] >= 0.5
