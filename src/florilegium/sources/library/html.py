"""HTML that need not be well formed, as browsers understand it, in bounded memory."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.xml import unicode_chunks

PART_LIMIT = 64 << 20  # bytes of one part of a file
_HELD = 1 << 20  # bytes without any "<"
_FALSE_MARKUP = re.compile(rb"<((?:!--(?![^<]*-->)|!(?!--|doctype|\[)|\?(?!xml)|/(?![a-z])))", re.IGNORECASE)


def stream_html(file: BinaryIO, target: object, parts: re.Pattern[bytes]) -> Iterator[None]:
    """Give a file to ``target``, lxml's interface of ``start``, ``end`` and ``data``, and rest after every chunk.

    At each tag that ``parts`` matches the parser begins anew (it keeps all that it is given until it ends), so what is
    open there is closed; ``target.close`` is called for every part. Raises `Unreadable`: ``empty``,
    ``unknown_encoding``, ``wrong_encoding``, ``page_too_large``, and ``cut_off`` at the end of a file that opens
    ``<html>`` and does not close it: this parser closes what is open and says nothing.
    """
    parser = _parser(target)
    opened = closed = False
    size = 0
    tail = b""
    for piece in _whole_tags(unicode_chunks(file)):
        begin = 0
        for found in parts.finditer(piece):
            parser.feed(piece[begin : found.start()])
            parser.close()
            parser, begin, size = _parser(target), found.start(), 0
        parser.feed(piece[begin:])
        size += len(piece) - begin
        if size > PART_LIMIT:
            raise Unreadable("page_too_large", f"a page of more than {PART_LIMIT >> 20} MB of HTML")
        tail = tail[-16:] + piece.lower()
        opened = opened or b"<html" in tail
        closed = closed or b"</html" in tail
        yield
    if not tail:
        raise Unreadable("empty", "the file is empty or white space")
    parser.close()
    yield
    if opened and not closed:
        raise Unreadable("cut_off", "the file opens <html> and ends without closing it")


def _parser(target: object) -> etree.HTMLParser:
    parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True, huge_tree=False)
    parser.feed(b"<html>")  # an empty document is an error
    return parser


def _whole_tags(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut before a "<", and escape what no writer means and browsers take for a comment, with the text up to a ">"."""
    held = b""
    for chunk in chunks:
        held += chunk
        end = held.rfind(b"<") if len(held) < _HELD else len(held)
        if end > 0:
            yield _FALSE_MARKUP.sub(rb"&lt;\1", held[:end])
            held = held[end:]
    if held:
        yield _FALSE_MARKUP.sub(rb"&lt;\1", held)
