"""What may be written as a rule, and what is refused."""

import pytest
from pydantic import ValidationError

from florilegium.rules.model import Rule, RuleSet, nearest, unique_ids


def a_rule(**written: object) -> Rule:
    return Rule.model_validate(written)


def refused(**written: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Rule.model_validate({"signal": "gopher.words", **written})
    return str(caught.value)


def test_a_rule_needs_exactly_one_bound() -> None:
    assert "exactly one of at_least, above, at_most, below, between, keep_top; it has none" in refused()
    assert "it has `at_least` and `at_most`" in refused(at_least=1, at_most=2)
    assert "rule `gopher.words`" in refused()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"between": [10, 3]}, "the lower bound 10 is above the upper bound 3"),
        ({"between": {"default": [3, 10], "de": [15, 3]}}, "the lower bound 15 is above"),
        ({"between": [3]}, "required"),
        ({"at_least": "50"}, "valid number"),
        ({"at_least": True}, "valid number"),
        ({"at_least": float("nan")}, "finite number"),
        ({"at_least": {}}, "at least 1 item"),
        ({"at_least": {"German": 1}}, "'German' is no language: write BCP 47"),
        ({"at_least": {"de-AT": 1}}, "'de-AT' is no language: write BCP 47"),
        ({"at_least": {"deu": 1}}, "'deu' is written `de` here"),
        ({"at_least": {"srp_Cyrl": 1}}, "'srp_Cyrl' is written `sr-Cyrl` here"),
        ({"keep_top": 0}, "greater than 0"),
        ({"keep_top": 10}, "less than or equal to 1"),
        ({"at_least": 1, "languages": []}, "at least 1 item"),
        ({"at_least": 1, "languages": ["German"]}, "'German' is no language"),
        ({"at_least": 1, "id": "Mean Words"}, "match pattern"),
        ({"atleast": 1}, "Extra inputs"),
    ],
)
def test_a_bound_that_cannot_be_meant_is_refused(written: dict[str, object], message: str) -> None:
    assert message in refused(**written)


def test_a_bound_reads_back_as_it_was_written() -> None:
    written = {"signal": "a.b", "id": "c.d", "at_least": {"default": 1.0, "de": 2.0}, "languages": ["de", "fr"]}
    rule = Rule.model_validate(written)
    assert Rule.model_validate(rule.literal()) == rule
    assert rule.literal()["at_least"] == written["at_least"]
    assert a_rule(signal="a.b", at_most=3).literal()["at_most"] == 3
    assert a_rule(signal="a.b", between=(1, 2)).literal()["between"] == [1, 2]


def test_an_inline_rule_is_called_by_its_signal() -> None:
    assert a_rule(signal="ocr.mean_confidence", keep_top=0.5).id == "ocr.mean_confidence"


@pytest.mark.parametrize(
    ("language", "key"),
    [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("sr-Cyrl-RS", "sr-Cyrl"), ("sr-Latn", "default"), (None, "default")],
)
def test_a_language_takes_the_nearest_bound(language: str | None, key: str) -> None:
    assert a_rule(signal="a.b", at_least={"default": 1, "de": 2, "sr-Cyrl": 3}).key(language) == key


def test_a_language_without_a_bound_is_left_alone() -> None:
    by_language = a_rule(signal="a.b", at_least={"de": 2})
    limited = a_rule(signal="a.b", at_least=2, languages=("de",))
    assert [by_language.key("de"), by_language.key("fr"), by_language.key(None)] == ["de", None, None]
    assert [limited.key("de-AT"), limited.key("fr"), limited.key(None)] == ["default", None, None]


def test_a_tag_is_not_matched_by_half_a_subtag() -> None:
    assert nearest("den", ["de"]) is None


def test_a_set_puts_its_name_before_the_ids_once() -> None:
    loaded = RuleSet.model_validate(
        {"name": "mine", "rules": [{"id": "words", "signal": "gopher.words", "at_least": 5}]}
    )
    assert loaded.rules[0].id == "mine.words"
    assert RuleSet.model_validate(loaded.literal()) == loaded


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "at least 1 item"),
        ([{"signal": "a.b", "at_least": 1}], "rule `a.b`: give it an `id` of one word"),
        ([{"id": "x", "signal": "a.b", "at_least": 1}, {"id": "x", "signal": "a.c", "at_least": 1}], "called `mine.x`"),
    ],
)
def test_a_set_that_cannot_be_meant_is_refused(rules: list[object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RuleSet.model_validate({"name": "mine", "rules": rules})


def test_two_inline_rules_on_one_signal_need_ids() -> None:
    rules = [a_rule(signal="a.b", at_least=1), a_rule(signal="a.b", at_most=2)]
    with pytest.raises(ValueError, match=r"called `a\.b`: give each its own `id`"):
        unique_ids(rules)
