"""trafilatura, with the functions that took most of its time replaced by ones that give the same result.

The replacements go into a copy of the library's modules that is loaded for this purpose under another name, so the
library itself stays as it is for whoever imports it. They are written for one version: with any other, extraction uses
the plain library and says so once.

- Expressions over tags and attributes are answered by :mod:`~florilegium.extract.selectors`.
- Elements get their Python class from compiled code, not from a call into Python for each.
- Pages are parsed from UTF-8 and looked through for control characters there; a str takes libxml2 half as long again.
- The raw tree is compared with readability only where readability can win (:mod:`~florilegium.extract.rivals`), and
  copied for it only where it is needed afterwards.
- The second opinion of justext comes from :mod:`~florilegium.extract.paragraphs`.
"""

import importlib
import importlib.util
import logging
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from functools import cache
from importlib.metadata import version
from types import ModuleType
from typing import Any, NamedTuple

import lxml.html
from lxml.etree import ElementDefaultClassLookup, XPath

from florilegium.extract.rivals import comparison, second_opinion
from florilegium.extract.selectors import First, Selector, Survey
from florilegium.extract.xpath import NotUnderstood

#: The versions whose functions were read and are replaced.
WRITTEN_FOR = {"trafilatura": "2.3.1", "justext": "3.0.2"}

_COPY = "florilegium.extract._trafilatura"
_MODULES = ("utils", "settings", "xpaths", "xml", "baseline", "htmlprocessing", "main_extractor", "external", "core")
Prune = Callable[..., Any]


class Library(NamedTuple):
    """The modules of trafilatura that extraction calls."""

    utils: ModuleType
    settings: ModuleType
    core: ModuleType


@cache
def library() -> Library:
    """Give trafilatura: faster where it is the version that this was written for, else as it is."""
    found = {name: version(name) for name in WRITTEN_FOR}
    if found != WRITTEN_FOR:
        logging.getLogger(__name__).warning(
            "%s installed, but slow functions are replaced in %s only; pages take twice as long",
            " and ".join(f"{name} {number}" for name, number in found.items()),
            " and ".join(f"{name} {number}" for name, number in WRITTEN_FOR.items()),
        )
        return _of("trafilatura")
    _load_copy()
    modules = [importlib.import_module(f"{_COPY}.{name}") for name in _MODULES]
    _replace(modules)
    return _of(_COPY)


def _of(package: str) -> Library:
    return Library(*(importlib.import_module(f"{package}.{name}") for name in Library._fields))


def _load_copy() -> None:
    """Load the package's files a second time, under a name of ours."""
    installed = importlib.util.find_spec("trafilatura")
    if installed is None or installed.origin is None or installed.submodule_search_locations is None:
        raise ImportError("trafilatura is not installed")
    places = list(installed.submodule_search_locations)
    spec = importlib.util.spec_from_file_location(_COPY, installed.origin, submodule_search_locations=places)
    if spec is None or spec.loader is None:
        raise ImportError(f"{installed.origin} cannot be loaded")
    package = importlib.util.module_from_spec(spec)
    sys.modules[_COPY] = package
    spec.loader.exec_module(package)


def _replace(modules: Sequence[Any]) -> None:
    utils, settings, xpaths, xml, _, htmlprocessing, _, external, core = modules
    utils.HTML_PARSER.set_element_class_lookup(
        ElementDefaultClassLookup(
            element=lxml.html.HtmlElement,
            comment=lxml.html.HtmlComment,
            pi=lxml.html.HtmlProcessingInstruction,
            entity=lxml.html.HtmlEntity,
        )
    )
    utils.fromstring = _from_utf_8
    utils.INVALID_XML_CHARS = _Controls(utils.INVALID_XML_CHARS)
    _everywhere(
        modules, htmlprocessing.prune_unwanted_nodes, _pruner(htmlprocessing.prune_unwanted_nodes, xml.delete_element)
    )
    xpaths.BODY_XPATH[:] = [_read(expression, First) for expression in xpaths.BODY_XPATH]
    _everywhere(modules, settings.BASIC_CLEAN_XPATH, _read(settings.BASIC_CLEAN_XPATH, Selector))
    external.try_justext = second_opinion(external)
    core.compare_extraction = comparison(external)
    core._extract_and_compare = _extract_and_compare(core)
    _everywhere(modules, htmlprocessing.tree_cleaning, _cleaner(htmlprocessing))


