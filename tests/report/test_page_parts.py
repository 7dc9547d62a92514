"""The parts of report.html by themselves: axes, differences, letters, what is drawn by lot."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from florilegium.report.page.account import parts
from florilegium.report.page.axis import make_axis, nice
from florilegium.report.page.clusters import clusters
from florilegium.report.page.difference import difference
from florilegium.report.page.letters import bound, number, prose, seconds, share, size, visible
from florilegium.report.page.limits import used_limit
from florilegium.rules.model import Rule
from florilegium.run.ledger import ledger_table

NUMBERS = st.lists(st.floats(-1e9, 1e9, width=32), min_size=1, max_size=50)


@given(NUMBERS, st.lists(st.floats(-1e6, 1e6), max_size=3), st.booleans())
def test_an_axis_ascends_and_holds_most_values(values: list[float], bounds: list[float], whole: bool) -> None:
    numbers = np.array(sorted(round(value) for value in values) if whole else sorted(values), dtype=np.float64)
    axis = make_axis(numbers, bounds, whole=whole)
    assert (np.diff(axis.edges) > 0).all() and len(axis.edges) <= 400
    inside = (numbers >= axis.edges[0]) & (numbers <= axis.edges[-1])
    assert inside.sum() >= len(numbers) - 2 * np.ceil(0.005 * len(numbers))
    places = axis.place(axis.edges)
    assert places[0] == 0 and places[-1] == pytest.approx(1) and (np.diff(places) >= 0).all()
    assert all(axis.edges[0] <= tick <= axis.edges[-1] for tick in axis.ticks())


def test_a_bound_is_an_edge_so_that_no_bar_stands_on_both_sides() -> None:
    axis = make_axis(np.linspace(0, 1, 1000), [0.37], whole=False)
    assert np.abs(axis.edges - 0.37).min() < 1e-9


def test_few_whole_numbers_get_a_bar_each() -> None:
    assert make_axis(np.array([2.0, 3.0, 9.0]), [], whole=True).edges.tolist() == [n - 0.5 for n in range(2, 11)]


def test_long_tails_are_drawn_on_a_logarithmic_axis() -> None:
    counts = np.array([0, 1, 1, 2, 3, 5, 8, 13, 90_000], dtype=np.float64)
    axis = make_axis(counts, [100.0], whole=True)
    assert axis.log and axis.ticks() == [0, 1, 10, 100, 1000, 10_000]


def test_outliers_are_cut_off_a_linear_axis() -> None:
    axis = make_axis(np.append(np.linspace(4, 5, 1000), 90.0), [3.0], whole=False)
    assert axis.edges[0] < 3 and axis.edges[-1] < 6


def test_steps_are_round() -> None:
    assert [nice(step) for step in (0.013, 0.21, 3.0, 7.0, 1.0)] == [0.02, 0.5, 5, 10, 1]


WORDS = st.lists(st.sampled_from(["a", "b", "c", "the", "fox"]), max_size=40).map(" ".join)


@given(WORDS, WORDS)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    passages = difference(before, after).passages
    if any(passage.kind == "gap" for passage in passages):
        return
    for text, other in ((before, "added"), (after, "removed")):
        assert "".join(passage.text for passage in passages if passage.kind != other).split() == text.split()


def test_long_common_passages_are_left_out_and_chance_words_do_not_tear_a_change() -> None:
    long = " ".join(f"w{n}" for n in range(100))
    compared = difference(f"one {long}", f"two {long}")
    assert [passage.kind for passage in compared.passages] == ["removed", "added", "same", "gap", "same"]
    assert compared.passages[3].text == "76 words the same" and not compared.same
    assert [passage.kind for passage in difference("p q the r s", "t u the v w").passages] == ["removed", "added"]
    assert difference("same words", "same  words").same
    assert difference("x" * 5000, "x").cut


def test_characters_that_cannot_be_seen_are_shown() -> None:
    assert visible("a\u202eb") == 'a<span class="unseen" title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>b'
    assert visible("\x00") == '<span class="unseen" title="control character">U+0000</span>'
    assert visible("می‌خواهم\n\t<&\u00a0") == "می‌خواهم\n\t&lt;&amp;\u00a0"
    assert prose("`<b>`") == "<code>&lt;b&gt;</code>"
    assert bound(">= 3") == "≥ 3"


def test_numbers_say_no_more_than_they_know() -> None:
    assert [share(part, 10_000) for part in (0, 1, 1234, 9999, 10_000)] == [
        "0 %",
        "< 0.1 %",
        "12.3 %",
        "> 99.9 %",
        "100 %",
    ]
    assert share(0, 0) == "–"
    assert [number(value) for value in (None, 3.0, 0.123456, 12345.678, 1e-9)] == [
        "none",
        "3",
        "0.1235",
        "1.235e+04",
        "1e-09",
    ]
    assert [size(amount) for amount in (999, 1000, 999_960, 2_500_000_000)] == ["999 B", "1.0 kB", "1.0 MB", "2.5 GB"]
    assert [seconds(value) for value in (0, 0.01, 3.21, 200, 7300)] == [
        "0 s",
        "< 0.1 s",
        "3.2 s",
        "3 min 20 s",
        "2 h 01 min",
    ]


@pytest.mark.parametrize(
    ("rule", "used", "low", "high", "words"),
    [
        (Rule(signal="a.b", at_least=5), None, 5, None, "at least 5"),
        (Rule(signal="a.b", at_most=-0.5), "<= 0.25", None, 0.25, "at most 0.25"),
        (Rule(signal="a.b", between=(1, 2)), "between 1 and 3", 1, 3, "between 1 and 3"),
        (Rule(signal="a.b", keep_top=0.3), ">= 0.018 (top 0.3)", 0.018, None, "the top 30 %, at least 0.018"),
        (Rule(signal="a.b", keep_top=0.3), None, None, None, "the top 30 %"),
    ],
)
def test_a_bound_is_the_one_that_was_used(
    rule: Rule, used: str | None, low: float | None, high: float | None, words: str
) -> None:
    found = used_limit(rule, "default", used)
    assert (found.low, found.high, found.words) == (low, high, words)


def test_stages_follow_the_ledger() -> None:
    row = {"movement": "decide", "task": 0, "stage": "rules", "gated": 0, "quarantined": 0, "seconds": 0.5}
    ledger = ledger_table(
        [
            {**row, "rule": "a", "documents_in": 10, "kept": 7, "rejected": 3, "failing": 4, "alone": 1},
            {**row, "rule": "b", "documents_in": 7, "kept": 7, "rejected": 0, "failing": 2, "alone": 0, "seconds": 0.0},
            {**row, "rule": "c", "documents_in": 7, "kept": 7, "rejected": 0, "failing": 0, "alone": 0, "seconds": 0.0},
        ]
    )
    (part,) = parts(ledger)
    assert (part.came, part.removed, part.seconds, part.rate, part.idle) == (10, 3, 0.5, 20, ("c",))
    assert [(line.rule, line.before, line.removed, line.failing) for line in part.lines] == [
        ("a", 10, 3, 4),
        ("b", 7, 0, 2),
    ]


def test_clusters_are_counted_once_each() -> None:
    fates = pl.DataFrame(
        {
            "row": [0, 1, 2, 3, 4],
            "id": list("abcde"),
            "kept": [True, False, False, True, False],
            "cluster_size": [3, 3, 3, 1, 1],
            "survivor": [None, "a", "a", None, None],
        }
    )
    found = clusters(fates)
    assert (found.number, found.copies) == (1, 2)
    assert [(band.sizes, band.clusters, band.documents) for band in found.bands] == [("3", 1, 3)]
    assert [(item.survivor, item.size) for item in found.largest] == [("a", 3)]
