"""How far documents are from the bound of a rule, on either side of it."""

import polars as pl

from florilegium.report.lines import number
from florilegium.rules.evaluate import columns_read
from florilegium.rules.model import Rule
from florilegium.run.view import View

_SIGNS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<", "keep_top": ">="}


def distances(view: View, rule: Rule, failing: pl.Series) -> pl.DataFrame:
    """Give ``row``, ``value``, ``bound`` (text), ``fails`` and ``distance`` of every document that the rule is about.

    ``failing`` holds the rows that fail it. Documents without the signal, or without a bound for their language, are
    left out: they pass however the bound is set. The bound of ``keep_top`` is the lowest value that passed.
    """
    signal, *tags = columns_read([rule])
    frame = view.documents([signal, *tags]).rename({signal: "value"}).cast({"value": pl.Float64})
    frame = frame.with_columns(fails=pl.col("row").is_in(failing.implode()), key=_keys(frame, rule, tags))
    frame = frame.filter(pl.col("key").is_not_null() & pl.col("value").is_not_null() & ~pl.col("value").is_nan())
    frame = frame.join(_bounds(frame, rule), on="key", how="left", maintain_order="left")
    return frame.with_columns(
        distance=pl.min_horizontal(
            (pl.col("value") - pl.col("low")).abs(),
            (pl.col("value") - pl.col("high")).abs(),
        )
    ).select("row", "value", "bound", "fails", "distance")


def _keys(frame: pl.DataFrame, rule: Rule, tags: list[str]) -> pl.Series:
    """Give for each document the key of its bound, or null."""
    if not tags:
        return pl.Series("key", [rule.key(None)]).new_from_index(0, frame.height)
    language = pl.col("language")
    tag = pl.coalesce(language + "-" + pl.col("script"), language) if "script" in tags else language
    tagged = frame.select(tag=tag)["tag"]
    known = {name: rule.key(name) for name in tagged.unique()}
    return tagged.replace_strict(list(known), list(known.values()), return_dtype=pl.String)


def _bounds(frame: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Give for each key the bounds below and above, and both as text."""
    rows: list[tuple[str, float | None, float | None, str]] = []
    for key, given in rule.bounds.items():
        if rule.kind == "between":
            low, high = given
            rows.append((key, low, high, f"between {number(low)} and {number(high)}"))
        elif rule.kind == "keep_top":
            lowest = frame.filter((pl.col("key") == key) & ~pl.col("fails"))["value"].min()
            low = float(lowest) if isinstance(lowest, int | float) else None
            rows.append((key, low, None, f">= {number(low)} (top {given:g})"))
        else:
            low, high = (given, None) if rule.kind in ("at_least", "above") else (None, given)
            rows.append((key, low, high, f"{_SIGNS[rule.kind]} {given:g}"))
    schema = {"key": pl.String, "low": pl.Float64, "high": pl.Float64, "bound": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
