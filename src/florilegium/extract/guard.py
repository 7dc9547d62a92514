"""Pages that would hold compiled parsers for minutes, refused before they are parsed.

Python code is interrupted at the time limit; libxml2 and lexbor are not, and the worker would have to be killed. Two
shapes make them quadratic, and both are far outside what pages look like: of 3,100 real ones the largest start tag had
187 attributes and the deepest nesting was 1,500.
"""

import re
from collections.abc import Iterator

from florilegium.errors import DocumentError

#: Attributes of one start tag. 5,000 take half a second, 40,000 twenty seconds (trafilatura, resiliparse alike).
MOST_ATTRIBUTES = 5000
#: Elements inside each other. 5,000 take resiliparse half a second, 100,000 five minutes; libxml2 stops by itself.
DEEPEST = 5000

_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{2 * MOST_ATTRIBUTES},}}")
_QUOTED = re.compile("\"[^\"]*\"|'[^']*'")
#: Tags of elements that have no content, or that the next of their kind closes, are not counted.
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|"
    r"p|li|dt|dd|td|th|tr|option|script|style)\b)[a-z]",
    re.IGNORECASE,
)


def refuse_many_attributes(html: str) -> None:
    """Raise ``DocumentError`` where a start tag has more than ``MOST_ATTRIBUTES`` attributes."""
    for piece in _long_pieces(html, 2 * MOST_ATTRIBUTES):
        tag = _LONG_TAG.search(piece)
        attributes = len(_QUOTED.sub("", tag[0]).split()) - 1 if tag else 0
        if attributes > MOST_ATTRIBUTES:
            raise DocumentError(
                f"too_many_attributes: a start tag has {attributes}, at most {MOST_ATTRIBUTES} are parsed; leave it out"
            )


def _long_pieces(html: str, size: int) -> Iterator[str]:
    """Give the pieces between two ``>`` that have more than ``size`` characters, without looking at each ``>``."""
    start = 0
    while start + size < len(html):
        end = html.rfind(">", start, start + size + 1)
        if end < 0:
            end = html.find(">", start)
            end = len(html) if end < 0 else end
            yield html[start:end]
        start = end + 1


def refuse_deep_nesting(html: str) -> None:
    """Raise ``DocumentError`` where start tags without their end tags pile up to more than ``DEEPEST``."""
    if html.count("<") <= DEEPEST:
        return
    depth = 0
    for closing in _NESTING_TAG.findall(html):
        depth += -1 if closing else 1
        if depth > DEEPEST:
            raise DocumentError(
                f"too_deep: more than {DEEPEST} elements inside each other; extract with trafilatura, which cuts there"
            )
