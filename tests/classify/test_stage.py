"""The stage ``classifier``."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.classify.stage import Classifier, ClassifierOptions, worth
from florilegium.errors import RecipeError


def scores(texts: list[str | None], **options: Any) -> list[float | None]:
    """Run the stage over some texts."""
    stage = Classifier(ClassifierOptions(**{"as": "edu", **options}))
    stage.open()
    documents, departures = stage.apply(pa.record_batch({"text": pa.array(texts, pa.large_string())}))
    assert departures == [] and documents.schema.field("classifier.edu").type == pa.float32()
    return documents.column("classifier.edu").to_pylist()


def test_the_probability_of_the_good_label(quality: Path) -> None:
    good, bad, mixed = scores(["a proof by induction", "cheap pills now", "cheap proof"], model=quality)
    assert good is not None and bad is not None and mixed is not None
    assert good > 0.99 and bad < 0.01 and good > mixed > bad


def test_a_null_or_blank_text_has_no_score(quality: Path) -> None:
    none, empty, blank, short = scores([None, "", " \n\t", "a"], model=quality)
    assert none is empty is blank is None and short is not None


def test_a_text_of_unknown_words_has_no_score(train: Any) -> None:
    model = train({"1": ["good " * 50], "0": ["bad " * 50]}, minCount=5)  # the end of a line is too rare to be known
    for score in ("probability", "expected"):
        known, unknown = scores(["good", "something else"], model=model, score=score)
        assert known is not None and known > 0.5 and unknown is None


def test_a_chosen_label_with_or_without_prefix(quality: Path) -> None:
    texts: list[str | None] = ["cheap pills\nnow"]
    assert scores(texts, model=quality, label="cc") == scores(texts, model=quality, label="__label__cc")
    assert scores(texts, model=quality, label="cc")[0] == pytest.approx(
        1 - (scores(texts, model=quality)[0] or 0), abs=1e-4
    )


def test_the_expected_grade(graded: Path) -> None:
    low, middle, high = scores(
        ["cheap pills win", "we went to the nice sea", "a proof by mitosis"], model=graded, score="expected"
    )
    assert low is not None and middle is not None and high is not None
    assert 0 <= low < 0.5 < middle < 2 < 4 < high <= 5


def test_lower_case_where_the_model_wants_it(quality: Path) -> None:
    shouted: list[str | None] = ["A PROOF BY INDUCTION"]
    assert scores(shouted, model=quality, lower=True) == scores(["a proof by induction"], model=quality)
    assert scores(shouted, model=quality) != scores(shouted, model=quality, lower=True)


def test_rows_do_not_depend_on_their_neighbours(quality: Path) -> None:
    texts: list[str | None] = ["a proof", None, "pills", "the cell", ""]
    assert scores(texts, model=quality) == [scores([text], model=quality)[0] for text in texts]


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (["__label__a", "__label__b"], {}, "set `label`.*`a`, `b`"),
        (["__label__hq", "__label__1"], {}, "set `label`"),
        (["__label__hq", "__label__b", "__label__c"], {}, "set `label`"),
        (["__label__hq", "__label__cc"], {"label": "edu"}, "no label `edu`.*`cc`, `hq`"),
        (["__label__0", "__label__high"], {"score": "expected"}, "needs labels that are numbers.*`0`, `high`"),
        (["__label__0", "__label__1"], {"score": "expected", "label": "1"}, "exclude each other"),
    ],
)
def test_no_guessing(labels: list[str], options: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        worth(labels, ClassifierOptions(**{"model": "m.bin", "as": "edu", **options}))


@pytest.mark.parametrize("good", ["hq", "pos", "1"])
def test_the_good_label_of_published_classifiers(good: str) -> None:
    found = worth(["__label__cc", f"__label__{good}"], ClassifierOptions(**{"model": "m.bin", "as": "edu"}))
    assert found.tolist() == [0, 1]


def test_what_the_recipe_sees() -> None:
    stage = Classifier(ClassifierOptions(**{"model": "hf://org/repo/edu.ftz", "as": "edu"}))
    assert stage.reads == ("text",) and [field.name for field in stage.writes] == ["classifier.edu"]
    assert stage.expects_models() == {"model": "hf://org/repo/edu.ftz"}
    with pytest.raises(ValidationError):
        ClassifierOptions(**{"model": "m.bin", "as": "Edu score"})
