"""The stage ``signals``: how a recipe names it, what it writes, what is its identity."""

import unicodedata
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.run.decisions import RANGE
from florilegium.signals.catalogue import GROUPS
from florilegium.signals.stage import SignalOptions, Signals


def stage(value: Any) -> Signals:
    return Signals(SignalOptions.model_validate(value))


def documents(**columns: list[Any]) -> pa.RecordBatch:
    return pa.record_batch({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_list_and_mapping_say_the_same() -> None:
    assert stage(["c4", "text"]).options == stage({"groups": ["c4", "text"]}).options
    assert stage(stage(["c4"]).options.literal()).options == stage(["c4"]).options


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["gopher_qality"], "unknown signal group `gopher_qality`"),
        ([], "at least 1 item"),
        ({"groups": ["c4"], "stopwords": {}}, "Extra inputs"),
        ({"groups": ["c4"], "stop_words": {"klingonish": ["x"]}}, "`klingonish` is no known language label"),
    ],
)
def test_mistakes_are_named(value: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        stage(value)


def test_writes_what_the_catalogue_says() -> None:
    signals = stage(["fineweb", "text"])
    kept, departures = signals.apply(documents(id=["a", "b"], text=["One.\nTwo", None]))
    assert departures == []
    assert kept.schema.names == ["id", "text", *(field.name for field in signals.writes)]
    assert [field.name for field in signals.writes] == [
        signal.name for group in ("fineweb", "text") for signal in GROUPS[group].signals
    ]
    assert signals.writes[0].metadata[RANGE] == b"0.0 1.0"
    assert kept["fineweb.punctuated_lines"].to_pylist() == [0.5, None]


def test_stop_words_come_from_the_language_of_the_document_or_from_the_recipe() -> None:
    texts, languages = ["the und of der", "the und of der"], ["en", "de"]
    given = documents(text=texts, language=languages)
    assert stage(["gopher_quality"]).apply(given)[0]["gopher.stop_words"].to_pylist() == [2, 2]
    own = stage({"groups": ["gopher_quality"], "stop_words": {"deu": ["the", "und", "of"]}})
    assert own.apply(given)[0]["gopher.stop_words"].to_pylist() == [2, 3]
    assert own.apply(documents(text=texts))[0]["gopher.stop_words"].to_pylist() == [2, 2]


def test_identity_names_the_groups_used_and_the_unicode_of_the_running_python() -> None:
    assert {"c4": GROUPS["c4"].version, "unicode": unicodedata.unidata_version} == stage(["c4"]).VERSION
    assert set(stage(["c4", "text"]).VERSION) == {"c4", "text", "unicode"}
