"""Tuning without training: who goes on, how bounds become candidates, and the recipe that comes out."""

from dataclasses import replace
from pathlib import Path

import pytest

from florilegium.ablation.question import load_question
from florilegium.ablation.tuning.candidates import Rung, Tuning, Written, expand, load_tuning
from florilegium.ablation.tuning.course import Asked, Climbed, Course, Final, Together, interactions, tuned_recipe
from florilegium.ablation.tuning.halving import (
    Fate,
    Removal,
    Standing,
    Verdict,
    finish,
    halve,
    next_to_leave,
    removals,
    standings,
)
from florilegium.ablation.tuning.questions import Inquiry, question_text
from florilegium.errors import RecipeError
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.report.ablation.tuning import tuning_text

TUNING = """
name: mine
question: Which of these rules are worth having?
hypothesis: The first one, and no other.
base: {base}
candidates:
  - name: letters
    about: words with a letter
    patch:
      - {{add: {{name: letters, rules: [{{id: letters, signal: gopher.alphabetic_words, at_least: 0}}]}}, to: decide}}
    rule: decide.letters.letters.at_least
    bounds: [0.7, 0.8]
  - name: web
    patch: [{{add: {{rules: [{rules}]}}, to: decide}}]
training: {{batch: 256, checkpoints: 2}}
rungs: [{{tokens: 20k, seeds: 2}}, {{tokens: 40k, seeds: 3}}]
benchmark: demo
decision: {{smallest_effect: 0.02}}
"""


def standing(name: str, effect: float, verdict: Verdict, reach: float = 0.1, family: str = "") -> Standing:
    return Standing(name, family or name, effect, (effect - reach, effect + reach), verdict)


def stay(fates: list[Fate]) -> list[str]:
    return [fate.standing.name for fate in fates if fate.stays]


def write(folder: Path, base: str = "loop", rules: str = "fineweb", text: str = TUNING) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text.format(base=base, rules=rules), encoding="utf-8")
    return path


def load(path: Path) -> Tuning:
    return load_tuning(path, registry())


@pytest.mark.parametrize(
    ("rung", "stays"),
    [
        ("a+3k b-2d", "a"),
        ("a+3k b+2u c+1u d-1u e-2u", "abc"),  # two of four undecided
        ("a+3u b+2u c-1u", "ab"),  # of an odd number the half rounded up
        ("a-1u", "a"),  # a single one
        ("a-3d b-1d", ""),
        ("a+0u b+0u c+0u d+0u", "ab"),  # ties go to the first
        ("a+1u b+2k c+3k", "abc"),  # a kept one takes no place of the undecided
    ],
)
def test_the_better_half_of_the_undecided_goes_on(rung: str, stays: str) -> None:
    verdicts: dict[str, Verdict] = {"k": "keep", "d": "drop", "u": "undecided"}
    found = [standing(each[0], float(each[1:-1]), verdicts[each[-1]]) for each in rung.split()]
    assert "".join(stay(halve(found, keep_undecided=False))) == stays


def test_an_undecided_one_that_could_be_best_may_stay() -> None:
    rung = [standing("a", 2, "undecided"), standing("b", 1, "undecided"), standing("c", 0, "undecided", reach=5)]
    rung.append(standing("d", -1, "undecided"))
    assert stay(halve(rung, keep_undecided=False)) == ["a", "b"]
    assert stay(halve(rung, keep_undecided=True)) == ["a", "b", "c"]


def test_after_the_last_rung_only_kept_ones_stay_and_one_bound_a_rule() -> None:
    rung = [
        standing("low", 1, "keep", family="words"),
        standing("high", 2, "keep", family="words"),
        standing("other", 0.5, "keep"),
        standing("maybe", 3, "undecided"),
        standing("bad", -1, "drop"),
    ]
    fates = finish(rung)
    assert stay(fates) == ["high", "other"]
    assert "`high` is the better bound" in fates[0].why


