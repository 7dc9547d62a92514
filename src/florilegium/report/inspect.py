"""``florilegium inspect``: documents to look at, with value, bound, all reasons and the beginning of the text.

Keys of ``--json``: ``run``; without a choice of documents ``records``, ``kept`` and ``reasons`` (``movement``,
``stage``, ``rule``, ``outcome``, ``removed``, ``failing``, ``alone``); with one ``asked`` (the options), ``reasons``
(of the rule that was asked for), ``matching`` (how many there are) and ``documents``: ``id``, ``outcome``, ``stage``,
``rule``, ``reasons`` (``rule``, ``value``, ``bound``), ``copy_of``, ``source``, ``file``, ``record``, ``offset``,
``url``, ``language``, ``text`` (its beginning), ``text_bytes``; with ``--near`` also ``value``, ``bound``, ``distance``
and ``fails``; of those that left during measure ``value``, ``error`` and ``payload_bytes``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from florilegium.errors import FlorilegiumError
from florilegium.recipe.kinds import did_you_mean
from florilegium.report.bounds import resolved_recipe, rules_of
from florilegium.report.ids import choose, unknown
from florilegium.report.near import distances
from florilegium.report.opening import Opened
from florilegium.report.reasons import Asked, ask, reasons, reasons_of
from florilegium.run.view import View

#: Characters of a text that go into ``--json``.
_TEXT = 2000
_SHOWN = ("source", "file", "record", "offset", "url", "language", "language_score", "text_bytes", "text")
_LEFT = ("id", "source", "file", "record", "offset", "url", "outcome", "stage", "rule", "value", "error")


@dataclass(frozen=True)
class Choice:
    """Which documents to look at. ``kept``: only kept ones (True), only others (False), or all (None).

    ``near`` is a rule, whose bound is meant, or a value of the signal of ``rule`` where a bound might lie.
    """

    rule: str | None = None
    id: str | None = None
    source: str | None = None
    near: str | None = None
    kept: bool | None = None
    limit: int = 10

    def check(self) -> None:
        """Raise FlorilegiumError where options contradict each other."""
        if self.id is not None and (self.rule or self.source or self.near is not None or self.kept is not None):
            raise FlorilegiumError("--id names one document: leave out --rule, --source, --near, --kept and --dropped.")
        if self.value is not None and self.rule is None:
            raise FlorilegiumError(
                f"--near {self.near} is a value of which signal? Add --rule, such as --rule gopher_quality.words."
            )
        if self.near is not None and self.value is None and self.rule not in (None, self.near):
            raise FlorilegiumError(
                f"--rule {self.rule:.100} and --near {self.near:.100} are two rules: leave out --rule, or give a value."
            )
        if self.rule and self.kept and self.near is None:
            raise FlorilegiumError(
                f"what `{self.rule:.100}` removed is not kept: leave out --kept, or use --near to see what passed it."
            )

    @property
    def value(self) -> float | None:
        """Give the number that ``near`` is, if it is one."""
        try:
            found = float(self.near or "")
        except ValueError:
            return None
        return found if math.isfinite(found) else None

    @property
    def meant(self) -> str | None:
        """Give the rule that is asked for, by either option."""
        return self.near if self.near is not None and self.value is None else self.rule


def inspect(opened: Opened, choice: Choice) -> dict[str, Any]:
    """Choose documents of a run and give them with all that is known of each (see the keys above).

    The choice is fair and always the same. Raises FlorilegiumError for a rule, source or id that the run does not have.
    """
    choice.check()
    view = View(opened.folder, opened.plan)
    if choice == Choice(limit=choice.limit):
        kept = view.documents(["kept"])["kept"]
        left = view.left(["outcome"]).height
        listed = [reason.to_json() for reason in reasons(view)]
        return {"run": opened.named, "records": len(kept) + left, "kept": int(kept.sum()), "reasons": listed}
    if choice.source is not None:
        sources = {item.source for item in opened.plan.inputs}
        if choice.source not in sources:
            hint = did_you_mean(choice.source, sorted(sources))
            raise FlorilegiumError(f"{opened.named}: no source is called `{choice.source:.100}`{hint}")
    found: dict[str, Any] = {"run": opened.named, "asked": asdict(choice), "reasons": []}
    if choice.id is not None:
        return found | {"matching": 1, "documents": [_by_id(view, choice.id)]}
    asked = ask(view, choice.meant) if choice.meant is not None else None
    if asked is not None:
        found["reasons"] = [reason.to_json() for reason in reasons(view) if _is_meant(asked, reason.to_json())]
    matching, documents = (
        _near(opened, view, choice, asked) if choice.near is not None else _chosen(view, choice, asked)
    )
    return found | {"matching": matching, "documents": documents}


def _is_meant(asked: Asked, reason: dict[str, Any]) -> bool:
    if reason["movement"] == "decide":
        return reason["rule"] in asked.rules
    return asked.name in (reason["rule"], reason["stage"], reason["outcome"])


def _by_id(view: View, identity: str) -> dict[str, Any]:
    decided = view.documents(["id"])
    rows = decided.filter(pl.col("id") == identity)
    if rows.height:
        return next(_decided(view, rows))
    left = view.left(["id"]).with_row_index("place")
    rows = left.filter(pl.col("id") == identity)
    if rows.height:
        return next(_departed(view, rows[:1]))
    raise unknown(view.folder.path, pl.concat([decided["id"], left["id"]]), identity)


def _chosen(view: View, choice: Choice, asked: Asked | None) -> tuple[int, list[dict[str, Any]]]:
    """Choose among all documents: those that a rule removed, and those that are kept or not."""
    names = ["id", "kept", "rule", *(["source"] if choice.source else [])]
    decided = _of_source(view.documents(names), choice)
    left = _of_source(view.left(["id", "stage", "rule", "outcome", "source"]).with_row_index("place"), choice)
    if asked is not None:
        first = decided.filter(pl.col("rule").is_in(asked.rules))
        if asked.rules and not first.height and not asked.leaves:  # it removed none that an earlier rule had not
            first = decided.filter(pl.col("row").is_in(_failing(view, asked.rules).implode()))
        decided, left = first, left.filter(asked.left) if asked.leaves else left.clear()
    elif choice.kept is not None:
        decided = decided.filter(pl.col("kept") == choice.kept)
        left = left.clear() if choice.kept else left
    both = pl.concat([
        decided.select("id", "row", place=pl.lit(None, pl.Int64)),
        left.select("id", row=pl.lit(None, pl.Int64), place=pl.col("place").cast(pl.Int64)),
    ])  # fmt: skip
    rows = choose(both, choice.limit)
    known = {item["id"]: item for item in _decided(view, rows.filter(pl.col("row").is_not_null()).select("id", "row"))}
    gone = rows.filter(pl.col("place").is_not_null())
    departed = dict(zip(gone["place"], _departed(view, gone.select("place")), strict=True))
    listed = [known[row["id"]] if row["row"] is not None else departed[row["place"]] for row in rows.rows(named=True)]
    return both.height, listed


def _of_source(frame: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    return frame.filter(pl.col("source") == choice.source) if choice.source is not None else frame


def _failing(view: View, rules: Sequence[str]) -> pl.Series:
    """Give the rows that fail any of these rules, whichever dropped them."""
    reasons = view.failures()
    return reasons.filter(pl.col("rule").is_in(list(rules)))["row"].unique()


def _near(opened: Opened, view: View, choice: Choice, asked: Asked | None) -> tuple[int, list[dict[str, Any]]]:
    """Choose the documents whose value is nearest to a bound: half of them on either side, if there are."""
    if not opened.own:
        raise FlorilegiumError(
            f"{opened.named}: the bounds of another decision are not stored; --near needs the run's own."
        )
    known = rules_of(resolved_recipe(opened.folder))
    bounded = [known[name] for name in (asked.rules if asked else ()) if name in known]
    if len(bounded) != 1:
        several = f"stands for {len(bounded)} rules: give one of them" if bounded else "has no bound on a signal"
        raise FlorilegiumError(f"--near: `{choice.meant}` {several}, such as gopher_quality.words.")
    frame = _of_source(view.documents(["id", "kept", *(["source"] if choice.source else [])]), choice)
    failing = _failing(view, [bounded[0].id])
    frame = frame.join(distances(view, bounded[0], failing), on="row")
    if choice.kept is not None:
        frame = frame.filter(pl.col("kept") == choice.kept)
    side = pl.col("fails")
    if choice.value is not None:
        frame = frame.with_columns(distance=(pl.col("value") - choice.value).abs())
        side = pl.col("value") < choice.value
    sides = [frame.filter(side), frame.filter(~side)]
    half = (choice.limit + 1) // 2
    most = [max(half, choice.limit - sides[1].height), max(choice.limit - half, choice.limit - sides[0].height)]
    nearest = pl.concat([choose(side, many, "distance") for side, many in zip(sides, most, strict=True)])
    nearest = nearest.sort("distance", maintain_order=True)
    far = nearest.select("value", "bound", "distance", "fails").rows(named=True)
    listed = [item | how for item, how in zip(_decided(view, nearest.select("id", "row")), far, strict=True)]
    return frame.height, listed


def _decided(view: View, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Give what is known of decided documents (``id`` and ``row``), in their order."""
    if not rows.height:
        return
    decisions = view.documents(["kept", "stage", "rule", "survivor"]).filter(pl.col("row").is_in(rows["row"].implode()))
    decisions = rows.join(decisions, on="row", how="left", maintain_order="left")
    failed = reasons_of(view, rows["row"])
    values = view.values(rows["row"].to_list(), [name for name in _SHOWN if name in view.columns])
    for decision, found in zip(decisions.rows(named=True), values.rows(named=True), strict=True):
        text = found.pop("text", None) or ""
        yield {
            "id": decision["id"],
            "outcome": "kept" if decision["kept"] else "dropped",
            "stage": decision["stage"],
            "rule": decision["rule"],
            "reasons": failed.get(decision["row"], []),
            "copy_of": decision["survivor"],
            **found,
            "text": text[:_TEXT],
        }


def _departed(view: View, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Give what is known of documents that left during measure (``place``: row among those), in their order."""
    if not rows.height:
        return
    names = view.left([*_LEFT]).with_row_index("place")
    found = rows.join(names, on="place", how="left", maintain_order="left")
    kept = view.left(["id", "payload"]).filter(
        pl.col("id").is_in(found["id"].implode()) & (pl.col("payload").is_not_null())
    )
    sizes = dict(kept.select("id", pl.col("payload").bin.size()).rows())
    for row in found.drop("place").rows(named=True):
        yield {**row, "payload_bytes": sizes.get(row["id"]) if row["outcome"] == "quarantined" else None}
