"""The plan: tasks do not depend on workers, identity does not depend on places, changes are named."""

import os
from dataclasses import replace
from pathlib import Path

from florilegium.documents import Input
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.run.plan import Plan, changed_inputs, differences, make_plan, plan_from_json

RECIPE = """\
sources: [{name: pool, kind: jsonl, files: "*.jsonl"}]
measure:
  - language: {}
decide:
  - rules: [{signal: text_bytes, at_least: 10}]
"""


def plan(folder: Path, text: str = RECIPE, limit: int | None = None) -> Plan:
    folder.mkdir(exist_ok=True)
    for name in ("a", "b", "c"):
        (folder / f"{name}.jsonl").write_text('{"text": "x"}\n' * 100)
        os.utime(folder / f"{name}.jsonl", (1, 1))
    (folder / "recipe.yaml").write_text(text)
    recipe = load_recipe(folder / "recipe.yaml", registry())
    return make_plan(recipe, [item for source in recipe.sources for item in source.inputs()], limit)  # type: ignore[attr-defined]


def test_small_inputs_are_joined_up_to_the_task_size(tmp_path: Path) -> None:
    assert plan(tmp_path).tasks == ((0, 1, 2),)
    assert plan(tmp_path, RECIPE + "run: {task_size: 3000B}\n").tasks == ((0, 1), (2,))
    assert plan(tmp_path, RECIPE + "run: {task_size: 10B}\n").tasks == ((0,), (1,), (2,))
    assert plan(tmp_path, RECIPE + "run: {task_size: 10B}\n", limit=5).tasks == ((0, 1, 2),)


def test_identity_is_not_the_place_nor_the_workers(tmp_path: Path) -> None:
    here, there = plan(tmp_path / "a"), plan(tmp_path / "b")
    assert (here.measured, here.decided, here.released) == (there.measured, there.decided, there.released)
    assert plan(tmp_path / "a", RECIPE + "run: {workers: 3, memory: 1GB}\n").released == here.released


def test_only_what_depends_on_a_change_gets_another_hash(tmp_path: Path) -> None:
    before = plan(tmp_path)
    bound = plan(tmp_path, RECIPE.replace("10", "11"))
    assert bound.measured == before.measured and bound.decided != before.decided and bound.released != before.released
    shards = plan(tmp_path, RECIPE + "release: {shard_size: 1MB}\n")
    assert shards.decided == before.decided and shards.released != before.released
    language = plan(tmp_path, RECIPE.replace("language: {}", "language: {threshold: 0.9}"))
    assert language.measured != before.measured
    said = differences(before.identity, language.identity)
    assert said == [("measure.stages[0].language.threshold", 0.3, 0.9)]


def test_model_file_counts_by_content_not_by_place(tmp_path: Path, graded: Path) -> None:
    text = RECIPE + ""
    for folder, name in (("a", "one.bin"), ("b", "two.bin")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(graded.read_bytes())
    step = "  - classifier: {model: NAME, as: edu, score: expected}\ndecide"
    one = plan(tmp_path / "a", text.replace("decide", step.replace("NAME", "one.bin")))
    same = plan(tmp_path / "b", text.replace("decide", step.replace("NAME", "two.bin")))
    assert one.measured == same.measured


def test_changed_inputs_are_named(tmp_path: Path) -> None:
    old = plan(tmp_path)
    touched = replace(old.inputs[0], stamp="2")
    grown = replace(old.inputs[1], size=1)
    new = replace(old, inputs=(touched, grown, Input("pool", "d.jsonl", "/in/d.jsonl", 1, "1")))
    said = changed_inputs(old, new)
    assert [line.rsplit("/", 1)[-1].split(":")[0] for line in said] == ["a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl"]
    assert ["touched" in said[0], "bytes then" in said[1], "vanished" in said[2], "new" in said[3]] == [True] * 4


def test_plan_survives_its_file(tmp_path: Path) -> None:
    made = plan(tmp_path)
    assert plan_from_json(made.to_json()) == made
