"""``florilegium compare``: what one run, or one decision about a run, keeps that another does not, and why.

Keys of ``--json``: ``a`` and ``b`` (``run``, ``measured``, ``decided``, ``records``, ``left``, ``dropped``, ``kept``,
``bytes`` of all measured texts, ``kept_bytes``), ``fates`` (``a``, ``b``: ``kept``, ``dropped``, ``left`` during
measure or ``absent``; ``documents``), ``both`` (kept by both: ``documents``, ``same_text``, null where it is unknown),
``only_a`` and ``only_b`` (kept by one: ``documents``, ``bytes``, ``share`` of its kept text, ``reasons`` of the other:
``fate``, ``stage``, ``rule``, ``documents``, ``bytes``, ``samples``: ``id``, ``value``, ``bound``, ``also``, the other
rules that it fails), ``absent`` (``from``, ``source``, ``documents``), ``inputs`` (``a``, ``b``, ``both``) and
``recipe`` (``key``, ``a``, ``b``).
"""

from typing import Any

import polars as pl

from florilegium.errors import FlorilegiumError
from florilegium.report.ids import choose
from florilegium.report.opening import Opened
from florilegium.report.reasons import reasons_of
from florilegium.run.plan import differences
from florilegium.run.shards import read_done
from florilegium.run.view import View

FATES = ("kept", "dropped", "left", "absent")


def compare(a: Opened, b: Opened, samples: int = 3) -> dict[str, Any]:
    """Compare what two runs keep, document by document (see the keys above), with so many samples of each reason."""
    views = {"a": View(a.folder, a.plan), "b": View(b.folder, b.plan)}
    if views["a"].decided.resolve() == views["b"].decided.resolve():
        raise FlorilegiumError(
            f"{a.named} and {b.named} are the same decisions. Name another run, or another decision of this one as "
            f"{a.folder.path}@decided-<hash>."
        )
    hashed = all("key.text" in view.columns for view in views.values())
    frames = {side: _fates(view, hashed) for side, view in views.items()}
    joined = frames["a"].join(frames["b"], on="id", how="full", suffix="_b", coalesce=True)
    joined = joined.with_columns(pl.col("fate", "fate_b").fill_null("absent"))
    both = joined.filter((pl.col("fate") == "kept") & (pl.col("fate_b") == "kept"))
    same = int((both["key"] == both["key_b"]).sum()) if hashed else None
    fates = joined.group_by("fate", "fate_b").len()
    counted = {(one, other): many for one, other, many in fates.rows()}
    mirrored = joined.rename(
        {
            name: name.removesuffix("_b") if name.endswith("_b") else f"{name}_b"
            for name in joined.columns
            if name != "id"
        }
    )
    return {
        "a": _facts(a, frames["a"]),
        "b": _facts(b, frames["b"]),
        "fates": [
            {"a": one, "b": other, "documents": counted[one, other]}
            for one in FATES
            for other in FATES
            if (one, other) in counted
        ],
        "both": {
            "documents": both.height,
            "same_text": both.height if a.plan.measured == b.plan.measured else same,
        },
        "only_a": _only(joined, views["b"], samples),
        "only_b": _only(mirrored, views["a"], samples),
        "absent": _absent(joined, "b") + _absent(mirrored, "a"),
        "inputs": _inputs(a, b),
        "recipe": [
            {"key": key, "a": one, "b": other}
            for key, one, other in differences(*_recipes((a, views["a"]), (b, views["b"])))
        ],
    }


def _fates(view: View, hashed: bool) -> pl.DataFrame:
    """Give the fate of every document, by its id. Where a record that left shares its id with one that stayed, the one
    that stayed counts."""
    names = ["id", "kept", "stage", "rule", "source", "text_bytes", *(["key.text"] if hashed else [])]
    decided = view.documents(names).select(
        "id",
        "row",
        "source",
        "stage",
        "rule",
        fate=pl.when("kept").then(pl.lit("kept")).otherwise(pl.lit("dropped")),
        bytes=pl.col("text_bytes"),
        key=pl.col("key.text") if hashed else pl.lit(None, pl.Binary),
        value=pl.lit(None, pl.String),
    )
    left = view.left(["id", "source", "stage", "rule", "value"]).unique("id", keep="first", maintain_order=True)
    left = left.join(decided.select("id"), on="id", how="anti").select(
        "id",
        "source",
        "stage",
        "rule",
        "value",
        row=pl.lit(None, pl.Int64),
        fate=pl.lit("left"),
        bytes=pl.lit(0, pl.Int64),
        key=pl.lit(None, decided.schema["key"]),
    )
    return pl.concat([decided, left.select(decided.columns)])


