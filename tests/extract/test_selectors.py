"""Expressions answered by a walk choose what lxml's XPath chooses, in the same order."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trafilatura
from hypothesis import given, settings
from lxml import html
from lxml.etree import XPath
from trafilatura import settings as library_settings
from trafilatura import xpaths

from florilegium.extract.selectors import First, Selector, Survey
from florilegium.extract.xpath import NotUnderstood, read_union
from tests.extract.pages import pages
from tests.extract.test_trafilatura import pages as real_pages

LISTS = [
    xpaths.BODY_XPATH,
    xpaths.RAW_TREE_PRUNE_XPATH,
    xpaths.REMOVE_COMMENTS_XPATH,
    xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH,
    xpaths.OVERALL_DISCARD_XPATH,
    xpaths.TEASER_DISCARD_XPATH,
    xpaths.PRECISION_DISCARD_XPATH,
    xpaths.DISCARD_IMAGE_ELEMENTS,
    [library_settings.BASIC_CLEAN_XPATH],
]
EXPRESSIONS: list[XPath] = [expression for one in LISTS for expression in one]
SELECTORS = [Selector(expression.path) for expression in EXPRESSIONS]
FIRSTS = [First(expression.path) for expression in EXPRESSIONS]
SURVEYS = [Survey([expression.path for expression in one]) for one in LISTS]


def check(tree: Any) -> int:
    """Compare all expressions on a tree; give how many elements they chose."""
    wanted = [expression(tree) for expression in EXPRESSIONS]
    assert [selector(tree) for selector in SELECTORS] == wanted
    assert [first(tree) for first in FIRSTS] == [one[:1] for one in wanted]
    assert [chosen for survey in SURVEYS for chosen in survey(tree)] == wanted
    return sum(map(len, wanted))


@settings(max_examples=150, deadline=None)
@given(pages())
def test_all_expressions_of_the_library_on_generated_pages(page: str) -> None:
    check(html.fromstring(page))


def test_all_expressions_of_the_library_on_real_pages(shared_data: Callable[[str], Path]) -> None:
    chosen = 0
    for number, (_, page) in enumerate(real_pages(shared_data, 1)):
        if number % 6 == 0 and (tree := trafilatura.load_html(page)) is not None:
            chosen += check(tree)
    assert chosen > 1000


@pytest.mark.parametrize(
    ("path", "page", "ids"),
    [
        # of two attributes the first in the source counts
        (".//*[re:test(@id|@class, '^x')]", '<p id="x" class="y"/><p class="y" id="x1"/><p class="x" id="2"/>', ["x", "2"]),
        # where both orders occur with the same values
        (".//*[contains(@id|@class, 'k')]", '<p id="a" class="k"/><p class="k" id="a"/>', ["a"]),
        (".//div[@id][not(.//h1) or @class='k']", '<div id="1"><h1/></div><div id="2"/><div id="3" class="k"><h1/></div>', ["2", "3"]),
        (".//p[@id][1]", '<div><p/><p id="1"/><p id="2"/></div><div><p id="3"/></div>', ["1", "3"]),
        ("(.//p[@id])[1]|(.//b[@id])[1]", '<b id="1"/><b id="2"/><p id="3"/><p id="4"/>', ["1", "3"]),
        (".//*[self::p and @class='k' or @id='z']", '<p id="1" class="k"/><b id="2" class="k"/><b id="z"/>', ["1", "z"]),
        (".//*[contains(translate(@role, 'N', 'n'), 'nav')]", '<p id="1" role="Navi"/><p id="2" role="NAVI"/>', ["1"]),
        (".//*[re:test(@class, 'FOOT', 'i')]", '<p id="1" class="afooter"/><p id="2" class="fo"/>', ["1"]),
        (".//*[not(@class)]", '<p id="1"/><p id="2" class=""/>', ["1"]),
    ],
)  # fmt: skip
def test_each_part_of_an_expression(path: str, page: str, ids: list[str]) -> None:
    tree = html.fromstring("<div>" + re.sub(r"<(\w+)([^<>]*)/>", r"<\1\2></\1>", page) + "</div>")
    namespaces = {"re": xpaths.REGEXP_NS}
    assert [element.get("id") for element in XPath(path, namespaces=namespaces)(tree)] == ids
    selector = Selector(path)
    assert [element.get("id") for element in selector(tree)] == ids
    assert [element.get("id") for element in selector(tree)] == ids  # from memory


@pytest.mark.parametrize(
    "path",
    [
        "//div",
        ".//div/p",
        ".//div[2]",
        ".//p[last()]",
        ".//p[text()='a']",
        ".//a[1][@id]",
        ".//p[@id=@class]",
        ".//p[",
        "",
    ],
)
def test_what_is_not_read_is_refused(path: str) -> None:
    with pytest.raises(NotUnderstood):
        read_union(path)
