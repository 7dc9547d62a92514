"""verdict.md says what was found, in words, and nothing in it is markup that was not meant."""

import re
from typing import Any

from florilegium.report.ablation import verdict_text


def part(text: str, heading: str) -> str:
    """Give a section of the text."""
    return re.split(r"(?m)^## ", text.split(f"## {heading}", 1)[1])[0]


def test_each_arm_says_how_much_how_sure_and_who_loses(verdict: dict[str, Any]) -> None:
    text = verdict_text(verdict)
    kept = part(text, "`ocr_strict`: keep")
    assert "a model needs 1.20 % fewer bits per byte (between 0.85 % and 1.55 % fewer, at 97 % confidence" in kept
    assert "Who loses: newspapers (domain): 1.34 % more bits per byte." in kept
    assert "Against dropping as many documents by lot (`lot_20`): a model needs 1.37 % fewer" in kept
    assert "another learning rate says the same" in kept and "0.44 % of the bits per byte" in kept
    assert "leave it out" in part(text, "`short_lines`: drop")
    undecided = part(text, "`loops`: undecided")
    assert "cannot tell" in undecided and "What would settle it: 9 seeds" in undecided
    assert "too small to matter" in part(text, "`edges`: too small to matter")
    assert "What would settle it" not in kept


def test_noise_setup_benchmark_and_warnings_are_told(verdict: dict[str, Any]) -> None:
    text = verdict_text(verdict)
    sure = part(text, "How sure this is")
    assert "between 0.29 % more and 0.40 % fewer" in sure and "0.17 % of the bits per byte (deviation)" in sure
    measured = part(text, "What was measured")
    assert "1.1 million parameters, 5 million tokens each" in measured and "Seeds: 1, 2, 3" in measured
    benchmark = part(text, "The benchmark")
    assert "`cloze` does not vote: no better than chance" in benchmark and "2 of 160 items share 13 words" in benchmark
    assert "`ocr_strict` -0.05" in part(text, "Shown, and not counted")
    assert "- Only three seeds" in part(text, "Warnings")


def test_what_was_not_done_is_said(verdict: dict[str, Any]) -> None:
    verdict["noise_floor"] = {"seed_deviation": None, "aa": None}
    verdict["contamination"] = None
    verdict["arms"][0]["check"]["agrees"] = False
    verdict["arms"][0]["interval"] = None
    text = verdict_text(verdict)
    assert "what chance alone does is not known" in text and "NOT checked" in text
    assert "DISAGREES" in text and "too few seeds for bounds" in text


def test_an_aa_pair_that_differs_is_an_alarm(verdict: dict[str, Any]) -> None:
    assert "WRONG" not in verdict_text(verdict)
    verdict["noise_floor"]["aa"]["verdict"] = "keep"
    assert "WHICH IS WRONG: trust no verdict here" in verdict_text(verdict)


def test_hostile_names_are_no_markup(verdict: dict[str, Any]) -> None:
    evil = "# [x](javascript:1) <img src=x> `a` ``b\x1b[31m\n## Faked: keep"
    verdict["question"] = verdict["hypothesis"] = verdict["warnings"][0] = verdict["arms"][0]["why"] = evil
    verdict["arms"][0]["name"] = verdict["arms"][0]["slices"][2]["value"] = evil
    verdict["arms"][0]["loses"] = [f"domain={evil}"]
    text = verdict_text(verdict)
    assert "\x1b" not in text and not re.search(r"(?m)^## Faked", text)
    bare = re.sub(r"`[^`\n]*`", "", text.replace("\\`", ""))  # what is outside code
    assert not re.search(r"(?<!\\)<img", bare) and not re.search(r"(?<!\\)\[x", bare)
