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
from florilegium.rules.decision import verdicts
from florilegium.rules.evaluate import Evaluation, evaluate
from florilegium.rules.model import Rule
from florilegium.run.decisions import REASONS, list_reasons


def a_rule(**written: object) -> Rule:
    return Rule.model_validate(written)


def hold(rule: Rule | list[Rule], values: object, languages: list[str | None] | None = None) -> Evaluation:
    """Hold one signal (float32 unless it is an array) against rules."""
    rules = rule if isinstance(rule, list) else [rule]
    column = values if isinstance(values, pa.Array | pa.ChunkedArray | np.ndarray) else pa.array(values, pa.float32())
    tags = None if languages is None else pa.array(languages, pa.string())
    return evaluate(rules, {"a.b": column}, tags, np.ones(len(column), dtype=np.bool_))


def passing(rule: Rule, values: object, languages: list[str | None] | None = None) -> list[bool]:
    return [bool(one) for one in hold(rule, values, languages).passing]


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
@pytest.mark.parametrize("bound", [{"at_least": 5}, {"at_most": 1}, {"between": [0, 1]}])
def test_a_document_without_the_signal_passes_and_is_counted(values: object, bound: dict[str, object]) -> None:
    found = hold(a_rule(signal="a.b", **bound), values)
    assert found.passing.tolist() == [True, False]
    assert found.outcomes[0].not_applicable == 1


def test_bounds_by_language() -> None:
    rule = a_rule(signal="a.b", at_least={"default": 0.8, "de": 0.774})
    assert passing(rule, [0.78] * 4, ["de", "de-Latn", "fr", None]) == [True, True, False, False]
    assert passing(rule, [0.78]) == [False]


def test_a_rule_for_some_languages_leaves_the_others_alone() -> None:
    found = hold(a_rule(signal="a.b", at_least=5, languages=("de", "nl")), [1, 1, 1, 9], ["de", "fr", "nl", "de"])
    assert found.passing.tolist() == [False, True, False, True]
    assert found.outcomes[0].not_applicable == 1


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
    found = evaluate(rules, {"a.b": pa.array([1, 2, 3, 4, 99, 101], pa.float32())}, None, alive)
    assert found.outcomes[1].bounds == (">= 3 (top 0.5)",)
    assert (found.passing & alive).tolist() == [False, False, True, True, False, False]
    assert found.outcomes[1].failing.tolist() == [True, True, False, False, False, False]


def test_the_quantile_does_not_depend_on_order_and_is_taken_by_language() -> None:
    rule = a_rule(signal="a.b", keep_top={"default": 0.5, "de": 0.25})
    values = np.arange(8, dtype=np.float32)
    languages = np.array(["de", "fr"] * 4)
    order = np.random.default_rng(3).permutation(8)
    there = hold(rule, values, languages.tolist())
    back = hold(rule, values[order], languages[order].tolist())
    assert there.outcomes[0].bounds == back.outcomes[0].bounds == (">= 5 (top 0.5)", ">= 6 (top 0.25)")
    assert (there.passing[order] == back.passing).all()


def test_no_document_reaches_the_quantile() -> None:
    rule = a_rule(signal="a.b", keep_top=0.5)
    found = evaluate([rule], {"a.b": pa.array([1, 2], pa.float32())}, None, np.zeros(2, dtype=np.bool_))
    assert found.passing.all()


def test_reasons_list_every_failing_rule_in_order() -> None:
    rules = [
        a_rule(id="s.low", signal="a.b", at_least=5),
        a_rule(id="s.range", signal="a.b", between={"default": (3, 10), "de": (0, 15)}),
        a_rule(id="s.high", signal="a.b", below=0.5),
    ]
    found = hold(rules, [1, 5, 20, None], ["fr", "fr", "de", "de"])
    listed = list_reasons(verdicts(found), 4)
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


def test_reasons_of_several_evaluations_stand_in_one_list() -> None:
    first = hold(a_rule(id="x.one", signal="a.b", above=0.65), [0.1, 0.9])
    second = hold(a_rule(id="y.two", signal="a.b", at_most=0.05), pa.chunked_array([[0.1], [0.9]]))
    rules = [
        [reason["rule"] for reason in row] for row in list_reasons([*verdicts(first), *verdicts(second)], 2).to_pylist()
    ]
    assert rules == [["x.one", "y.two"], ["y.two"]]
    assert list_reasons([], 2).to_pylist() == [[], []]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({}, "rule `a.b` reads `a.b`, which was not measured"),
        ({"a.b": pa.array(["x"])}, "rule `a.b` reads `a.b`, which is not a number"),
    ],
)
def test_a_signal_that_is_not_there_or_no_number(columns: dict[str, pa.Array], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        evaluate([a_rule(signal="a.b", at_least=1)], columns, None, np.ones(1, dtype=np.bool_))


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
LANGUAGES = st.sampled_from([None, "de", "de-AT", "sr-Cyrl", "sr-Latn", "fr"])
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
    languages = pa.array([row[1] for row in rows], pa.string())
    alive = np.array([row[2] for row in rows])
    found = evaluate(rules, {"a.b": column}, languages, alive)
    expected = plainly(rules, rows)
    assert [
        [reason["rule"] for reason in row] for row in list_reasons(verdicts(found), len(rows)).to_pylist()
    ] == expected
