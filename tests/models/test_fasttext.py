"""The wrapper around fastText, and the traps that it holds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from florilegium.errors import RecipeError
from florilegium.models.fasttext import FastText, load

TEXTS = ["the cell divides", "cheap pills", "we went to the cheap sea", "", "naïve – 東京 \U0001f600"]


def test_probabilities_are_those_of_the_library_for_each_label(graded: Path) -> None:
    model = load(graded)
    found = model.probabilities(TEXTS)
    assert found.shape == (5, 3) and found.dtype == np.float32
    for row, text in zip(found, TEXTS, strict=True):
        assert dict(zip(model.labels, row.tolist(), strict=True)) == pytest.approx(
            {label: probability for probability, label in model._model.predict(text + "\n", -1, 0.0, "strict")}
        )
        assert row.sum() == pytest.approx(1, abs=1e-3) and len(set(row.tolist())) == 3


def test_one_text_and_many_give_the_same(graded: Path) -> None:
    model = load(graded)
    alone = np.concatenate([model.probabilities([text]) for text in TEXTS])
    assert np.array_equal(model.probabilities(TEXTS), alone)
    best, probability = model.identify(TEXTS)
    assert np.array_equal(best, alone.argmax(axis=1)) and np.array_equal(probability, alone.max(axis=1))


def test_what_it_learned(graded: Path) -> None:
    model = load(graded)
    best, _ = model.identify(["a cell divides by mitosis", "win cheap pills"])
    assert [model.labels[label] for label in best] == ["__label__5", "__label__0"]


def test_a_newline_is_a_space(graded: Path) -> None:
    lines, spaces = load(graded).probabilities(["the cell\ndivides\n", "the cell divides "])
    assert np.array_equal(lines, spaces)


def test_a_written_end_of_sentence_does_not_end_the_text(graded: Path) -> None:
    marked, plain = load(graded).probabilities(["we </s> cheap pills cheap", "we   cheap pills cheap"])
    assert np.array_equal(marked, plain)


def test_probabilities_above_one_are_clipped(train: Any) -> None:
    model = load(train({"hq": ["good"] * 200, "cc": ["bad"] * 200}, epoch=1000, lr=1.0))
    text = "good"
    assert model._model.predict(text + "\n", 1, 0.0, "strict")[0][0] > 1  # the library adds 0.00001
    assert model.probabilities([text]).max() == model.identify([text])[1][0] == 1


def test_quantised_models_work(train: Any) -> None:
    words = [f"word{number} other{number % 7}" for number in range(300)]
    path = train({"hq": words, "cc": [f"bad {word[::-1]}" for word in words]}, quantised=True, epoch=20)
    model = load(path)
    best, probability = model.identify(["word5 other5", "bad 5drow"])
    assert [model.labels[label] for label in best] == ["__label__hq", "__label__cc"] and probability.min() > 0.6


def test_nothing_is_written_to_the_terminal(graded: Path, capfd: pytest.CaptureFixture[str]) -> None:
    FastText(graded).probabilities(TEXTS)
    assert capfd.readouterr() == ("", "")


def test_threads_share_one_model(graded: Path) -> None:
    texts = [f"{text} {number}" for number in range(200) for text in TEXTS]
    expected = load(graded).probabilities(texts)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: load(graded).probabilities(texts), range(8)):
            assert np.array_equal(found, expected)


def test_a_file_is_loaded_once_until_it_changes(train: Any) -> None:
    path = train({"a": ["one two"], "b": ["three four"]})
    first = load(path)
    assert load(path) is first
    path.write_bytes(train({"c": ["one two five"], "d": ["three four"]}).read_bytes())
    assert load(path).labels == ("__label__c", "__label__d")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no model file at .*absent\.bin"):
        load(tmp_path / "absent.bin")
