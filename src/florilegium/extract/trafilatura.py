"""Main text by trafilatura: its own text, from one parse, with every option named.

The text is that of ``trafilatura.extract(html, favor_precision=True, include_comments=False)``. The page is parsed by
trafilatura's own ``load_html`` so that the title can be read from the same tree, and goes through the steps that
``bare_extraction`` takes for these options. Metadata is not asked for: nobody reads it, and its caches are the ones
without a bound.

``deduplicate`` stays off. Stock datatrove turns it on, but its memory spans pages: a text would depend on the pages
that the same worker has seen before.
"""

import importlib.metadata
import logging
from typing import Any

from lxml.etree import XPath

from florilegium.extract.faster import library
from florilegium.extract.guard import refuse_many_attributes
from florilegium.extract.options import ExtractOptions
from florilegium.extract.page import Extractor, Page, tidy_title

_TITLES = XPath("//title[not(ancestor::svg)]")
_NOT_OPTIONS = {"config", "date_params", "source", "url", "author_blacklist", "url_blacklist"}


def _settings(options: ExtractOptions) -> Any:
    return library().settings.Extractor(
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
    utils, settings, core = library()
    for package in (core.__package__, "trafilatura"):
        logging.getLogger(package).setLevel(logging.CRITICAL)
    called_with = _settings(options)

    def extract(html: str) -> Page:
        for caching in (utils.trim, utils.line_processing):  # each holds up to 1,024 texts of any length
            caching.cache_clear()
        refuse_many_attributes(html)
        tree = utils.load_html(html, called_with.max_file_size)
        if tree is None:
            return Page("", None)
        titles = _TITLES(tree)
        title = tidy_title(titles[0].text_content()) if titles else None
        try:
            found = core.trafilatura_sequence(tree, called_with)
        except (TypeError, ValueError):  # as in `bare_extraction`
            return Page("", title)
        body, text, comments, _ = found
        if len(text) < called_with.min_output_size:
            return Page("", title)
        document = settings.Document(body=body, commentsbody=comments)
        return Page(core.determine_returnstring(document, called_with), title)

    return extract


def recorded_options(options: ExtractOptions) -> dict[str, Any]:
    """Give everything the library is called with, its own limits included, for the dataset card."""
    settings = _settings(options)
    named = {name: getattr(settings, name) for name in settings.__slots__ if name not in _NOT_OPTIONS}
    return {"library": "trafilatura", "version": importlib.metadata.version("trafilatura"), **named}