def test_of_two_rules_that_do_the_same_work_only_one_leaves() -> None:
    arms = [
        {"name": "without_a", "effect": -0.5, "interval": [-0.6, -0.4], "verdict": "drop"},
        {"name": "without_b", "effect": 0.01, "interval": [-0.1, 0.1], "verdict": "undecided"},
        {"name": "without_c", "effect": 0.02, "interval": [-0.1, 0.1], "verdict": "undecided"},
    ]
    found = removals(arms, {"without_a": "a", "without_b": "b", "without_c": "c"})
    assert [(each.name, each.role) for each in found] == [("a", "needed"), ("b", "redundant"), ("c", "redundant")]
    leaving = next_to_leave(found, keep_redundant=False)
    assert leaving is not None and leaving.name == "c"
    assert next_to_leave(found, keep_redundant=True) is None
    harmful = replace(found[1], role="harmful")
    assert next_to_leave([found[0], harmful, found[2]], keep_redundant=True) == harmful
    assert next_to_leave(found[:1], keep_redundant=False) is None


def test_each_bound_is_a_candidate() -> None:
    written = [
        Written.model_validate({"name": "w", "rule": "decide.rules.x.at_least", "bounds": [50, 0.67, -1, {"de": 4}]}),
        Written.model_validate({"name": "p", "patch": [{"remove": "decide.rules.y"}]}),
    ]
    found = expand(written)
    assert [each.name for each in found] == ["w_50", "w_0_67", "w_minus_1", "w_bound_4", "p"]
    assert [each.family for each in found] == ["w", "w", "w", "w", "p"]
    assert found[1].patch == ({"set": "decide.rules.x.at_least", "to": 0.67},)
    assert found[1].about == "at_least 0.67"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("bounds: [0.7, 0.8]", "bounds: [0.7, 0.7]", 7, "`letters_0_7` is taken"),
        ("name: web", "name: baseline", 13, "`baseline` is taken"),
        ("rule: decide.letters.letters", "rule: decide.letters.leters", 11, "did you mean `letters`"),
        ("[{rules}]", "[finweb]", 14, "finweb"),
        ("checkpoints: 2", "checkpoints: 80", 16, "rungs.0: .* 80 checkpoints"),
        ("tokens: 20k", "tokens: 50k", 16, "no fewer tokens"),
        ("    bounds: [0.7, 0.8]\n", "", 7, "go together"),
        ("base: {base}", "base: lop", 5, "lop"),
        # each of the two is a rule of the same id: alone they load, together they do not
        ("[{rules}]", "[{{id: letters, signal: gopher.words, at_least: 5}}]", 6, "do not go together"),
    ],
)
def test_mistakes_are_said_with_their_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in TUNING
    path = write(tmp_path, text=TUNING.replace(old, new))
    with pytest.raises(RecipeError, match=said) as caught:
        load(path)
    assert f"mine.yaml:{line}" in str(caught.value)


def test_loading_leaves_the_patches_as_written(tmp_path: Path) -> None:
    tuning = load(write(tmp_path))
    added = [each.patch[0]["add"] for each in tuning.candidates]
    assert added[0]["rules"][0]["at_least"] == 0
    assert added[2] == {"rules": ["fineweb"]}


def course_of(tuning: Tuning) -> Course:
    """Make a course in which both rules were kept."""
    first, second, web = (each.name for each in tuning.candidates)
    families = {each.name: each.family for each in tuning.candidates}
    arms = [
        {"name": first, "effect": 0.1, "interval": [0.05, 0.15], "verdict": "keep"},
        {"name": second, "effect": 0.2, "interval": [0.15, 0.25], "verdict": "keep"},
        {"name": web, "effect": 0.3, "interval": [0.2, 0.4], "verdict": "keep"},
    ]
    rung = Climbed(Asked("tune_mine_2", 40_000, (3, 4, 5), ()), tuple(finish(standings(arms, families))))
    removed = (
        Removal(second, -0.02, (-0.04, 0.0), "needed"),
        Removal(web, -0.3, (-0.4, -0.2), "needed"),
    )
    full = standing("tuned", 0.31, "keep")
    together = Together(Asked("tune_mine_without_1", 40_000, (6, 7, 8), ()), full, removed, None)
    final = Final(Asked("tune_mine_final", 40_000, (9, 10, 11), ()), full, "It is better.", None)
    return Course(tuning, "bits per byte", [rung], [together], final)


