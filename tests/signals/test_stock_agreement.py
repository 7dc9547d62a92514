"""Signals and published rule sets against the filters of stock datatrove, on English pages of a crawl."""

from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from florilegium.clean.c4_lines import C4Lines
from florilegium.clean.edits import apply_edits
from florilegium.rules.evaluate import evaluate
from florilegium.rules.load import load_rule_set
from florilegium.signals.measure import measure
from florilegium.signals.stop_words import stop_words
from tests.signals.conftest import Pages

PAGES = 400

#: Reasons of stock filters -> rules. What is not here has the same name in both.
RULES = {
    "gopher_short_doc": "words",
    "gopher_long_doc": "most_words",
    "gopher_below_avg_threshold": "mean_word_length",
    "gopher_above_avg_threshold": "mean_word_length",
    "gopher_too_many_hashes": "hash_to_words",
    "gopher_too_many_ellipsis": "ellipsis_to_words",
    "gopher_too_many_bullets": "bullet_lines",
    "gopher_too_many_end_ellipsis": "ellipsis_lines",
    "gopher_below_alpha_threshold": "alphabetic_words",
    "gopher_enough_stop_words": "stop_words",
    "dup_para_frac": "duplicate_paragraphs",
    "dup_para_char_frac": "duplicate_paragraph_characters",
    "dup_line_frac": "duplicate_lines",
    "dup_line_char_frac": "duplicate_line_characters",
    **{f"top_{n}_gram": f"top_{n}gram" for n in (2, 3, 4)},
    **{f"duplicated_{n}_n_grams": f"duplicate_{n}gram" for n in range(5, 11)},
    "curly_bracket": "curly_brackets",
    "too_few_sentences": "sentences",
    "line_punct_ratio": "punctuated_lines",
    "short_line_ratio": "short_lines",
    "char_dup_ratio": "duplicate_line_characters",
    "list_ratio": "newlines_per_word",
}


def stock_filter(rule_set: str) -> Any:
    """Make the stock filter; skip where what it needs is not installed."""
    pytest.importorskip("spacy", reason="stock datatrove cuts words with spaCy, which is not installed")
    pytest.importorskip("nltk", reason="stock datatrove's text tools need nltk, which is not installed")
    from datatrove.pipeline import filters

    if rule_set == "c4":
        return filters.C4QualityFilter(filter_no_terminal_punct=False)
    names = {
        "gopher_quality": filters.GopherQualityFilter,
        "gopher_repetition": filters.GopherRepetitionFilter,
        "fineweb": filters.FineWebQualityFilter,
    }
    return names[rule_set]()


@pytest.fixture(scope="module")
def english(pages: Pages, py3langid: Any) -> list[str]:
    """English pages: probability above 0.65, as in FineWeb."""

    def is_english(text: str) -> bool:
        language, probability = py3langid.classify(text[:3000])
        return bool(language == "en" and probability > 0.65)

    return list(islice((text for text in pages() if is_english(text)), PAGES))


@pytest.mark.slow
@pytest.mark.parametrize("rule_set", ["gopher_quality", "gopher_repetition", "c4", "fineweb"])
def test_first_failing_rule_is_that_of_the_stock_filter(rule_set: str, english: list[str]) -> None:
    from datatrove.data import Document

    stock = stock_filter(rule_set)
    theirs = []
    for number, text in enumerate(english):
        verdict = stock.filter(Document(text=text, id=str(number)))
        theirs.append(None if verdict is True else RULES.get(verdict[1], verdict[1]))

    # stock's C4 filter edits and decides in one go
    texts = [apply_edits(text, C4Lines()(text)) for text in english] if rule_set == "c4" else english
    columns = measure(pa.array(texts, pa.large_string()), None, (rule_set,), stop_words())
    rules = load_rule_set(rule_set).rules
    ours: list[str | None] = [None] * len(texts)
    for verdict in reversed(evaluate(rules, columns, np.ones(len(texts), dtype=np.bool_))):  # the first rule counts
        for row in verdict.rows:
            ours[row] = verdict.rule.removeprefix(f"{rule_set}.")

    assert len(english) >= PAGES * 0.9
    assert 0 < theirs.count(None) < len(theirs)
    agreeing = sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(english)
    assert agreeing >= 0.99, [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
