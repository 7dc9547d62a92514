"""XML whose text stands between its elements, as a stream: starts, texts and ends, in the order of the file.

``xml.py`` hands out whole elements, which suits pages made of words. Running text (TEI) is the opposite: one paragraph
may hold the whole book, and the order of text and elements is the meaning. So this is expat and no tree. Expat opens
nothing but what it is given, does not recurse, and says which entities it does not know instead of stopping.
"""

import html.entities
from collections.abc import Iterator
from typing import BinaryIO, Protocol
from xml.parsers import expat
from xml.parsers.expat import errors

from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.xml import unicode_chunks

TOKEN_LIMIT = 10 << 20  # bytes of one tag, comment or instruction
GROWTH_LIMIT = 20  # characters of text for each byte of the file ...
GROWTH_FREE = 8_000_000  # ... once there are more than these

_REASONS = {
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: "undefined_entity",
    errors.codes[errors.XML_ERROR_RECURSIVE_ENTITY_REF]: "beyond_limits",
    errors.codes["limit on input amplification factor (from DTD and entities) breached"]: "beyond_limits",
}


class Target(Protocol):
    """What takes the stream. Names are local names; attributes keep their prefix (``xml:id``)."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def text(self, text: str) -> None:
        """Take text; one piece of text may come in several calls."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def entity(self, name: str) -> None:
        """Take the name of an HTML entity that the file does not declare; its character follows as text."""


def feed_markup(file: BinaryIO, target: Target) -> Iterator[None]:
    """Hand the file to ``target``, and stop after every piece of it (64 kB) so that what came of it can be given on.

    Entities that the file declares are put in their place, HTML's names where it declares none. A reference to another
    file is refused, since without it the text would be silently shorter. Raises `Unreadable`: ``empty``,
    ``unknown_encoding``, ``wrong_encoding``, ``external_entity``, ``undefined_entity``, ``beyond_limits``,
    ``not_well_formed``; and what ``target`` raises.
    """
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # makes an unknown entity something to be asked about
    counted = _Counted(target)
    parser.StartElementHandler = counted.start
    parser.CharacterDataHandler = counted.text
    parser.EndElementHandler = counted.end
    parser.SkippedEntityHandler = counted.skipped_entity
    parser.ExternalEntityRefHandler = _external_entity
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    for chunk in unicode_chunks(file):
        counted.allowed += GROWTH_LIMIT * len(chunk)
        counted.fed += len(chunk)
        _parse(parser, chunk, last=False)
        if counted.fed - parser.CurrentByteIndex > TOKEN_LIMIT:
            raise Unreadable("beyond_limits", f"one tag or comment has more than {TOKEN_LIMIT >> 20} MB")
        yield
    if not counted.fed:
        raise Unreadable("empty", "the file is empty or white space")
    _parse(parser, b"", last=True)
    yield


def _parse(parser: expat.XMLParserType, chunk: bytes, *, last: bool) -> None:
    try:
        parser.Parse(chunk, last)
    except expat.ExpatError as error:
        reason = _REASONS.get(error.code, "not_well_formed")
        raise Unreadable(reason, f"line {error.lineno}: {expat.ErrorString(error.code)}") from error


def _external_entity(context: str, base: str | None, system: str | None, public: str | None) -> int:
    """Refuse: part of the text lies in another file."""
    raise Unreadable("external_entity", f"part of the text lies in another file, which is not read: {system or public}")


class _Counted:
    """Hand on to the target with local names, and count the text."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._names: dict[str, str] = {}
        self.text_given = 0
        self.allowed = GROWTH_FREE
        self.fed = 0

    def _local(self, name: str) -> str:
        if len(self._names) > 10_000:
            self._names.clear()
        return self._names.setdefault(name, name.rpartition(":")[2])

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._target.start(self._names.get(name) or self._local(name), attributes)

    def end(self, name: str) -> None:
        self._target.end(self._names.get(name) or self._local(name))

    def text(self, text: str) -> None:
        self.text_given += len(text)
        if self.text_given > self.allowed:
            raise Unreadable("beyond_limits", f"entities make more than {GROWTH_LIMIT} characters of a byte")
        self._target.text(text)

    def skipped_entity(self, name: str, is_parameter: bool) -> None:
        if is_parameter:
            return
        character = html.entities.html5.get(f"{name};")
        if character is None:
            raise Unreadable("undefined_entity", f"&{name}; is declared nowhere in the file and no name of HTML")
        self._target.entity(name)
        self._target.text(character)
