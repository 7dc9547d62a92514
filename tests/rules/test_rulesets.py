"""The published sets: every bound, its sign, its reason, and the stock code that it was taken from."""

import inspect
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)

from florilegium.rules.evaluate import evaluate
from florilegium.rules.load import load_rule_set, shipped
from florilegium.rules.model import Rule
from florilegium.run.decisions import list_reasons

#: rule, language, a value that stays, a value that goes, the bound as the reason shows it. Where the bound itself can
#: be reached it is the value on its own side: it shows the sign.
PUBLISHED = [
    ("gopher_quality.words", None, 50, 49, ">= 50"),
    ("gopher_quality.most_words", None, 100000, 100001, "<= 100000"),
    ("gopher_quality.mean_word_length", None, 3, 2.99, "between 3 and 10"),
    ("gopher_quality.mean_word_length", None, 10, 10.01, "between 3 and 10"),
    ("gopher_quality.hash_to_words", None, 0.1, 0.1001, "<= 0.1"),
    ("gopher_quality.ellipsis_to_words", None, 0.1, 0.1001, "<= 0.1"),
    ("gopher_quality.bullet_lines", None, 0.9, 0.9001, "<= 0.9"),
    ("gopher_quality.ellipsis_lines", None, 0.3, 0.3001, "<= 0.3"),
    ("gopher_quality.alphabetic_words", None, 0.8, 0.7999, ">= 0.8"),
    ("gopher_quality.stop_words", None, 2, 1, ">= 2"),
    ("gopher_repetition.duplicate_paragraphs", None, 0.3, 0.3001, "<= 0.3"),
    ("gopher_repetition.duplicate_paragraph_characters", None, 0.2, 0.2001, "<= 0.2"),
    ("gopher_repetition.duplicate_lines", None, 0.3, 0.3001, "<= 0.3"),
    ("gopher_repetition.duplicate_line_characters", None, 0.2, 0.2001, "<= 0.2"),
    ("gopher_repetition.top_2gram", None, 0.2, 0.2001, "<= 0.2"),
    ("gopher_repetition.top_3gram", None, 0.18, 0.1801, "<= 0.18"),
    ("gopher_repetition.top_4gram", None, 0.16, 0.1601, "<= 0.16"),
    ("gopher_repetition.duplicate_5gram", None, 0.15, 0.1501, "<= 0.15"),
    ("gopher_repetition.duplicate_6gram", None, 0.14, 0.1401, "<= 0.14"),
    ("gopher_repetition.duplicate_7gram", None, 0.13, 0.1301, "<= 0.13"),
    ("gopher_repetition.duplicate_8gram", None, 0.12, 0.1201, "<= 0.12"),
    ("gopher_repetition.duplicate_9gram", None, 0.11, 0.1101, "<= 0.11"),
    ("gopher_repetition.duplicate_10gram", None, 0.1, 0.1001, "<= 0.1"),
    ("c4.lorem_ipsum", None, 0, 1, "<= 0"),
    ("c4.curly_brackets", None, 0, 1, "<= 0"),
    ("c4.sentences", None, 5, 4, ">= 5"),
    ("fineweb.punctuated_lines", None, 0.12, 0.1199, ">= 0.12"),
    ("fineweb.short_lines", None, 0.67, 0.6701, "<= 0.67"),
    ("fineweb.duplicate_line_characters", None, 0.01, 0.0101, "<= 0.01"),
    ("fineweb.newlines_per_word", None, 0.3, 0.3001, "<= 0.3"),
    ("fineweb_paper.punctuated_lines", None, 0.1201, 0.12, "> 0.12"),
    ("fineweb_paper.duplicate_line_characters", None, 0.0999, 0.1, "< 0.1"),
    ("fineweb_paper.short_lines", None, 0.6699, 0.67, "< 0.67"),
    ("fineweb2_language.language_score", "sv", 0.3, 0.2999, ">= 0.3"),
    ("fineweb2_language.language_score", "de", 0.821, 0.8209, ">= 0.821"),
    ("fineweb2_language.language_score", "fr", 0.824, 0.8239, ">= 0.824"),
    ("fineweb2_language.language_score", "nl", 0.689, 0.6889, ">= 0.689"),
    ("fineweb2_language.language_score", "fi", 0.764, 0.7639, ">= 0.764"),
    ("fineweb2_gopher_quality.words", "de", 50, 49, ">= 50"),
    ("fineweb2_gopher_quality.most_words", "de", 100000, 100001, "<= 100000"),
    ("fineweb2_gopher_quality.mean_word_length", "sv", 10, 10.01, "between 3 and 10"),
    ("fineweb2_gopher_quality.mean_word_length", "de", 15, 15.01, "between 0 and 15"),
    ("fineweb2_gopher_quality.mean_word_length", "fr", 2, 1.99, "between 2 and 11"),
    ("fineweb2_gopher_quality.mean_word_length", "nl", 17, 17.01, "between 3 and 17"),
    ("fineweb2_gopher_quality.mean_word_length", "fi", 14, 14.01, "between 3 and 14"),
    ("fineweb2_gopher_quality.hash_to_words", "de", 0.1, 0.1001, "<= 0.1"),
    ("fineweb2_gopher_quality.ellipsis_to_words", "de", 0.1, 0.1001, "<= 0.1"),
    ("fineweb2_gopher_quality.bullet_lines", "de", 0.9, 0.9001, "<= 0.9"),
    ("fineweb2_gopher_quality.ellipsis_lines", "de", 0.3, 0.3001, "<= 0.3"),
    ("fineweb2_gopher_quality.alphabetic_words", "sv", 0.8, 0.7999, ">= 0.8"),
    ("fineweb2_gopher_quality.alphabetic_words", "de", 0.774, 0.7739, ">= 0.774"),
    ("fineweb2_gopher_quality.alphabetic_words", "fr", 0.812, 0.8119, ">= 0.812"),
    ("fineweb2_gopher_quality.alphabetic_words", "nl", 0.828, 0.8279, ">= 0.828"),
    ("fineweb2_gopher_quality.alphabetic_words", "fi", 0.755, 0.7549, ">= 0.755"),
    ("fineweb2_gopher_quality.stop_words", "de", 2, 1, ">= 2"),
    ("fineweb2_gopher_repetition.duplicate_lines", "sv", 0.3, 0.3001, "<= 0.3"),
    ("fineweb2_gopher_repetition.duplicate_lines", "de", 0.263, 0.2631, "<= 0.263"),
    ("fineweb2_gopher_repetition.duplicate_lines", "fr", 0.264, 0.2641, "<= 0.264"),
    ("fineweb2_gopher_repetition.duplicate_lines", "nl", 0.296, 0.2961, "<= 0.296"),
    ("fineweb2_gopher_repetition.duplicate_lines", "fi", 0.293, 0.2931, "<= 0.293"),
    ("fineweb2_gopher_repetition.top_2gram", "de", 0.169, 0.1691, "<= 0.169"),
    ("fineweb2_gopher_repetition.top_3gram", "fr", 0.149, 0.1491, "<= 0.149"),
    ("fineweb2_gopher_repetition.top_4gram", "fi", 0.179, 0.1791, "<= 0.179"),
    ("fineweb2_gopher_repetition.duplicate_5gram", "nl", 0.156, 0.1561, "<= 0.156"),
    ("fineweb2_gopher_repetition.duplicate_6gram", "de", 0.134, 0.1341, "<= 0.134"),
    ("fineweb2_gopher_repetition.duplicate_7gram", "de", 0.126, 0.1261, "<= 0.126"),
    ("fineweb2_gopher_repetition.duplicate_8gram", "de", 0.117, 0.1171, "<= 0.117"),
    ("fineweb2_gopher_repetition.duplicate_9gram", "de", 0.108, 0.1081, "<= 0.108"),
    ("fineweb2_gopher_repetition.duplicate_10gram", "de", 0.098, 0.0981, "<= 0.098"),
    ("fineweb2_fineweb.punctuated_lines", "sv", 0.12, 0.1199, ">= 0.12"),
    ("fineweb2_fineweb.punctuated_lines", "nl", 0.102, 0.1019, ">= 0.102"),
    ("fineweb2_fineweb.punctuated_lines", "fi", 0.114, 0.1139, ">= 0.114"),
    ("fineweb2_fineweb.duplicate_line_characters", "de", 0.1, 0.1001, "<= 0.1"),
    ("fineweb2_fineweb.newlines_per_word", "sv", 0.3, 0.3001, "<= 0.3"),
    ("fineweb2_fineweb.newlines_per_word", "de", 0.152, 0.1521, "<= 0.152"),
    ("fineweb2_fineweb.newlines_per_word", "fr", 0.185, 0.1851, "<= 0.185"),
    ("fineweb2_fineweb.newlines_per_word", "nl", 0.154, 0.1541, "<= 0.154"),
    ("fineweb2_fineweb.newlines_per_word", "fi", 0.161, 0.1611, "<= 0.161"),
    ("ocr_noise_loose.single_letters", None, 0.0199, 0.0201, "<= 0.02"),
    ("ocr_noise_loose.mixed_words", None, 0.0999, 0.1001, "<= 0.1"),
    ("ocr_noise_loose.odd_words", None, 0.0199, 0.0201, "<= 0.02"),
    ("ocr_noise.single_letters", None, 0.0099, 0.0101, "<= 0.01"),
    ("ocr_noise.mixed_words", None, 0.0599, 0.0601, "<= 0.06"),
    ("ocr_noise.odd_words", None, 0.0149, 0.0151, "<= 0.015"),
    ("ocr_noise_strict.single_letters", None, 0.0039, 0.0041, "<= 0.004"),
    ("ocr_noise_strict.mixed_words", None, 0.0299, 0.0301, "<= 0.03"),
    ("ocr_noise_strict.odd_words", None, 0.0074, 0.0076, "<= 0.0075"),
]


