"""Rules over columns of numbers: who fails what, with value and bound. No text is read, no document is looped over."""

import math
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from florilegium.errors import RecipeError
from florilegium.rules.model import DEFAULT, Rule
from florilegium.run.decisions import Mask, Verdict

#: For a form of bound: what a value outside it looks like, and how the bound is shown.
_OUTSIDE: dict[str, tuple[Callable[..., Mask], str]] = {
    "at_least": (np.less, ">= "),
    "above": (np.less_equal, "> "),
    "at_most": (np.greater, "<= "),
    "below": (np.greater_equal, "< "),
}


class Table(Protocol):
    """Columns by name: of a run, of a batch, or a mapping."""

    def __getitem__(self, name: str, /) -> pa.Array:
        """Give one column."""


def columns_read(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Give the columns that rules read: their signals, and language and script where a bound depends on them."""
    tags = {tag for rule in rules for tag in (*rule.bounds, *(rule.languages or ()))} - {DEFAULT}
    return (*dict.fromkeys(rule.signal for rule in rules), *tag_columns(tags))


def tag_columns(tags: Collection[str]) -> tuple[str, ...]:
    """Give the columns that tell documents of these languages apart: the script only where one of them names it."""
    return (*(("language",) if tags else ()), *(("script",) if any("-" in tag for tag in tags) else ()))


def language_tags(columns: Table, read: Collection[str], size: int) -> tuple[list[str | None], NDArray[np.intp]]:
    """Give the distinct tags, such as ``de`` or ``sr-Cyrl``, and for each of ``size`` documents the number of its own.

    ``read`` says whether language and script count: without them, all have the tag None.
    """
    if "language" not in read:
        return [None], np.zeros(size, dtype=np.intp)
    tags = columns["language"]
    if "script" in read:
        hyphen = pa.scalar("-", tags.type)
        tags = pc.coalesce(pc.binary_join_element_wise(tags, columns["script"], hyphen), tags)
    encoded = tags.dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.intp)


def evaluate(rules: Sequence[Rule], columns: Table, alive: Mask) -> list[Verdict]:
    """Hold every document against every rule; give one verdict for each rule, in order.

    ``columns`` has what ``columns_read`` names, one value for each document; a null or NaN signal means *not
    applicable* and passes. Failing does not depend on ``alive``, except that the quantile of ``keep_top`` is taken
    among the documents that are alive and passed the rules before it; where equal values stand at the quantile, all of
    them stay.

    A bound is rounded to the type of its column before comparing: a ratio of exactly 0.1, measured in float32, equals
    a bound of 0.1 as it would in exact numbers. Raises RecipeError for a signal that is not a number.
    """
    tags, codes = language_tags(columns, columns_read(rules), len(alive))
    reached = alive.copy()
    made: list[Verdict] = []
    for rule in rules:
        verdict = _hold(rule, _numbers(rule, columns[rule.signal]), tags, codes, reached)
        reached[verdict.rows] = False
        made.append(verdict)
    return made


def _numbers(rule: Rule, column: pa.Array) -> NDArray[Any]:
    """Give a signal as numbers, NaN where null."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise RecipeError(f"rule `{rule.id}` reads `{rule.signal}`, which is not a number ({column.type})")
    numbers: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return numbers


def _hold(
    rule: Rule, values: NDArray[Any], tags: Sequence[str | None], codes: NDArray[np.intp], reached: Mask
) -> Verdict:
    """Hold one signal against one rule."""
    place = {key: number for number, key in enumerate(rule.bounds)}
    which = np.array([place.get(rule.key(tag) or "", -1) for tag in tags], dtype=np.intp)  # bound of a tag; -1: none

    def outside(comparison: Callable[..., Mask], limits: Sequence[Any]) -> Mask:
        number = values.dtype if values.dtype.kind == "f" else np.float64
        of_tag = np.array([*limits, np.nan], dtype=number)[which]  # nothing fails NaN
        return comparison(values, of_tag[0] if len(tags) == 1 else of_tag.take(codes))

    given = list(rule.bounds.values())
    if rule.kind == "between":
        failing = outside(np.less, [low for low, _ in given]) | outside(np.greater, [high for _, high in given])
        shown = [f"between {_text(low)} and {_text(high)}" for low, high in given]
    elif rule.kind == "keep_top":
        bound_of = which.take(codes)
        lowest = [_quantile(values[reached & (bound_of == number)], share) for number, share in enumerate(given)]
        failing = outside(np.less, lowest)
        shown = [f">= {_text(low)} (top {_text(share)})" for low, share in zip(lowest, given, strict=True)]
    else:
        comparison, sign = _OUTSIDE[rule.kind]
        failing = outside(comparison, given)
        shown = [f"{sign}{_text(bound)}" for bound in given]
    rows = np.flatnonzero(failing)
    bounds = pa.array(shown, pa.string()).take(pa.array(which[codes[rows]]))
    return Verdict(rule.id, rows, values[rows].astype(np.float64), bounds)


def _quantile(values: NDArray[Any], share: float) -> Any:
    """Give the value that the highest ``share`` of ``values`` reach; NaN, which nothing fails, where there are none."""
    values = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    if not len(values):
        return np.nan
    stay = math.ceil(Fraction(str(share)) * len(values))
    return np.partition(values, len(values) - stay)[len(values) - stay]


def _text(number: Any) -> str:
    """Write a number as briefly as its own type allows: 50, 0.1, 0.018112."""
    return np.format_float_positional(number if isinstance(number, np.floating) else float(number), trim="-")
