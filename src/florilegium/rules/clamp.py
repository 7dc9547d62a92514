"""Bounds that no value of a signal can reach, moved to the nearest value that it can.

Computed thresholds are often no-ops (FineWeb-2 has shares of duplicate lines up to 1.32): a reader should not take them
for a choice.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

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

    ``above`` and ``below`` cannot be moved without changing what they keep: out of range, they raise RecipeError.
    Signals without a range, and ``keep_top``, are left alone.

    >>> clamp([Rule(signal="a.share", at_most=1.32)], {"a.share": (0, 1)})[1]
    (Clamp(rule='a.share', language='default', given=1.32, used=1.0),)
    """
    moved: list[Rule] = []
    clamps: list[Clamp] = []
    for rule in rules:
        found = _clamps(rule, ranges[rule.signal]) if rule.signal in ranges and rule.kind != "keep_top" else []
        if found:
            low, high = ranges[rule.signal]
            if rule.kind in ("above", "below"):
                raise RecipeError(
                    f"rule `{rule.id}`: `{rule.kind}: {found[0].given:g}` ({found[0].language}) lies outside "
                    f"{low:g} to {high:g}, the range of `{rule.signal}`. Move the bound into it, or remove the rule."
                )
            moved.append(_within(rule, float(low), float(high)))
        else:
            moved.append(rule)
        clamps += found
    return tuple(moved), tuple(clamps)


def _clamps(rule: Rule, feasible: tuple[float, float]) -> list[Clamp]:
    """List the bounds of a rule that lie outside the range of its signal."""
    low, high = feasible
    return [
        Clamp(rule.id, language, given, float(min(max(given, low), high)))
        for language, bound in rule.bounds.items()
        for given in (bound if isinstance(bound, tuple) else (bound,))
        if not low <= given <= high
    ]


def _within(rule: Rule, low: float, high: float) -> Rule:
    bounds = {
        language: tuple(min(max(one, low), high) for one in bound)
        if isinstance(bound, tuple)
        else min(max(bound, low), high)
        for language, bound in rule.bounds.items()
    }
    return rule.model_copy(update={rule.kind: bounds})