def rule(name: str) -> Rule:
    return next(rule for rule in load_rule_set(name.split(".")[0]).rules if rule.id == name)


def bound(name: str) -> Any:
    """Give the bound of a rule that has one for all languages."""
    (value,) = rule(name).bounds.values()
    return value


@pytest.mark.parametrize(("name", "language", "stays", "goes", "shown"), PUBLISHED)
def test_one_document_stays_and_one_goes(
    name: str, language: str | None, stays: float, goes: float, shown: str
) -> None:
    held = rule(name)
    column = pa.array([stays, goes], pa.float32())
    columns = {held.signal: column, "language": pa.array([language] * 2, pa.string())}
    assert list_reasons(evaluate([held], columns, np.ones(2, dtype=np.bool_)), 2).to_pylist() == [
        [],
        [{"rule": name, "value": column[1].as_py(), "bound": shown}],
    ]


def test_every_rule_of_every_shipped_set_is_shown_to_work() -> None:
    assert {rule.id for name in shipped() for rule in load_rule_set(name).rules} == {name for name, *_ in PUBLISHED}


@pytest.mark.parametrize("name", shipped())
def test_a_set_is_called_as_its_file_and_names_its_sources(name: str) -> None:
    loaded = load_rule_set(name)
    assert loaded.name == name
    assert loaded.about and loaded.source
    assert all(rule.source for rule in loaded.rules)


