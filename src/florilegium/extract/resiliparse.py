"""Main text by resiliparse: rules on tags and class names in compiled code, about ten times faster than trafilatura."""

import importlib.metadata
from typing import Any

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from florilegium.extract.guard import refuse_deep_nesting, refuse_many_attributes
from florilegium.extract.options import ExtractOptions
from florilegium.extract.page import Extractor, Page, tidy_title

_CALLED_WITH: dict[str, Any] = {
    "main_content": True,
    "preserve_formatting": True,
    "list_bullets": True,
    "alt_texts": False,
    "links": False,
    "form_fields": False,
    "noscript": False,
    "comments": False,
    "post_meta": False,
    "hidden_elements": False,
}


def extractor(options: ExtractOptions) -> Extractor:
    """Make the function that extracts one page; ``favour`` and ``fast`` mean nothing here."""

    def extract(html: str) -> Page:
        refuse_many_attributes(html)
        refuse_deep_nesting(html)
        tree = HTMLTree.parse(html)
        return Page(extract_plain_text(tree, **_CALLED_WITH), tidy_title(tree.title))

    return extract


def recorded_options(options: ExtractOptions) -> dict[str, Any]:
    """Give everything the library is called with, for the dataset card."""
    return {"library": "resiliparse", "version": importlib.metadata.version("resiliparse"), **_CALLED_WITH}
