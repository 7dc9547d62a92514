"""Rules over columns of numbers: who fails what, with value and bound. No text is read, no document is looped over."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from florilegium.errors import RecipeError
from florilegium.rules.model import Rule

Mask = NDArray[np.bool_]
Column: TypeAlias = pa.Array | pa.ChunkedArray | NDArray[Any]

#: For a form of bound: what a value outside it looks like, and how the bound is shown.
_OUTSIDE = {
    "at_least": (np.less, ">= "),
    "above": (np.less_equal, "> "),
    "at_most": (np.greater, "<= "),
    "below": (np.greater_equal, "< "),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule says about every document."""

    rule: Rule
    failing: Mask
    values: NDArray[Any]  # of the signal; NaN where null
    bounds: tuple[str, ...]  # as text, one for each key of the rule's bounds
    key: NDArray[np.intp] | int  # which of ``bounds`` holds for each document, or for all of them
    not_applicable: int  # documents without the signal, or in a language that the rule leaves alone; they pass


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the rules say about every document."""

    outcomes: tuple[Outcome, ...]
    first: NDArray[np.int16]  # number of the first rule that the document fails; -1 where it fails none

    @property
    def passing(self) -> Mask:
        """The documents that fail no rule."""
        return self.first < 0


def evaluate(
    rules: Sequence[Rule], columns: Mapping[str, Column], languages: pa.Array | pa.ChunkedArray | None, alive: Mask
) -> Evaluation:
    """Hold every document against every rule.

    ``columns`` are the signals, one value for each document; null and NaN mean *not applicable* and pass. ``languages``
    are BCP 47 tags (None: all documents take the default bounds). Failing does not depend on ``alive``, except that the
    quantile of ``keep_top`` is taken among the documents that are alive and passed the rules before it; where equal
    values stand at the quantile, all of them stay.

    A bound is rounded to the type of its column before comparing: a ratio of exactly 0.1, measured in float32, equals
    a bound of 0.1 as it would in exact numbers. Raises RecipeError for a signal that is absent or not a number.
    """
    tags, codes = _languages(languages, len(alive))
    numbers: dict[str, NDArray[Any]] = {}
    first = np.full(len(alive), -1, dtype=np.int16)
    outcomes: list[Outcome] = []
    for number, rule in enumerate(rules):
        if rule.signal not in numbers:
            numbers[rule.signal] = _numbers(rule, columns)
        outcome = _outcome(rule, numbers[rule.signal], _keys(rule, tags, codes), alive & (first < 0))
        first[(first < 0) & outcome.failing] = number
        outcomes.append(outcome)
    return Evaluation(tuple(outcomes), first)


def _languages(languages: pa.Array | pa.ChunkedArray | None, size: int) -> tuple[list[str | None], NDArray[np.intp]]:
    """Give the distinct tags and, for each document, the number of its own."""
    if languages is None:
        return [None], np.zeros(size, dtype=np.intp)
    if isinstance(languages, pa.ChunkedArray):
        languages = languages.combine_chunks()
    encoded = languages.dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.intp)


def _numbers(rule: Rule, columns: Mapping[str, Column]) -> NDArray[Any]:
    """Give a signal as numbers, NaN where null."""
    if rule.signal not in columns:
        raise RecipeError(f"rule `{rule.id}` reads `{rule.signal}`, which was not measured: add its stage to `measure`")
    column = columns[rule.signal]
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.Array):
        column = column.cast(pa.uint8()) if pa.types.is_boolean(column.type) else column
        column = column.to_numpy(zero_copy_only=False)
    if column.dtype.kind not in "biuf":
        raise RecipeError(f"rule `{rule.id}` reads `{rule.signal}`, which is not a number ({column.dtype})")
    return column


def _keys(rule: Rule, tags: list[str | None], codes: NDArray[np.intp]) -> NDArray[np.intp] | int:
    """Give for each document (or once for all) which bound of the rule holds, counted from 0; -1 for none."""
    order = {key: number for number, key in enumerate(rule.bounds)}
    by_tag = [-1 if (key := rule.key(tag)) is None else order[key] for tag in tags]
    if len(set(by_tag)) == 1:
        return by_tag[0]
    return np.array(by_tag, dtype=np.intp)[codes]


def _outcome(rule: Rule, values: NDArray[Any], key: NDArray[np.intp] | int, reached: Mask) -> Outcome:
    kind, given = rule.kind, list(rule.bounds.values())
    texts: tuple[str, ...]
    if kind == "between":
        failing = np.less(values, _bound([low for low, _ in given], values, key))
        failing |= np.greater(values, _bound([high for _, high in given], values, key))
        texts = tuple(f"between {_text(low)} and {_text(high)}" for low, high in given)
    elif kind == "keep_top":
        lowest = [_quantile(values[reached & (key == number)], share) for number, share in enumerate(given)]
        failing = np.less(values, _bound(lowest, values, key))
        texts = tuple(f">= {_text(low)} (top {_text(share)})" for low, share in zip(lowest, given, strict=True))
    else:
        outside, sign = _OUTSIDE[kind]
        failing = outside(values, _bound(given, values, key))
        texts = tuple(f"{sign}{_text(one)}" for one in given)
    absent = (np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)) | (key == -1)
    return Outcome(rule, failing, values, texts, key, int(np.count_nonzero(absent)))


def _bound(bounds: Sequence[Any], values: NDArray[Any], key: NDArray[np.intp] | int) -> Any:
    """Give the bound for each document (or for all) in the type of the column; NaN, which nothing fails, where none."""
    number = values.dtype if values.dtype.kind == "f" else np.float64
    return np.array([*bounds, np.nan], dtype=number)[key]


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
