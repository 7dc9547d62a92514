"""The good paragraphs are those of justext."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import trafilatura
from hypothesis import given, settings
from justext.core import ParagraphMaker, classify_paragraphs, revise_paragraph_classification
from justext.utils import get_stoplist
from lxml import html

from florilegium.extract.paragraphs import good_paragraphs
from tests.extract.pages import pages
from tests.extract.test_trafilatura import pages as real_pages

STOP_WORDS = get_stoplist("English") | get_stoplist("German")


def justext(tree: Any) -> list[str]:
    """Call the library as trafilatura does."""
    paragraphs = ParagraphMaker.make_paragraphs(tree)
    classify_paragraphs(paragraphs, tuple(STOP_WORDS), 50, 150, 0.1, 0.2, 0.25, True)
    revise_paragraph_classification(paragraphs, 150)
    return [paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate]


def ours(tree: Any) -> list[str]:
    return [paragraph.text for paragraph in good_paragraphs(tree, STOP_WORDS)]


@settings(max_examples=200, deadline=None)
@given(pages())
def test_on_generated_pages(page: str) -> None:
    tree = html.fromstring(page)
    assert ours(tree) == justext(tree)


def test_on_real_pages(shared_data: Callable[[str], Path]) -> None:
    found = 0
    for number, (_, page) in enumerate(real_pages(shared_data, 1)):
        if number % 6 == 0 and (tree := trafilatura.load_html(page)) is not None:
            assert ours(tree) == justext(tree)
            found += len(ours(tree))
    assert found > 100


def test_short_and_nearly_good_paragraphs_go_by_their_neighbours() -> None:
    good = (
        "<p>"
        + "The wind had left it there and it was not to be found in the old orchard that they had seen. " * 2
        + "</p>"
    )
    near = "<p>The apples that fell in the night were for the birds alone.</p>"
    bad = "<p>Copyright \xa9 nobody</p>"
    for order in ([good, "<p>Yes.</p>", good], [bad, "<p>Yes.</p>", good], [near, "<p>Yes.</p>", bad], [bad, near, near, bad], [near, near, good, "<p>No.</p>"]):  # fmt: skip
        tree = html.fromstring(f"<div>{''.join(order)}</div>")
        assert ours(tree) == justext(tree)
    assert len(ours(html.fromstring(f"<div>{good}<p>Yes.</p>{good}</div>"))) == 3


def test_a_deep_tree() -> None:
    page = "<div>" * 200 + "The apples that the wind had left there were for the birds. " * 5 + "</div>" * 200
    assert len(ours(html.fromstring(page))) == 1 == len(justext(html.fromstring(page)))
