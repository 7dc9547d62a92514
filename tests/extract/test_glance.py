"""A glance drops what cannot be wanted, and nothing that may be."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from florilegium.documents import Outcome
from florilegium.errors import RecipeError
from florilegium.extract.glance import _WORD, Dropped, Glance, _pieces, _words, whole_text
from florilegium.extract.options import ExtractOptions, GlanceOptions
from florilegium.extract.stage import ExtractStage
from florilegium.signals.measure import measure
from tests.extract.test_stage import PAGE, SENTENCE, documents, stage

GERMAN = "Der Gärtner ging langsam durch den alten Obstgarten und zählte die Äpfel, die der Wind dort liegen gelassen hatte. "
ENGLISH_IN_GERMAN = f"<html><body><div>{GERMAN * 40}</div><article><p>{SENTENCE * 8}</p></article><div>{GERMAN * 40}</div></body></html>"
WHOLLY_GERMAN = PAGE.replace(SENTENCE, GERMAN)


def glance(**options: Any) -> Glance:
    return Glance(GlanceOptions(**options))


def extract(batch: pa.RecordBatch, **options: Any) -> tuple[list[str], list[tuple[str, str, str, str | None]]]:
    kept, left = stage(glance=GlanceOptions(**options)).apply(batch)
    return kept.column("id").to_pylist(), [(one.id, one.outcome, one.rule, one.value) for one in left]


def test_the_stage_gates_before_it_extracts() -> None:
    rows = [PAGE, WHOLLY_GERMAN, ENGLISH_IN_GERMAN, "<html><body><p>Too few words.</p></body></html>"]
    kept, left = extract(documents(*({"payload": row.encode()} for row in rows)), language=["en"], words=20)
    assert kept == ["s/0", "s/2"]
    assert [(*one[:3],) for one in left] == [
        ("s/1", Outcome.GATED, "glance.language"),
        ("s/3", Outcome.GATED, "glance.words"),
    ]
    assert left[1][3] == "3" and 0 <= float(left[0][3] or 1) < 0.5


def test_what_stays_is_extracted_as_without_a_glance() -> None:
    batch = documents(
        {"payload": PAGE.encode()}, {"payload": WHOLLY_GERMAN.encode()}, {"payload": PAGE.encode("utf-16")}
    )
    without, _ = stage().apply(batch)
    kept, _ = stage(glance=GlanceOptions(language=["en"])).apply(batch)
    assert kept.to_pylist() == [row for row in without.to_pylist() if row["id"] != "s/1"]


def test_given_and_plain_text_pass() -> None:
    batch = documents(
        {"text": GERMAN, "content_type": None},
        {"payload": GERMAN.encode(), "content_type": "text/plain"},
        {"payload": b"%PDF-1.4\n" + bytes(range(256)) * 20},
    )
    kept, ((name, outcome, rule, _),) = extract(batch, language=["en"], words=1000)
    assert kept == ["s/0", "s/1"]
    assert (name, outcome, rule) == ("s/2", Outcome.QUARANTINED, "undecodable")


def test_a_page_that_is_not_looked_at_goes_on() -> None:
    deep = "<html><body>" + "<div>" * 6000 + f"<p>{GERMAN * 5}</p></body></html>"
    assert whole_text(deep) is None
    assert glance(language=["en"], words=100).judge([None, ""]) == [None, Dropped("glance.words", "0")]


def test_batch_limits_change_nothing() -> None:
    batch = documents(*({"payload": page.encode()} for page in (PAGE, WHOLLY_GERMAN, ENGLISH_IN_GERMAN, PAGE)))
    whole = extract(batch, language=["en"], words=20)
    parts = [extract(batch.slice(row, 1), language=["en"], words=20) for row in range(batch.num_rows)]
    assert whole == ([name for kept, _ in parts for name in kept], [one for _, left in parts for one in left])


@given(st.text(), st.integers(1, 60))
def test_words_are_counted_as_far_as_needed(text: str, enough: int) -> None:
    assert _words(text, enough) == min(enough, len(_WORD.findall(text)))


@settings(deadline=None)
@given(st.text(st.sampled_from("ab'. -,漢字กข\u3042 \n12https://")))
def test_words_are_no_fewer_than_signals_count(text: str) -> None:
    counted = measure(pa.array([text], pa.large_string()), None, ["gopher_quality"], {})["gopher.words"].to_pylist()[0]
    assert len(_WORD.findall(text)) >= (counted or 0)


@given(st.text(max_size=30).flatmap(lambda text: st.integers(0, 1000).map(lambda times: text * times)))
def test_pieces_of_a_short_page_are_all_of_it(text: str) -> None:
    pieces = _pieces(text)
    assert 1 <= len(pieces) <= 24 and all(len(piece) <= 1000 for piece in pieces)
    if len(text) <= 12_000:
        assert "".join(pieces) == text
    else:
        assert text.startswith(pieces[0]) and text.endswith(pieces[-1])


def test_options() -> None:
    assert GlanceOptions(language=("eng", "deu_Latn")).language == ("en", "de")
    for wrong in ({}, {"language": []}, {"language": ["klingon"]}, {"words": 0}, {"language": ["en"], "at_least": 2}):
        with pytest.raises(ValidationError):
            GlanceOptions.model_validate(wrong)
    with pytest.raises(RecipeError, match="does not know"):
        glance(language=["gsw"])


def test_identity_is_that_of_before_without_a_glance() -> None:
    assert "glance" not in ExtractOptions().identity()
    options = ExtractOptions(glance=GlanceOptions(language=("en",)))
    assert options.identity()["glance"] == {"language": ["en"], "at_least": 0.5, "words": None}
    made = ExtractStage(options)
    assert {"resiliparse", "py3langid", "trafilatura"} <= set(made.libraries) and made.compiled
    assert made.recorded_options()["glance"]["language"] == ["en"]
