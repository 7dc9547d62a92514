"""Terminal tables: 80 columns, plain outside a terminal, and what they say."""

import copy
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from florilegium.report.ablation import compare_questions, dry_run, list_questions, verdicts
from florilegium.report.ablation.tables import Asked, Planned
from tests.report.conftest import HOSTILE


def printed(show: Callable[..., None], *facts: Any) -> str:
    """Give what is printed where nobody looks at a terminal; check its width and that it is plain."""
    console = Console(file=StringIO(), width=80, emoji=False, highlight=False)
    show(console, *facts)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(cell_len(line) for line in text.split("\n")) <= 80
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    return text


def planned(name: str, **more: Any) -> Planned:
    arm = {
        "name": name,
        "documents": 41_234,
        "tokens_available": 6_400_000_000,
        "repeats": 0.78,
        "runs": 5,
        "cached": 2,
    }
    arms = [{**arm, "minutes": 21.3, **more}, {**arm, "name": "other", "minutes": 10.0}]
    return {"name": name, "question": name, "arms": arms, "seeds": [1, 2, 3], "tokens": 5_000_000, "notes": [name]}  # type: ignore[typeddict-item]


def asked(name: str) -> Asked:
    found = {name: "keep", "other": "undecided", "third": "keep"}
    return {"name": name, "question": name, "state": "settled", "runs": 9, "done": 9, "verdicts": found}


def test_verdicts_have_effect_interval_losers_and_noise(verdict: dict[str, Any]) -> None:
    lines = printed(verdicts, verdict).split("\n")
    (row,) = [line.split() for line in lines if line.startswith("ocr_strict  ") and "keep" in line]
    assert row == ["ocr_strict", "keep", "+1.20", "+0.85", "to", "+1.55", "0.44", "0.004", "80", "%"]
    text = " ".join(" ".join(lines).split())
    assert "ocr_strict loses: newspapers (domain)" in text and "short_lines loses: every part" in text
    assert "Chance alone (A/A): +0.05 %" in text and "warning: Only three seeds" in text
    assert "loops, what would settle it: 9 seeds" in text and "lot_20 control" in text


def test_a_dry_run_counts_what_is_left_to_train() -> None:
    text = printed(dry_run, planned("ocr"))
    assert "6 of 10 runs to train (4 cached), about 31 minutes" in text and "3 seeds, 5 million tokens a run" in text
    assert "minutes are known after the first" in printed(dry_run, planned("ocr", minutes=None))
    done = planned("ocr")
    done["arms"] = [{**arm, "cached": arm["runs"], "minutes": 0.0} for arm in done["arms"]]
    assert "0 of 10 runs to train (10 cached), nothing is left to do but the verdict" in printed(dry_run, done)


def test_questions_are_listed_with_their_answers() -> None:
    open_question: Asked = {"name": "b", "question": "Why?", "state": "running", "runs": 9, "done": 2, "verdicts": None}
    text = printed(list_questions, [asked("a"), open_question])
    assert "keep: a, third; undecided: other" in text and "b  running, 2 of 9 runs" in text
    assert "No question has been asked" in printed(list_questions, [])


def test_two_verdicts_are_compared(verdict: dict[str, Any]) -> None:
    other = copy.deepcopy(verdict)
    other["arms"][0] |= {"effect": -0.0231, "interval": [-0.03, -0.01], "verdict": "drop"}
    other["arms"][3]["name"] = "new"
    other["seeds"] = [1, 2, 3, 4]
    text = printed(compare_questions, verdict, other)
    rows = {
        line.split()[0]: line.split()
        for line in text.split("\n")
        if line and not line.startswith(" ") and ":" not in line
    }
    assert rows["ocr_strict"] == ["ocr_strict", "+1.20", "+0.85", "to", "+1.55", "−1.00", "−1.30", "to", "−0.43", "no"]
    assert rows["short_lines"][-1] == "yes"
    assert "ocr_strict: keep in A, drop in B" in text and "seeds: 1, 2, 3 in A, 1, 2, 3, 4 in B" in text
    assert "–" in rows["new"] and "–" in rows["edges"]
    assert "The setups are the same." in printed(compare_questions, verdict, verdict)
    other["measure"]["name"] = "accuracy"
    assert "effects cannot be compared" in printed(compare_questions, verdict, other)


@pytest.mark.parametrize("name", [*HOSTILE, "語" * 40])
def test_hostile_names_keep_to_the_width_and_are_plain(verdict: dict[str, Any], name: str) -> None:
    for key in ("question", "name"):
        verdict[key] = name
    verdict["arms"][0]["name"] = verdict["controls"][0]["name"] = verdict["warnings"][0] = name
    verdict["arms"][0]["slices"][2]["value"] = verdict["baseline"]["name"] = name
    verdict["arms"][0]["loses"] = [f"domain={name}"]
    text = printed(verdicts, verdict)
    assert "keep  +1.20  +0.85 to +1.55       0.44  0.004  80 %" in text  # a long name cuts no number
    assert text.count("+0.85 to +1.55") == 1
    assert printed(compare_questions, verdict, verdict).count("+0.85 to +1.55") == 2
    assert "41,234  6,400,000,000     0.78     5       2     21.3" in printed(dry_run, planned(name))
    printed(list_questions, [asked(name)])
