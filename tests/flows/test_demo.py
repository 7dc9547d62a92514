"""The demonstration: from nothing to a release that `datasets` loads, the same bytes whatever the workers and stops."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.flows.conftest import Command, check_run, contents


@pytest.fixture(scope="module")
def demo(florilegium: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the demonstration with two workers."""
    folder = tmp_path_factory.mktemp("demo")
    done = florilegium("curate", "demo", "--runs", folder, "--workers", 2, folder=folder)
    (folder / "stdout").write_text(done.stdout)
    return folder / "demo"


def test_ledger_and_release_agree(demo: Path) -> None:
    ledger = check_run(demo)
    came = (
        ledger.filter(pl.col("stage") == "read")
        .group_by("task")
        .agg(pl.col("documents_in").first())["documents_in"]
        .sum()
    )
    kept = ledger.filter(pl.col("movement") == "decide").group_by("task").agg(pl.col("kept").last())["kept"].sum()
    assert came > 300 and 150 < kept < came


def test_planted_defects_are_caught_and_good_documents_kept(demo: Path) -> None:
    said = (demo.parent / "stdout").read_text()
    line = next(line for line in said.splitlines() if line.startswith("defects caught"))
    caught, planted = (int(word) for word in line.split(";")[0].removeprefix("defects caught: ").split(" of "))
    lost, good = (int(word) for word in line.split("documents lost: ")[1].split(" of "))
    assert caught / planted > 0.9 and lost / good <= 0.02
    assert max(len(line) for line in said.splitlines() if "release:" not in line) <= 100


def test_every_dropped_document_has_its_reasons(demo: Path) -> None:
    for path in sorted(demo.glob("decided-*/*.parquet")):
        table = pl.DataFrame(pq.read_table(path))
        assert table.filter(~pl.col("kept") & (pl.col("reasons").list.len() == 0)).height == 0
        assert table.filter(pl.col("kept") & (pl.col("reasons").list.len() > 0)).height == 0


def test_removed_copies_name_a_survivor_that_is_kept(demo: Path) -> None:
    decided = pl.concat([pl.DataFrame(pq.read_table(path)) for path in sorted(demo.glob("decided-*/*.parquet"))])
    removed = decided.filter(pl.col("survivor").is_not_null())
    kept = decided.filter("kept")
    assert removed.height > 10 and set(removed["survivor"]) <= set(kept["id"])
    sizes = kept.filter(pl.col("cluster_size") > 1)
    assert int((sizes["cluster_size"] - 1).sum()) == removed.height


def test_datasets_loads_the_release(demo: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from datasets import load_dataset\n"
        "rows = load_dataset(sys.argv[1], split='train', cache_dir=sys.argv[2])\n"
        "print(len(rows), rows.column_names[:2], rows[0]['licence'])"
    )
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(demo / "release"), str(tmp_path)],
        capture_output=True,
        text=True,
        env=env,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = sum(pq.read_metadata(path).num_rows for path in (demo / "release" / "data").glob("*.parquet"))
    assert done.stdout.split()[0] == str(rows) and "CC0-1.0" in done.stdout


