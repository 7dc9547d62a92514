"""Shapes of what is measured: nulls, empty texts, slices, types of strings, languages, very long texts."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.signals.catalogue import GROUPS
from florilegium.signals.measure import measure
from florilegium.signals.stop_words import stop_words
from tests.signals.test_kernels import documents

TEXTS = ["The cat sat on the mat.\n- It did.", None, "", "Die Katze und der Hund.", "ein\n\nein\n\nein", "中文。"]


def all_of(texts: pa.Array, languages: pa.Array | None = None) -> dict[str, list[Any]]:
    return {name: column.to_pylist() for name, column in measure(texts, languages, tuple(GROUPS), stop_words()).items()}


def one_of(text: str) -> dict[str, Any]:
    return {name: column[0] for name, column in all_of(pa.array([text])).items()}


def test_columns_have_the_type_and_range_of_the_catalogue() -> None:
    columns = measure(pa.array(TEXTS), None, tuple(GROUPS), stop_words())
    signals = [signal for group in GROUPS.values() for signal in group.signals]
    assert list(columns) == [signal.name for signal in signals]
    for signal in signals:
        column = columns[signal.name]
        assert column.type == getattr(pa, signal.dtype)()
        assert all(signal.low <= value <= signal.high for value in column.to_pylist() if value is not None)


def test_null_text_has_no_signals() -> None:
    assert {column[1] for column in all_of(pa.array(TEXTS)).values()} == {None}
    assert {column[0] for column in all_of(pa.array([None], pa.string())).values()} == {None}


def test_empty_text_has_counts_and_no_ratios() -> None:
    counts = {signal.name for group in GROUPS.values() for signal in group.signals if signal.dtype == "int32"}
    assert one_of("") == {name: 0 if name in counts else None for name in one_of("x")}


def test_ratios_without_a_whole_are_null() -> None:
    blank = one_of(" \n ")
    assert (
        blank["gopher.mean_word_length"] is blank["fineweb.punctuated_lines"] is blank["repetition.top_2gram"] is None
    )
    assert blank["gopher.bullet_lines"] == 0
    assert one_of("…")["gopher.mean_word_length"] is None
    assert one_of("one")["repetition.top_2gram"] is None
    assert one_of("one")["repetition.duplicate_5gram"] == 0


def test_no_texts_give_empty_columns() -> None:
    assert all(column == [] for column in all_of(pa.array([], pa.large_string()), pa.array([], pa.string())).values())


@pytest.mark.parametrize("strings", [pa.string(), pa.large_string(), pa.string_view()])
def test_type_of_strings_does_not_matter(strings: pa.DataType) -> None:
    assert all_of(pa.array(TEXTS, strings)) == all_of(pa.array(TEXTS, pa.large_string()))


@settings(deadline=None)
@given(texts=st.lists(st.none() | documents, min_size=1, max_size=6), data=st.data())
def test_limits_of_batches_do_not_matter(texts: list[str | None], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(texts)))
    strings = data.draw(st.sampled_from([pa.string(), pa.large_string()]))
    array = pa.array(texts, strings)
    whole, first, second = all_of(array), all_of(array.slice(0, cut)), all_of(array.slice(cut))
    assert whole == {name: first[name] + second[name] for name in whole}


def test_read_only_and_writable_buffers_are_the_same_to_the_kernels() -> None:
    from florilegium.signals.kernels.batch import count_batch

    texts = pa.array(TEXTS, pa.large_string())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("text", texts.type)])) as writer:
        writer.write_batch(pa.record_batch([texts], ["text"]))
    received = pa.ipc.open_stream(pa.BufferReader(sink.getvalue().to_pybytes())).read_all()["text"].chunk(0)
    assert all_of(received) == all_of(texts)
    assert len(count_batch.signatures) == 1  # type: ignore[attr-defined]


def test_stop_words_follow_the_language() -> None:
    texts = pa.array(["the of der und"] * 5)
    languages = pa.array(["en", "de", "tlh", None, "und"])
    assert all_of(texts, languages)["gopher.stop_words"] == [2, 2, None, None, None]
    assert all_of(texts)["gopher.stop_words"] == [2] * 5
    own = measure(texts, languages, ["gopher_quality"], {"tlh": frozenset(["of", "der", "x"])})
    assert own["gopher.stop_words"].to_pylist() == [None, None, 2, None, None]


def test_other_signals_do_not_depend_on_the_language() -> None:
    texts = pa.array(["the of der und"] * 2)
    columns = all_of(texts, pa.array(["en", "tlh"]))
    del columns["gopher.stop_words"], columns["ocr.single_letters"]
    assert all(first == second for first, second in columns.values())


SIZE = 400_000  # characters: enough to make anything that is not linear take minutes


@pytest.mark.parametrize(
    ("piece", "words_apiece"),
    [("(", 1), ("a, ", 2), ("中", 1), ("👍", 1), ("{", 1), ("a b ", 2), ("ไท", 1), ("a\n", 1), ("\n", 0), ("1+", 2)],
)
def test_long_runs_of_words(piece: str, words_apiece: int) -> None:
    times = SIZE // len(piece)
    signals = one_of(piece * times)
    assert signals["text.characters"] == times * len(piece)
    assert signals["text.words"] == times * words_apiece
    assert signals["text.lines"] == (times if "\n" in piece else 1)


@pytest.mark.parametrize("piece", ["x", "\u0301", "\0", ".", "a\u0301", "0", "é", "a1"])
def test_long_runs_that_are_one_word(piece: str) -> None:
    signals = one_of(piece * (SIZE // len(piece)))
    assert (signals["text.words"], signals["text.lines"], signals["c4.sentences"]) == (1, 1, 1)


@pytest.mark.parametrize("piece", ["a@b.", "http://a.", "a:", "@", "a.b/", "://", "…", "'s", "--", "a–", "`e.g."])
def test_long_runs_that_look_like_addresses_or_marks(piece: str) -> None:
    assert one_of(piece * (SIZE // len(piece)))["text.lines"] == 1


def test_a_word_counts_the_same_far_into_a_text() -> None:
    line = "The well-known cat, e.g. Tom's, sat at 5pm. "
    once, often = one_of(line), one_of(line * 10_000)
    for name in ("gopher.words", "text.words", "c4.sentences", "text.characters"):
        assert often[name] == 10_000 * once[name]
    assert often["repetition.duplicate_10gram"] == pytest.approx(len(line.replace(" ", "")) / len(line), rel=1e-3)