def test_the_tuned_recipe_loads_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "name: mine\nabout: Short ones.\nsource: a test\nrules: [{id: words, signal: gopher.words, at_least: 5}]\n"
    )
    (tmp_path / "pool.yaml").write_text("base: loop\nname: pool\n")
    course = course_of(load(write(tmp_path, base="pool.yaml", rules="rules.yaml")))
    assert [each.name for each in course.tuned] == ["letters_0_8", "web"]
    folder = tmp_path / "runs" / "tune-mine"  # relative paths lead back to where the tuning lies
    folder.mkdir(parents=True)
    path = folder / "tuned.yaml"
    path.write_text(tuned_recipe(course, folder), encoding="utf-8")
    recipe = load_recipe(path, registry())
    assert recipe.name == "tuned-mine"
    bounds = {rule["id"]: rule["at_least"] for step in recipe.resolved["decide"] for rule in step["rules"]}
    assert bounds == {"letters": 0.8, "mine.words": 5}
    assert "# letters_0_8: words with a letter; at_least 0.8" in path.read_text()
    assert "+0.2 bits per byte (+0.15 to +0.25), 3 seeds of 40,000 tokens: keep" in path.read_text()


def test_a_tuning_that_keeps_nothing_leaves_the_base(tmp_path: Path) -> None:
    course = course_of(load(write(tmp_path)))
    rung = replace(course.rungs[0], fates=tuple(replace(fate, stays=False) for fate in course.rungs[0].fates))
    course = Course(course.tuning, course.unit, [rung])
    (tmp_path / "tuned.yaml").write_text(tuned_recipe(course, tmp_path), encoding="utf-8")
    assert load_recipe(tmp_path / "tuned.yaml", registry()).resolved["decide"] == []
    assert course.literal()["verdict"] == "nothing kept"
    assert "the base stays as it is" in tuning_text(course)


def test_no_seed_is_used_twice_and_interactions_are_told(tmp_path: Path) -> None:
    course = course_of(load(write(tmp_path)))
    assert course.next_seed == 9
    found = {each.name: each for each in interactions(course)}
    assert found["letters_0_8"].clear and found["letters_0_8"].in_company == 0.02
    assert not found["web"].clear
    text = tuning_text(course)
    assert "`letters_0_8`: alone +0.2 bits per byte" in text and "worth less in company" in text
    assert "The final comparison alone decides" in text


def test_a_question_of_a_tuning_is_a_question(tmp_path: Path) -> None:
    tuning = load(write(tmp_path))
    first, _, web = tuning.candidates
    inquiry = Inquiry(
        "tune_mine_1", "Which of these rules?", "The first of them.", {"a": [first], "both": [first, web]},
        Rung(tokens=20_000, seeds=2), 7, ["both"], "both",
    )  # fmt: skip
    path = tmp_path / "tune_mine_1.yaml"
    path.write_text(question_text(tuning, inquiry, tmp_path), encoding="utf-8")
    question = load_question(path, registry())
    assert list(question.recipes) == ["baseline", "a", "both"]
    assert [len(recipe.decide) for recipe in question.recipes.values()] == [0, 1, 2]
    assert (question.asked.seeds.first, question.asked.seeds.looks, question.asked.budget.tokens) == (7, (2,), 20_000)
    assert question.asked.training.batch == 256
