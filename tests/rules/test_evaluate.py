"""Rules over columns: bounds, nulls, languages, quantiles and reasons."""

from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.errors import RecipeError
from florilegium.rules.evaluate import columns_read, evaluate
from florilegium.rules.model import Rule
from florilegium.run.decisions import REASONS, Mask, Verdict, list_reasons


def a_rule(**written: object) -> Rule:
    return Rule.model_validate(written)


def hold(
    rules: list[Rule], values: object, languages: list[str | None] | None = None, alive: Mask | None = None
) -> list[Verdict]:
    """Hold one signal (float32 unless it is an array) of documents in these languages and scripts against rules."""
    column = values if isinstance(values, pa.Array) else pa.array(values, pa.float32())
    columns = {"a.b": column}
    if languages is not None:
        tags = [(tag or "").split("-") for tag in languages]
        columns["language"] = pa.array([tag[0] or None for tag in tags], pa.string())
        columns["script"] = pa.array([tag[1] if tag[1:] else None for tag in tags], pa.string())
    return evaluate(rules, columns, np.ones(len(column), dtype=np.bool_) if alive is None else alive)


def passing(rule: Rule, values: object, languages: list[str | None] | None = None) -> list[bool]:
    (verdict,) = hold([rule], values, languages)
    return [row not in verdict.rows for row in range(len(values))]  # type: ignore[arg-type]


def bounds(rule: Rule, values: object, languages: list[str | None] | None = None) -> set[str]:
    """Give the bounds that documents fail, as text."""
    return set(hold([rule], values, languages)[0].bounds.to_pylist())


@pytest.mark.parametrize(
    ("bound", "kept"),
    [
        ({"at_least": 0.1}, [False, True, True]),
        ({"above": 0.1}, [False, False, True]),
        ({"at_most": 0.1}, [True, True, False]),
        ({"below": 0.1}, [True, False, False]),
        ({"between": [0.1, 0.1]}, [False, True, False]),
    ],
)
def test_a_value_that_equals_the_bound(bound: dict[str, object], kept: list[bool]) -> None:
    rule = a_rule(signal="a.b", **bound)
    assert passing(rule, [0.09, 0.1, 0.11]) == kept
    assert passing(rule, pa.array([0.09, 0.1, 0.11], pa.float64())) == kept


def test_whole_numbers_are_compared_exactly() -> None:
    assert passing(a_rule(signal="a.b", at_most=16777216), pa.array([16777216, 16777217], pa.int32())) == [True, False]
    assert passing(a_rule(signal="a.b", at_least=4.5), pa.array([4, 5], pa.int32())) == [False, True]
    assert passing(a_rule(signal="a.b", at_most=0), pa.array([True, False, None], pa.bool_())) == [False, True, True]


@pytest.mark.parametrize("values", [pa.array([None, 3], pa.int32()), pa.array([None, 3], pa.float32()), [np.nan, 3]])
@pytest.mark.parametrize("bound", [{"at_least": 5}, {"at_most": 1}, {"between": [0, 1]}, {"above": 3}, {"below": 3}])
def test_a_document_without_the_signal_passes(values: object, bound: dict[str, object]) -> None:
    assert passing(a_rule(signal="a.b", **bound), values) == [True, False]


def test_bounds_by_language() -> None:
    rule = a_rule(signal="a.b", at_least={"default": 0.8, "de": 0.774})
    assert passing(rule, [0.78] * 4, ["de", "de-Latn", "fr", None]) == [True, True, False, False]


def test_a_rule_for_some_languages_leaves_the_others_alone() -> None:
    rule = a_rule(signal="a.b", at_least=5, languages=("de", "nl"))
    assert passing(rule, [1, 1, 1, 9], ["de", "fr", "nl", "de"]) == [False, True, False, True]


def test_a_bound_may_be_for_one_script_of_a_language() -> None:
    rule = a_rule(signal="a.b", at_least={"default": 0, "sr": 5, "sr-Cyrl": 7})
    assert columns_read([rule]) == ("a.b", "language", "script")
    assert passing(rule, [6] * 4, ["sr-Cyrl", "sr-Latn", "sr", None]) == [False, True, True, True]
    assert bounds(rule, [6, 4], ["sr-Cyrl", "sr-Latn"]) == {">= 7", ">= 5"}


