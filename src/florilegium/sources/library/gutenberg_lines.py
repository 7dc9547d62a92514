"""Lines of a text whose encoding it may declare in its own header."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.leaf import Unreadable

CHUNK = 1 << 16
LINE_LIMIT = 1_000_000  # characters

_DECLARED = re.compile(rb"^Character set encoding:[ \t]*([A-Za-z0-9 _-]{2,40})", re.M | re.I)


def read_lines(file: BinaryIO) -> tuple[str, Iterator[str]]:
    """Give the encoding and the lines without their ends (LF, CRLF or CR).

    The encoding is that of a byte order mark, else UTF-8 if the start is that, else the declared one, else
    Windows-1252; ISO-8859-1 is read as the Windows-1252 that it is part of. Raises `Unreadable` (``wrong_encoding``,
    ``beyond_limits``), also from the lines.
    """
    head = file.read(CHUNK)
    encoding = _encoding(head)
    return encoding, _lines(head, file, encoding)


def _encoding(head: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        if not head.isascii():
            return "utf-8"
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(head)
    try:
        name = codecs.lookup(declared[1].decode().strip().replace(" ", "-")).name if declared else ""
        b"".decode(name or "utf-8")  # refuses what is no encoding of text
    except LookupError:
        name = ""
    if head.isascii() and name in ("", "ascii"):
        return "utf-8"
    return "cp1252" if name in ("", "ascii", "iso8859-1", "utf-8") else name


def _lines(head: bytes, file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("strict"), translate=True)
    rest = ""
    while True:
        try:
            text = decoder.decode(head, final=not head)
        except UnicodeError as error:
            raise Unreadable("wrong_encoding", f"the file is not {encoding} throughout: {error}") from error
        *lines, rest = (rest + text).split("\n")
        yield from lines
        if len(rest) > LINE_LIMIT:
            raise Unreadable("beyond_limits", f"one line has more than {LINE_LIMIT:,} characters")
        if not head:
            break
        head = file.read(CHUNK)
    if rest:
        yield rest
