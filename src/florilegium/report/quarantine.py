"""``florilegium quarantine``: what could not be processed and why, also of a run that is unfinished or was stopped.

Keys of ``--json``: ``run``, ``tasks``, ``measured`` (tasks that are finished), ``records``, ``documents`` (those in
quarantine), ``share``, ``at_most`` (the budget), ``causes`` (``stage``, ``rule``, ``error``, ``documents``, ``share``
of all in quarantine, ``examples``: ``id``, ``source``, ``file``, ``record``, ``offset``, ``url``, ``error``,
``payload_bytes``), ``damage`` (``kind``, ``places``, ``files``, ``examples``: ``source``, ``file``, ``offset``,
``message``).
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from florilegium.documents import QUARANTINE_PAYLOAD_BYTES, Outcome
from florilegium.errors import ContractError, FlorilegiumError
from florilegium.report.bounds import resolved_recipe
from florilegium.report.ids import choose, unknown
from florilegium.report.lines import count, print_json, say, share, short
from florilegium.report.opening import Opened
from florilegium.run.ledger import incidents
from florilegium.run.shards import present

#: Examples of each cause, and of each kind of damage.
_EXAMPLES = 3
#: Letters of an error that may stand for its class.
_CLASS = 60


def quarantine(opened: Opened) -> dict[str, Any]:
    """Gather the quarantine of all tasks that are measured (see the keys above)."""
    plan, folder = opened.plan, opened.folder
    measured = folder.measured(plan)
    facts = {task: body["facts"] for task in range(len(plan.tasks)) if (body := present(measured, task))}
    records = sum(made["stages"][0]["rows_in"] for made in facts.values())
    table = _documents(opened, list(facts)).select(
        "id",
        "source",
        "file",
        "record",
        "offset",
        "url",
        "stage",
        "rule",
        "error",
        payload_bytes=pl.lit(None, pl.Int64),
    )
    found = table.collect().with_row_index("place").with_columns(kind=_error_class())
    causes = _causes(found)
    _measure_payloads(opened, list(facts), causes)
    return {
        "run": str(folder.path),
        "tasks": len(plan.tasks),
        "measured": len(facts),
        "records": records if facts else None,
        "documents": found.height,
        "share": found.height / records if records else None,
        "at_most": resolved_recipe(folder).get("run", {}).get("quarantine_at_most"),
        "causes": causes,
        "damage": _damage(incidents(measured, list(facts)) if facts else _written_incidents(folder.quarantine)),
    }


def _documents(opened: Opened, tasks: list[int]) -> pl.LazyFrame:
    """Scan the quarantine of the finished tasks, whose files are never out of date; where the measured shards are gone,
    what the run gathered. Raises FlorilegiumError where there is neither."""
    measured, gathered = opened.folder.measured(opened.plan), opened.folder.quarantine / "documents.parquet"
    if tasks:
        paths = [measured / f"{task:05d}.left.parquet" for task in tasks]
    elif gathered.is_file() and not measured.is_dir():
        paths = [gathered]
    else:
        raise FlorilegiumError(
            f"{opened.folder.path}: no task is measured yet, so nothing is in quarantine. "
            "See how far it is with `florilegium status`."
        )
    scan = pl.scan_parquet(paths, glob=False, hive_partitioning=False)
    return scan.filter(pl.col("outcome") == str(Outcome.QUARANTINED))


def _error_class() -> pl.Expr:
    """Give what errors of one kind share: what stands before the first colon."""
    return pl.col("error").fill_null("").str.split(":").list.first().str.strip_chars().str.slice(0, _CLASS)


def _causes(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the causes, the most frequent first, with examples that are always the same."""
    causes = []
    for (stage, rule, kind), rows in found.group_by("stage", "rule", "kind"):
        examples = choose(rows, _EXAMPLES).drop("stage", "rule", "kind", "place").rows(named=True)
        causes.append({
            "stage": stage,
            "rule": rule,
            "error": kind or None,
            "documents": rows.height,
            "share": rows.height / found.height,
            "examples": examples,
        })  # fmt: skip
    return sorted(causes, key=lambda cause: (-cause["documents"], cause["stage"], cause["rule"], cause["error"] or ""))


