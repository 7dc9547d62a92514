"""trafilatura's comparison of its own text with that of readability and justext, without contests that are decided.

Readability replaces the text only where its own is more than twice as long, unless the text is empty or lacks
paragraphs. All that readability can find stands in the raw tree, so a text of half the tree's length or more has won
before readability has begun.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from lxml.etree import tostring

from florilegium.extract.paragraphs import good_paragraphs

#: Readability writes a tree as XML and reads it as HTML: what stands after one of these, where it is empty, would be
#: read as its text. It drops ``textarea`` itself, and fills or drops ``iframe``.
_SWALLOWING = ("title", "xmp", "noembed", "noframes", "plaintext")
#: What readability leaves out first.
_LEFT_OUT = ("script", "style", "fencedframe")
#: Characters by which one of ``&<>`` grows where it is escaped and not read back.
_ESCAPED = 4
#: What it may write into an ``iframe``.
_VIDEO = 5


def comparison(external: Any) -> Callable[..., Any]:
    """Make ``compare_extraction``."""
    original = external.compare_extraction

    def compare_extraction(cleaned: Any, raw: Any, body: Any, text: str, options: Any) -> Any:
        if options.focus == "recall":
            return original(cleaned, raw, body, text, options)
        open_ = _lacks_paragraphs(body, text)
        winner = None
        if open_ or not _cannot_win(raw, text):
            if options.focus == "precision":
                raw = external.prune_unwanted_nodes(raw, external.OVERALL_DISCARD_XPATH)
            if open_ or not _cannot_win(raw, text):
                winner = _readability(external, raw, body, text, options)
        if winner is not None:
            body, text = winner
        unclean = bool(body.xpath(external.SANITIZED_XPATH))
        if unclean or len(text) < options.min_extracted_size:
            other, other_text = external.justext_rescue(cleaned, options)
            if other_text and _better(unclean, body, len(text), len(other_text), options, external):
                return other, other_text
        return (body, text) if winner is None else external.sanitize_tree(body, options)

    return compare_extraction


def _readability(external: Any, raw: Any, body: Any, text: str, options: Any) -> tuple[Any, str] | None:
    """Ask readability; give what it found, where that is preferred."""
    found = external.try_readability(raw)
    found_text = external.trim(tostring(found, method="text", encoding="utf-8").decode("utf-8"))
    preferred = external._prefer_readability(body, found, found_text, len(text), len(found_text), options)
    return (found, found_text) if preferred else None


def _lacks_paragraphs(body: Any, text: str) -> bool:
    """Say whether readability may win with less: the text is empty, or the body has no paragraphs or more tables."""
    return not text or not body.xpath(".//p//text()") or len(body.findall(".//table")) > len(body.findall(".//p"))


def _cannot_win(raw: Any, text: str) -> bool:
    """Say whether the tree holds too little text for readability to find more than twice as much as ``text``."""
    if any(element.tag != "title" or not element.text for element in raw.iter(*_SWALLOWING)):
        return False
    pieces = []
    for element in raw.iter():
        if element.text and element.tag not in _LEFT_OUT:
            pieces.append(element.text)
        if element.tail:
            pieces.append(element.tail)
    whole = " ".join("".join(pieces).split())
    frames = sum(1 for _ in raw.iter("iframe"))
    return len(whole) + _ESCAPED * sum(map(whole.count, "&<>")) + _VIDEO * frames <= 2 * len(text)


def _better(unclean: bool, body: Any, own: int, other: int, options: Any, external: Any) -> bool:
    """Say whether justext's text replaces the own one."""
    if not unclean:
        return own < other
    longer = other > own or not options.images or body.find(".//graphic") is None
    return bool(own <= external.JUSTEXT_OVERRIDE_RATIO * other and longer)


def second_opinion(external: Any) -> Callable[..., Any]:
    """Make ``try_justext``, as it is called without a language: with the stop words of all."""

    @cache
    def stop_words() -> frozenset[str]:
        return frozenset(word.lower() for word in external.jt_stoplist_init())

    def try_justext(tree: Any, url: str | None, target_language: str | None) -> Any:
        return good_paragraphs(tree, stop_words())

    return try_justext
