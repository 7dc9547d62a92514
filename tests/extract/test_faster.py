"""Faster, and the same text: each replacement against what it replaces."""

import logging
import re
from functools import cache

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from lxml.etree import tostring
from trafilatura import htmlprocessing, utils, xpaths
from trafilatura.xml import delete_element

from florilegium.extract import faster
from florilegium.extract.options import ExtractOptions
from florilegium.extract.trafilatura import extractor
from tests.extract.pages import pages

EXTRACTORS = {
    (favour, fast): extractor(ExtractOptions.model_validate({"favour": favour, "fast": fast}))
    for favour in ("precision", "balanced", "recall")
    for fast in (False, True)
}


def plain(page: str, favour: str, fast: bool) -> str:
    """Extract by the library as it is installed."""
    text = trafilatura.extract(
        page, fast=fast, favor_precision=favour == "precision", favor_recall=favour == "recall", include_comments=False
    )
    return text or ""


@settings(max_examples=150, deadline=None)
@given(pages())
def test_same_text_on_generated_pages(page: str) -> None:
    for (favour, fast), extract in EXTRACTORS.items():
        assert extract(page).text == plain(page, favour, fast), (favour, fast)


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * depth + "<p>" + "The apples that the wind had left there were for the birds. " * 5 + "</p>" + "</div>" * depth
        for depth in (100, 250, 600)
    ]
    + [
        # what is deleted while it is walked through: nested elements of one kind hide those after them
        "<p>Text that stays.</p><aside>a<aside>b</aside></aside><p>More of it.</p><aside>c</aside>" * 3,
        "<?xml version='1.0' encoding='iso-8859-1'?><html><body><p>" + "Words and words. " * 30 + "</p></body></html>",
        "<p>\x00\x0bwith\ufffe controls\uffff " + "and words enough to be found. " * 20 + "</p><p>x</p>",
        "<p>\ud800 lone surrogates " + "and words enough to be found. " * 20 + "</p><p>x</p>",
        "<p>a &amp; b</p><title></title><p>" + "Words after an empty title. " * 20 + "</p>",
        "", " ", "no tags at all", "<p>x</p>",
    ],
)  # fmt: skip
def test_same_text_on_awkward_pages(page: str) -> None:
    for (favour, fast), extract in EXTRACTORS.items():
        assert extract(page).text == plain(page, favour, fast), (favour, fast)


def test_the_library_itself_stays_as_it_is() -> None:
    ours = faster.library()
    assert ours.core.__name__ != "trafilatura.core" and ours.core.__file__ == trafilatura.core.__file__
    assert htmlprocessing.prune_unwanted_nodes.__module__ == "trafilatura.htmlprocessing"
    assert type(xpaths.BODY_XPATH[0]).__module__ == "lxml.etree"


def test_with_another_version_the_plain_library_is_used_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(faster, "WRITTEN_FOR", faster.WRITTEN_FOR | {"trafilatura": "1.0"})
    monkeypatch.setattr(faster, "library", cache(faster.library.__wrapped__))  # the one in use stays as it is
    with caplog.at_level(logging.WARNING):
        assert faster.library().core is trafilatura.core
        faster.library()
    assert len(caplog.records) == 1 and "trafilatura 1.0" in caplog.text


@settings(deadline=None)
@given(pages(), st.booleans())
def test_pruning(page: str, with_backup: bool) -> None:
    prune = faster._pruner(htmlprocessing.prune_unwanted_nodes, delete_element)
    for expressions in (xpaths.OVERALL_DISCARD_XPATH, xpaths.RAW_TREE_PRUNE_XPATH, xpaths.PRECISION_DISCARD_XPATH):
        ours, theirs = html.fromstring(page), html.fromstring(page)
        prune(ours, expressions, with_backup)
        htmlprocessing.prune_unwanted_nodes(theirs, expressions, with_backup)
        assert tostring(ours) == tostring(theirs)


@given(st.text(st.characters(max_codepoint=0x40) | st.sampled_from("\ud800\ufffe\uffffé漢")))
def test_controls(text: str) -> None:
    pattern: re.Pattern[str] = utils.INVALID_XML_CHARS
    assert faster._Controls(pattern).sub("", text) == pattern.sub("", text)
