"""``florilegium explain``: everything that happened to one document, from its place in the source to its row in the
release or to the rule that dropped it.

Keys of ``--json``: ``id``, ``place`` (``source``, ``file``, ``record``, ``offset``, ``url``, ``date``, ``licence``,
``institution``); of one that left during measure ``left`` (``outcome``, ``stage``, ``rule``, ``value``, ``error``,
``payload_bytes``); of all others ``measured`` (every column), ``decision`` (null before the run is decided; ``kept``,
``stage``, ``rule``, ``reasons``, ``cluster``, ``cluster_size``, ``survivor``), ``stands_for_it`` (of a copy: ``id``,
``kept``, ``rule``, ``reasons`` of the document that stands for it, then of the one that stands for that) and
``release`` (shard and row). With ``--offset`` also ``at``: see :mod:`florilegium.report.offset`.
"""

from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from florilegium.anchors import COLUMN
from florilegium.errors import FlorilegiumError
from florilegium.report.ids import unknown
from florilegium.report.lines import count, number, print_json, say, short
from florilegium.report.offset import place_of, show_place
from florilegium.report.opening import Opened
from florilegium.run.shards import present

_PLACE = ("source", "file", "record", "offset", "url", "date", "licence", "institution")
_HIDDEN = ("minhash.", "key.")


def trace(opened: Opened, identity: str, offset: int | None = None) -> dict[str, Any]:
    """Find a document by its id and give its fate (see the keys above), also in a run that is not finished.

    With ``offset``, also the page that this character of its text stands on: of the released text, else of the measured
    one. Raises FlorilegiumError where the run has no such document, or its text no such character.
    """
    measured, decided = (opened.folder.measured(opened.plan), opened.folder.decided(opened.plan.decided))
    tasks = [task for task in range(len(opened.plan.tasks)) if present(measured, task)]
    if not tasks:
        raise FlorilegiumError(f"{opened.folder.path}: no task is measured yet. Finish the run with `curate` first.")
    is_decided = len(tasks) == len(opened.plan.tasks) and all(present(decided, task) for task in tasks)
    ids = _scan(decided if is_decided else measured, tasks)
    found = ids.filter(pl.col("id") == identity).collect()
    if found.height:  # a record that left may share its id with one that stayed: what stayed comes first
        task, row = int(Path(found["path"][0]).stem), int(found["row"][0])
        return _stayed(opened, identity, task, row, is_decided, offset)
    left = _scan(measured, tasks, ".left").filter(pl.col("id") == identity).collect()
    if left.height:
        if offset is not None:
            raise FlorilegiumError(f"{short(identity)} left during measure, so it has no text. Ask without --offset.")
        return _left(Path(left["path"][0]), int(left["row"][0]))
    if len(tasks) < len(opened.plan.tasks):
        raise FlorilegiumError(
            f"{opened.folder.path}: {len(tasks)} of {len(opened.plan.tasks)} tasks are measured, and none "
            f"of their documents is called {short(repr(identity))}. Finish the run with `curate` first."
        )
    known = pl.concat([ids.select("id").collect()["id"], _scan(measured, tasks, ".left").select("id").collect()["id"]])
    raise unknown(opened.folder.path, known, identity)


def _scan(folder: Path, tasks: list[int], suffix: str = "") -> pl.LazyFrame:
    """Scan ``id``, ``path`` and ``row`` (in its file) of the shards of a folder."""
    scans = [
        pl.scan_parquet(folder / f"{task:05d}{suffix}.parquet", glob=False, hive_partitioning=False)
        .select("id")
        .with_row_index("row")
        .with_columns(path=pl.lit(f"{folder}/{task:05d}"))
        for task in tasks
    ]
    return pl.concat(scans)


def _row(path: Path, row: int) -> dict[str, Any]:
    """Give all of one row but its text and keys."""
    scan = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    names = [name for name in scan.collect_schema().names() if name != "text" and not name.startswith(_HIDDEN)]
    return scan.select(names).slice(row, 1).collect().row(0, named=True)


def _stayed(opened: Opened, identity: str, task: int, row: int, is_decided: bool, offset: int | None) -> dict[str, Any]:
    folder, plan = opened.folder, opened.plan
    values = _row(folder.measured(plan) / f"{task:05d}.parquet", row)
    values.pop("id")
    found: dict[str, Any] = {
        "id": identity,
        "place": {key: values.pop(key) for key in _PLACE},
        "measured": values,
        "decision": None,
        "stands_for_it": [],
        "release": None,
    }
    if is_decided:
        decision = _row(folder.decided(plan.decided) / f"{task:05d}.parquet", row)
        decision.pop("id")
        found |= {"decision": decision, "stands_for_it": _survivors(opened, identity, decision["survivor"])}
        if decision["kept"] and opened.own and (place := _released(folder.release, identity)) is not None:
            shard, number = place
            found["release"] = f"{shard.name}, row {number}"
            if offset is not None:
                return found | {"at": place_of(shard, number, offset, of="released")}
    if offset is not None:
        found["at"] = place_of(folder.measured(plan) / f"{task:05d}.parquet", row, offset, of="measured")
    return found


