"""The folder of one run: where things lie, what is there already, and whether it belongs to the recipe in hand."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq

from florilegium.documents import DEPARTURE_SCHEMA
from florilegium.errors import FlorilegiumError
from florilegium.run.plan import Plan, changed_inputs, differences, plan_from_json
from florilegium.run.shards import done_path, finished, present, write_bytes, write_json

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/")  # `s3://bucket` as a path


@dataclass(frozen=True)
class RunFolder:
    """Paths and small files of a run."""

    path: Path

    def measured(self, plan: Plan) -> Path:
        """Give the folder of measured shards."""
        return self.path / f"measured-{plan.measured}"

    def decided(self, decided: str) -> Path:
        """Give the folder of decided shards."""
        return self.path / f"decided-{decided}"

    @property
    def release(self) -> Path:
        """Give the folder of the release."""
        return self.path / "release"

    @property
    def quarantine(self) -> Path:
        """Give the folder of what could not be processed."""
        return self.path / "quarantine"

    def create(self) -> None:
        """Make the folder. Raises FlorilegiumError where it cannot be written to."""
        if _ADDRESS.match(str(self.path)) or not _is_utf8(self.path):
            raise FlorilegiumError(f"{self.path}: runs lie in folders of this machine, with names in UTF-8 (--runs).")
        try:
            self.quarantine.mkdir(parents=True, exist_ok=True)
            (self.path / "logs").mkdir(exist_ok=True)
            probe = self.path / f".writable-{os.getpid()}"
            write_bytes(probe, b"")
            probe.unlink()
        except OSError as error:
            raise FlorilegiumError(
                f"{self.path}: cannot be written ({error.strerror}). Give a folder that can with --runs."
            ) from None

    def old_plan(self) -> Plan | None:
        """Give the plan that is written here, if any."""
        path = self.path / "plan.json"
        try:
            return plan_from_json(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise FlorilegiumError(
                f"{path} is damaged ({error}). Run with --redo to plan anew; finished shards are reused."
            ) from None

    def plan(self) -> Plan:
        """Give the plan of the run that is here. Raises FlorilegiumError where there is none."""
        plan = self.old_plan()
        if plan is None:
            raise FlorilegiumError(f"{self.path}: no run is here (no plan.json). Give a folder such as runs/demo.")
        return plan

    def write_plan(self, plan: Plan, recipe: str, resolved: dict[str, Any]) -> None:
        """Write plan and recipe, as written and as understood."""
        write_bytes(self.path / "recipe.yaml", recipe.encode())
        write_json(self.path / "recipe.resolved.json", resolved)
        write_json(self.path / "plan.json", plan.to_json())


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def objections(old: Plan, new: Plan) -> list[str]:
    """Say what differs between the run as planned and the run as it would be now; empty where nothing does."""
    said = [f"  input {line}" for line in changed_inputs(old, new)]
    said += [
        f"  {key}: {_short(before)} -> {_short(after)}"
        for key, before, after in differences(old.identity, new.identity)
    ]
    if not said and old.measured != new.measured:
        said.append("  the tasks are dealt in another way (run.task_size)")
    return said


def redone(old: Plan, new: Plan) -> str:
    """Name the movements that would be done again."""
    if old.measured != new.measured:
        return "measure, decide and release"
    return "decide and release" if old.decided != new.decided else "release"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def missing_tasks(folder: Path, count: int, of: str = "") -> list[int]:
    """Give the tasks that are not finished, were made of something else, or whose files do not agree with ``.done``."""
    if not folder.is_dir():
        return list(range(count))
    return [task for task in range(count) if finished(folder, task, of) is None]


def adopt(run: RunFolder, plan: Plan) -> None:
    """Link the finished shards of another run beside this one: same hash, same files, same content.

    What stumbled there (for want of time or memory, which are no part of the hash) may not stumble here: tasks with
    something in quarantine are measured anew.
    """
    folder, count = run.measured(plan), len(plan.tasks)
    for other in sorted(run.path.parent.glob(f"*/{folder.name}")):
        if other == folder or not _same_inputs(RunFolder(other.parent), plan):
            continue
        for task in range(count):
            if present(folder, task) is not None:
                continue
            facts = finished(other, task)
            if facts is None or _stumbled(other, task, facts):
                continue
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(other.glob(f"{task:05d}.*"), key=lambda path: path.suffix == ".done"):
                target = folder / path.name
                target.unlink(missing_ok=True)
                try:
                    os.link(path, target)
                except OSError:  # a file system without hard links
                    shutil.copyfile(path, target)


def _same_inputs(other: RunFolder, plan: Plan) -> bool:
    """Say whether another run reads the same files, and not others of the same names, sizes and times."""
    try:
        there = other.old_plan()
    except FlorilegiumError:
        return False
    return there is not None and there.inputs == plan.inputs


def _stumbled(folder: Path, task: int, facts: dict[str, Any]) -> bool:
    """Say whether a finished task left something in quarantine, or a file that killed its readers."""
    outcomes = pq.read_table(folder / f"{task:05d}.left.parquet", columns=["outcome"])["outcome"]
    kinds = {incident["kind"] for incident in facts["incidents"]}
    return "kills_reader" in kinds or "quarantined" in pc.unique(outcomes).to_pylist()


def gather_quarantine(folder: Path, tasks: Sequence[int], target: Path) -> int:
    """Collect from the measured shards what could not be processed; give how many documents."""
    temporary, rows = target / ".documents.parquet.tmp", 0
    with pq.ParquetWriter(temporary, DEPARTURE_SCHEMA, compression="zstd") as writer:
        for task in tasks:
            left = pq.read_table(folder / f"{task:05d}.left.parquet", filters=[("outcome", "=", "quarantined")])
            if left.num_rows:
                writer.write_table(left)
                rows += left.num_rows
    os.replace(temporary, target / "documents.parquet")
    return rows


def forget_quarantine(folder: Path, count: int) -> None:
    """Take from tasks with quarantined documents, or with files that killed their readers, the mark that they are
    finished. Which documents and files killed workers is forgotten: they get a new chance."""
    for task in range(count):
        body = present(folder, task)
        if body is not None and _stumbled(folder, task, body["facts"]):
            done_path(folder, task).unlink()
    (folder / "culprits.json").unlink(missing_ok=True)


def causes(quarantine: Path, most: int = 3) -> list[str]:
    """Give the most frequent causes of quarantine with an example each."""
    table = pl.DataFrame(pq.read_table(quarantine / "documents.parquet", columns=["stage", "rule", "error", "id"]))
    grouped = table.group_by("stage", "rule").agg(pl.len(), pl.col("id").first(), pl.col("error").first())
    ordered = grouped.sort(["len", "stage", "rule"], descending=[True, False, False]).head(most)
    return [
        f"{row['len']:,} x {row['stage']}: {row['rule']}, such as {row['id']} ({(row['error'] or '')[:80]})"
        for row in ordered.rows(named=True)
    ]
