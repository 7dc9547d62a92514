"""A tuning from end to end, on a pool where noise outweighs the text."""

import json
import random
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from florilegium.pipelines.curate import curate
from florilegium.pipelines.tune import tune
from rich.console import Console

WORDS = ["lantern", "harbour", "orchard", "willow", "sedge", "mint", "meadow", "garden", "letter", "evening"]
BASE = """
name: pool
sources: [{name: pool, kind: jsonl, files: pool.jsonl, licence: CC0-1.0}]
measure: [{signals: [gopher_quality]}]
decide: []
"""
SUITE = """
name: held
about: Sentences held out.
tasks: [{name: sentences, version: 1, form: text, about: Sentences., data: held.jsonl}]
decides: {tasks: [sentences], measure: bits_per_byte, overlap_at_most: 0.9}
"""
TUNING = """
name: numbers
question: Which rules find the numbers?
hypothesis: Two do, each as well as the other, so one of them is enough.
base: pool.yaml
candidates:
  - name: letters
    patch:
      - {add: {name: letters, rules: [{id: letters, signal: gopher.alphabetic_words, at_least: 0}]}, to: decide}
    rule: decide.letters.letters.at_least
    bounds: [0.5]
  - name: long_words
    patch: [{add: {rules: [{id: long_words, signal: gopher.mean_word_length, at_least: 3}]}, to: decide}]
model: {vocabulary: 257, context: 32, hidden: 32, layers: 1, heads: 1}
training: {batch: 512, learning_rate: 1.0e-2, checkpoints: 1, score_last: 1, device: cpu}
rungs: [{tokens: 50k, seeds: 3}]
benchmark: held.yaml
decision: {smallest_effect: 0.02}
run: {workers: 2}
"""


def sentence(draw: random.Random) -> str:
    """Give words in any order: quickly learnt, and no two alike."""
    return " ".join(draw.choices(WORDS, k=18))


def documents(draw: random.Random) -> Iterator[str]:
    """Give a tenth of sentences and nine tenths of numbers, equally long: a random drop cannot tell them by length."""
    for _ in range(1000):
        yield sentence(draw)
        for _ in range(9):
            numbers = " ".join(str(draw.randint(0, 99)) for _ in range(80))
            yield numbers[: len(sentence(draw))]


@pytest.fixture
def tuning(tmp_path: Path) -> Path:
    draw = random.Random(3)
    rows = [{"id": str(number), "text": text} for number, text in enumerate(documents(draw))]
    items = [{"id": str(number), "text": sentence(draw)} for number in range(30)]
    for name, lines in (("pool", rows), ("held", items)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for name, text in (("pool", BASE), ("held", SUITE), ("numbers", TUNING)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path / "numbers.yaml"


@pytest.mark.slow
def test_of_two_rules_that_find_the_same_noise_one_ends_in_the_tuned_recipe(tuning: Path, tmp_path: Path) -> None:
    runs, ablations = tmp_path / "runs", tmp_path / "ablations"
    console = Console(file=StringIO(), width=200)
    tune(str(tuning), runs, console, ablations=ablations)
    folder = runs / "tune-numbers"
    course = json.loads((folder / "tuning.json").read_bytes())
    assert [fate["standing"]["verdict"] for fate in course["rungs"][0]["fates"]] == ["keep", "keep"]
    assert [each["role"] for each in course["together"][0]["removals"]] == ["redundant", "redundant"]
    assert course["together"][0]["left"] == "letters_0_5"  # they drop the same documents, so the first leaves
    assert course["tuned"] == ["long_words"]
    assert course["verdict"] == "keep"

    used = [set(each["asked"]["seeds"]) for each in (*course["rungs"], *course["together"])]
    assert not set(course["final"]["asked"]["seeds"]) & set.union(*used)
    names = {path.name[len("2026-01-01-") :] for path in ablations.iterdir() if path.is_dir()}
    assert names == {"tune_numbers_1", "tune_numbers_without_1", "tune_numbers_final"}

    curate(str(folder / "tuned.yaml"), runs, console)
    kept = pl.read_parquet(runs / "tuned-numbers" / "release" / "data" / "*.parquet")["text"]
    assert len(kept) and not kept.str.contains(r"^[0-9 ]+$").any()

    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}
    told = StringIO()
    tune(str(tuning), runs, Console(file=told, width=200), ablations=ablations)
    assert {path: path.read_bytes() for path in before} == before
    found = re.findall(r"train: (\d+) of (\d+) models are there already", told.getvalue())
    assert len(found) == 3 and all(there == wanted for there, wanted in found)
