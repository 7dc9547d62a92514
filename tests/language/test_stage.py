"""The stage ``language``."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.errors import RecipeError
from florilegium.language.stage import Language, LanguageOptions, excerpt

Row = tuple[str, str | None, float | None]


def identify(texts: list[str | None], **options: Any) -> list[Row]:
    """Run the stage over some texts; give language, script and score of each."""
    stage = Language(LanguageOptions(**options))
    stage.open()
    documents, departures = stage.apply(pa.record_batch({"text": pa.array(texts, pa.large_string())}))
    assert departures == []
    assert [documents.schema.field(field.name) for field in stage.writes] == list(stage.writes)
    columns = (documents.column(field.name).to_pylist() for field in stage.writes)
    return list(zip(*columns, strict=True))


def test_py3langid(sentences: dict[str, str]) -> None:
    found = identify(list(sentences.values()))
    assert [language for language, _, _ in found] == list(sentences)
    assert all(score is not None and 0.5 < score <= 1 for _, _, score in found)
    assert dict(zip(sentences, [script for _, script, _ in found], strict=True))["ja"] == "Jpan"


def test_nothing_to_go_by() -> None:
    assert identify([None, "", " \n", "\x00"]) == [("und", None, None)] * 4


def test_below_the_threshold_it_is_undetermined_and_the_score_stays(sentences: dict[str, str]) -> None:
    mixed = sentences["en"][:25] + sentences["fr"][:25]
    ((language, _, score),) = identify([mixed], threshold=0)
    assert language != "und" and score is not None and 0 < score < 0.999
    assert identify([mixed], threshold=min(1.0, score + 0.001)) == [("und", "Latn", score)]
    assert identify([mixed], threshold=max(0.0, score - 0.001)) == [(language, "Latn", score)]


def test_labels_like_those_of_glotlid(labelled_like_glotlid: Path, sentences: dict[str, str]) -> None:
    english, chinese, arabic = identify(
        [sentences["en"].replace(" ", "\n"), "孩子 們 走到 河邊", sentences["ar"]], **{"with": labelled_like_glotlid}
    )
    assert english[:2] == ("en", "Latn") and arabic[:2] == ("ar", "Arab")
    assert chinese[:2] == ("zh", "Hant")  # the text says Hani, the label is finer
    assert all(score is not None and 0.5 < score <= 1 for _, _, score in (english, chinese, arabic))


def test_labels_like_those_of_lid176(labelled_like_lid176: Path, sentences: dict[str, str]) -> None:
    texts: list[str | None] = [sentences["de"], "D Chinder sind zum Fluss gange", None, "  "]
    german, alemannic, none, blank = identify(texts, **{"with": labelled_like_lid176})
    assert german[:2] == ("de", "Latn") and alemannic[:2] == ("gsw", "Latn")
    assert none == blank == ("und", None, None)


def test_labels_that_are_no_languages(labelled_otherwise: Path) -> None:
    with pytest.raises(RecipeError, match=r"`__label__(hq|english)` is no known language label"):
        identify(["a"], **{"with": labelled_otherwise})


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no model file at .*lid\.bin"):
        identify(["a"], **{"with": tmp_path / "lid.bin"})


def test_a_long_text_is_judged_by_pieces_of_all_of_it(sentences: dict[str, str]) -> None:
    text = sentences["fr"] * 20 + sentences["ru"] * 200
    assert identify([text])[0][:2] == ("ru", "Cyrl")
    pieces = excerpt(text, 4000).split("\n")
    assert [len(piece) for piece in pieces] == [500] * 8
    assert pieces[0] == text[:500] and pieces[-1] == text[-500:] and all(piece in text for piece in pieces)


@pytest.mark.parametrize("length", [0, 1, 100, 101, 107, 1000])
def test_an_excerpt_is_no_longer_than_asked(length: int) -> None:
    text = "ab" * (length // 2) + "c" * (length % 2)
    assert excerpt(text, None) == text
    assert excerpt(text, 100) == text if length <= 100 else len(excerpt(text, 100)) <= 107
    assert excerpt(text, 100)[:12] == text[:12] and excerpt(text, 100)[-12:] == text[-12:]


def test_rows_do_not_depend_on_their_neighbours(sentences: dict[str, str]) -> None:
    texts: list[str | None] = [None, *sentences.values(), "", "漢字"]
    assert identify(texts) == [identify([text])[0] for text in texts]


def test_what_the_recipe_sees() -> None:
    stage = Language(LanguageOptions())
    assert stage.reads == ("text",) and [field.name for field in stage.writes] == [
        "language",
        "script",
        "language_score",
    ]
    assert stage.expects_models() == {}
    fasttext = Language(LanguageOptions(**{"with": "hf://cis-lmu/glotlid/model.bin"}))
    assert fasttext.expects_models() == {"with": "hf://cis-lmu/glotlid/model.bin"}
    with pytest.raises(ValidationError):
        LanguageOptions(threshold=1.5)
