"""Bounds out of reach are moved and reported."""

import re
from math import inf

import pytest

from florilegium.errors import RecipeError
from florilegium.rules.clamp import Clamp, clamp
from florilegium.rules.model import Rule

RANGES = {"a.share": (0.0, 1.0), "a.count": (0.0, inf)}


def a_rule(**written: object) -> Rule:
    return Rule.model_validate(written)


def test_bounds_out_of_range_are_moved_and_named_by_language() -> None:
    lines = a_rule(id="s.lines", signal="a.share", at_most={"default": 0.3, "da": 1.32, "de": 5})
    length = a_rule(id="s.length", signal="a.count", between=(-3, 3141))
    moved, clamps = clamp([lines, length], RANGES)
    assert [rule.bounds for rule in moved] == [{"default": 0.3, "da": 1.0, "de": 1.0}, {"default": (0.0, 3141.0)}]
    assert clamps == (
        Clamp("s.lines", "da", 1.32, 1.0),
        Clamp("s.lines", "de", 5.0, 1.0),
        Clamp("s.length", "default", -3.0, 0.0),
    )
    assert lines.bounds["da"] == 1.32


def test_bounds_within_range_and_signals_without_range_are_left_alone() -> None:
    rules = (
        a_rule(signal="a.share", at_most=1),
        a_rule(signal="other", at_most=-7),
        a_rule(signal="a.count", keep_top=0.5),
    )
    assert clamp(rules, RANGES) == (rules, ())


@pytest.mark.parametrize(
    ("bound", "shown"),
    [
        ({"below": {"default": 0.5, "de": 1.5}}, "`below: 1.5` (de)"),
        ({"above": -1}, "`above: -1` (default)"),
        ({"at_least": 1.01}, "`at_least: 1.01` (default)"),
        ({"at_most": {"default": 0.5, "de": -0.1}}, "`at_most: -0.1` (de)"),
        ({"between": (2, 3)}, "`between: [2.0, 3.0]` (default)"),
    ],
)
def test_a_bound_that_would_keep_something_else_is_an_error(bound: dict[str, object], shown: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(f"{shown} lies outside 0 to 1, the range of `a.share`")):
        clamp([a_rule(signal="a.share", **bound)], RANGES)
