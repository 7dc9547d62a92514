"""From scores to the verdict: what decides, and what is only shown."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from florilegium.ablation.answer import Known, answer
from florilegium.ablation.arms import Corpus, line_up, pool_of
from florilegium.ablation.asked import Asked
from florilegium.ablation.evidence import Evidence
from florilegium.benchmark.suite import load_suite
from florilegium.errors import RecipeError
from tests.ablation.asking import asked, write_yaml

BETTER = {"baseline": 2.0, "words": 1.8, "random_words": 2.0, "random_words_again": 2.0}
ITEMS = pl.DataFrame(
    {
        "task": ["held"] * 20 + ["raw"] * 5,
        "item": [f"i{n}" for n in range(25)],
        "weight": [1.0] * 25,
        "cluster": [f"i{n}" for n in range(25)],
        "slice.domain": ["a", "b"] * 10 + [None] * 5,
    }
)


def judged(
    folder: Path, *, votes: bool = True, excluded: list[tuple[str, str]] | None = None, check: bool = False,
    deciding: tuple[str, ...] = ("held",), more: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:  # fmt: skip
    question = Asked.model_validate(asked(seeds=3, **({"check": "learning_rate"} if check else {})))
    tasks = [
        {"name": n, "version": 1, "form": "text", "data": "x.jsonl", "slices": ["domain"]} for n in ("held", "raw")
    ]
    decides = {"tasks": list(deciding), "measure": "bits_per_byte", "balance": "domain"}
    suite = load_suite(write_yaml(folder / "suite.yaml", {"tasks": tasks, "decides": decides}))
    pool = pool_of(Path("tokens"), 1, "content", [f"d{n}" for n in range(100)], np.full(100, 9))
    half = Corpus("words", pool, np.arange(100) < 50)
    lined = line_up(question, {"baseline": Corpus("baseline", pool, np.ones(100, bool)), "words": half})
    draw, evidence, checked = np.random.default_rng(1), Evidence(suite, ITEMS, excluded or []), Evidence(suite, ITEMS)
    for arm, level in BETTER.items():
        for seed in (1, 2, 3):
            values = level + draw.normal(0, 0.01) + draw.normal(0, 0.01, 25)
            frame = ITEMS.select("task", "item", step=2, tokens=10, measure=pl.lit("bits_per_byte"), value=values)
            frame.write_parquet(folder / "scores.parquet")
            evidence.add(arm, seed, folder)
            checked.add(arm, seed, folder)
    facts = {
        each.name: {
            "about": each.about,
            "documents": 50,
            "retention": 0.5,
            "tokens": 1000,
            "tokens_available": 500,
            "repeats": 1.0,
        }
        for each in lined
    }
    audit = [
        {"task": "held", "measure": "bits_per_byte", "votes": votes, "why": "seeds differ too much"},
        {"task": "raw", "measure": "bits_per_byte", "votes": False, "why": "not above chance"},
        *more,
    ]
    known = Known(lined, facts, {"checked": True}, audit, ["a warning"])
    return answer(question, suite, evidence, known, [1, 2, 3], checked if check else None)


def test_an_effect_that_is_there_is_kept_and_the_rest_is_only_shown(tmp_path: Path) -> None:
    verdict = judged(tmp_path)
    (arm,) = verdict["arms"]
    assert arm["verdict"] == "keep" and arm["effect"] == pytest.approx(0.2, abs=0.02) and arm["check"] is None
    assert arm["versus_random_drop"]["arm"] == "random_words"
    assert verdict["noise_floor"]["aa"]["arms"] == ["random_words", "random_words_again"]
    assert verdict["measure"]["tasks"] == ["held"] and verdict["warnings"] == ["a warning"]
    (shown,) = verdict["shown_only"]
    assert shown["task"] == "raw" and shown["baseline"] == pytest.approx(2.0, abs=0.03)
    assert shown["effects"]["words"] == pytest.approx(0.2, abs=0.03)  # better is positive
    assert set(shown["effects"]) == set(BETTER) - {"baseline"}


def test_the_check_at_another_rate_is_told(tmp_path: Path) -> None:
    check = judged(tmp_path, check=True)["arms"][0]["check"]
    assert (
        check["learning_rate"] == 1e-5 and check["agrees"] is True and check["effect"] == pytest.approx(0.2, abs=0.02)
    )


def test_a_shown_task_that_stands_in_the_pool_is_left_out(tmp_path: Path) -> None:
    verdict = judged(tmp_path, excluded=[("raw", f"i{n}") for n in range(20, 25)])
    assert verdict["shown_only"] == [] and verdict["arms"][0]["verdict"] == "keep"


def test_a_measure_that_does_not_decide_takes_no_vote_away(tmp_path: Path) -> None:
    other = {"task": "held", "measure": "accuracy", "votes": False, "why": "not above chance"}
    assert judged(tmp_path, more=(other,))["measure"]["tasks"] == ["held"]


def test_a_deciding_task_without_a_vote_is_shown(tmp_path: Path) -> None:
    verdict = judged(tmp_path, deciding=("held", "raw"))
    assert verdict["measure"]["tasks"] == ["held"]
    assert [row["task"] for row in verdict["shown_only"]] == ["raw"]


def test_nothing_is_decided_where_no_task_carries_a_signal(tmp_path: Path) -> None:
    silent = "none of its deciding tasks carries a signal here"
    with pytest.raises(RecipeError, match=rf"{silent} \(held: seeds differ too much\)"):
        judged(tmp_path, votes=False)
    with pytest.raises(RecipeError, match=rf"{silent} \(held: all of its items stand in the pool\)"):
        judged(tmp_path, excluded=[("held", f"i{n}") for n in range(20)])
