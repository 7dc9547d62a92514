"""The step ``rules``: named sets, bounds by language and script, bounds out of reach, identity."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from florilegium.errors import RecipeError
from florilegium.rules.decision import Rules, RulesOptions
from florilegium.run.decisions import Deciding, list_reasons
from tests.run.measured import Row, columns


def step(*written: Any) -> Rules:
    return Rules(RulesOptions.model_validate(Rules.expand(list(written))))


def decide(folder: Path, rules: Rules, *rows: Row) -> Deciding:
    state = Deciding(columns(folder, [{"id": str(number)} | row for number, row in enumerate(rows)]))
    rules.apply(state)
    return state


def test_named_sets_and_files_are_written_out_in_their_place(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("name: mine\nrules:\n  - {id: few, signal: a.count, at_least: 5}\n", encoding="utf-8")
    inline = {"id": "x.y", "signal": "a.share", "at_most": 0.5}
    assert [rule.id for rule in step(inline, "c4", str(mine)).rules] == [
        "x.y",
        "c4.lorem_ipsum",
        "c4.curly_brackets",
        "c4.sentences",
        "mine.few",
    ]
    assert Rules.expand([inline]) == [inline] and Rules.expand({"not": "a list"}) == {"not": "a list"}
    assert Rules.expand(["c5"]) == ["c5"]  # stays, for validation to name beside all other mistakes
    with pytest.raises(ValidationError, match="no rule set is called `c5`"):
        step("c5")


def test_a_rule_given_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="two rules are called `c4.curly_brackets`"):
        step("c4", "c4")
    with pytest.raises(ValidationError, match="at least 1 item"):
        step()


def test_what_was_written_out_reads_back_the_same() -> None:
    options = step("fineweb2_gopher_quality").options
    assert RulesOptions.model_validate(options.literal()) == options
    assert all(value is not None for rule in options.literal() for value in rule.values())


def test_identity_is_bounds_not_prose() -> None:
    bare = {"id": "s.one", "signal": "a.b", "at_least": 2}
    told = bare | {"note": "why", "source": "where"}
    assert step(bare).options.identity() == step(told).options.identity() != step(told).options.literal()
    assert step(bare).options.identity() != step(bare | {"at_least": 3}).options.identity()
    assert step(bare).options.identity() != step(bare | {"languages": ["de"]}).options.identity()


def test_every_failing_rule_is_told_and_the_first_one_drops(tmp_path: Path) -> None:
    rules = step(
        {"id": "s.few", "signal": "a.count", "at_least": 2},
        {"id": "s.share", "signal": "a.share", "between": [0.2, 0.8]},
    )
    state = decide(
        tmp_path, rules, {"a.count": 1, "a.share": 0.875}, {"a.share": None, "a.count": None}, {"a.count": 0}
    )
    assert state.alive.tolist() == [False, True, False] and state.first.tolist() == [0, -1, 0]
    assert state.rules == [("rules", "s.few"), ("rules", "s.share")] and state.warnings == []
    assert list_reasons(state.verdicts, 3).to_pylist() == [
        [
            {"rule": "s.few", "value": 1.0, "bound": ">= 2"},
            {"rule": "s.share", "value": 0.875, "bound": "between 0.2 and 0.8"},
        ],
        [],
        [{"rule": "s.few", "value": 0.0, "bound": ">= 2"}],
    ]


def test_bounds_by_language_and_script(tmp_path: Path) -> None:
    rules = step({"id": "s.one", "signal": "a.share", "at_least": {"default": 0.8, "de": 0.4, "sr-Cyrl": 0.9}})
    assert rules.reads == ("a.share", "language", "script")
    tags = [("fr", "Latn"), ("de", "Latn"), ("de", None), ("sr", "Cyrl"), ("sr", "Latn"), (None, None)]
    state = decide(tmp_path, rules, *({"language": tag, "script": script, "a.share": 0.85} for tag, script in tags))
    assert state.alive.tolist() == [True, True, True, False, True, True]
    assert state.verdicts[0].bounds.to_pylist() == [">= 0.9"]


def test_only_those_still_in_count_for_the_top_share(tmp_path: Path) -> None:
    rules = step({"id": "s.top", "signal": "a.count", "keep_top": 0.5})
    state = Deciding(columns(tmp_path, [{"id": str(n), "a.count": n} for n in range(3)], [{"id": "3", "a.count": 3}]))
    state.alive[3] = False
    rules.apply(state)
    assert state.alive.tolist() == [False, True, True, False]
    assert state.verdicts[0].rows.tolist() == [0]


def test_a_bound_out_of_reach_is_moved_and_said(tmp_path: Path) -> None:
    rules = step({"id": "s.one", "signal": "a.share", "at_most": {"default": 0.4, "da": 1.32}})
    state = decide(tmp_path, rules, {"a.share": 1.0, "language": "da"}, {"a.share": 1.0})
    assert state.alive.tolist() == [True, False]
    assert state.warnings == ["rule `s.one` (da): no value can reach the bound 1.32; 1 stands for it"]


def test_a_bound_that_drops_everything_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"rule `s.one`: `at_least: 1.5` \(default\) lies outside 0 to 1"):
        decide(tmp_path, step({"id": "s.one", "signal": "a.share", "at_least": 1.5}), {})


def test_a_column_that_is_no_number_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"rule `date` reads `date`, which is not a number"):
        decide(tmp_path, step({"signal": "date", "at_least": 1}), {"date": "1900"})