def _facts(opened: Opened, fates: pl.DataFrame) -> dict[str, Any]:
    many = dict(fates.group_by("fate").len().rows())
    return {
        "run": opened.named,
        "measured": opened.plan.measured,
        "decided": opened.plan.decided,
        "records": fates.height,
        **{fate: many.get(fate, 0) for fate in ("left", "dropped", "kept")},
        "bytes": int(fates["bytes"].sum()),
        "kept_bytes": int(fates.filter(pl.col("fate") == "kept")["bytes"].sum()),
    }


def _only(joined: pl.DataFrame, other: View, samples: int) -> dict[str, Any]:
    """Give the documents that one run keeps and the ``other`` does not, by the other's reason."""
    kept = joined.filter(pl.col("fate") == "kept")
    rows = kept.filter(pl.col("fate_b") != "kept")
    reasons = []
    for (fate, stage, rule), group in rows.group_by("fate_b", "stage_b", "rule_b"):
        facts = {"documents": group.height, "bytes": int(group["bytes"].sum())}
        chosen = choose(group, samples).select("id", "row_b", "value_b").rows(named=True)
        reasons.append({"fate": fate, "stage": stage, "rule": rule, **facts, "samples": chosen})
    reasons.sort(key=lambda reason: (-reason["documents"], str(reason["stage"]), str(reason["rule"])))
    sampled = [item["row_b"] for reason in reasons for item in reason["samples"] if item["row_b"] is not None]
    failed = reasons_of(other, pl.Series(sampled, dtype=pl.Int64)) if sampled else {}
    for reason in reasons:
        reason["samples"] = [_sample(item, reason["rule"], failed.get(item["row_b"], [])) for item in reason["samples"]]
    size, whole = int(rows["bytes"].sum()), int(kept["bytes"].sum())
    share = size / whole if whole else None
    return {"documents": rows.height, "bytes": size, "share": share, "reasons": reasons}


def _sample(item: dict[str, Any], rule: str | None, failed: list[dict[str, Any]]) -> dict[str, Any]:
    of_rule = next((reason for reason in failed if reason["rule"] == rule), None)
    value = of_rule["value"] if of_rule else item["value_b"]
    also = [reason["rule"] for reason in failed if reason["rule"] != rule]
    return {"id": item["id"], "value": value, "bound": of_rule["bound"] if of_rule else None, "also": also}


def _absent(joined: pl.DataFrame, side: str) -> list[dict[str, Any]]:
    """Count, by source, the documents that are not in run ``side`` at all."""
    counted = joined.filter(pl.col("fate_b") == "absent").group_by("source").len().sort("source")
    return [{"from": side, "source": source, "documents": many} for source, many in counted.rows()]


def _inputs(a: Opened, b: Opened) -> dict[str, int]:
    mine, theirs = ({(item.source, item.path, item.size) for item in opened.plan.inputs} for opened in (a, b))
    return {"a": len(mine), "b": len(theirs), "both": len(mine & theirs)}


def _recipes(*sides: tuple[Opened, View]) -> list[Any]:
    """Give what each run's identity is made of, steps and rules under their names.

    Of a decision that is not the run's own no recipe is kept: both are then described by their rules, with the bounds
    that stand in the documents' reasons.
    """
    if all(opened.own for opened, _ in sides):
        return [_by_name(opened.plan.identity) for opened, _ in sides]
    return [_by_name({**opened.plan.identity, "decide": _as_seen(view), "release": None}) for opened, view in sides]


def _as_seen(view: View) -> dict[str, str]:
    body = read_done(view.decided, 0) if view.tasks else None
    seen = view.failures().select("rule", "bound").unique().sort("rule", "bound")
    bounds = {str(rule): ", ".join(group["bound"].cast(pl.String)) for (rule,), group in seen.group_by("rule")}
    return {rule: bounds.get(rule, "fails nobody") for _, rule in (body["facts"]["rules"] if body else ())}


def _by_name(value: Any) -> Any:
    """Give JSON values with lists of named things as mappings: one more rule makes no other differ."""
    if isinstance(value, dict):
        return {key: _by_name(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    for key in ("id", "name"):
        names = [item.get(key) if isinstance(item, dict) else None for item in value]
        if value and None not in names and len(set(names)) == len(names):
            return {
                str(item[key]): _by_name({name: part for name, part in item.items() if name != key}) for item in value
            }
    return [_by_name(item) for item in value]
