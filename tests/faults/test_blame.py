"""Who is not to blame: documents beside a memory eater, documents of slow stages, files of the same name elsewhere."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from florilegium.run.executors import RunOptions, execute
from florilegium.run.stage import Applied
from tests.faults.stages import Troubled, TroubledOptions, movement
from tests.faults.test_quarantine import PLANTED, RECIPE, quarantined, write
from tests.faults.test_workers import left
from tests.flows.conftest import Command, check_run


class Hungry(Troubled):
    """Needs a megabyte for each document of a batch, all at once."""

    kind = "hungry"

    def apply(self, documents: pa.RecordBatch) -> Applied:
        held = [bytearray(10**6) for _ in range(documents.num_rows)]
        return documents.append_column(self.writes[0], pa.array([len(one) for one in held], pa.int32())), []


class Patient(Troubled):
    """Takes its time within a document's limit, after its batch's own time has passed."""

    kind = "patient"

    def _one(self, text: str) -> int:
        total = sum(range(30_000))
        return len(text) + total * 0


def test_batch_that_needs_too_much_memory_is_halved_and_nobody_lost(tmp_path: Path) -> None:
    made = movement(tmp_path, [[f"text {number}" for number in range(1000)]], Hungry, TroubledOptions())
    execute(made, [0], RunOptions(memory=700 * 10**6), 1, tmp_path, lambda report: None)
    assert left(made).height == 0
    assert pq.read_metadata(made.folder / "00000.parquet").num_rows == 1000


def test_slow_batch_of_quick_documents_loses_none(tmp_path: Path) -> None:
    made = movement(tmp_path, [[f"text {number}" for number in range(1000)]], Patient, TroubledOptions(seconds=10))
    execute(made, [0], RunOptions(timeout=0.05), 1, tmp_path, lambda report: None)
    assert left(made).height == 0


def test_what_stumbled_in_another_run_is_not_taken_over(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, {10: "please-raise"}, 0.05)
    florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED)
    assert set(quarantined(tmp_path / "runs" / "pool")) == {"pool/d10"}
    (tmp_path / "second.yaml").write_text("name: second\n" + RECIPE % 0.05)
    florilegium("curate", "second.yaml", folder=tmp_path)
    first, second = tmp_path / "runs" / "pool", tmp_path / "runs" / "second"
    assert quarantined(second) == {}
    shared = [
        os.path.samefile(path, first / path.parent.name / path.name)
        for path in sorted(second.glob("measured-*/*.done"))
    ]
    assert shared.count(True) == len(shared) - 1 and not shared[0]
    # and a retry of the first does not get its own failure back from a third
    (tmp_path / "third.yaml").write_text("name: third\n" + RECIPE % 0.05)
    florilegium("curate", "third.yaml", folder=tmp_path, env=PLANTED)
    florilegium("quarantine", first, "--retry", folder=tmp_path)
    assert quarantined(first) == {}
    check_run(first)


def test_files_of_the_same_name_size_and_time_elsewhere_are_others(florilegium: Command, tmp_path: Path) -> None:
    for name, word in (("one", "bread"), ("two", "blood")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.jsonl").write_text("".join(json.dumps({"text": f"{word} {n}"}) + "\n" for n in range(5)))
        os.utime(tmp_path / name / "x.jsonl", ns=(10**18, 10**18))
        recipe = f'sources: [{{name: s, kind: jsonl, files: "{name}/*.jsonl"}}]\nmeasure: [{{clean: [fix_text]}}]\n'
        (tmp_path / f"{name}.yaml").write_text(recipe)
        florilegium("curate", f"{name}.yaml", folder=tmp_path)
        texts = pq.read_table(tmp_path / "runs" / name / "release" / "data")["text"].to_pylist()
        assert texts == [f"{word} {n}" for n in range(5)]


def test_interrupted_retry_is_finished_by_the_same_command(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, {10: "please-raise"}, 0.05)
    florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED)
    run = tmp_path / "runs" / "pool"
    next(run.glob("measured-*/00000.done")).unlink()  # what an interrupted retry has done: its task is forgotten
    florilegium("quarantine", run, "--retry", folder=tmp_path)
    assert quarantined(run) == {}
    check_run(run)


def test_gated_after_the_fix_is_told_by_the_release(florilegium: Command, tmp_path: Path) -> None:
    gate = (RECIPE % 0.05).replace("  - signals:", "  - gate: {language: [de]}\n  - signals:")
    write(tmp_path, {10: "please-raise"}, 0.05)
    (tmp_path / "pool.yaml").write_text(gate)  # every document is English: none is decided, before and after
    florilegium("curate", "pool.yaml", folder=tmp_path, env=PLANTED)
    run = tmp_path / "runs" / "pool"
    before = (run / "release" / "ledger.parquet").read_bytes()
    florilegium("quarantine", run, "--retry", folder=tmp_path)
    assert (run / "release" / "ledger.parquet").read_bytes() != before
    assert pq.read_table(run / "release" / "ledger.parquet").to_pydict()["quarantined"] == [0] * len(
        pq.read_table(run / "release" / "ledger.parquet")
    )
    assert not [path for path in run.glob("release*") if path.name.endswith(".building")]


def test_release_of_a_recipe_that_was_not_measured_is_refused(florilegium: Command, tmp_path: Path) -> None:
    write(tmp_path, {}, 0.05)
    florilegium("curate", "pool.yaml", folder=tmp_path)
    other = (RECIPE % 0.05).replace("kind: jsonl,", "kind: jsonl, licence: CC0-1.0,")
    (tmp_path / "other.yaml").write_text("name: pool\n" + other)
    said = florilegium("decide", "runs/pool", "--recipe", "other.yaml", "--release", folder=tmp_path, code=2).stderr
    assert "its card would tell what was not done" in said and "licence" in said
    florilegium("decide", "runs/pool", "--recipe", "other.yaml", folder=tmp_path)  # to look at, it may be decided
