"""The group ``print``: each signal from page anchors counted by hand."""

import pyarrow as pa
import pytest

from florilegium.anchors import PAGES, PageAnchor
from florilegium.signals.catalogue import GROUPS
from florilegium.signals.pages import measure_pages
from florilegium.signals.stage import SignalOptions, Signals

GOOD = PageAnchor("1.xml", "p1", "1", 0, 300, 30, 4, 0.9, 0.8, 0.1, "de", 0.7)
POOR = PageAnchor("2.xml", "p2", "2", 1500, 100, 20, 2, 0.5, 0.2, 0.4, "de", 0.3)
BLANK = PageAnchor("3.xml", "p3", None, 2000, 0, 0, 0, None, None, None, None, None)

LITERALS = [
    ("print.confidence", [GOOD, POOR, BLANK], (300 * 0.9 + 100 * 0.5) / 400),
    ("print.confidence", [GOOD, POOR._replace(confidence=None)], 0.9),
    ("print.confidence", [BLANK], None),
    ("print.confidence_low", [GOOD, POOR], (300 * 0.8 + 100 * 0.2) / 400),
    ("print.hyphenated", [GOOD, POOR, BLANK], (30 * 0.1 + 20 * 0.4) / 50),
    ("print.empty_pages", [GOOD, POOR, BLANK], 1 / 3),
    ("print.empty_pages", [GOOD], 0.0),
    ("print.words_per_line", [GOOD, POOR, BLANK], 400 / 50),
    ("print.words_per_line", [BLANK], None),
    ("print.agreement_low", [GOOD, POOR, BLANK], 0.3),
    ("print.agreement_low", [BLANK, BLANK], None),
]


def column(*documents: list[PageAnchor] | None) -> pa.Array:
    return pa.array([pages and [page._asdict() for page in pages] for pages in documents], PAGES)


@pytest.mark.parametrize(("signal", "pages", "value"), LITERALS)
def test_literal(signal: str, pages: list[PageAnchor], value: float | None) -> None:
    found = measure_pages(column([POOR, POOR], pages, None, [GOOD]))[signal].to_pylist()
    assert found[1] == (value if value is None else pytest.approx(value, rel=1e-6))
    assert found[2] is None and found[0] is not None and found[3] is not None


def test_every_signal_has_a_literal() -> None:
    assert {name for name, _, _ in LITERALS} == {one.name for one in GROUPS["print"].signals}


def test_stage_reads_the_anchors_and_gives_null_without() -> None:
    stage = Signals(SignalOptions(groups=("print",)))
    assert stage.reads == ("text", "pages")
    texts = pa.array(["a", "b", "c"], pa.large_string())
    both = pa.RecordBatch.from_pydict({"text": texts, "pages": column([GOOD], None, [POOR])}).slice(1)
    assert stage.apply(both)[0]["print.confidence"].to_pylist() == [None, 0.5]
    alone, _ = stage.apply(pa.RecordBatch.from_pydict({"text": texts}))
    assert all(alone[field.name].null_count == 3 for field in stage.writes)
