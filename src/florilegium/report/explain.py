"""Everything that happened to one document, from its place in the source to its row in the release or to the rule that
dropped it."""

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds
from rich.console import Console

from florilegium.errors import FlorilegiumError
from florilegium.report.terminal import safe
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan
from florilegium.run.shards import read_done

_PLACE = ("source", "file", "record", "offset", "url", "date", "licence", "institution")


def trace(folder: RunFolder, plan: Plan, identity: str) -> dict[str, Any]:
    """Find a document by its id and give its fate: ``place``, ``left`` or ``measured`` and ``decision``, ``release``.

    Raises FlorilegiumError where the run has no such document.
    """
    measured, decided = folder.measured(plan), folder.decided(plan.decided)
    tasks = range(len(plan.tasks))
    unfinished = [task for task in tasks if read_done(measured, task) is None]
    if unfinished:
        raise FlorilegiumError(
            f"{folder.path}: task {unfinished[0]:05d} is not measured yet. Finish the run with `curate` first."
        )
    for task in tasks:  # a record that left may share its id with one that stayed: what stayed comes first
        choices = decided / f"{task:05d}.parquet"
        row = _row(choices, identity) if choices.is_file() else None
        if row is not None:
            facts = ds.dataset(measured / f"{task:05d}.parquet")
            hidden = ("minhash.", "key.")
            names = [name for name in facts.schema.names if name not in ("id", "text") and not name.startswith(hidden)]
            values = facts.take([row], columns=names).to_pylist()[0]
            decision = ds.dataset(choices).take([row]).to_pylist()[0]
            return {
                "id": decision.pop("id"),
                "place": {key: values.pop(key) for key in _PLACE},
                "measured": values,
                "decision": decision,
                "release": _released(folder.release, identity) if decision["kept"] else None,
            }
    for task in tasks:
        left = _one(measured / f"{task:05d}.left.parquet", identity, leave_out=("payload",))
        if left is not None:
            gone = {key: left.pop(key) for key in ("outcome", "stage", "rule", "value", "error")}
            return {"id": left.pop("id"), "place": left, "left": gone}
    raise FlorilegiumError(f"{folder.path}: no document is called {identity!r}. Ids look like `crawl/urn:uuid:...`.")


def _row(path: Path, identity: str) -> int | None:
    ids = ds.dataset(path).to_table(columns=["id"])["id"]
    found = pc.index(ids, identity).as_py()
    return None if found < 0 else int(found)


def _one(path: Path, identity: str, leave_out: tuple[str, ...]) -> dict[str, Any] | None:
    table = ds.dataset(path)
    names = [name for name in table.schema.names if name not in leave_out]
    rows = table.to_table(columns=names, filter=pc.field("id") == identity).to_pylist()
    return rows[0] if rows else None


def _released(release: Path, identity: str) -> str | None:
    """Give shard and row of a released document."""
    for path in sorted((release / "data").glob("*.parquet")):
        row = _row(path, identity)
        if row is not None:
            return f"{path.name}, row {row}"
    return None


def show_trace(console: Console, found: dict[str, Any], *, as_json: bool) -> None:
    """Print a document's fate, or give it as JSON."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    say(f"[bold]{safe(found['id'])}[/bold]")
    say("  " + ", ".join(f"{key} {safe(str(value))}" for key, value in found["place"].items() if value is not None))
    if "left" in found:
        left = found["left"]
        value = f" = {safe(str(left['value']))}" if left["value"] is not None else ""
        say(f"{left['outcome']} at `{left['stage']}`: {safe(left['rule'])}{value}")
        if left["error"]:
            say(f"  {safe(left['error'])}")
        return
    decision = found["decision"]
    if decision["kept"]:
        copies = decision["cluster_size"] - 1
        say(f"kept: {found['release'] or 'not released yet'}" + (f"; stands for {copies} more" if copies else ""))
    else:
        say(f"dropped at `{decision['stage']}`")
        for reason in decision["reasons"]:
            say(f"  {reason['rule']}: {_number(reason['value'])}, bound {reason['bound']}")
        if decision["survivor"]:
            say(f"  a copy of {safe(decision['survivor'])}, which is kept")
    say("measured")
    for key, value in found["measured"].items():
        if value is not None:
            say(f"  {key} {_number(value) if isinstance(value, float) else safe(str(value))}")


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.4g}"
