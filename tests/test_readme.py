"""What the README shows works: the recipe is understood, the format, signal and rule of ten lines run."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from florilegium.ablation.question import load_question
from florilegium.documents import SOURCE_SCHEMA
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.rules.load import load_rule_set
from florilegium.sources.source import FileSourceOptions, Record

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(after: str, language: str) -> str:
    found = re.search(rf"## {after}.*?```{language}\n(.*?)```", README, re.DOTALL)
    assert found, f"no {language} block under {after}"
    return found.group(1)


def test_recipe(tmp_path: Path, quality: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "edu.ftz").write_bytes(quality.read_bytes())
    path = tmp_path / "letters.yaml"
    path.write_text(block("Write a recipe", "yaml"), encoding="utf-8")
    recipe = load_recipe(path, registry())
    assert [stage.name for stage in recipe.measure][:2] == ["extract", "language"]


def test_inherited_recipe(tmp_path: Path) -> None:
    text = re.search(r"  ```yaml\n(  base: .*?)  ```", README, re.DOTALL)
    assert text
    shipped = Path(__file__).parent.parent / "configs" / "curate" / "fineweb.yaml"
    (tmp_path / "fineweb.yaml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "strict.yaml").write_text(re.sub(r"(?m)^  ", "", text.group(1)), encoding="utf-8")
    recipe = load_recipe(tmp_path / "strict.yaml", registry())
    rules = {rule["id"]: rule for rule in recipe.resolved["decide"][0]["rules"]}
    assert rules["fineweb.short_lines"]["at_most"] == 0.5 and "c4.curly_brackets" not in rules
    assert [stage.name for stage in recipe.measure][2] == "clean"


def test_format(tmp_path: Path) -> None:
    scope: dict[str, object] = {}
    head = (
        "from collections.abc import Iterator\nfrom typing import BinaryIO\nfrom florilegium.documents import Input\n"
    )
    head += "from florilegium.sources.source import FileSource, FileSourceOptions, Found, Record\n"
    exec(head + block("Add a format", "python"), scope)
    (tmp_path / "a.txt").write_text("one\n\ntwo")
    source = scope["Mine"](FileSourceOptions(name="m", kind="mine", files=str(tmp_path / "a.txt")))  # type: ignore[operator]
    found = [item for item in source.records(source.inputs()[0]) if isinstance(item, Record)]
    assert [item.text for item in found] == ["one", "two"]


def test_signal() -> None:
    scope: dict[str, object] = {}
    head = "import pyarrow as pa\nimport pyarrow.compute as pc\nfrom florilegium.documents import with_column\n"
    head += "from florilegium.recipe.options import Options\nfrom florilegium.run.stage import Applied, Stage\n"
    exec(head + block("Add a signal", "python"), scope)
    texts = pa.RecordBatch.from_arrays([pa.array(["ab!!", "abcd"], pa.large_string())], names=["text"])
    stage = scope["Exclaim"](scope["Options"]())  # type: ignore[operator]
    assert stage.apply(texts)[0].column("exclaim.share").to_pylist() == [0.5, 0.0]


def test_rule(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(block("Add a rule", "yaml"), encoding="utf-8")
    rules = load_rule_set(str(tmp_path / "mine.yaml")).rules
    assert [rule.id for rule in rules] == ["mine.shouting", "mine.words"]


def test_tree_names_what_is_there() -> None:
    root = Path(__file__).parent.parent
    tree = README.split("## Where things are")[1].split("##")[0]
    rooms = set(re.findall(r"^      ([a-z]+)/ ", tree, re.MULTILINE))
    there = {
        path.name
        for path in (root / "src" / "florilegium").iterdir()
        if path.is_dir() and not path.name.startswith("_")
    }
    assert rooms == there
    assert "payload" in SOURCE_SCHEMA.names


def test_question(tmp_path: Path, quality: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLORILEGIUM_SHARED_DATA", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "edu.ftz").write_bytes(quality.read_bytes())
    (tmp_path / "letters.yaml").write_text(block("Write a recipe", "yaml"), encoding="utf-8")
    path = tmp_path / "question.yaml"
    path.write_text(block("Ask whether a filter helps", "yaml"), encoding="utf-8")
    question = load_question(path, registry())
    assert list(question.recipes) == ["baseline", "fineweb"]
    assert question.asked.seeds.looks == (3, 5)
