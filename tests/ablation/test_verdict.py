"""Verdicts on made panels: keep, drop, and every reason to stay undecided."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from florilegium.ablation.panel import Panel
from florilegium.ablation.sequential import Look
from florilegium.ablation.verdict import Check, Design, judge, to_json
from florilegium.errors import ContractError, RecipeError

SEEDS = 5
DESIGN = Design((Look(SEEDS, 0.05),), 0.05, 0.005, "bits per byte", False)


def make(effects: dict[str, float], noise: float = 0.001, seeds: int = SEEDS, seed: int = 0, items: int = 40) -> Panel:
    """Make a panel of a baseline and arms; items differ by as much as runs do, in 20 clusters and two strata."""
    rng = np.random.default_rng(seed)
    arms = ("baseline", *effects)
    values = -2.0 + rng.normal(0, 0.2, items) + noise * rng.standard_normal((len(arms), seeds, 1))
    values = values + noise * rng.standard_normal((len(arms), seeds, items))
    values = values + np.array([0.0, *effects.values()])[:, None, None]
    cluster = np.arange(items) // 2
    return Panel(arms, tuple(range(1, seeds + 1)), values, np.ones(items), cluster % 2, cluster)


def arm(verdict: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in verdict["arms"] if row["name"] == name)


def test_keep_and_drop() -> None:
    verdict = judge(make({"good": 0.05, "bad": -0.05, "same": 0.0}), DESIGN)
    assert [row["verdict"] for row in verdict["arms"]] == ["keep", "drop", "undecided"]
    assert arm(verdict, "good")["interval"][0] > 0 > arm(verdict, "bad")["interval"][1]
    # scores are in the measure's own direction: fewer bits are better
    assert arm(verdict, "good")["score"] < verdict["baseline"]["score"] < arm(verdict, "bad")["score"]


def test_slices_that_rest_on_one_work_are_named() -> None:
    panel = make({"a": 0.01})
    old = np.where(panel.cluster == 4, "1600s", "1900s")
    verdict = judge(panel, DESIGN, slices={"century": old})
    said = [warning for warning in verdict["warnings"] if "single cluster" in warning]
    assert len(said) == 1 and "century=1600s" in said[0] and "1900s" not in said[0]
    plenty = np.where(panel.cluster < 10, "1600s", "1900s")
    assert not any("single" in warning for warning in judge(panel, DESIGN, slices={"century": plenty})["warnings"])


def test_a_check_of_an_arm_that_changes_nothing_agrees() -> None:
    panel = make({"copy": 0.0})
    panel.values[1] = panel.values[0]
    row = judge(panel, DESIGN, check=Check(1e-5, panel))["arms"][0]
    assert row["check"]["agrees"] and row["verdict"] == "undecided"


def test_too_noisy_says_what_could_have_been_seen_and_what_would_settle() -> None:
    panel = make({"a": 0.0})
    # mean 0.02, standard error 0.0173: t = 1.15 with 4 degrees of freedom
    panel.values[1] = panel.values[0] + np.array([-0.03, 0.06, 0.0, 0.05, 0.02])[:, None]
    row = judge(panel, DESIGN)["arms"][0]
    assert row["verdict"] == "undecided" and row["why"].startswith("Too noisy")
    assert row["p"] == pytest.approx(float(2 * stats.t.sf(0.02 / np.sqrt(0.00135 / 5), 4)), rel=1e-5)
    assert row["minimum_detectable_effect"] > 0.02
    assert row["settle"]["seeds"] > SEEDS and str(row["settle"]["seeds"]) in row["settle"]["text"]


def test_too_small_to_matter() -> None:
    assert arm(judge(make({"a": 0.0}, noise=0.0005), DESIGN), "a")["why"].startswith("Too small to matter")
    small = arm(judge(make({"a": 0.02}), replace(DESIGN, smallest_effect=0.03)), "a")
    assert small["verdict"] == "undecided" and small["interval"][0] > 0
    assert small["why"].startswith("Too small to matter")


def test_better_than_the_baseline_is_not_enough_where_the_random_drop_is_as_good() -> None:
    design = replace(DESIGN, controls={"a": "random_a"})
    beaten = arm(judge(make({"a": 0.05, "random_a": 0.0}), design), "a")
    equal = arm(judge(make({"a": 0.05, "random_a": 0.05}), design), "a")
    assert beaten["verdict"] == "keep" and beaten["versus_random_drop"]["interval"][0] > 0
    assert equal["verdict"] == "undecided" and equal["interval"][0] > 0
    assert "not shown to" in equal["why"] and "at random" in equal["why"]


def test_an_arm_is_judged_by_the_noise_of_its_family() -> None:
    design = replace(DESIGN, controls={"a": "random_a", "b": "random_b"}, aa=("random_a", "random_a_again"))
    names = ("a", "b", "c", "random_a", "random_b", "random_a_again")
    panel = make(dict.fromkeys(names, 0.0))
    assert design.family("a") == ("baseline", "a", "random_a", "random_a_again") == design.pair_family()
    assert design.family("b") == ("baseline", "b", "random_b") and design.family("c") == ("baseline", "c")
    apart = replace(design, aa=("aa_1", "aa_2"))
    assert apart.family("a") == ("baseline", "a", "random_a") and apart.pair_family() == ("baseline", "aa_1", "aa_2")
    flat = replace(panel, values=np.repeat(panel.scores[..., None], 40, axis=2))
    verdict = judge(flat, design)  # without noise of items the degrees of freedom are those of the family
    assert [row["degrees_of_freedom"] for row in verdict["arms"]] == [12, 8, 4]
    assert {row["name"]: row["degrees_of_freedom"] for row in verdict["controls"]} == {"random_a": 12, "random_b": 8}


def test_an_arm_that_varies_more_than_its_random_drop_is_named() -> None:
    panel = make({"a": 0.05, "random_a": 0.0}, seed=1)
    design = replace(DESIGN, controls={"a": "random_a"})
    assert judge(panel, design)["warnings"] == []
    panel.values[1] += np.array([-0.02, 0.01, 0.02, -0.01, 0.0])[:, None]
    warning, *_ = judge(panel, design)["warnings"]
    assert warning.startswith("a against baseline: one of the two varies more over seeds")


def test_copied_seeds_are_refused_beside_a_random_drop_too() -> None:
    panel = make({"a": 0.0, "random_a": 0.0})
    panel.values[1] = panel.values[0] + 0.5
    with pytest.raises(ContractError, match="'a' differs by 0.5 on every item in every seed"):
        judge(panel, replace(DESIGN, controls={"a": "random_a"}))


def test_a_random_drop_is_not_counted_by_holm() -> None:
    verdict = judge(make({"a": 0.003, "random_a": 0.0}), replace(DESIGN, controls={"a": "random_a"}))
    (row,) = verdict["arms"]
    assert row["p_holm"] >= row["p"]
    assert [each["name"] for each in verdict["controls"]] == ["random_a"]
    alone = judge(make({"a": 0.003}), DESIGN)["arms"][0]
    assert alone["p_holm"] == alone["p"]


def test_the_learning_rate_check_overrules() -> None:
    panel = make({"good": 0.05, "bad": -0.05})
    other = judge(panel, DESIGN, check=Check(1e-5, make({"good": -0.05, "bad": -0.05}, seed=1)))
    good, bad = other["arms"]
    assert (good["verdict"], good["check"]["agrees"]) == ("undecided", False)
    assert "learning rate" in good["why"] and "learning rate" in good["settle"]["text"]
    assert (bad["verdict"], bad["check"]["agrees"]) == ("drop", True)


def test_the_aa_pair_is_judged_by_the_same_rule_and_warns() -> None:
    design = replace(DESIGN, aa=("aa_1", "aa_2"))
    calm = judge(make({"a": 0.05, "aa_1": 0.0, "aa_2": 0.0}), design)
    assert calm["noise_floor"]["aa"]["verdict"] == "undecided" and calm["warnings"] == []
    assert len(calm["arms"]) == 1 and calm["controls"][-1]["versus"] == "aa_2"
    loud = judge(make({"a": 0.05, "aa_1": 0.0, "aa_2": 0.05}), design)
    assert loud["noise_floor"]["aa"]["verdict"] == "drop" and "A/A" in loud["warnings"][0]


def test_who_loses_is_named() -> None:
    panel = make({"a": 0.05})
    domain = np.where(panel.stratum == 0, "books", "newspapers")
    panel.values[1, :, panel.stratum == 1] -= 0.1
    row = judge(panel, DESIGN, slices={"domain": domain})["arms"][0]
    assert row["loses"] == ["domain=newspapers"]
    assert [(each["value"], each["gains"], each["loses"]) for each in row["slices"]] == [
        ("books", True, False),
        ("newspapers", False, True),
    ]


def test_a_slice_of_one_item_is_left_out_and_named() -> None:
    panel = make({"a": 0.05})
    rare = ["rare", *["common"] * (panel.values.shape[2] - 1)]
    verdict = judge(panel, DESIGN, slices={"kind": rare})
    assert [each["value"] for each in verdict["arms"][0]["slices"]] == ["common"]
    assert verdict["warnings"] == ["a: too few items to judge kind=rare."]


def test_an_arm_that_changes_nothing_is_settled() -> None:
    panel = make({"a": 0.0})
    panel.values[1] = panel.values[0]
    verdict = judge(panel, replace(DESIGN, smallest_effect=0.0))
    assert verdict["arms"][0]["why"].startswith("It scores exactly as the baseline")
    assert verdict["looks"] == [{"seeds": SEEDS, "alpha": 0.05, "settled": True}]


def test_copied_seeds_are_refused() -> None:
    panel = make({"a": 0.0})
    panel.values[1] = panel.values[0] + 0.5
    with pytest.raises(ContractError, match="'a' differs by 0.5 on every item in every seed"):
        judge(panel, DESIGN)


def test_a_look_that_was_not_planned_is_refused() -> None:
    with pytest.raises(RecipeError, match="no look is planned after 4 seeds, only after 5"):
        judge(make({"a": 0.0}, seeds=4), DESIGN)


def test_the_same_inputs_give_the_same_bytes() -> None:
    facts = {"a": {"retention": 1 / 3}}
    first, second = (to_json(judge(make({"a": 0.01}), DESIGN, facts=facts, setup={"name": "q"})) for _ in range(2))
    assert first == second
    read = json.loads(first)
    assert list(read) == sorted(read)
    assert read["arms"][0]["retention"] == 0.333333
