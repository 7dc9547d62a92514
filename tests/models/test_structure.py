"""Files that are no whole fastText model are refused before fastText sees them: it would hang, or load noise."""

from pathlib import Path
from typing import Any

import pytest

from florilegium.errors import RecipeError
from florilegium.models.structure import require_classifier


@pytest.mark.parametrize("content", [b"", b"x", b"<!DOCTYPE html><title>404</title>" * 50, bytes(1000)])
def test_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=r"model\.bin.*supervised fastText model"):
        require_classifier(path)


def test_another_version_of_the_format(graded: Path, tmp_path: Path) -> None:
    whole = graded.read_bytes()
    path = tmp_path / "model.bin"
    path.write_bytes(whole[:4] + (13).to_bytes(4, "little") + whole[8:])
    with pytest.raises(RecipeError, match="version 13"):
        require_classifier(path)


def test_word_vectors(tmp_path: Path) -> None:
    import fasttext

    (tmp_path / "train.txt").write_text("some words to learn from\n" * 20)
    model = fasttext.train_unsupervised(
        str(tmp_path / "train.txt"), dim=4, epoch=1, minCount=1, bucket=100, thread=1, verbose=0
    )
    model.save_model(str(tmp_path / "vectors.bin"))
    with pytest.raises(RecipeError, match=r"vectors\.bin.* unsupervised"):
        require_classifier(tmp_path / "vectors.bin")


@pytest.mark.parametrize("quantised", [False, True])
def test_a_model_cut_anywhere(train: Any, tmp_path: Path, quantised: bool) -> None:
    words = [f"word{number} other{number % 7}" for number in range(300)]
    whole = train({"a": words, "b": [word[::-1] for word in words]}, quantised=quantised, epoch=5)
    require_classifier(whole)
    content = whole.read_bytes()
    cuts = {*range(1, 400, 7), *range(400, len(content), len(content) // 50), len(content) - 1}
    for cut in cuts:
        path = tmp_path / "cut.bin"
        path.write_bytes(content[:cut])
        with pytest.raises(RecipeError, match="cut short"):
            require_classifier(path)


def test_sizes_that_no_file_has(graded: Path, tmp_path: Path) -> None:
    content = bytearray(graded.read_bytes())
    content[64:68] = b"\xff\xff\xff\x7f"  # entries of the dictionary
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match="damaged"):
        require_classifier(path)
