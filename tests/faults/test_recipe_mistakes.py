"""Mistakes of recipes and command lines: all at once, each with file and line, key, value and what to do; exit code 2, no
traceback."""

import itertools
import re
from pathlib import Path

import pytest

from florilegium.errors import RecipeError
from florilegium.recipe.load import load_recipe
from florilegium.recipe.tree import MOST_VALUES
from florilegium.registry import registry
from tests.flows.conftest import Command

SOURCE = "sources: [{name: p, kind: jsonl, files: a.jsonl}]\n"
MEASURE = "measure:\n  - language: {}\n  - signals: [gopher_quality]\n  - signatures: {}\n"
START = SOURCE + MEASURE  # five lines
RULES = START + "decide:\n  - rules:\n"  # a rule stands on line 8


def refused(folder: Path, text: str | bytes) -> str:
    """Give what is said of a recipe that must be refused."""
    path = folder / "recipe.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, registry())
    said = str(caught.value)
    assert "Traceback" not in said and all(len(line) < 1000 for line in said.splitlines())
    return said


MANY = """\
name: Many
abuot: x
sources:
  - {name: p, kind: jsnol, files: a.jsonl}
  - {name: t, kind: text, files: a.txt, encoding: utf-9}
measure:
  - langage: {}
  - {language: {}, nmae: x}
  - signals: [gopher_qualty]
  - gate: {rules: [c5]}
  - classifier: {model: none.bin, as: edu, label: x}
  - datatrove: {block: pipeline.filters.NoSuchFilter}
  - signatures: {bands: -1}
decide:
  - rules: [goper_quality, {signal: gopher.words, at_least: "many"}]
  - {deduplicate: {by: [texts]}, expect: {removed: [0.9, 0.1]}}
  - {rules: [{signal: gopher.words, at_lest: 1}], expect: {removed: [yes, 1]}}
release: {shard_size: 5 parsecs, formt: []}
run: {workers: 0, memory: lots}
"""


def test_all_mistakes_are_answered_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, MANY)
    wanted = {
        1: "name: 'Many' must be lower-case",
        2: "abuot: unknown key `abuot`; did you mean `about`?",
        4: "sources.0.kind: unknown kind `jsnol`; did you mean `jsonl`?",
        5: "sources.1.encoding: encoding 'utf-9' is unknown; did you mean utf-8",
        7: "measure.0.langage: unknown step `langage`; did you mean `language`?",
        8: "measure.1: a step is one key with its options",
        9: "measure.2.signals.groups: unknown signal group `gopher_qualty`; did you mean `gopher_quality`?",
        10: "measure.3.gate.rules.0: no rule set is called `c5`",
        11: "measure.4.classifier.model: no such model file: ",
        12: "measure.5.datatrove: `pipeline.filters.NoSuchFilter` is not a class of datatrove",
        13: "measure.6.signatures.bands: ",
        15: "decide.0.rules.0: no rule set is called `goper_quality`",
        16: "decide.1.expect: write `expect: {removed: [low, high]}`, shares from 0 to 1 (got {'removed': [0.9, 0.1]})",
        17: "decide.2.rules.0.at_lest: unknown key `at_lest`; did you mean `at_least`?",
        18: "release.shard_size: write a size such as `500MB`",
        19: "run.workers: ",
    }
    for line, message in wanted.items():
        assert re.search(rf"recipe\.yaml:{line}: {re.escape(message)}", said), (line, message, said)
    more = ("decide.0.rules.1.at_least", "decide.1.deduplicate.by.0", "release.formt: unknown key", "run.memory: ")
    assert not [place for place in more if place not in said]
    assert "Tuple should" not in said and "instance of" not in said