def _survivors(opened: Opened, identity: str, survivor: str | None) -> list[dict[str, Any]]:
    """Give the document that stands for a copy; where that is a copy itself, go on to the one that stands for it."""
    folder, found, seen = opened.folder.decided(opened.plan.decided), [], {identity}
    scan = pl.scan_parquet(
        [folder / f"{task:05d}.parquet" for task in range(len(opened.plan.tasks))], glob=False, hive_partitioning=False
    )
    while survivor is not None and survivor not in seen:
        seen.add(survivor)
        names = ("id", "kept", "rule", "reasons", "survivor")
        rows = scan.select(names).filter(pl.col("id") == survivor).collect()
        if not rows.height:
            break
        row = rows.row(0, named=True)
        survivor = row.pop("survivor")
        found.append(row)
    return found


def _left(place: Path, row: int) -> dict[str, Any]:
    scan = pl.scan_parquet(place.with_name(place.name + ".left.parquet"), glob=False, hive_partitioning=False)
    sized = scan.slice(row, 1).with_columns(payload=pl.col("payload").bin.size()).rename({"payload": "payload_bytes"})
    values = sized.collect().row(0, named=True)
    keys = ("outcome", "stage", "rule", "value", "error", "payload_bytes")
    gone = {key: values.pop(key) for key in keys}
    return {"id": values.pop("id"), "place": values, "left": gone}


def _released(release: Path, identity: str) -> tuple[Path, int] | None:
    """Give shard and row of a released document."""
    for path in sorted((release / "data").glob("*.parquet")):
        ids = pl.scan_parquet(path, glob=False, hive_partitioning=False).select("id").with_row_index("row")
        rows = ids.filter(pl.col("id") == identity).collect()
        if rows.height:
            return path, int(rows["row"][0])
    return None


def show_trace(console: Console, found: dict[str, Any], *, as_json: bool) -> None:
    """Print a document's fate, or give it as JSON."""
    if as_json:
        print_json(found)
        return
    say(console, f"[bold]{short(found['id'], 1000)}[/bold]")
    place = {key: value for key, value in found["place"].items() if value is not None}
    say(console, ", ".join(f"{key} {short(value)}" for key, value in place.items()), 2)
    if "left" in found:
        _show_left(console, found["left"])
        return
    _show_decision(console, found)
    if "at" in found:
        show_place(console, found["at"])
    measured = found["measured"]
    say(console, "measured")
    if measured.get("language") is not None:
        score = number(measured["language_score"]) if measured.get("language_score") is not None else "not given"
        script = f", script {short(measured['script'])}" if measured.get("script") else ""
        say(console, f"language {short(measured['language'])}, score {score}{script}", 2)
    if measured.get(COLUMN):
        first, last = ({name: measured[COLUMN][n][name] for name in ("file", "id", "label")} for n in (0, -1))
        ends = " to ".join(short(", ".join(str(value) for value in one.values() if value)) for one in (first, last))
        say(console, f"{count(len(measured[COLUMN]), 'page')}: {ends}", 2)
    for key, value in measured.items():
        if value is not None and key not in ("language", "language_score", "script", COLUMN):
            say(console, f"{key} {number(value) if isinstance(value, float) else short(value)}", 2)


def _show_left(console: Console, left: dict[str, Any]) -> None:
    value = f" = {short(left['value'])}" if left["value"] is not None else ""
    say(console, f"{left['outcome']} at `{short(left['stage'])}`: {short(left['rule'])}{value}")
    if left["error"]:
        say(console, short(left["error"], 2000), 2)
    if left["payload_bytes"]:
        say(console, f"{left['payload_bytes']:,} bytes of it are kept: florilegium quarantine RUN --bytes ID", 2)


def _show_decision(console: Console, found: dict[str, Any]) -> None:
    decision = found["decision"]
    if decision is None:
        say(console, "measured, not decided yet: `curate` goes on from here")
        return
    if decision["kept"]:
        copies = decision["cluster_size"] - 1
        more = f"; stands for {copies:,} more" if copies else ""
        say(console, f"kept: {found['release'] or 'not released yet'}{more}")
    else:
        say(console, f"dropped at `{decision['stage']}`")
    for reason in decision["reasons"]:
        say(console, f"{short(reason['rule'])}: {number(reason['value'])}, bound {short(reason['bound'])}", 2)
    for step, other in enumerate(found["stands_for_it"]):
        whose = "a copy of" if not step else "which is a copy of"
        say(console, f"{whose} {short(other['id'], 1000)}, {_fate(other)}", 2)


def _fate(other: dict[str, Any]) -> str:
    if other["kept"]:
        return "which is kept"
    why = next((reason for reason in other["reasons"] if reason["rule"] == other["rule"]), None)
    value = f" ({number(why['value'])}, bound {short(why['bound'])})" if why and why["value"] is not None else ""
    return f"which {short(other['rule'])} dropped{value}"
