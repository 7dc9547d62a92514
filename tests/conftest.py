"""Fixtures that all tests share."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("FLORILEGIUM_SHARED_DATA", PROJECT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Give the path of real test material that lies outside the project; skip, saying so, where it is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"shared test material is absent: {name}")
        return path

    return find


Train = Callable[..., Path]


@pytest.fixture(scope="session")
def train(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Train a supervised model from label -> texts; give its file."""
    import fasttext

    def make(examples: Mapping[str, Sequence[str]], *, quantised: bool = False, **settings: Any) -> Path:
        folder = tmp_path_factory.mktemp("model")
        lines = [f"__label__{label} {text}\n" for label, texts in examples.items() for text in texts]
        (folder / "train.txt").write_text("".join(lines), encoding="utf-8")
        settings = {"dim": 8, "epoch": 50, "lr": 0.5, "minCount": 1, "seed": 7, **settings}
        model = fasttext.train_supervised(str(folder / "train.txt"), thread=1, verbose=0, **settings)
        if quantised:
            model.quantize(dsub=2, thread=1)
        path = folder / ("model.ftz" if quantised else "model.bin")
        model.save_model(str(path))
        return path

    return make


GRADES = {
    "0": ["buy cheap pills now", "click here to win", "cheap cheap offers win now"],
    "1": ["my holiday was nice", "we went to the sea", "the weather was nice"],
    "5": ["the cell divides by mitosis", "energy equals mass times c squared", "a proof by induction"],
}


@pytest.fixture(scope="session")
def graded(train: Train) -> Path:
    """A model of the grades 0, 1 and 5."""
    return train(GRADES)


@pytest.fixture(scope="session")
def quality(train: Train) -> Path:
    """A model of two labels, `hq` and `cc`, that is very sure of itself."""
    return train({"hq": GRADES["5"], "cc": GRADES["0"]}, epoch=500)


@pytest.fixture(scope="session")
def py3langid() -> Any:
    """The library itself, with probabilities: what ours must agree with."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