ONE = [
    # bounds and rules
    (RULES + "    - {signal: gopher.words, between: [9, 1]}\n", 8, "the lower bound 9 is above the upper bound 1"),
    (RULES + "    - {signal: gopher.words, at_least: 1, at_most: 2}\n", 8, "needs exactly one of"),
    (RULES + "    - {signal: gopher.words, keep_top: 2}\n", 8, "less than or equal to 1 (got 2)"),
    (RULES + "    - {signal: gopher.words, at_least: .nan}\n", 8, "finite number (got nan)"),
    (RULES + "    - {signal: gopher.words, at_least: 1e999}\n", 8, "finite number (got inf)"),
    (RULES + f"    - {{signal: gopher.words, at_least: {'9' * 400}}}\n", 8, "valid number (got 99999"),
    (RULES + "    - {signal: gopher.words, at_least: {xx-yy: 1}}\n", 8, "'xx-yy' is no language"),
    (RULES + "    - {signal: gopher.wrods, at_least: 1}\n", 7, "which no stage writes. Did you mean `gopher.words`?"),
    (RULES + "    - {signal: nothing.here, at_least: 1}\n", 7, "Add the stage that measures `nothing` to `measure`"),
    (RULES + "    - {signal: language, at_least: 1}\n", 7, "compares `language` with numbers, but it holds text"),
    (RULES + "    - {signal: url, at_most: 1}\n", 7, "compares `url` with numbers, but it holds text"),
    (START + "decide:\n  - deduplicate: {keep: {best: script}}\n", 7, "compares `script` with numbers"),
    (SOURCE + "measure:\n  - language: {}\n  - gate: {rules: [{signal: script, at_least: 1}]}\n", 4, "compares `script`"),
    (RULES + "    - {signal: gopher.words, at_least: 1}\n    - {signal: gopher.words, at_least: 2}\n", 7, "two rules are called"),
    # steps and columns
    (SOURCE + "measure: [{language: {}}, {signals: [c4], name: language}]\n", 2, "`language` is also the name of a step"),
    (SOURCE + "measure:\n  - language: 5\n", 3, "measure.0.language: a mapping is wanted"),
    (SOURCE + "measure:\n  - clean: {steps: 5}\n", 3, "a list is wanted: `[one, two]` (got 5)"),
    (SOURCE + "measure: language\n", 2, "`measure` is a list of steps"),
    (SOURCE + "measure:\n  - 5\n", 3, "a step is one key with its options"),
    (SOURCE + "measure:\n  - datatrove: {block: pipeline.filters.LambdaFilter, writes: {id: string}}\n", 3, "`id` is a column of every document"),
    (SOURCE + "measure:\n  - datatrove: {block: pipeline.filters.LambdaFilter, writes: {file: string}}\n", 3, "`file` is a column of every"),
    (SOURCE + "measure:\n  - language: {}\n  - datatrove: {block: pipeline.filters.LambdaFilter, writes: {language: string}}\n", 4, "`language` is written by `language` and `datatrove`"),
    (START + "decide:\n  - {rules: [gopher_quality], expect: {removed: [true, true]}}\n", 7, "shares from 0 to 1"),
    (START + "decide:\n  - {rules: [gopher_quality], expect: {remved: [0, 1]}}\n", 7, "shares from 0 to 1"),
    # sources
    ("sources: [{name: p, kind: jsonl, files: ''}]\nmeasure: []\n", 1, "sources.0.files.0: a path or URL is wanted"),
    ("sources: [{name: p, kind: [jsonl], files: a}]\nmeasure: []\n", 1, "unknown kind `['jsonl']`"),
    ("sources: [{name: ../p, kind: jsonl, files: a}]\nmeasure: []\n", 1, "sources.0.name: "),
    ("sources: [{name: p, kind: jsonl, files: a}, {name: p, kind: text, files: b}]\nmeasure: []\n", 1, "two sources are called `p`"),
    ("sources: hello\nmeasure: []\n", 1, "a recipe needs at least one source"),
    # other keys
    (START + "about: {a: b}\n", 6, "about: a text is wanted"),
    (START + "name: ../../outside\n", 6, "it names a folder"),
    (START + "run: {workers: 99999999999999999999999}\n", 6, "less than or equal to 1024"),
    (START + "release: {shard_size: nan}\n", 6, "write a size such as `500MB`"),
    (START + "run: {memory: -1GB}\n", 6, "write a size such as `500MB`"),
    (START + "release: hello\n", 6, "release: a mapping is wanted"),
    # base and patch
    ("name: x\nbase: nowhere\n", 2, "base: no shipped recipe is called `nowhere`. Known: demo"),
    ("name: x\nbase: nowhere.yaml\n", 2, "nowhere.yaml: no such file"),
    ("name: x\nbase: [demo]\n", 2, "write the name or the path of one recipe (got ['demo'])"),
    ("base: demo\npatch: 7\n", 2, "a patch is a mapping"),
    ("base: demo\npatch:\n  - {ad: 1}\n", 3, "unknown key `ad`; did you mean `add`?"),
    ("base: demo\npatch:\n  - {set: decide.rulez.x, to: 1}\n", 3, "did you mean `rules`?"),
    ("base: demo\npatch:\n  - {set: measure, to: 5}\n", 3, "`measure` is a list of steps"),
    # YAML itself
    ("", 1, "a recipe is a mapping"),
    ("- a\n", 1, "a recipe is a mapping"),
    ("name: x\n\tsources: []\n", 2, "indent with spaces, not with tabs"),
    ("name: a\nname: b\n", 2, "found duplicate key"),
    ("name: a\n---\nname: b\n", 2, "found another document"),
    ("name: a\nabout: [\n", 3, "not valid YAML"),
    ("name: a\nabout: b\x01\n", 2, "character U+0001 may not stand in it"),
    (b"name: a\nabout: b\x00\n", 2, "character U+0000 may not stand in it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "wanted"), ONE, ids=range(len(ONE)))
def test_one_mistake_is_named_with_its_line(tmp_path: Path, text: str | bytes, line: int, wanted: str) -> None:
    said = refused(tmp_path, text)
    assert re.search(rf"recipe\.yaml:{line}: .*{re.escape(wanted)}", said), said


def test_two_classifiers_of_one_name_are_refused(tmp_path: Path, graded: Path) -> None:
    one = f"{{model: {graded}, as: edu, label: '1'}}"
    said = refused(tmp_path, SOURCE + f"measure:\n  - classifier: {one}\n  - {{classifier: {one}, name: again}}\n")
    assert said.count("`classifier.edu` is written by `classifier` and `again`; give it another name") == 2


def test_patch_and_recipe_are_answered_together(tmp_path: Path) -> None:
    said = refused(
        tmp_path, "base: demo\npatch:\n  - {remove: decide.rulez}\n  - {ad: 1}\nmesure: []\nrun: {wrokers: 1}\n"
    )
    assert said.startswith("4 mistakes in the recipe:")
    assert [int(found) for found in re.findall(r"recipe\.yaml:(\d+)", said)] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    "text", [b"name: caf\xe9\n", "name: a".encode("utf-16"), "a: " + "9" * 5000 + "\n", "a: " + "[" * 1200]
)
def test_what_is_no_yaml_at_all_is_answered_in_one_line(tmp_path: Path, text: str | bytes) -> None:
    said = refused(tmp_path, text)
    assert "recipe.yaml" in said and len(said.splitlines()) == 1


def test_anchors_that_stand_for_billions_are_refused_at_once(tmp_path: Path) -> None:
    names = "abcdefghij"
    levels = [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in itertools.pairwise(names)]
    said = refused(tmp_path, "\n".join(["a: &a [" + ", ".join("x" * 9) + "]", *levels]))
    assert f"has more than {MOST_VALUES:,} values" in said and re.search(r"recipe\.yaml:\d+: ", said)


def test_anchors_that_hold_themselves_end(tmp_path: Path) -> None:
    assert "unknown key `a`" in refused(tmp_path, "a: &a [*a]\n" + START)
    assert "sources.0.files" in refused(tmp_path, "sources: &s [{name: p, kind: jsonl, files: *s}]\nmeasure: []\n")


def test_circle_of_bases_is_named(tmp_path: Path) -> None:
    for one, other in ("ab", "bc", "cb"):
        (tmp_path / f"{one}.yaml").write_text(f"base: {other}.yaml\n")
    with pytest.raises(RecipeError, match=r"`base` goes round in a circle: a.yaml -> b.yaml -> c.yaml -> b.yaml"):
        load_recipe(tmp_path / "a.yaml", registry())


def test_mistakes_of_a_rule_set_have_their_own_lines(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nrules:\n  - {id: a, signal: gopher.words}\n  - {id: b, sginal: x, at_least: 1}\n"
    )
    said = refused(tmp_path, START + "decide:\n  - rules: [mine.yaml]\nmesure: []\n")
    assert re.search(r"mine\.yaml:3: .*needs exactly one of", said)
    assert re.search(r"mine\.yaml:4: .*unknown key", said)
    assert "recipe.yaml:8: mesure: unknown key" in said


def test_command_answers_a_list_of_mistakes(florilegium: Command, tmp_path: Path) -> None:
    (tmp_path / "many.yaml").write_text(MANY)
    done = florilegium("curate", "many.yaml", folder=tmp_path, code=2)
    assert done.stderr.startswith("florilegium: 21 mistakes in the recipe:\n")
    assert done.stderr.count("\n  many.yaml:") == 21 and "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many.yaml"]  # nothing was begun


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["curat", "demo"], "'curate'"),
        (["curate"], "Missing argument 'recipe'"),
        (["curate", "a-file"], "a-file"),
        (["curate", "folder"], "folder"),
        (["curate", "folder/"], "folder"),
        (["curate", "./folder"], "folder"),
        (["curate", "demo", "--runs", "a-file"], "a-file"),
        (["decide", "nowhere", "--recipe", "demo"], "nowhere"),
        (["decide", "a-file", "--recipe", "demo"], "a-file"),
        (["decide", "folder"], "--recipe"),
        (["explain", "folder", "x"], "folder"),
        (["explain", "a-file", "x"], "a-file"),
        (["verify", "a-file"], "a-file"),
        (["verify", "folder"], "folder"),
        (["sample", "a-file"], "a-file"),
    ],
)
def test_wrong_command_line_is_answered_in_one_line(
    florilegium: Command, tmp_path: Path, arguments: list[str], wanted: str
) -> None:
    (tmp_path / "a-file").write_text("text\n")
    (tmp_path / "folder").mkdir()
    done = florilegium(*arguments, folder=tmp_path, code=2)
    assert wanted in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
