"""``florilegium status``: how far a run is, who works on it, what failed. Reads no document.

Keys of ``--json``: ``run``, ``name``, ``holder`` (``pid`` and ``host``, or null), ``movements`` (of *measure*, *decide*
and *release*: ``name``, ``tasks``, ``done``, ``missing``, ``running``, ``rows_in``, ``rows_out``, ``seconds`` of work,
``documents_per_second``, ``seconds_left``, ``failed``: ``task``, ``error``, ``log``), ``quarantine`` (``documents``,
``records``, ``share``, ``at_most``), ``damaged_places``, ``release`` (``state``, ``documents``, ``shards``, ``wrong``).
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from florilegium.documents import Outcome
from florilegium.errors import ContractError, SourceError
from florilegium.release.manifest import NAME as MANIFEST
from florilegium.release.manifest import kept_by_ledger, read_manifest
from florilegium.release.publish import made_of
from florilegium.report.bounds import resolved_recipe
from florilegium.report.lines import count, print_json, say, short
from florilegium.report.opening import Opened
from florilegium.run.lock import Holder, holder
from florilegium.run.shards import content, fingerprint, present

#: Bytes at the end of a task's log that are searched for its error.
_LOG_TAIL = 64 * 1024


@dataclass(frozen=True)
class Failure:
    """A task that raised, with the last line of its error and its log."""

    task: int
    error: str
    log: str


@dataclass(frozen=True)
class Progress:
    """How far a movement is. Times are estimates from finished tasks; None where there is nothing to go by."""

    name: str
    tasks: int | None  # null: a release that is not written yet has no number of shards
    done: int
    missing: int | None
    running: int
    rows_in: int | None
    rows_out: int | None
    seconds: float
    documents_per_second: float | None
    seconds_left: float | None
    failed: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class Released:
    """State of the release: ``published``, ``not yet``, ``building``, ``of other decisions`` or ``damaged``."""

    state: str
    documents: int | None = None
    shards: int = 0
    wrong: str | None = None


@dataclass(frozen=True)
class Status:
    """Everything that ``florilegium status`` shows."""

    run: str
    name: str
    holder: Holder | None
    movements: list[Progress]
    quarantine: dict[str, Any]
    damaged_places: int
    release: Released

    def to_json(self) -> dict[str, Any]:
        """Give the documented keys."""
        return asdict(self) | {"holder": self.holder._asdict() if self.holder else None}


def status(opened: Opened) -> Status:
    """Look at a run, be it unfinished, running or finished."""
    folder, plan = opened.folder, opened.plan
    run = resolved_recipe(folder).get("run", {})
    measured, held = folder.measured(plan), holder(folder.path)
    done = _finished(measured, len(plan.tasks))
    records = sum(body["facts"]["stages"][0]["rows_in"] for body in done.values())
    workers = min(run.get("workers") or os.cpu_count() or 1, len(plan.tasks) or 1)
    measure = _measure(opened, done, workers, held is not None)
    decide = _decide(opened, content(measured, len(plan.tasks)) if not measure.missing else None, held is not None)
    released = _released(opened, decide.missing == 0, held is not None)
    quarantined = _quarantined(measured, list(done))
    return Status(
        str(folder.path),
        plan.name,
        held,
        [measure, decide, _release(folder.path, released, held is not None and not decide.missing)],
        {
            "documents": quarantined,
            "records": records,
            "share": quarantined / records if records else 0.0,
            "at_most": float(run.get("quarantine_at_most", 0.0)),
        },
        sum(len(body["facts"]["incidents"]) for body in done.values()),
        released,
    )


def _finished(folder: Path, tasks: int) -> dict[int, dict[str, Any]]:
    """Give what ``.done`` says of finished tasks; their files are looked at for presence and size only."""
    return {task: body for task in range(tasks) if (body := present(folder, task)) is not None}


def _measure(opened: Opened, done: dict[int, dict[str, Any]], workers: int, worked_on: bool) -> Progress:
    plan = opened.plan
    sizes = [sum(item.size for item in plan.task_inputs(task)) for task in range(len(plan.tasks))]
    stages = [body["facts"]["stages"] for body in done.values()]
    rows_in, rows_out = sum(made[0]["rows_in"] for made in stages), sum(made[-1]["rows_out"] for made in stages)
    seconds = sum(stage["seconds"] for made in stages for stage in made)
    running, failed = _logged(opened.folder.path, "measure", [t for t in range(len(sizes)) if t not in done], worked_on)
    missing = len(sizes) - len(done)
    left = None
    if worked_on and missing and done:  # as fast as the finished ones, byte for byte; a task at the least
        speed = sum(sizes[task] for task in done) / seconds if seconds else 0.0
        rest = sum(size for task, size in enumerate(sizes) if task not in done)
        left = rest / speed / min(workers, missing) if speed else None
    speed_now = rows_in / seconds * workers if seconds else None
    return Progress(
        "measure", len(sizes), len(done), missing, running, rows_in, rows_out, seconds, speed_now, left, failed
    )


def _decide(opened: Opened, measured: str | None, worked_on: bool) -> Progress:
    """Look at *decide*; ``measured`` is the content that decisions must be about, None where it is not there yet."""
    tasks = len(opened.plan.tasks)
    done = _finished(opened.folder.decided(opened.plan.decided), tasks)
    done = {task: body for task, body in done.items() if body["of"] == measured}
    missing = tasks - len(done)
    seconds = sum(sum(body["facts"]["seconds"].values()) for body in done.values())
    rows = sum(said["rows"] for body in done.values() for said in body["files"].values())
    running, failed = _logged(opened.folder.path, "decide", [0] if missing and measured else [], worked_on)
    kept = _kept(opened.folder.path / "ledger.parquet", rows) if opened.own and not missing else None
    speed = rows / seconds if seconds else None
    return Progress("decide", tasks, len(done), missing, running, rows, kept, seconds, speed, None, failed)


def _release(run: Path, released: "Released", worked_on: bool) -> Progress:
    if released.state in ("published", "of other decisions"):
        shards, rows = released.shards, released.documents
        return Progress("release", shards, shards, 0, 0, rows, rows, 0.0, None, None)
    logs = (run / "logs" / "release" / "logs").glob("task_*.log")
    tasks = [int(log.stem.removeprefix("task_")) for log in logs]
    running, failed = _logged(run, "release", sorted(tasks), worked_on)
    done = released.shards
    return Progress("release", None, done, None, max(running - done, 0), None, None, 0.0, None, None, failed)


def _kept(ledger: Path, rows: int | None) -> int | None:
    """Give how many documents the ledger keeps, if it is about as many documents as were decided."""
    try:
        table = pl.DataFrame(pq.ParquetFile(ledger).read())
    except (OSError, pa.ArrowException):
        return None
    first = table.filter(pl.col("movement") == "decide").group_by("task", maintain_order=True).first()
    return kept_by_ledger(table) if int(first["documents_in"].sum()) == rows else None


def _logged(run: Path, movement: str, missing: Sequence[int], worked_on: bool) -> tuple[int, list[Failure]]:
    """Tell from their logs which unfinished tasks run and which raised. A new attempt writes its log anew."""
    running, failed = 0, []
    for task in missing:
        log = run / "logs" / movement / "logs" / f"task_{task:05d}.log"
        try:
            with log.open("rb") as file:
                file.seek(max(0, log.stat().st_size - _LOG_TAIL))
                lines = file.read().decode(errors="replace").splitlines()
        except OSError:
            continue
        if any("| ERROR " in line for line in lines):
            last = next((line for line in reversed(lines) if line.strip()), "")
            failed.append(Failure(task, last.strip()[:500], str(log)))
        elif worked_on:
            running += 1
    return running, failed


def _quarantined(measured: Path, tasks: Sequence[int]) -> int:
    """Count the documents in quarantine of finished tasks; reads one small column."""
    paths = [measured / f"{task:05d}.left.parquet" for task in tasks]
    if not paths:
        return 0
    scan = pl.scan_parquet(paths, glob=False, hive_partitioning=False)
    return int(scan.select((pl.col("outcome") == str(Outcome.QUARANTINED)).sum()).collect().item() or 0)


def _released(opened: Opened, is_decided: bool, worked_on: bool) -> Released:
    """Check the release lightly: its manifest is the one that was published, its files are there, rows agree."""
    run, released = opened.folder.path, opened.plan.released
    release = run / "release"
    try:
        state = json.loads((run / "released.json").read_bytes())
        if state["manifest"] != fingerprint(release / MANIFEST)["sha256"]:
            return Released("damaged", wrong=f"{MANIFEST} is not the one that was published")
        listed = read_manifest(release)
        missing = [name for name in listed if not (release / name).is_file()]
        if missing:
            return Released("damaged", wrong=f"{missing[0]} is missing")
        shards = [name for name in listed if name.startswith("data/")]
        rows = sum(pq.read_metadata(release / name).num_rows for name in shards)
        kept = kept_by_ledger(pl.DataFrame(pq.ParquetFile(release / "ledger.parquet").read()))
        if rows != kept:
            return Released("damaged", rows, len(shards), f"{rows:,} rows, but its ledger keeps {kept:,}")
        folder, plan = opened.folder, opened.plan
        made = made_of(folder.measured(plan), folder.decided(plan.decided), len(plan.tasks)) if is_decided else ""
        own = state["hash"] == released and state["of"] == made
        return Released("published" if own else "of other decisions", rows, len(shards))
    except FileNotFoundError:
        building = run / f"release-{released}.building"
        begun = len(list(building.glob("*.done")))
        return Released("building" if begun and worked_on else "not yet", shards=begun)
    except (OSError, ValueError, KeyError, TypeError, SourceError, ContractError, pa.ArrowException) as error:
        return Released("damaged", wrong=str(error))


def show_status(console: Console, found: Status, *, as_json: bool) -> None:
    """Print a status for people, or as JSON."""
    if as_json:
        print_json(found.to_json())
        return
    say(console, f"[bold]{short(found.name)}[/bold]  {short(found.run)}")
    who = f"pid {found.holder.pid} on {short(found.holder.host)} works on it" if found.holder else "nobody works on it"
    say(console, who)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("movement", no_wrap=True)
    for name in ("tasks", "done", "running", "to do", "rows in", "rows out", "rows/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.movements:
        speed = f"{row.documents_per_second:,.0f}" if row.documents_per_second else ""
        rows = (f"{many:,}" if many is not None else "" for many in (row.rows_in, row.rows_out))
        waiting = None if row.missing is None else row.missing - row.running
        counts = ("?" if many is None else f"{many:,}" for many in (row.tasks, row.done, row.running, waiting))
        table.add_row(row.name, *counts, *rows, speed)
    console.print(table)
    for row in found.movements:
        if row.seconds_left is not None:
            say(console, f"{row.name}: about {_time(row.seconds_left)} left, by the finished tasks")
    quarantine = found.quarantine
    if quarantine["records"]:
        over = "; over its budget" if quarantine["share"] > quarantine["at_most"] else ""
        say(
            console,
            f"quarantine: {count(quarantine['documents'], 'document')} of {quarantine['records']:,} "
            f"({quarantine['share']:.2%}; at most {quarantine['at_most']:.2%} may be{over})",
        )
    if found.damaged_places:
        say(console, f"damage: files are damaged at {count(found.damaged_places, 'place')}")
    say(console, f"release: {_release_line(found.release)}")
    for row in found.movements:
        for failure in row.failed[:10]:
            say(console, f"{row.name}: task {failure.task:05d} failed: {short(failure.error)}", most=4)
            say(console, f"log: {short(failure.log)}", 2)
        if len(row.failed) > 10:
            say(console, f"{row.name}: and {len(row.failed) - 10:,} more failed; --json lists all")
    if found.holder is None and any(row.missing for row in found.movements):
        say(console, "the `curate` command that started it goes on from the finished tasks")


def _release_line(found: Released) -> str:
    if found.state == "damaged":
        return f"damaged: {short(found.wrong)}; `curate` again writes it anew"
    if found.state in ("published", "of other decisions"):
        other = ", but made of other decisions than the plan's" if found.state != "published" else ""
        facts = f"{count(found.documents or 0, 'document')}, {count(found.shards, 'shard')}"
        return f"published{other}, {facts}; manifest and rows agree (`florilegium verify` checks every byte)"
    shards = f", {count(found.shards, 'shard')} written" if found.shards else ""
    return ("being written" if found.state == "building" else "not published yet") + shards


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