def test_only_the_columns_that_bounds_depend_on_are_read() -> None:
    everywhere, german = a_rule(signal="a.b", at_least=1), a_rule(signal="c.d", at_least=1, languages=("de",))
    assert columns_read([everywhere, a_rule(id="again", signal="a.b", at_most=9)]) == ("a.b",)
    assert columns_read([german, everywhere]) == ("c.d", "a.b", "language")


def test_the_top_share_stays_and_ties_with_it() -> None:
    assert passing(a_rule(signal="a.b", keep_top=0.5), [1, 2, 3, 4]) == [False, False, True, True]
    assert passing(a_rule(signal="a.b", keep_top=0.25), [1, 2, 4, 4]) == [False, False, True, True]
    assert passing(a_rule(signal="a.b", keep_top=1), [1, 2]) == [True, True]
    assert passing(a_rule(signal="a.b", keep_top=0.3), pa.array(range(10), pa.int32())) == [False] * 7 + [True] * 3


@pytest.mark.parametrize(("share", "size"), [(0.07, 100), (0.29, 100), (0.1, 30), (0.58, 50)])
def test_the_share_is_counted_exactly(share: float, size: int) -> None:
    """0.07 * 100 is 7.000000000000001 in floating point: seven documents stay, not eight."""
    assert sum(passing(a_rule(signal="a.b", keep_top=share), list(range(size)))) == Fraction(str(share)) * size


def test_the_quantile_is_among_the_documents_that_reached_the_rule() -> None:
    rules = [a_rule(signal="a.b", at_most=100), a_rule(id="top", signal="a.b", keep_top=0.5)]
    alive = np.array([True, True, True, True, False, True])
    _, top = hold(rules, [1, 2, 3, 4, 99, 101], alive=alive)
    assert top.rows.tolist() == [0, 1] and set(top.bounds.to_pylist()) == {">= 3 (top 0.5)"}
    assert alive.sum() == 5


def test_the_quantile_does_not_depend_on_order_and_is_taken_by_language() -> None:
    rule = a_rule(signal="a.b", keep_top={"default": 0.5, "de": 0.25})
    values = np.arange(8)
    languages = np.array(["de", "fr"] * 4)
    order = np.random.default_rng(3).permutation(8)
    assert bounds(rule, values, languages.tolist()) == {">= 5 (top 0.5)", ">= 6 (top 0.25)"}
    there = np.array(passing(rule, values, languages.tolist()))
    assert there[order].tolist() == passing(rule, values[order], languages[order].tolist())


def test_no_document_reaches_the_quantile() -> None:
    rules = [a_rule(signal="a.b", at_most=0), a_rule(id="top", signal="a.b", keep_top=0.5)]
    assert hold(rules, [1, 2])[1].rows.tolist() == []
    assert hold(rules, [1, 2], alive=np.zeros(2, dtype=np.bool_))[1].rows.tolist() == []


def test_no_documents_at_all() -> None:
    rules = [a_rule(signal="a.b", at_most={"de": 0}), a_rule(id="top", signal="a.b", keep_top={"de": 0.5, "nl": 0.1})]
    found = hold(rules, [], [])
    assert [len(verdict.rows) for verdict in found] == [0, 0] and list_reasons(found, 0).to_pylist() == []


def test_reasons_list_every_failing_rule_in_order() -> None:
    rules = [
        a_rule(id="s.low", signal="a.b", at_least=5),
        a_rule(id="s.range", signal="a.b", between={"default": (3, 10), "de": (0, 15)}),
        a_rule(id="s.high", signal="a.b", below=0.5),
    ]
    listed = list_reasons(hold(rules, [1, 5, 20, None], ["fr", "fr", "de", "de"]), 4)
    assert listed.type == REASONS
    listed.validate(full=True)
    assert listed.to_pylist() == [
        [
            {"rule": "s.low", "value": 1.0, "bound": ">= 5"},
            {"rule": "s.range", "value": 1.0, "bound": "between 3 and 10"},
            {"rule": "s.high", "value": 1.0, "bound": "< 0.5"},
        ],
        [{"rule": "s.high", "value": 5.0, "bound": "< 0.5"}],
        [
            {"rule": "s.range", "value": 20.0, "bound": "between 0 and 15"},
            {"rule": "s.high", "value": 20.0, "bound": "< 0.5"},
        ],
        [],
    ]