def _everywhere(modules: Sequence[Any], old: Any, new: Any) -> None:
    """Replace something in every module that imported it by name."""
    for module in modules:
        for name, value in vars(module).items():
            if value is old:
                setattr(module, name, new)


def _read(expression: Any, kind: type[Selector]) -> Any:
    try:
        return kind(expression.path)
    except NotUnderstood:
        return expression


def _pruner(original: Prune, delete: Callable[[Any], None]) -> Prune:
    """Make ``prune_unwanted_nodes``: each list of expressions is one walk, and nothing is copied or counted in vain."""
    surveys: dict[tuple[str, ...], Survey | None] = {}

    def survey(expressions: Sequence[XPath]) -> Survey | None:
        paths = tuple(expression.path for expression in expressions)
        if paths not in surveys:
            try:
                surveys[paths] = Survey(paths)
            except NotUnderstood:
                surveys[paths] = None
        return surveys[paths]

    def prune_unwanted_nodes(tree: Any, nodelist: Sequence[XPath], with_backup: bool = False) -> Any:
        chosen = survey(nodelist)
        if chosen is None:
            return original(tree, nodelist, with_backup)
        elements = [element for one in chosen(tree) for element in one]
        if not with_backup:
            for element in elements:
                delete(element)
            return tree
        outer = _outermost(elements)
        if not outer:
            return tree
        whole = len(tree.text_content())
        if whole - sum(len(element.text_content()) for element in outer) > whole / 7:
            for element in outer:
                delete(element)
        return tree

    return prune_unwanted_nodes


def _outermost(elements: Sequence[Any]) -> list[Any]:
    """Give those that are not inside another of them, each once; every ancestor is looked at once."""
    chosen, outside = dict.fromkeys(elements), set[Any]()
    outer = []
    for element in chosen:
        path = []
        above = element.getparent()
        while above is not None and above not in chosen and above not in outside:
            path.append(above)
            above = above.getparent()
        if above is None or above in outside:
            outside.update(path)
            outer.append(element)
    return outer


class _Controls:
    """What XML forbids, looked for in UTF-8: a table of bytes takes a quarter of the time of a class of characters."""

    _BYTES = bytes([*range(9), 11, 12, *range(14, 32)])

    def __init__(self, original: re.Pattern[str]) -> None:
        self._original = original

    def sub(self, new: str, text: str) -> str:
        """Replace each, as ``re.Pattern.sub`` does."""
        encoded = text.encode("utf-8", "surrogatepass")
        if len(encoded.translate(None, self._BYTES)) == len(encoded) and "\ufffe" not in text and "\uffff" not in text:
            return text
        return self._original.sub(new, text)


def _from_utf_8(html: Any, parser: Any) -> Any:
    """Parse as ``lxml.html.fromstring`` does."""
    with suppress(UnicodeEncodeError):  # lone surrogates
        html = html.encode("utf-8") if isinstance(html, str) else html
    return lxml.html.fromstring(html, parser=parser)


def _extract_and_compare(core: Any) -> Callable[..., Any]:
    """Make stages 1 and 2 of the cascade; for precision nothing comes after, so the comparison may use the raw tree."""

    def extract_and_compare(cleaned: Any, backup: Any, tree: Any, options: Any) -> Any:
        body, text = core.extract_content(cleaned, options)
        if options.fast:
            return body, text
        raw = tree if options.focus == "precision" else copy(tree)
        return core.compare_extraction(backup, raw, body, text, options)

    return extract_and_compare


def _cleaner(htmlprocessing: Any) -> Callable[..., Any]:
    """Make ``tree_cleaning``: it walks once for each of 57 tags; here only for those that the page has."""
    original, listed = htmlprocessing.tree_cleaning, tuple(htmlprocessing.MANUALLY_CLEANED)

    def tree_cleaning(tree: Any, options: Any) -> Any:
        met = {element.tag for element in tree.iter(*listed)}
        htmlprocessing.MANUALLY_CLEANED = [tag for tag in listed if tag in met or tag == "form"]
        return original(tree, options)

    return tree_cleaning
