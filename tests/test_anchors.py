"""Page anchors as a column, and through the edits of a text."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.anchors import PAGES, PageAnchor, cut, page_at, starts, with_starts
from florilegium.clean.edits import Edit, apply_edits
from florilegium.clean.masks import MaskEmail
from florilegium.clean.pages import move_pages

ROWS = st.lists(st.none() | st.lists(st.integers(0, 50), max_size=4).map(sorted), max_size=6)


def anchor(start: int) -> PageAnchor:
    return PageAnchor("1.xml", f"p{start}", None, start, 3, 1, 1, 0.5, None, 0.0, "de", None)


def column(rows: list[list[int] | None]) -> pa.Array:
    return pa.array([row if row is None else [anchor(start)._asdict() for start in row] for row in rows], PAGES)


@settings(deadline=None)
@given(ROWS, st.integers(0, 6))
def test_starts_are_read_and_replaced_and_nothing_else(rows: list[list[int] | None], skip: int) -> None:
    pages = column(rows).slice(skip)
    assert starts(pages) == rows[skip:]
    moved = with_starts(pages, [row and [start + 1 for start in row] for row in rows[skip:]])
    moved.validate(full=True)
    assert moved.type == PAGES
    before = [page | {"start": page["start"] + 1} for row in pages.to_pylist() for page in row or ()]
    assert [page for row in moved.to_pylist() for page in row or ()] == before
    assert moved.is_null().to_pylist() == pages.is_null().to_pylist()


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[int], list[list[Edit]]]:
    """A text with pages, and three steps of edits, each over the text that the one before it left."""
    text = start = draw(st.text("abé😀 \n", max_size=40))
    begins = [0, *sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))]
    steps = []
    for _ in range(3):
        places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
        spans = zip(places[::2], places[1::2], strict=False)
        steps.append([Edit(a, b, draw(st.text("XY", max_size=5)), "rule") for a, b in spans])
        text = apply_edits(text, steps[-1])
    return start, begins, steps


@settings(deadline=None)
@given(st.lists(edited(), min_size=1, max_size=3))
def test_pages_cut_and_joined_are_the_text_after_any_edits(
    cases: list[tuple[str, list[int], list[list[Edit]]]],
) -> None:
    documents = pa.RecordBatch.from_pydict({"pages": column([None, *(begins for _, begins, _ in cases)])})
    moved = starts(move_pages(documents, [[], *(steps for _, _, steps in cases)]).column("pages"))
    assert moved[0] is None
    for (text, begins, steps), places in zip(cases, moved[1:], strict=True):
        for edits in steps:
            text = apply_edits(text, edits)
        assert places is not None and len(places) == len(begins)
        assert "".join(cut(text, places)) == text


@settings(deadline=None)
@given(st.lists(st.text("ab ", max_size=9), min_size=1, max_size=5))
def test_masks_keep_each_page_its_own_text(pages: list[str]) -> None:
    pages = [f"{number} {page} x@y.org {page}." for number, page in enumerate(pages)]
    text, begins = "".join(pages), [sum(map(len, pages[:number])) for number in range(len(pages))]
    mask = MaskEmail()
    documents = pa.RecordBatch.from_pydict({"pages": column([begins])})
    (places,) = starts(move_pages(documents, [[mask(text)]]).column("pages"))
    assert places is not None
    assert cut(apply_edits(text, mask(text)), places) == [apply_edits(page, mask(page)) for page in pages]


def test_a_thousand_pages_do_not_drift() -> None:
    text = "".join(f"Page {number}: a@b.org\n" for number in range(1000))
    begins = [text.index(f"Page {number}:") for number in range(1000)]
    mask = MaskEmail()
    documents = pa.RecordBatch.from_pydict({"pages": column([begins])})
    (places,) = starts(move_pages(documents, [[mask(text)]]).column("pages"))
    assert places is not None
    parts = cut(apply_edits(text, mask(text)), places)
    assert parts == [f"Page {number}: email@example.com\n" for number in range(1000)]


def test_nothing_happens_without_pages() -> None:
    edits = [[[Edit(0, 1, "", "rule")]]]
    without = pa.RecordBatch.from_pydict({"text": ["a"]})
    null = pa.RecordBatch.from_pydict({"pages": column([None])})
    assert move_pages(without, edits) is without and move_pages(null, edits) is null


def test_page_at_an_offset() -> None:
    assert [page_at([0, 5, 5, 9], offset) for offset in (0, 4, 5, 8, 9, 99)] == [0, 0, 2, 2, 3, 3]