def test_verify_finds_a_flipped_byte_and_a_missing_file(demo: Path, florilegium: Command, tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(demo / "release", release)
    assert "agree with the manifest" in florilegium("verify", release, folder=tmp_path).stdout
    card = release / "README.md"
    card.write_bytes(card.read_bytes().replace(b"documents", b"d0cuments", 1))
    (release / "recipe.yaml").unlink()
    said = florilegium("verify", release, folder=tmp_path, code=2).stderr
    assert "README.md: differs" in said and "recipe.yaml: is missing" in said


@pytest.mark.parametrize("workers", [1, 5])
def test_same_bytes_whatever_the_workers_and_the_hash_seed(
    demo: Path, florilegium: Command, tmp_path: Path, workers: int
) -> None:
    env = {"PYTHONHASHSEED": str(workers), "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    florilegium("curate", "demo", "--runs", tmp_path, "--workers", workers, folder=tmp_path, env=env)
    assert contents(tmp_path / "demo" / "release") == contents(demo / "release")
    for one in sorted(demo.glob("measured-*/*.parquet")):
        other = next(tmp_path.glob(f"demo/measured-*/{one.name}"))
        assert one.read_bytes() == other.read_bytes()


def test_killed_half_way_and_resumed_gives_the_same_bytes(
    demo: Path, florilegium: Command, cache: Path, tmp_path: Path
) -> None:
    command = [
        sys.executable,
        "-m",
        "florilegium.pipelines.cli",
        "curate",
        "demo",
        "--runs",
        str(tmp_path),
        "--workers",
        "1",
    ]
    env = os.environ | {"FLORILEGIUM_CACHE": str(cache)}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("demo/measured-*/*.done")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("demo/measured-*/*.done")}
    assert before
    florilegium("curate", "demo", "--runs", tmp_path, folder=tmp_path)
    assert all(path.stat().st_mtime_ns == time_ns for path, time_ns in before.items()), "a finished task was done again"
    assert contents(tmp_path / "demo" / "release") == contents(demo / "release")


def test_the_same_command_again_reuses_everything(demo: Path, florilegium: Command) -> None:
    before = contents(demo / "release")
    said = florilegium("curate", "demo", "--runs", demo.parent, folder=demo.parent).stdout
    assert "measure: all" in said and "reused" in said and "release: published already" in said
    assert contents(demo / "release") == before


def test_dry_run_says_what_would_be_done_and_writes_nothing(florilegium: Command, tmp_path: Path) -> None:
    said = florilegium("curate", "demo", "--dry-run", folder=tmp_path).stdout
    assert "sources" in said and "0 of" in said and "tasks" in said
    assert not list(tmp_path.iterdir())


def test_changed_recipe_is_never_silent(demo: Path, florilegium: Command, tmp_path: Path) -> None:
    shutil.copytree(demo, tmp_path / "runs" / "demo")
    (tmp_path / "demo.yaml").write_text(
        "base: demo\npatch:\n  - {set: decide.rules.gopher_quality.words.at_least, to: 60}\n"
    )
    said = florilegium("curate", "demo.yaml", folder=tmp_path, code=2).stderr
    assert "50" in said and "60" in said and "decide and release" in said and "--redo" in said
    assert "Traceback" not in said
    done = florilegium("curate", "demo.yaml", "--redo", folder=tmp_path).stdout
    assert "measure: all" in done
    check_run(tmp_path / "runs" / "demo")


def test_decide_again_without_reading_text(demo: Path, florilegium: Command, tmp_path: Path) -> None:
    run = tmp_path / "demo"
    shutil.copytree(demo, run)
    (tmp_path / "strict.yaml").write_text(
        "base: demo\npatch:\n  - {set: decide.rules.gopher_quality.words.at_least, to: 150}\n"
    )
    before = contents(run / "release")
    said = florilegium("decide", run, "--recipe", "strict.yaml", folder=tmp_path).stdout
    assert "words" in said and len(list(run.glob("decided-*"))) == 2
    assert contents(run / "release") == before
    florilegium("decide", run, "--recipe", "strict.yaml", "--release", folder=tmp_path)
    check_run(run)
    assert contents(run / "release") != before


def test_limit_is_per_source_and_a_run_of_its_own(florilegium: Command, tmp_path: Path) -> None:
    florilegium("curate", "demo", "--limit", 20, folder=tmp_path)
    ledger = check_run(tmp_path / "runs" / "demo-limit-20")
    assert ledger.filter(pl.col("stage") == "read").group_by("task").agg(pl.col("documents_in").first())[
        "documents_in"
    ].to_list() == [20, 20]


def test_card_front_matter_is_what_the_hub_reads(demo: Path) -> None:
    from ruamel.yaml import YAML

    card = (demo / "release" / "README.md").read_text()
    front = YAML(typ="safe").load(card.split("---\n")[1])
    assert front["license"] == "cc0-1.0" and front["language"] == ["en"]
    assert front["configs"][0]["data_files"][0]["path"] == "data/train-*.parquet"
    for wanted in (
        "What was removed, and why",
        "gopher_quality",
        "focus: precision",
        "trafilatura",
        "manifest-sha256.txt",
    ):
        assert wanted in card


def test_release_carries_no_path_of_this_machine(demo: Path) -> None:
    for name in ("README.md", "recipe.resolved.json", "recipe.yaml"):
        text = (demo / "release" / name).read_text()
        assert str(demo.parent) not in text and "/home/" not in text and "/root/" not in text
    assert json.loads((demo / "release" / "recipe.resolved.json").read_text())["recipe"]["name"] == "demo"