def test_a_signal_that_is_no_number() -> None:
    with pytest.raises(RecipeError, match=r"rule `a\.b` reads `a\.b`, which is not a number \(string\)"):
        hold([a_rule(signal="a.b", at_least=1)], pa.array(["x"]))


KEYS = st.sampled_from(["default", "de", "sr-Cyrl"])
NUMBERS = st.integers(-3, 3).map(float)
BOUNDS = st.one_of(
    st.tuples(st.sampled_from(["at_least", "above", "at_most", "below"]), st.dictionaries(KEYS, NUMBERS, min_size=1)),
    st.tuples(
        st.just("between"),
        st.dictionaries(KEYS, st.tuples(NUMBERS, NUMBERS).map(lambda pair: tuple(sorted(pair))), min_size=1),
    ),
    st.tuples(st.just("keep_top"), st.dictionaries(KEYS, st.sampled_from([0.1, 0.3, 0.5, 1.0]), min_size=1)),
)
LANGUAGES = st.sampled_from([None, "de", "de-Latn", "sr-Cyrl", "sr-Latn", "fr"])
ROWS = st.lists(st.tuples(st.one_of(st.none(), NUMBERS), LANGUAGES, st.booleans()), min_size=1, max_size=12)


def plainly(rules: list[Rule], rows: list[tuple[float | None, str | None, bool]]) -> list[list[str]]:
    """Give the failing rules of each row, one row and one rule at a time."""
    failing: list[list[str]] = [[] for _ in rows]
    for rule in rules:
        limits = rule.bounds
        if rule.kind == "keep_top":
            limits = {key: lowest_of_top(rule, key, rows, failing) for key in rule.bounds}
        for (value, language, _), failed in zip(rows, failing, strict=True):
            key = rule.key(language)
            if value is not None and key is not None and outside(rule.kind, value, limits[key]):
                failed.append(rule.id)
    return failing


def lowest_of_top(
    rule: Rule, key: str, rows: list[tuple[float | None, str | None, bool]], failing: list[list[str]]
) -> float:
    reached = [
        value
        for (value, language, alive), failed in zip(rows, failing, strict=True)
        if alive and not failed and value is not None and rule.key(language) == key
    ]
    stay = ceil(Fraction(str(rule.bounds[key])) * len(reached))
    return sorted(reached, reverse=True)[stay - 1] if reached else -9.0


def outside(kind: str, value: float, bound: Any) -> bool:
    if kind == "between":
        return not bound[0] <= value <= bound[1]
    if kind in ("at_least", "keep_top"):
        return bool(value < bound)
    return bool({"above": value <= bound, "at_most": value > bound, "below": value >= bound}[kind])


@settings(max_examples=200, deadline=None)
@given(st.lists(BOUNDS, min_size=1, max_size=5), ROWS, st.sampled_from([pa.int32(), pa.float32()]))
def test_columns_agree_with_one_document_at_a_time(
    bounds: list[tuple[str, object]], rows: list[tuple[float | None, str | None, bool]], kind: pa.DataType
) -> None:
    rules = [
        Rule.model_validate({"signal": "a.b", "id": f"s.r{number}", form: bound})
        for number, (form, bound) in enumerate(bounds)
    ]
    column = pa.array([row[0] for row in rows], pa.float64()).cast(kind)
    alive = np.array([row[2] for row in rows])
    found = list_reasons(hold(rules, column, [row[1] for row in rows], alive), len(rows)).to_pylist()
    assert [[reason["rule"] for reason in row] for row in found] == plainly(rules, rows)
