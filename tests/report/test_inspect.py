"""Documents to look at: what a rule removed, what lies near its bound, one document, hostile ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from florilegium.errors import FlorilegiumError
from florilegium.report.inspect import Choice, inspect
from florilegium.report.inspection import show_inspected
from florilegium.report.opening import open_run
from tests.flows.conftest import run_command
from tests.report.conftest import HOSTILE, check_lines, refused, shown


def look(run: Path | str, **options: Any) -> dict[str, Any]:
    return inspect(open_run(str(run)), Choice(**options))


def names(found: dict[str, Any]) -> list[str]:
    return [item["id"].removeprefix("heap/") for item in found["documents"]]


def test_overview_counts_every_reason(heap: Path) -> None:
    found = look(heap)
    took = {(item["movement"], item["rule"]): item["removed"] for item in found["reasons"]}
    assert took["decide", "mine.words"] == 11 and took["decide", "deduplicate.text"] == 3
    assert took["measure", "tiny"] == 1 and took["measure", "not_json"] == 2
    assert found["records"] == found["kept"] + sum(took.values())
    text = shown(show_inspected, found)
    assert "mine.words" in text and "read: not_json (quarantined)" in text and "--rule" in text


def test_rule_shows_what_it_removed_with_value_bound_all_reasons_and_text(heap: Path) -> None:
    found = look(heap, rule="mine.words", limit=100)
    assert found["matching"] == 11 and {item["rule"] for item in found["documents"]} == {"mine.words"}
    shouting = next(item for item in found["documents"] if item["id"] == "heap/shouting")
    assert shouting["reasons"] == [
        {"rule": "mine.words", "value": 12.0, "bound": ">= 20"},
        {"rule": "mine.long", "value": 21.0, "bound": "<= 15"},
    ]
    assert shouting["text"].startswith("incomprehensibilities incomp")
    text = shown(show_inspected, found)
    assert "mine.words: 12, bound >= 20" in text and "| incomprehensibilities" in text


def test_rule_that_removed_none_shows_those_that_fail_it(heap: Path) -> None:
    assert names(look(heap, rule="mine.long")) == ["shouting"]


def test_choice_is_the_same_each_time_and_a_smaller_one_begins_it(heap: Path) -> None:
    ten = names(look(heap, rule="mine.words", limit=10))
    assert ten == names(look(heap, rule="mine.words", limit=10))
    assert names(look(heap, rule="mine.words", limit=4)) == ten[:4]
    assert ten != sorted(ten)


def test_set_stage_and_outcome_stand_for_their_rules(heap: Path) -> None:
    assert look(heap, rule="mine")["matching"] == look(heap, rule="mine.words")["matching"]
    assert (
        names(look(heap, rule="tiny")) == names(look(heap, rule="gate")) == names(look(heap, rule="gated")) == ["tiny"]
    )
    assert look(heap, rule="quarantined")["matching"] == 2 and look(heap, rule="deduplicate")["matching"] == 3


def test_reason_of_measure_has_error_and_size_of_what_is_kept(heap: Path) -> None:
    found = look(heap, rule="not_json")
    assert all(item["error"] and item["payload_bytes"] for item in found["documents"])
    assert "bytes are kept" in shown(show_inspected, found)


def test_near_gives_both_sides_of_the_bound_nearest_first(heap: Path) -> None:
    found = look(heap, near="mine.words", limit=4)
    assert (found["documents"][0]["value"], found["documents"][0]["fails"]) == (20.0, False)
    assert sorted((item["value"], item["fails"]) for item in found["documents"]) == [
        (18.0, True),
        (19.0, True),
        (20.0, False),
        (21.0, False),
    ]
    distances = [item["distance"] for item in found["documents"]]
    assert distances == sorted(distances)
    kept = look(heap, rule="mine.words", near="mine.words", kept=True, limit=3)
    assert [item["value"] for item in kept["documents"]] == [20.0, 21.0, 22.0]
    assert "passes: 20, bound >= 20; off by 0" in shown(show_inspected, found)


def test_kept_dropped_and_source(heap: Path) -> None:
    overview = look(heap)
    assert look(heap, kept=True)["matching"] == overview["kept"]
    assert look(heap, kept=False)["matching"] == overview["records"] - overview["kept"]
    assert [item["id"] for item in look(heap, source="side")["documents"]] == ["side/one"]


def test_hostile_documents_are_shown_harmlessly(heap: Path) -> None:
    found = look(heap, kept=True, limit=100)
    assert {f"heap/{name}" for name in HOSTILE} <= {item["id"] for item in found["documents"]}
    text = shown(show_inspected, found)
    assert "[bold]markup[/bold] :bomb: [/nope]" in text and "[red]" in text
    for name in HOSTILE:
        one = shown(show_inspected, look(heap, id=f"heap/{name}"))
        assert "kept" in one


def test_nearest_to_a_value_where_a_bound_might_lie(heap: Path) -> None:
    found = look(heap, rule="mine.words", near="30", limit=6)["documents"]
    far = [abs(item["value"] - 30) for item in found]
    assert [item["distance"] for item in found] == far == sorted(far)
    assert {item["value"] < 30 for item in found} == {True, False}


def test_id_of_a_copy_and_of_one_that_left(heap: Path) -> None:
    found = {name: look(heap, id=f"heap/{name}")["documents"][0] for name in ("twin-0", "twin-1", "tiny")}
    copy = found["twin-1"] if found["twin-0"]["outcome"] == "kept" else found["twin-0"]
    assert copy["copy_of"] in ("heap/twin-0", "heap/twin-1") and found["tiny"]["outcome"] == "gated"


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"rule": "mine.word"}, "did you mean `mine.words`"),
        ({"rule": "words"}, "`late.words`?"),
        ({"rule": "zzz"}, "see them all without --rule"),
        ({"source": "heep"}, "did you mean `heap`?"),
        ({"id": "heap/plain-"}, "Did you mean heap/plain-00 or heap/plain-01 or heap/plain-02? (30 ids begin so)"),
        ({"id": "heap/plain-07x"}, "Did you mean heap/plain-07 or heap/plain-08?"),
        ({"id": "nope"}, "Ids begin with their source"),
        ({"near": "20"}, "a value of which signal? Add --rule"),
        ({"near": "mine.word"}, "did you mean `mine.words`"),
        ({"rule": "late.words", "near": "mine.words"}, "are two rules"),
        ({"near": "mine"}, "stands for 2 rules"),
        ({"near": "deduplicate.text"}, "has no bound on a signal"),
        ({"rule": "mine.words", "kept": True}, "leave out --kept"),
        ({"id": "heap/tiny", "kept": True}, "--id names one document"),
    ],
)
def test_what_does_not_fit_is_answered_with_what_does(heap: Path, options: dict[str, Any], wanted: str) -> None:
    with pytest.raises(FlorilegiumError) as refusal:
        look(heap, **options)
    assert wanted in str(refusal.value) and "\n" not in str(refusal.value)


def test_another_decision(heap: Path, other_decision: str) -> None:
    assert look(other_decision, rule="mine.words")["matching"] > look(heap, rule="mine.words")["matching"]
    with pytest.raises(FlorilegiumError, match="bounds of another decision are not stored"):
        look(other_decision, near="mine.words")


def test_command(heap: Path) -> None:
    done = run_command("inspect", heap, "--near", "mine.words", "--limit", 3, "--json", folder=heap)
    assert done.stdout.isascii() and len(json.loads(done.stdout)["documents"]) == 3
    check_lines(run_command("inspect", heap, "--kept", "--limit", 50, folder=heap).stdout.decode().splitlines())
    assert "did you mean `mine.words`" in refused(heap, "inspect", heap, "--rule", "mine.wrods")
    assert "--limit" in refused(heap, "inspect", heap, "--limit", "0")
