"""Effects in plain words."""

from typing import Any

import pytest

from florilegium.errors import ContractError
from florilegium.report.ablation.verdict import read_verdict
from florilegium.report.ablation.wording import amount, outcome, probability, scale, summary


def test_fewer_bits_are_better_and_told_in_per_cent_of_the_baseline(verdict: dict[str, Any]) -> None:
    told = scale(read_verdict(verdict))
    assert told.sentence(0.0277) == "a model needs 1.20 % fewer bits per byte"
    assert told.sentence(-0.0277) == "a model needs 1.20 % more bits per byte"
    assert told.said(0.00001) == "as many bits per byte" and told.signed(-0.00001) == "0.00 %"
    assert [told.signed(effect) for effect in (0.0231, -0.0231)] == ["+1.00 %", "−1.00 %"]


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((0.0231, 0.0462), "between 1.00 % and 2.00 % fewer"),
        ((-0.0462, -0.0231), "between 1.00 % and 2.00 % more"),
        ((-0.0231, 0.0462), "between 1.00 % more and 2.00 % fewer"),
        ((0.0, 0.0462), "between nothing and 2.00 % fewer"),
    ],
)
def test_intervals_say_their_direction(verdict: dict[str, Any], interval: tuple[float, float], said: str) -> None:
    assert scale(read_verdict(verdict)).between(interval) == said


@pytest.mark.parametrize(
    ("name", "unit", "higher", "said"),
    [
        ("accuracy", "share", True, "a model gives 2.0 more right answers in a hundred"),
        ("probability_norm", "probability", True, "a model gives 2.0 more points in a hundred for the right answer"),
        ("margin", "bits", True, "a model gains 0.020 more bits of margin"),
    ],
)
def test_other_measures_have_their_own_words(
    verdict: dict[str, Any], name: str, unit: str, higher: bool, said: str
) -> None:
    verdict["measure"] = {"name": name, "unit": unit, "higher_is_better": higher, "tasks": ["t"]}
    verdict["smallest_effect"] = 0.01
    assert scale(read_verdict(verdict)).sentence(0.02) == said


def test_undecided_is_told_apart_from_too_small_to_matter(verdict: dict[str, Any]) -> None:
    read = read_verdict(verdict)
    outcomes = {arm.name: outcome(arm, read.smallest_effect) for arm in read.arms}
    assert outcomes == {
        "ocr_strict": "Keep",
        "short_lines": "Drop",
        "loops": "Undecided",
        "edges": "Too small to matter",
    }
    assert summary(read, scale(read)) == (
        "ocr_strict helps (1.20 % fewer bits per byte), but it harms newspapers (domain); short_lines harms "
        "(0.80 % more bits per byte); edges does too little to matter; loops is not decided"
    )


def test_an_interval_without_bounds_is_none(verdict: dict[str, Any]) -> None:
    verdict["arms"][0]["interval"] = [-3.8e27, 3.8e27]
    assert read_verdict(verdict).arms[0].interval is None


def test_large_numbers_and_p_values() -> None:
    assert [amount(n, "tokens") for n in (900, 5_000_000, 1_053_824, 2.5e9)] == [
        "900 tokens",
        "5 million tokens",
        "1.1 million tokens",
        "2.5 billion tokens",
    ]
    assert [probability(p) for p in (None, 0.0, 0.0004, 0.03, float("nan"))] == [
        "–",
        "< 0.001",
        "< 0.001",
        "0.030",
        "–",
    ]


def test_what_cannot_be_read_is_named(verdict: dict[str, Any]) -> None:
    del verdict["arms"][1]["effect"]
    with pytest.raises(ContractError, match=r"`arms.1.effect`: Field required; run `florilegium ablate` again"):
        read_verdict(verdict)
    with pytest.raises(ContractError, match="has version 7"):
        read_verdict({"version": 7})
