"""Where a rule's bound lies for each document: by language, and as it was used (clamped, or found by ``keep_top``)."""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from florilegium.report.page.letters import number
from florilegium.rules.evaluate import columns_read, language_tags
from florilegium.rules.model import DEFAULT, Rule
from florilegium.run.view import View

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORDS = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below", "keep_top": "at least"}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """One bound: values under ``low`` or over ``high`` fail; both None for a ``keep_top`` that nothing failed."""

    key: str  # language, or `default`
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True)
class Limits:
    """The bounds of one rule, and which of them holds for each document (-1: none)."""

    rule: Rule
    limits: tuple[Limit, ...]
    which: NDArray[np.intp]
    holding: tuple[Limit, ...]  # those that hold for at least one document

    def distance(self, values: Floats, rows: NDArray[np.int64]) -> Floats:
        """Give how far the values of some rows lie from the nearest bound; infinite where none holds or is known."""
        found = np.full(len(rows), np.inf)
        which = self.which[rows]
        for place, limit in enumerate(self.limits):
            here = which == place
            for bound in (limit.low, limit.high):
                if bound is not None:
                    found[here] = np.minimum(found[here], np.abs(values[rows[here]] - bound))
        return found


class Tags:
    """The languages of all documents, as far as any rule asks for them."""

    def __init__(self, view: View, rules: list[Rule]) -> None:
        read = [name for name in columns_read(rules) if name in ("language", "script")]
        frame = view.documents(read)
        columns = {name: frame[name].to_arrow() for name in read}
        self.tags, self.codes = language_tags(columns, read, sum(view.lengths))
        self.there = np.bincount(self.codes, minlength=len(self.tags)) > 0

    def limits(self, rule: Rule, failures: pl.DataFrame) -> Limits:
        """Give the bounds of a rule; ``failures`` are the documents that fail it, with the bound as it was used."""
        keys = list(rule.bounds)
        place = {key: position for position, key in enumerate(keys)}
        of_tag = np.array([place.get(rule.key(tag) or "", -1) for tag in self.tags], dtype=np.intp)
        which = of_tag.take(self.codes)
        used = failures.select("bound", which=pl.Series(which[failures["row"].to_numpy()])).unique()
        texts = {row["which"]: str(row["bound"]) for row in used.sort("bound").rows(named=True)}
        limits = tuple(used_limit(rule, key, texts.get(position)) for position, key in enumerate(keys))
        seen = set(of_tag[self.there].tolist())
        return Limits(rule, limits, which, tuple(limit for position, limit in enumerate(limits) if position in seen))


def used_limit(rule: Rule, key: str, used: str | None) -> Limit:
    """Give one bound of a rule as it was ``used`` (as decisions write it); as given where no document failed it."""
    given = rule.bounds[key]
    found = [float(text) for text in _NUMBER.findall(used)] if used else []
    low = high = None
    if rule.kind == "between":
        low, high = found[:2] if len(found) >= 2 else given
        words = f"between {number(low)} and {number(high)}"
    elif rule.kind == "keep_top":
        low = found[0] if found else None
        words = f"the top {100 * given:g} %" + (f", at least {number(low)}" if found else "")
    else:
        bound = found[0] if found else float(given)
        low, high = (bound, None) if rule.kind in ("at_least", "above") else (None, bound)
        words = f"{_WORDS[rule.kind]} {number(bound)}"
    return Limit(key, low, high, words if key == DEFAULT else f"{key}: {words}")
