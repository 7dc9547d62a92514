"""Recipes: every mistake at once with file and line, inheritance, patches, columns, hashes."""

import json
from pathlib import Path
from typing import Any

import pytest

from florilegium.errors import RecipeError
from florilegium.recipe.load import Recipe, load_recipe
from florilegium.recipe.patch import apply_patch
from florilegium.recipe.tree import parse_tree, read_tree
from florilegium.registry import registry

GOOD = """\
name: good
sources:
  - {name: pool, kind: jsonl, files: "data/*.jsonl"}
measure:
  - language: {with: py3langid}
  - signals: [gopher_quality]
  - signatures: {}
decide:
  - rules: [gopher_quality]
  - deduplicate: {by: [text], keep: longest}
"""


def write(folder: Path, text: str, name: str = "recipe.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str, name: str = "recipe.yaml") -> Recipe:
    return load_recipe(write(folder, text, name), registry())


def refused(folder: Path, text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        load(folder, text)
    return str(caught.value)


def test_good_recipe_is_understood(tmp_path: Path) -> None:
    recipe = load(tmp_path, GOOD)
    assert recipe.name == "good"
    assert [stage.name for stage in recipe.measure] == ["language", "signals", "signatures"]
    rules = recipe.resolved["decide"][0]["rules"]
    assert {"id": "gopher_quality.words", "signal": "gopher.words"}.items() <= rules[0].items()


def test_all_mistakes_at_once_with_lines(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        """\
name: Bad Name
souces: []
sources:
  - {name: pool, kind: jsnol, files: "x"}
measure:
  - langauge: {}
  - signals: [gopher_qualty]
  - signatures: {bands: lots}
decide:
  - deduplicate: {by: [text], keeep: longest}
run: {workers: 0}
""",
    )
    assert said.startswith("8 mistakes in the recipe:")
    for wanted in (
        "recipe.yaml:1: name: 'Bad Name' must be lower-case",
        "recipe.yaml:2: souces: unknown key `souces`; did you mean `sources`?",
        "recipe.yaml:4: sources.0.kind: unknown kind `jsnol`; did you mean `jsonl`?",
        "recipe.yaml:6: measure.0.langauge: unknown step `langauge`; did you mean `language`?",
        "recipe.yaml:7: measure.1.signals.groups: unknown signal group `gopher_qualty`; did you mean `gopher_quality`?",
        "recipe.yaml:8: measure.2.signatures.bands:",
        "recipe.yaml:10: decide.0.deduplicate.keeep: unknown key `keeep`; did you mean `keep`?",
        "recipe.yaml:11: run.workers:",
    ):
        assert wanted in said


def test_column_nobody_writes_names_both_stages(tmp_path: Path) -> None:
    without = GOOD.replace("  - signals: [gopher_quality]\n", "")
    assert "`rules` reads `gopher.words`, which no stage writes. Add the stage that measures `gopher`" in refused(
        tmp_path, without
    )
    late = """\
sources: [{name: crawl, kind: warc, files: x}]
measure:
  - language: {}
  - extract: {}
decide: []
"""
    assert "`language` reads `text`, which `extract` writes only later" in refused(tmp_path, late)
    pages = "sources: [{name: crawl, kind: warc, files: x}]\nmeasure:\n  - language: {}\ndecide: []\n"
    assert "source `crawl` (warc) gives the bytes of pages. Add `- extract:" in refused(tmp_path, pages)


def test_base_and_patches_address_by_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "base.yaml")
    recipe = load(
        tmp_path,
        """\
base: base
name: child
patch:
  - {set: decide.rules.gopher_quality.words.at_least, to: 30}
  - {remove: decide.rules.gopher_quality.stop_words}
  - {set: measure.signatures.bands, to: 20}
  - {add: {clean: [fix_text]}, to: measure, before: signals}
  - {add: {id: mine, signal: gopher.words, at_most: 9000}, to: decide.rules}
run: {workers: 3}
""",
    )
    assert [stage.name for stage in recipe.measure] == ["language", "clean", "signals", "signatures"]
    assert recipe.resolved["measure"][3]["signatures"]["bands"] == 20
    rules = {rule["id"]: rule for rule in recipe.resolved["decide"][0]["rules"]}
    assert rules["gopher_quality.words"]["at_least"] == 30
    assert "gopher_quality.stop_words" not in rules and rules["mine"]["at_most"] == 9000
    assert recipe.run.workers == 3


def test_whole_rule_set_is_removed(tmp_path: Path) -> None:
    write(
        tmp_path,
        GOOD.replace("signals: [gopher_quality]", "signals: [gopher_quality, c4]").replace(
            "rules: [gopher", "rules: [c4, gopher"
        ),
        "base.yaml",
    )
    recipe = load(tmp_path, "base: base.yaml\npatch:\n  - {remove: decide.rules.c4}\n")
    assert not [rule for rule in recipe.resolved["decide"][0]["rules"] if rule["id"].startswith("c4.")]


def test_patch_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "base.yaml")
    said = refused(
        tmp_path, "base: base\npatch:\n  - {remove: decide.rules.gopher_qualty}\n  - {set: measure.nothing.x}\n"
    )
    assert "recipe.yaml:3: patch.0: `decide.rules.gopher_qualty`" in said
    assert "recipe.yaml:4: patch.1: `set` needs `to`, the new value" in said


