"""Gather what the page shows, and write it: ``runs/<name>/report.html``."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from markupsafe import Markup

from florilegium.errors import ContractError
from florilegium.report.bounds import resolved_recipe, rules_of
from florilegium.report.page import letters
from florilegium.report.page.account import Part, parts
from florilegium.report.page.clusters import clusters, pairs
from florilegium.report.page.difference import difference
from florilegium.report.page.environment import asset, environment
from florilegium.report.page.groups import hosts, languages, places
from florilegium.report.page.heading import heading
from florilegium.report.page.histograms import Histogram, histogram, read_signals, signal_names
from florilegium.report.page.limits import Tags
from florilegium.report.page.samples import Document, Lot, Picked, pick, read_documents
from florilegium.report.page.trouble import causes, damage, quarantined
from florilegium.rules.model import Rule
from florilegium.run.folder import RunFolder
from florilegium.run.ledger import records_in
from florilegium.run.plan import Plan
from florilegium.run.shards import write_bytes
from florilegium.run.view import View

_LEFT = ("id", "source", "file", "record", "offset", "url", "outcome", "stage", "rule", "value", "error")
_FATES = ("id", "kept", "stage", "rule", "cluster_size", "survivor", "text_bytes")


def write_report(folder: RunFolder, plan: Plan) -> Path:
    """Write the page of a run that is decided to its end; give its path. The same run gives the same page.

    Raises FlorilegiumError where the run is not finished, ContractError where what it left cannot be read.
    """
    target = folder.path / "report.html"
    write_bytes(target, render(gather(folder, plan)).encode())
    return target


def gather(folder: RunFolder, plan: Plan) -> dict[str, Any]:
    """Collect all sections."""
    view, recipe, ledger = View(folder, plan), resolved_recipe(folder), _ledger(folder)
    rules = rules_of(recipe)
    fates, failures, left = view.documents(_FATES), view.failures(), view.left(_LEFT)
    lot = Lot(view, fates["id"])
    drawn, picked = _signals(view, fates, failures, rules, lot)
    chosen = pairs(fates, lot)
    others = _others(failures, set(rules), fates, lot)
    rows = [row for item in picked.values() for row in item.rows]
    rows += [row for pair in chosen for row in (pair.copy, pair.survivor)] + [row for _, many in others for row in many]
    documents = read_documents(view, rows, fates, failures)
    stages = parts(ledger)
    tonnage = fates.select("kept", "text_bytes")
    read = {rule.signal for rule in rules.values()}
    return {
        "head": heading(folder, plan, recipe, records_in(ledger), fates),
        "stages": stages,
        "records": records_in(ledger),
        "kept": int(fates["kept"].sum()),
        "measured": fates.height,
        "drawn": [item for item in drawn if item.signal in read],
        "unread": [item for item in drawn if item.signal not in read],
        "words": _words(rules, stages, fates.height),
        "rules": rules,
        "picked": [picked[name] for name in rules if name in picked],
        "others": others,
        "numbers": {name: place for place, name in enumerate([*picked, *(name for name, _ in others)], 1)},
        "early": causes(left, ("rejected", "gated"), 3),
        "documents": documents,
        "languages": languages(view, tonnage),
        "hosts": hosts(view, tonnage, left),
        "sources": places(view, tonnage, left, ["source"]),
        "files": places(view, tonnage, left, ["source", "file"]),
        "clusters": clusters(fates),
        "pairs": [(pair, *_compared(documents[pair.copy], documents[pair.survivor])) for pair in chosen],
        "quarantine": causes(quarantined(folder), ("quarantined",)),
        "damage": damage(folder),
        "seconds": sum(stage.seconds for stage in stages),
    }


def _ledger(folder: RunFolder) -> pl.DataFrame:
    path = folder.path / "ledger.parquet"
    try:
        return pl.DataFrame(pq.read_table(path))
    except OSError as error:
        raise ContractError(f"{path} cannot be read ({error}); run `curate` again, finished tasks are reused") from None


def _signals(
    view: View, fates: pl.DataFrame, failures: pl.DataFrame, rules: dict[str, Rule], lot: Lot
) -> tuple[list[Histogram], dict[str, Picked]]:
    """Draw every signal, those that rules read first, and pick documents for each rule that anything fails."""
    tags = Tags(view, list(rules.values()))
    failing = {name: _of(failures, name) for name in rules}
    names = signal_names(view)
    read = [name for name in dict.fromkeys(rule.signal for rule in rules.values()) if name in names]
    kept = fates["kept"].to_numpy()
    drawn, picked = [], {}
    for name, values, whole in read_signals(view, [*read, *(name for name in names if name not in read)]):
        bounds = [tags.limits(rule, failing[rule.id]) for rule in rules.values() if rule.signal == name]
        drawn.append(histogram(name, values, kept, bounds, whole=whole))
        for limits in bounds:
            rows = failing[limits.rule.id]["row"].to_numpy()
            if len(rows):
                picked[limits.rule.id] = pick(limits, values, kept, rows, lot)
    return drawn, picked


def _of(failures: pl.DataFrame, rule: str) -> pl.DataFrame:
    return failures.filter(pl.col("rule") == rule)


def _words(rules: dict[str, Rule], stages: list[Part], documents: int) -> dict[str, tuple[int, int]]:
    """Give for each rule how many of the measured documents pass and fail it."""
    failing = {line.rule: line.failing or 0 for stage in stages for line in stage.lines}
    return {name: (documents - failing.get(name, 0), failing.get(name, 0)) for name in rules}


def _others(
    failures: pl.DataFrame, known: set[str], fates: pl.DataFrame, lot: Lot
) -> list[tuple[str, tuple[int, ...]]]:
    """Pick documents that fail what is no rule over a signal and no duplicate either (a step of one's own)."""
    copies = fates.filter(pl.col("survivor").is_not_null())["row"]
    rest = failures.filter(~pl.col("rule").cast(pl.String).is_in(known) & ~pl.col("row").is_in(copies.implode()))
    found = []
    for (rule,), rows in rest.group_by("rule", maintain_order=True):
        drawn = lot.draw(np.sort(rows["row"].to_numpy()), 3, str(rule))
        found.append((str(rule), tuple(int(row) for row in drawn)))
    return sorted(found)


def _compared(copy: Document, survivor: Document) -> tuple[Any, ...]:
    return copy, survivor, difference(survivor.text, copy.text)


def render(sections: dict[str, Any]) -> str:
    """Render the page. Nothing in it is asked for from elsewhere: style, script and drawings are in the file."""
    names = ("visible", "name", "prose", "bound", "excerpt", "count", "share", "number", "size", "seconds", "plural")
    template = environment("florilegium.report.page", (letters, names)).get_template("report.html.jinja")
    style, script = (asset("florilegium.report.page", name) for name in ("style.css", "script.js"))
    seal = b64encode(sha256(script.encode()).digest()).decode()
    return template.render(sections, style=Markup(style), script=Markup(script), seal=seal)