def _measure_payloads(opened: Opened, tasks: list[int], causes: list[dict[str, Any]]) -> None:
    """Say of the examples how many bytes are kept of each; other bytes are not held in memory."""
    examples = [example for cause in causes for example in cause["examples"]]
    if not examples:
        return
    wanted = _documents(opened, tasks).filter(pl.col("id").is_in([example["id"] for example in examples]))
    sized = wanted.select("id", "file", "record", size=pl.col("payload").bin.size()).collect(engine="streaming")
    sizes = {(row["id"], row["file"], row["record"]): row["size"] for row in sized.rows(named=True)}
    for example in examples:
        example["payload_bytes"] = sizes.get((example["id"], example["file"], example["record"]))


def _written_incidents(folder: Path) -> list[dict[str, Any]]:
    try:
        lines = (folder / "incidents.jsonl").read_text(encoding="utf-8").splitlines()
        return [dict(json.loads(line)) for line in lines]
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise ContractError(f"{folder / 'incidents.jsonl'} is damaged ({error}); `curate` again writes it") from None


def _damage(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give what is wrong with files by kind, the most frequent first."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for item in found:
        kinds.setdefault(item["kind"], []).append(item)
    return [
        {
            "kind": kind,
            "places": len(items),
            "files": len({(item["source"], item["file"]) for item in items}),
            "examples": [
                {key: item[key] for key in ("source", "file", "offset", "message")} for item in items[:_EXAMPLES]
            ],
        }
        for kind, items in sorted(kinds.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def kept_bytes(opened: Opened, identity: str) -> bytes:
    """Give the bytes that are kept of a document in quarantine.

    Raises FlorilegiumError where there is no such document, or where its source gave no bytes.
    """
    measured = opened.folder.measured(opened.plan)
    scan = _documents(opened, [task for task in range(len(opened.plan.tasks)) if present(measured, task)])
    rows = scan.filter(pl.col("id") == identity).select("payload").collect(engine="streaming")
    if not rows.height:
        raise unknown(f"{opened.folder.path}: quarantine", scan.select("id").collect()["id"], identity)
    payloads = [bytes(payload) for payload in rows["payload"] if payload is not None]
    if not payloads:
        raise FlorilegiumError(
            f"{opened.folder.path}: no bytes are kept of {short(identity)}; "
            "`florilegium explain` gives its file and record."
        )
    return payloads[0]


def show_quarantine(console: Console, found: dict[str, Any], *, as_json: bool) -> None:
    """Print the quarantine for people, or as JSON."""
    if as_json:
        print_json(found)
        return
    say(console, f"[bold]{short(found['run'])}[/bold]")
    if found["measured"] < found["tasks"]:
        say(console, f"{found['measured']:,} of {count(found['tasks'], 'task')} are measured so far")
    many, budget = count(found["documents"], "document"), ""
    if found["at_most"] is not None:
        over = found["share"] is not None and found["share"] > found["at_most"]
        budget = f"; at most {found['at_most']:.2%} may be" + (", so the run stops" if over else "")
    of = f" of {found['records']:,} ({found['share']:.2%}{budget})" if found["records"] else ""
    say(console, f"in quarantine: {many}{of}")
    for cause in found["causes"]:
        say(console)
        part = share(cause["documents"], found["documents"])
        kind = f": {short(cause['error'])}" if cause["error"] else ""
        title = f"[bold]{short(cause['stage'])}: {short(cause['rule'])}[/bold]{kind}"
        say(console, f"{title}  {count(cause['documents'], 'document')}, {part}")
        for example in cause["examples"]:
            _show_example(console, example)
    if found["damage"]:
        say(console)
        say(console, "[bold]damaged files[/bold]")
    for kind in found["damage"]:
        say(console, f"{short(kind['kind'])}: {count(kind['places'], 'place')} in {count(kind['files'], 'file')}", 2)
        for example in kind["examples"]:
            where = f", offset {example['offset']:,}" if example["offset"] is not None else ""
            say(console, f"{short(example['source'])}: {short(example['file'])}{where}", 4)
            say(console, short(example["message"]), 6, most=2)
    if any(example["payload_bytes"] for cause in found["causes"] for example in cause["examples"]):
        say(console)
        say(console, "look at what is kept of one: florilegium quarantine RUN --bytes ID | less")


def _show_example(console: Console, example: dict[str, Any]) -> None:
    say(console, short(example["id"], 1000), 2)
    offset = f", offset {example['offset']:,}" if example["offset"] is not None else ""
    size = example["payload_bytes"]
    cut = " or more" if size == QUARANTINE_PAYLOAD_BYTES else ""
    kept = f"; {size:,} bytes{cut} kept" if size else ""
    say(console, f"{short(example['file'])}, record {example['record']:,}{offset}{kept}", 4)
    if example["error"]:
        say(console, short(example["error"], 500), 4, most=3)
