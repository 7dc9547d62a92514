"""Bounds that no value of a signal can reach, moved to the nearest value that it can.

Computed thresholds are often no-ops (FineWeb-2 has shares of duplicate lines up to 1.32): a reader should not take them
for a choice.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from florilegium.errors import RecipeError
from florilegium.rules.model import Rule


class Clamp(NamedTuple):
    """One bound that was moved: for the ledger and the card."""

    rule: str
    language: str  # or "default"
    given: float
    used: float


def clamp(
    rules: Sequence[Rule], ranges: Mapping[str, tuple[float, float]]
) -> tuple[tuple[Rule, ...], tuple[Clamp, ...]]:
    """Move bounds into the feasible range of their signal (lowest and highest value, both possible; may be infinite).

    A clamped rule keeps what it kept. Where that cannot be, RecipeError is raised: for ``above`` and ``below`` out of
    range, and for a bound within which no value lies. Signals without a range, and ``keep_top``, are left alone.

    >>> clamp([Rule(signal="a.share", at_most=1.32)], {"a.share": (0, 1)})[1]
    (Clamp(rule='a.share', language='default', given=1.32, used=1.0),)
    """
    moved: list[Rule] = []
    clamps: list[Clamp] = []
    for rule in rules:
        if rule.signal not in ranges or rule.kind == "keep_top":
            moved.append(rule)
            continue
        bounds: dict[str, Any] = {}
        for language, bound in rule.bounds.items():
            pair = bound if isinstance(bound, tuple) else (bound,)
            low, high = ranges[rule.signal]
            used = tuple(float(min(max(given, low), high)) for given in pair)
            if used != pair:
                _check(rule, language, bound, (low, high))
            clamps += [Clamp(rule.id, language, *both) for both in zip(pair, used, strict=True) if both[0] != both[1]]
            bounds[language] = used if isinstance(bound, tuple) else used[0]
        moved.append(rule.model_copy(update={rule.kind: bounds}))
    return tuple(moved), tuple(clamps)


def _check(rule: Rule, language: str, bound: Any, feasible: tuple[float, float]) -> None:
    """Refuse a bound that keeps something else when it is moved."""
    low, high = feasible
    least, most = {"at_least": (bound, inf), "at_most": (-inf, bound), "between": bound}.get(rule.kind, (inf, -inf))
    if least > high or most < low:
        shown = list(bound) if isinstance(bound, tuple) else f"{bound:g}"
        raise RecipeError(
            f"rule `{rule.id}`: `{rule.kind}: {shown}` ({language}) lies outside {low:g} to {high:g}, the range of "
            f"`{rule.signal}`. Move the bound into it, or remove the rule."
        )
