"""Rule sets by name and from files; every mistake with its line."""

from pathlib import Path

import pytest

from florilegium.errors import RecipeError
from florilegium.recipe.options import Written
from florilegium.rules.load import load_rule_set, shipped

MINE = "name: mine\nrules:\n  - {id: words, signal: gopher.words, at_least: 5}\n"


def test_a_shipped_set_is_loaded_by_name() -> None:
    assert [rule.id for rule in load_rule_set("c4").rules] == ["c4.lorem_ipsum", "c4.curly_brackets", "c4.sentences"]


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(RecipeError, match=r"no rule set is called `gopher_qualty` .*did you mean `gopher_quality`\?"):
        load_rule_set("gopher_qualty")


def test_a_file_is_found_beside_the_recipe_and_by_url(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    for written in (tmp_path / "mine.yaml", Written("mine.yaml", tmp_path), (tmp_path / "mine.yaml").as_uri()):
        assert load_rule_set(written).rules[0].id == "mine.words"


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE, encoding="utf-8")
    load_rule_set(path)
    path.write_text(MINE.replace("5", "6"), encoding="utf-8")
    assert load_rule_set(path).rules[0].bounds == {"default": 6}


def test_a_missing_file_names_the_shipped_sets(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.yaml: no such rule set\. Give a file, or one of: c4, "):
        load_rule_set(tmp_path / "none.yaml")


def test_bytes_that_are_not_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"name: \xff")
    with pytest.raises(RecipeError, match=r"mine\.yaml: cannot be read as UTF-8"):
        load_rule_set(tmp_path / "mine.yaml")


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\n"
        "abuot: x\n"
        "rules:\n"
        "  - {id: one, signal: a.b, at_last: 5}\n"
        "  - id: two\n"
        "    signal: a.b\n"
        "    between:\n"
        "      de: [10, 3]\n"
        "  - {id: three, at_least: {no: 1, deu_Latn: 2}}\n",
        encoding="utf-8",
    )
    with pytest.raises(RecipeError) as caught:
        load_rule_set(tmp_path / "mine.yaml")
    said = str(caught.value)
    assert "mine.yaml:2: abuot: unknown key; did you mean `about`?" in said
    assert "mine.yaml:4: rules.0.at_last: unknown key; did you mean `at_least`?" in said
    assert "mine.yaml:8: rules.1.between.de: the lower bound 10 is above the upper bound 3" in said
    assert "mine.yaml:9: rules.2.signal: Field required" in said
    assert "mine.yaml:9: rules.2.at_least.deu_Latn: the language 'deu_Latn' is written `de-Latn` here" in said


@pytest.mark.parametrize("text", ["", "- 1\n", "name: mine\n"])
def test_a_file_that_is_no_rule_set_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"mine\.yaml:1: rule"):
        load_rule_set(tmp_path / "mine.yaml")


def test_shipped_names_are_sorted_and_usable() -> None:
    assert list(shipped()) == sorted(shipped())
    assert {"c4", "fineweb", "gopher_quality", "gopher_repetition"} <= set(shipped())