def test_every_signal_is_in_the_catalogue() -> None:
    catalogue = pytest.importorskip("florilegium.signals.catalogue", reason="the catalogue of signals is not there yet")
    known = {signal.name for group in catalogue.GROUPS.values() for signal in group.signals} | {"language_score"}
    assert {rule.signal for name in shipped() for rule in load_rule_set(name).rules} <= known


def test_german_keeps_lines_without_punctuation_as_published() -> None:
    assert rule("fineweb2_fineweb.punctuated_lines").bounds["de"] == 0


def defaults(block: type) -> dict[str, Any]:
    return {name: given.default for name, given in inspect.signature(block).parameters.items()}


def test_gopher_quality_has_the_bounds_of_the_installed_stock_filter() -> None:
    stock = defaults(GopherQualityFilter)
    assert bound("gopher_quality.words") == stock["min_doc_words"]
    assert bound("gopher_quality.most_words") == stock["max_doc_words"]
    low_high = (stock["min_avg_word_length"], stock["max_avg_word_length"])
    assert bound("gopher_quality.mean_word_length") == low_high
    assert bound("gopher_quality.hash_to_words") == stock["max_symbol_word_ratio"]
    assert bound("gopher_quality.ellipsis_to_words") == stock["max_symbol_word_ratio"]
    assert bound("gopher_quality.bullet_lines") == stock["max_bullet_lines_ratio"]
    assert bound("gopher_quality.ellipsis_lines") == stock["max_ellipsis_lines_ratio"]
    assert bound("gopher_quality.alphabetic_words") == stock["max_non_alpha_words_ratio"]
    assert bound("gopher_quality.stop_words") == stock["min_stop_words"]