def test_circular_base_is_named(tmp_path: Path) -> None:
    write(tmp_path, "base: b.yaml\n", "a.yaml")
    write(tmp_path, "base: a.yaml\n", "b.yaml")
    with pytest.raises(RecipeError, match="a.yaml -> b.yaml -> a.yaml"):
        load_recipe(tmp_path / "a.yaml", registry())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("name: [", "recipe.yaml:"),
        ("name: a\nname: b\n", "recipe.yaml:2: not valid YAML: found duplicate key"),
        ("- a\n", "a recipe is a mapping"),
        ("name: a\n", "a recipe needs at least one source"),
        (GOOD + "release: {shard_size: huge}\n", "write a size such as `500MB`"),
        (GOOD.replace("gopher_quality]\n  - dedup", "gopher_qualitty]\n  - dedup"), "did you mean `gopher_quality`?"),
        (GOOD + "  - rules: [{signal: gopher.words}]\n", "needs exactly one of"),
        (GOOD.replace("- {name: pool", "- {name: pool, kind: text, files: x}\n  - {name: pool"), "two sources are called `pool`"),
        (GOOD + "  - {deduplicate: {}, expect: {removed: 0.5}}\n", "expect: {removed: [low, high]}"),
        (GOOD.replace("  - signatures: {}", "  - signatures: {}\n  - classifier: {model: none.ftz, as: edu, label: a}"), "no such model file"),
    ],
)  # fmt: skip
def test_mistakes(tmp_path: Path, text: str, wanted: str) -> None:
    assert wanted in refused(tmp_path, text)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such file"):
        read_tree(tmp_path / "nowhere.yaml")


def test_resolved_recipe_means_the_same(tmp_path: Path) -> None:
    recipe = load(tmp_path, GOOD)
    again = load(tmp_path, json.dumps(recipe.resolved), "again.yaml")
    assert again.resolved == recipe.resolved and again.hash == recipe.hash


def test_hash_ignores_machines_and_sees_choices(tmp_path: Path) -> None:
    one = load(tmp_path, GOOD).hash
    assert load(tmp_path, GOOD + "run: {workers: 7}\n").hash == one
    assert load(tmp_path, GOOD.replace("keep: longest", "keep: earliest")).hash != one


def test_norway_is_no_boolean() -> None:
    assert parse_tree("language: [no, de]", "x.yaml", Path()).values == {"language": ["no", "de"]}


def test_relative_paths_follow_the_file_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "lower").mkdir()
    write(tmp_path / "lower", GOOD, "base.yaml")
    recipe = load(tmp_path, "base: lower/base.yaml\n")
    assert str(recipe.sources[0].options.files[0]) == str(tmp_path / "lower" / "data" / "*.jsonl")


def test_schema_knows_the_shipped_recipes() -> None:
    from florilegium.recipe.schema import recipe_schema

    made = recipe_schema(registry())
    kinds = [source["properties"]["kind"]["const"] for source in made["properties"]["sources"]["items"]["anyOf"]]
    assert {"warc", "jsonl", "parquet", "hub", "text", "html", "datatrove"} <= set(kinds)
    json.dumps(made)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            GOOD.replace("- language: {with: py3langid}", "- {language: {}, name: read}"),
            "`read` is also the name of the reader",
        ),
        (
            GOOD.replace("- language: {with: py3langid}", "- {language: {}, name: rules}"),
            "`rules` is also the name of a step of `measure`",
        ),
        (GOOD.replace("- language: {with: py3langid}", "- {language: {}, name: 'A b'}"), "'A b' must be lower-case"),
        (
            GOOD + "  - rules: [{id: gopher_quality.words, signal: gopher.words, at_least: 9}]\n",
            "rule `gopher_quality.words` stands in `rules` too",
        ),
    ],
)
def test_names_mean_one_thing(tmp_path: Path, text: str, wanted: str) -> None:
    assert wanted in refused(tmp_path, text)


def test_patches_may_name_rule_sets(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("signals: [gopher_quality]", "signals: [gopher_quality, c4]"), "base.yaml")
    recipe = load(
        tmp_path, "base: base\npatch:\n  - {add: c4, to: decide.rules}\n  - {remove: decide.rules.c4.sentences}\n"
    )
    ids = [rule["id"] for rule in recipe.resolved["decide"][0]["rules"]]
    assert "c4.curly_brackets" in ids and "c4.sentences" not in ids


@pytest.mark.parametrize("name", ["demo", "fineweb", "fineweb2"])
def test_schema_accepts_the_shipped_recipes(name: str) -> None:
    import jsonschema
    from ruamel.yaml import YAML

    from florilegium.recipe.schema import recipe_schema
    from florilegium.recipe.shipped import find_recipe

    values = YAML(typ="safe").load(find_recipe(name).read_text(encoding="utf-8"))
    jsonschema.validate(values, recipe_schema(registry()))


def test_merge_keys_of_yaml(tmp_path: Path) -> None:
    text = "x-defaults: &d {kind: jsonl, files: a.jsonl}\nsources:\n  - {<<: *d, name: pool}\nmeasure: []\ndecide: []\n"
    assert "unknown key `x-defaults`" in refused(tmp_path, text)


def test_a_patch_is_not_shared_between_recipes() -> None:
    """What a later patch of one recipe edits stays as it was in another recipe with the same first patch."""
    added = {"add": {"rules": [{"id": "a.words", "signal": "text.words", "at_least": 10}]}, "to": "decide"}
    one: dict[str, Any] = {"decide": []}
    other: dict[str, Any] = {"decide": []}
    apply_patch(one, added)
    apply_patch(one, {"set": "decide.rules.a.words.at_least", "to": 300})
    apply_patch(other, added)
    assert other["decide"][0]["rules"][0]["at_least"] == 10
