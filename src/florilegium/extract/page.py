"""What an extractor gives for one page, and text that every later step can store."""

import re
from collections.abc import Callable
from typing import NamedTuple


class Page(NamedTuple):
    """Main text of a page (empty where none was found) and the title that the page gives itself."""

    text: str
    title: str | None


#: From a decoded page to its main text.
Extractor = Callable[[str], Page]

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")


def storable(text: str) -> str:
    r"""Make text that is valid UTF-8 and holds no C0 control but ``\n`` and ``\t``.

    Carriage return, vertical tab and form feed end a line and become ``\n``; other controls and lone surrogates go.

    >>> storable("one\r\ntwo\x0cthree\x00\ud800")
    'one\ntwo\nthree'
    """
    return _UNSTORABLE.sub("", _LINE_BREAKS.sub("\n", text))


def tidy_title(title: str | None) -> str | None:
    """Give a title on one line, or None where nothing is left of it."""
    return " ".join(storable(title or "").split()) or None
