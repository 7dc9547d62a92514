"""XML from strangers, element by element: no network, no file beside the one given, no bombs, bounded memory.

The encoding is settled here and libxml2 is given UTF-8. A DOCTYPE loses its address before libxml2 sees it (it would
open a local DTD whatever its options say), so only entities that the file itself declares are known; a reference to any
other is an error and never a hole in the text. libxml2's own limits are left on: 256 elements deep, 10 MB a text or
name, five-fold growth by entities.
"""

import codecs
import re
from collections.abc import Collection, Iterator
from typing import BinaryIO, TypeAlias

from lxml import etree

from florilegium.sources.library.leaf import Unreadable

Element: TypeAlias = etree._Element

CHUNK = 1 << 16
PROLOG_LIMIT = 1 << 20  # bytes before the first element
ELEMENT_LIMIT = 12 << 20  # bytes of one element that is handed out whole; its tree takes up to twenty times that

_LOG_LENGTH = 100  # libxml2 tells so many errors, and then only the first fatal one
_HARDENED = {
    "encoding": "utf-8",
    "recover": True,  # what it overlooks is in its log, which is read after every chunk
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_DECLARED = re.compile(rb"\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']{1,60})[\"']")
_QUOTED = rb"(?:\"[^\"]*\"|'[^']*')"
_MISC = rb"(?:\s++|<\?.*?\?>|<!--.*?-->)*+"
_SUBSET = rb"\[(?:[^\]\"'<]++|" + _QUOTED + rb"|<!--.*?-->|<\?.*?\?>|<)*+\]"
_PROLOG = re.compile(
    rb"(?P<before>" + _MISC + rb")"
    rb"(?:<!DOCTYPE\s+(?P<doctype>[^\s\[>\"']+)(?:\s+(?:SYSTEM|PUBLIC)(?:\s*" + _QUOTED + rb"){1,2})?"
    rb"\s*(?P<subset>" + _SUBSET + rb")?\s*>(?P<after>" + _MISC + rb"))?"
    rb"(?=<(?:[A-Za-z_\x80-\xff][\w.\x80-\xff-]*:)?(?P<root>[A-Za-z_\x80-\xff][\w.\x80-\xff-]*)[\s/>])",
    re.DOTALL,
)
_REASONS = {
    "ERR_RESOURCE_LIMIT": "beyond_limits",
    "ERR_ENTITY_LOOP": "beyond_limits",
    "ERR_UNDECLARED_ENTITY": "undefined_entity",
    "WAR_UNDECLARED_ENTITY": "undefined_entity",
    "ERR_INVALID_CHAR": "invalid_characters",
    "ERR_INVALID_ENCODING": "wrong_encoding",
}


def read_xml(
    file: BinaryIO, tags: Collection[str], *, starts: Collection[str] = ()
) -> Iterator[tuple[str, str, Element]]:
    """Give ``(event, local name, element)`` in document order; name spaces are ignored.

    ``("end", name, element)`` for each element of ``tags``, whole: one within another is given first and stays in it.
    ``("start", name, element)`` for each of ``starts``: its attributes only, its content is not kept. An element is
    good until the next one is asked for; then it and all that stands between is freed. Prefixes that were never
    declared are overlooked, nothing else is. Raises `Unreadable` at the place of the damage, after what stands before
    it: ``empty``, ``not_xml``, ``unknown_encoding``, ``wrong_encoding``, ``invalid_characters``, ``undefined_entity``,
    ``beyond_limits``, ``element_too_large``, ``not_well_formed``.
    """
    chunks = unicode_chunks(file)
    prolog, root_name, rest = _prolog(chunks)
    names = [f"{{*}}{name}" for name in {*tags, *starts, root_name}]
    parser = etree.XMLPullParser(events=("start", "end"), tag=names, collect_ids=False, **_HARDENED)
    log = _Log(parser, prolog)
    root = held = None
    depth = size = 0
    for chunk in _after(rest, chunks):
        parser.feed(chunk)
        log.check()
        size += len(chunk)
        for event, element in parser.read_events():
            root = element if root is None else root
            name = element.tag.rpartition("}")[2]
            if event == "start":
                if name in tags:
                    depth += 1
                    held = element if depth == 1 else held
                if name in starts:
                    yield event, name, element
            elif name in tags:
                yield event, name, element
                depth -= 1
                if depth == 0:
                    held, size = None, 0
        if depth == 0:
            size = 0
        elif held is not None and size > ELEMENT_LIMIT:
            name = held.tag.rpartition("}")[2]
            raise Unreadable("element_too_large", f"one <{name}> has more than {ELEMENT_LIMIT >> 20} MB of XML")
        _free(root, held)
    log.close()


def stream_xml(file: BinaryIO, target: object) -> Iterator[None]:
    """Give the file to ``target``, lxml's interface of ``start``, ``end`` and ``data``, and rest after every chunk.

    No tree is built, so what the target keeps is all that is kept. Raises `Unreadable` as `read_xml` does.
    """
    chunks = unicode_chunks(file)
    prolog, _, rest = _prolog(chunks)
    parser = etree.XMLParser(target=target, **_HARDENED)
    log = _Log(parser, prolog)
    for chunk in _after(rest, chunks):
        parser.feed(chunk)
        log.check()
        yield
    log.close()
    yield


def unicode_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Give the file as UTF-8, without byte order mark and leading white space, whatever its encoding.

    The encoding is that of the byte order mark, else the declared one, else UTF-8. A file that declares an encoding of
    one byte a character, but whose start has letters beyond ASCII and is UTF-8, is taken for UTF-8: in no language does
    text in such an encoding look like that. Raises `Unreadable`: ``unknown_encoding``, ``wrong_encoding``.
    """
    head = file.read(CHUNK)
    encoding, mark = _encoding(head)
    head = head[mark:]
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    started = False
    while head:
        try:
            chunk = decoder.decode(head).encode()
        except UnicodeError as error:
            raise Unreadable("wrong_encoding", f"the file is not {encoding} throughout: {error}") from error
        if not started:
            chunk = chunk.lstrip()
            started = bool(chunk)
        if chunk:
            yield chunk
        head = file.read(CHUNK)
    if decoder.getstate()[0]:
        raise Unreadable("wrong_encoding", f"the file ends in the middle of a character ({encoding})")


def _encoding(head: bytes) -> tuple[str, int]:
    """Give the codec's name and the length of the byte order mark."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return name, len(mark)
    if head.startswith((b"<\0", b"\0<")):
        return ("utf-16-le" if head[0] else "utf-16-be"), 0
    declared = _DECLARED.match(head)
    if declared is None:
        return "utf-8", 0
    name = declared[1].decode("ascii", "replace")
    try:
        b"".decode(name)  # refuses what is no encoding of text
        name = codecs.lookup(name).name
        one_byte = len(bytes(range(0xC0, 0x100)).decode(name, "replace").replace("\ufffd", "")) > 32
    except (LookupError, UnicodeError, ValueError) as error:
        raise Unreadable("unknown_encoding", f"the file declares the encoding {name!r}") from error
    if name.startswith("utf-16"):
        return "utf-8", 0  # the declaration could be read, so it is not
    if one_byte and not head.isascii():
        try:
            codecs.getincrementaldecoder("utf-8")("strict").decode(head)
            return "utf-8", 0
        except UnicodeDecodeError:
            pass
    return name, 0


def _prolog(chunks: Iterator[bytes]) -> tuple[bytes, str, bytes]:
    """Give what stands before the first element without addresses of DTDs, that element's name, and the rest."""
    head = b""
    for chunk in chunks:
        if not head and not chunk.startswith(b"<"):
            raise Unreadable("not_xml", f"the file begins {chunk[:12]!r}")
        head += chunk
        found = _PROLOG.match(head)
        if found:
            doctype = b"<!DOCTYPE %s %s>" % (found["doctype"], found["subset"] or b"") if found["doctype"] else b""
            prolog = found["before"] + doctype + (found["after"] or b"")
            return prolog, found["root"].decode("utf-8", "replace"), head[found.end() :]
        if len(head) > PROLOG_LIMIT:
            break
    if not head:
        raise Unreadable("empty", "the file is empty or white space")
    raise Unreadable("not_xml", f"no element within the first {len(head)} bytes")


def root_of(start: bytes) -> str | None:
    """Give the local name of the first element in the start of a file (see `unicode_chunks`); None if there is none."""
    found = _PROLOG.match(start)
    return found["root"].decode("utf-8", "replace") if found else None


def _after(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


class _Log:
    """What libxml2 overlooked; it goes on behind any error, and whether we do is decided here."""

    def __init__(self, parser: etree._FeedParser, prolog: bytes) -> None:
        """Feed the prolog: a parameter entity that is not known there is nothing lost yet."""
        self._parser = parser
        self._doctype = b"<!DOCTYPE" in prolog
        self._seen = 0
        parser.feed(prolog)
        self.check(in_prolog=True)

    def check(self, *, in_prolog: bool = False) -> None:
        """Raise `Unreadable` for the first new entry that is no trifle."""
        log = list(self._parser.feed_error_log)
        for entry in log[self._seen :]:
            undefined = entry.type_name == "WAR_UNDECLARED_ENTITY" and not in_prolog
            if entry.level_name == "FATAL" or undefined:
                reason = _REASONS.get(entry.type_name, "not_well_formed")
                raise Unreadable(reason, f"line {entry.line}: {' '.join(entry.message.split())[:200]}")
        if self._doctype and len(log) >= _LOG_LENGTH:
            raise Unreadable("not_well_formed", "more errors than libxml2 tells; an undefined entity may be among them")
        self._seen = len(log)

    def close(self) -> None:
        """Raise `Unreadable` if the document is not at its end."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise Unreadable("not_well_formed", str(error)) from error
        self.check()


def _free(root: Element | None, held: Element | None) -> None:
    """Drop all that is closed, but not what lies within ``held``: whatever is open is the last child of its parent."""
    node = root
    while node is not None and node is not held and len(node):
        if len(node) > 1:
            del node[:-1]
        node = node[-1]
