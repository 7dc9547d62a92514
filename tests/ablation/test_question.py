"""A question is checked as a whole: every mistake with its place, in one go."""

import re
from pathlib import Path
from typing import Any

import pytest

from florilegium.ablation.question import find_question, load_question
from florilegium.errors import RecipeError
from florilegium.registry import registry
from florilegium.run.executors import RunOptions
from tests.ablation.asking import asked, write_question, write_yaml


def refused(path: Path) -> str:
    with pytest.raises(RecipeError) as error:
        load_question(path, registry())
    return str(error.value)


def test_question_gives_recipes_and_suite(tmp_path: Path) -> None:
    question = load_question(write_question(tmp_path), registry())
    assert list(question.recipes) == ["baseline", "words"]
    assert [each["name"] for each in question.recipes["baseline"].resolved["decide"]] == []
    assert len(question.recipes["words"].resolved["decide"]) == 1
    assert question.suite.decides is not None and question.suite.decides.balance == "domain"
    assert question.asked.seeds.looks == (2,) and question.asked.training.checkpoints == 2
    assert question.asked.run == RunOptions.model_validate({})
    assert question.recipes["baseline"].path == question.path


def test_shipped_questions_are_found_and_load() -> None:
    question = load_question(find_question("demo"), registry())
    assert question.name == "demo" and "web_rules" in question.recipes
    with pytest.raises(RecipeError, match="no shipped question is called `demmo`; did you mean `demo`"):
        find_question("demmo")


@pytest.mark.parametrize(
    ("written", "tokens"),
    [("5M", 5_000_000), ("300k", 300_000), ("1.5B", 1_500_000_000), (4096, 4096), ("4096", 4096), ("0.25m", 250_000)],
)
def test_counts_are_written_short(tmp_path: Path, written: Any, tokens: int) -> None:
    assert load_question(write_question(tmp_path, budget={"tokens": written}), registry()).asked.budget.tokens == tokens


@pytest.mark.parametrize("written", ["5X", "many", "k", "-3k", "infk", "nanM", "1e400b", None, 0])
def test_counts_that_are_none_are_refused(tmp_path: Path, written: Any) -> None:
    assert re.search(r"tiny.yaml:\d+: budget.tokens: ", refused(write_question(tmp_path, budget={"tokens": written})))


def test_every_mistake_is_named_in_one_go_with_its_line(tmp_path: Path) -> None:
    patch = [{"add": {"rules": ["gopher_quality"]}, "to": "decide"}]
    path = write_question(
        tmp_path,
        name="Bad Name",
        sedes=3,
        arms=[
            {"name": "one", "patch": patch},
            {"name": "one", "patch": patch},
            {"name": "baseline", "patch": patch},
            {"name": "random_one", "patch": patch},
            {"name": "nowhere", "patch": [*patch, {"remove": "no_such_rule"}]},
            {"name": "unmeasured", "patch": [{"add": {"rules": ["c4"]}, "to": "decide"}]},
        ],
        controls={"random_drop": ["on"], "aa": "two"},
        seeds={"looks": [3, 3]},
        model={"vocabulary": 100, "hidden": 10, "heads": 4},
        training={"checkpoints": 2, "score_last": 3},
        benchmark="none.yaml",
    )
    said = refused(path)
    lines = path.read_text().splitlines()
    where = {}
    for line in said.splitlines()[1:]:
        found = re.fullmatch(r"  (.+):(\d+): (.*)", line)
        assert found is not None and found[1].endswith("Bad Name.yaml"), line
        where[found[3]] = lines[int(found[2]) - 1]
    wanted = {
        "name: ": "name:",
        "sedes: unknown key `sedes`; did you mean `seeds`": "sedes:",
        "arms.1.name: arms have names of their own": "one",
        "arms.2.name: arms have names of their own": "baseline",
        "arms.3.name: arms have names of their own": "random_one",
        "arms.4.patch.1: ": "remove",
        "controls.random_drop: `on` is no arm": "random_drop",
        "controls.aa: `two` is no arm": "aa",
        "seeds.looks: numbers of seeds rise": "looks",
        "model.vocabulary: ": "vocabulary",
        "training: `score_last` (3) is more than `checkpoints` (2)": "training",
        "benchmark: ": "benchmark",
    }
    for begins, on in wanted.items():
        found_line = [line for message, line in where.items() if message.startswith(begins)]
        assert found_line and on in found_line[0], (begins, said)
    assert any("c4.lorem_ipsum" in message or "`c4." in message for message in where), said
    assert said.startswith(f"{len(where)} mistakes in the question:")


