"""Our loop over py3langid's model agrees with py3langid."""

import inspect
from collections.abc import Callable
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.models.langid import Automaton


@pytest.fixture(scope="module")
def automaton() -> Automaton:
    """Ours."""
    return Automaton()


def agree(automaton: Automaton, py3langid: Any, texts: list[str]) -> None:
    """Compare labels and probabilities, text by text."""
    labels, probabilities = automaton.identify(texts)
    for text, label, probability in zip(texts, labels, probabilities, strict=True):
        known = py3langid._raw_score(py3langid._encode(text)).any()
        expected = py3langid.classify(text)
        if not known:  # py3langid gives its first label and one share of evenly spread probability
            assert probability == 0
        else:
            # 32-bit sums (the library's) and 64-bit sums (ours) of some thousand terms
            assert (automaton.labels[label], probability) == (expected[0], pytest.approx(expected[1], abs=3e-3)), text[
                :80
            ]


def test_sentences(automaton: Automaton, py3langid: Any, sentences: dict[str, str]) -> None:
    labels, probabilities = automaton.identify(list(sentences.values()))
    assert [automaton.labels[label] for label in labels] == list(sentences) and probabilities.min() > 0.5
    agree(automaton, py3langid, list(sentences.values()))


def test_probabilities_of_all_labels(automaton: Automaton, py3langid: Any, sentences: dict[str, str]) -> None:
    assert set(automaton.labels) == set(py3langid.labels)
    for text, row in zip(sentences.values(), automaton.probabilities(list(sentences.values())), strict=True):
        assert row.sum() == pytest.approx(1, abs=1e-5)
        ours = dict(zip(automaton.labels, row.tolist(), strict=True))
        assert ours == pytest.approx(dict(py3langid.rank(text)), abs=1e-4)


def test_documentation_of_python(automaton: Automaton, py3langid: Any) -> None:
    source = inspect.getsource(inspect)
    texts = [*topics.values(), *(source[start : start + 700] for start in range(0, len(source), 700))]
    agree(automaton, py3langid, texts)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text(automaton: Automaton, py3langid: Any, texts: list[str]) -> None:
    agree(automaton, py3langid, texts)


def test_capitals_and_composed_characters(automaton: Automaton, py3langid: Any, sentences: dict[str, str]) -> None:
    agree(
        automaton,
        py3langid,
        [text.upper() for text in sentences.values()] + ["cafe\u0301 de\u0301ja\u0300 vu", "ÅNGSTRÖM"],
    )


def test_rows_do_not_depend_on_their_neighbours(automaton: Automaton, sentences: dict[str, str]) -> None:
    texts = ["", *sentences.values(), "123", "x"]
    together = automaton.probabilities(texts)
    assert np.array_equal(together, np.concatenate([automaton.probabilities([text]) for text in texts]))


def test_nothing_to_go_by(automaton: Automaton) -> None:
    assert automaton.identify(["", "\x00"])[1].tolist() == [0, 0]
    assert automaton.probabilities([]).shape == (0, len(automaton.labels))


@pytest.mark.slow
def test_pages_of_a_crawl(automaton: Automaton, py3langid: Any, shared_data: Callable[[str], Path]) -> None:
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    with shared_data("crawl/crawl-00000.warc.gz").open("rb") as file:
        pages = [record.reader.read() for record in ArchiveIterator(file, record_types=WarcRecordType.response)]
    texts = [extract_plain_text(bytes_to_str(page, detect_encoding(page)))[:6000] for page in pages]
    assert len(texts) > 700
    agree(automaton, py3langid, texts)
