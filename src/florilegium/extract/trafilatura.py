"""Main text by trafilatura: its own text, from one parse, with every option named.

The text is that of ``trafilatura.extract(html, favor_precision=True, include_comments=False)``. The page is parsed by
trafilatura's own ``load_html`` so that the title can be read from the same tree; ``extract`` copies a tree that it is
given, so nothing else changes. Metadata is not asked for: nobody reads it, and its caches are the ones without a bound.

``deduplicate`` stays off. Stock datatrove turns it on, but its memory spans pages: a text would depend on the pages
that the same worker has seen before.
"""

import importlib.metadata
import logging
from typing import Any

import trafilatura
from lxml.etree import XPath
from trafilatura.meta import reset_caches
from trafilatura.settings import Extractor as Settings

from florilegium.extract.guard import refuse_many_attributes
from florilegium.extract.options import ExtractOptions
from florilegium.extract.page import Extractor, Page, tidy_title

#: Pages between two emptyings of trafilatura's caches (they hold up to 2,048 strings of any length).
PAGES_BETWEEN_RESETS = 500

_TITLES = XPath("//title[not(ancestor::svg)]")
_NOT_OPTIONS = {"config", "date_params", "source", "url", "author_blacklist", "url_blacklist"}


def _settings(options: ExtractOptions) -> Settings:
    return Settings(
        output_format="txt",
        fast=options.fast,
        precision=options.favour == "precision",
        recall=options.favour == "recall",
        comments=False,
        formatting=False,
        links=False,
        images=False,
        tables=True,
        dedup=False,
        lang=None,
        with_metadata=False,
    )


def extractor(options: ExtractOptions) -> Extractor:
    """Make the function that extracts one page.

    Its settings are made once, and trafilatura's log is silenced: what a page lacks is said by its departure.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    settings = _settings(options)
    pages = 0

    def extract(html: str) -> Page:
        nonlocal pages
        pages += 1
        if pages % PAGES_BETWEEN_RESETS == 0:
            reset_caches()
        refuse_many_attributes(html)
        tree = trafilatura.load_html(html)
        if tree is None:
            return Page("", None)
        titles = _TITLES(tree)
        title = tidy_title(titles[0].text_content()) if titles else None
        return Page(trafilatura.extract(tree, options=settings) or "", title)

    return extract


def recorded_options(options: ExtractOptions) -> dict[str, Any]:
    """Give everything the library is called with, its own limits included, for the dataset card."""
    settings = _settings(options)
    named = {name: getattr(settings, name) for name in Settings.__slots__ if name not in _NOT_OPTIONS}
    return {"library": "trafilatura", "version": importlib.metadata.version("trafilatura"), **named}