@pytest.mark.parametrize("looks", [1, 0, -2, [2, 2], [3, 2], [1, 3], [], "three", True])
def test_bad_seeds_are_refused(tmp_path: Path, looks: Any) -> None:
    assert re.search(
        r"tiny.yaml:\d+: seeds",
        refused(write_question(tmp_path, seeds=looks if isinstance(looks, int) else {"looks": looks})),
    )


@pytest.mark.parametrize("share", [0, 1, 0.0, 1.0, -0.5, 7])
def test_share_of_the_aa_pair_lies_between(tmp_path: Path, share: float) -> None:
    assert "controls.aa: write a share between 0 and 1" in refused(write_question(tmp_path, controls={"aa": share}))


def test_base_that_does_not_exist(tmp_path: Path) -> None:
    assert (
        "tiny.yaml:" in (said := refused(write_question(tmp_path, base="nowhere")))
        and "base: no shipped recipe is called `nowhere`" in said
    )
    assert "nowhere.yaml: no such file" in refused(write_question(tmp_path, base="nowhere.yaml"))
    assert refused(write_question(tmp_path, base=["pool"])).count("\n") == 1


def test_mistakes_of_the_base_are_named_once(tmp_path: Path) -> None:
    path = write_question(tmp_path)
    base = tmp_path / "pool.yaml"
    base.write_text(base.read_text() + "frobnicate: 3\n")
    said = refused(path)
    assert said.count("unknown key `frobnicate`") == 1 and f"pool.yaml:{len(base.read_text().splitlines())}: " in said


def test_edits_shared_by_all_arms_are_applied_to_the_baseline_too(tmp_path: Path) -> None:
    shared = [{"add": {"sample": {"keep": 0.5, "seed": 1}}, "to": "decide"}]
    question = load_question(write_question(tmp_path, baseline=shared), registry())
    kinds = [[next(iter(step)) for step in recipe.resolved["decide"]] for recipe in question.recipes.values()]
    assert kinds == [["sample"], ["sample", "rules"]]
    said = refused(write_question(tmp_path, baseline=[*shared, {"remove": "nothing"}]))
    assert said.count("baseline.1: ") == 1


def test_suite_that_decides_nothing(tmp_path: Path) -> None:
    path = write_question(tmp_path)
    suite = tmp_path / "suite.yaml"
    write_yaml(suite, {"tasks": [{"name": "held", "version": 1, "form": "text", "data": "heldout.jsonl"}]})
    assert re.search(r"tiny.yaml:\d+: benchmark: no task of .*suite.yaml decides", refused(path))


def test_mistakes_of_the_suite_have_its_lines(tmp_path: Path) -> None:
    path = write_question(tmp_path)
    write_yaml(
        tmp_path / "suite.yaml", {"tasks": [{"name": "held", "version": 1, "form": "tex", "data": "heldout.jsonl"}]}
    )
    assert re.search(r"suite.yaml:\d+: tasks.0.form: ", refused(path))


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n", "3"])
def test_file_that_is_no_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    assert "odd.yaml:1: a question is a mapping" in refused(path)


def test_wrong_types_everywhere_are_answered(tmp_path: Path) -> None:
    """Whatever stands in a key, the answer is a list of mistakes."""
    write_question(tmp_path)
    for key in asked():
        for value in (None, 7, "text", [], ["a", {"b": 1}], {"x": [1]}, [[]], [{"name": 3, "patch": 4}]):
            path = write_yaml(tmp_path / "odd.yaml", asked(**{key: value}))
            try:
                load_question(path, registry())
            except RecipeError as error:
                assert "odd.yaml" in str(error) or "pool.yaml" in str(error), (key, value, error)


def test_a_question_beside_that_has_the_name_of_a_recipe_is_no_base(tmp_path: Path) -> None:
    other = write_question(tmp_path, name="demo")
    said = refused(write_question(tmp_path, base="demo"))
    assert re.search(r"tiny.yaml:\d+: base: .*demo.yaml is a question, not a recipe", said) and "1 mistake" in said
    assert load_question(other, registry()).name == "demo"


def test_an_arm_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    arms = [{"name": "same", "patch": [{"set": "name", "to": "other"}]}]
    said = refused(write_question(tmp_path, arms=arms, controls={}))
    assert re.search(r"tiny.yaml:\d+: arms.0.patch: changes nothing", said)