def test_gopher_repetition_has_the_bounds_of_the_installed_stock_filter() -> None:
    stock = defaults(GopherRepetitionFilter)
    assert bound("gopher_repetition.duplicate_lines") == stock["dup_line_frac"]
    assert bound("gopher_repetition.duplicate_paragraphs") == stock["dup_para_frac"]
    assert bound("gopher_repetition.duplicate_line_characters") == stock["dup_line_char_frac"]
    assert bound("gopher_repetition.duplicate_paragraph_characters") == stock["dup_para_char_frac"]
    assert tuple((n, bound(f"gopher_repetition.top_{n}gram")) for n in (2, 3, 4)) == stock["top_n_grams"]
    assert tuple((n, bound(f"gopher_repetition.duplicate_{n}gram")) for n in range(5, 11)) == stock["dup_n_grams"]


def test_c4_and_fineweb_have_the_bounds_of_the_installed_stock_filters() -> None:
    assert bound("c4.sentences") == defaults(C4QualityFilter)["min_num_sentences"]
    stock = defaults(FineWebQualityFilter)
    assert bound("fineweb.punctuated_lines") == stock["line_punct_thr"]
    assert bound("fineweb.short_lines") == stock["short_line_thr"]
    assert bound("fineweb.duplicate_line_characters") == stock["char_duplicates_ratio"]
    assert bound("fineweb.newlines_per_word") == stock["new_line_ratio"]


#: FineWeb-2's configs, n-grams of 2 to 10 words: deu_Latn, fra_Latn, nld_Latn, fin_Latn.
N_GRAMS = {
    "de": (0.169, 0.153, 0.137, 0.141, 0.134, 0.126, 0.117, 0.108, 0.098),
    "fr": (0.161, 0.149, 0.134, 0.15, 0.141, 0.131, 0.121, 0.111, 0.1),
    "nl": (0.213, 0.182, 0.158, 0.156, 0.146, 0.136, 0.126, 0.115, 0.104),
    "fi": (0.253, 0.202, 0.179, 0.153, 0.143, 0.133, 0.122, 0.112, 0.101),
}


@pytest.mark.parametrize("language", sorted(N_GRAMS))
def test_fineweb2_has_the_published_bound_of_every_n_gram(language: str) -> None:
    names = [f"{'top' if n < 5 else 'duplicate'}_{n}gram" for n in range(2, 11)]
    found = [rule(f"fineweb2_gopher_repetition.{name}").bounds for name in names]
    assert tuple(bounds[language] for bounds in found) == N_GRAMS[language]
    assert [bounds["default"] for bounds in found] == [bound(f"gopher_repetition.{name}") for name in names]
