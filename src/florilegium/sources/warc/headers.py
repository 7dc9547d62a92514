"""Record headers of WARC 0.17 to 1.1 and ARC 1.0: recognising, finding and parsing them."""

import re
from dataclasses import dataclass

HEADER_END = re.compile(rb"\n\r?\n")
WARC_LINE = re.compile(rb"WARC/\d{1,2}\.\d{1,3}[ \t]*\r?\n", re.IGNORECASE)
NEXT_RECORD = re.compile(
    rb"(?:(?<=\n)|\A)(?:WARC/\d{1,2}\.\d{1,3}[ \t]*\r?\n"
    rb"|[a-z][a-z0-9+.\-]{1,15}:\S[^\r\n]{0,8000}? \d{1,3}(?:\.\d{1,3}){3} \d{14} [^\r\n]{0,200}?-?\d{1,12}\r?\n)"
)
LONGEST_ARC_LINE = 8 * 1024
_ARC_DATE = re.compile(rb"\d{12,14}")
_NUMBER = re.compile(rb"-?\d+")
_FOLD = re.compile(rb"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True)
class ArcLine:
    """The line that begins an ARC record; ``size`` is its own length with the line end."""

    url: bytes
    date: bytes
    content_type: bytes
    length: bytes
    size: int


def arc_line(buffer: bytes | bytearray, index: int) -> ArcLine | None:
    """Parse the line at this place as URL, IP address, date, type, (in ARC 2.0 five fields more,) length.

    URL and type may hold spaces; the first field of 12 to 14 digits is the date. In the line of a version block it may
    be "-".
    """
    end = buffer.find(b"\n", index, index + LONGEST_ARC_LINE)
    if end < 0 or not buffer[index : index + 1].isalpha():
        return None
    url, *fields = bytes(buffer[index:end]).rstrip(b"\r ").split(b" ")
    if len(fields) < 4 or b":" not in url or not _NUMBER.fullmatch(fields[-1]):
        return None
    for at in range(1, len(fields) - 2):
        if _ARC_DATE.fullmatch(fields[at]) or (fields[at] == b"-" and url.startswith(b"filedesc:")):
            address = b" ".join((url, *fields[: at - 1]))
            return ArcLine(address, fields[at], b" ".join(fields[at + 1 : -1]), fields[-1], end + 1 - index)
    return None


def parse_fields(head: bytes) -> dict[bytes, bytes]:
    """Give the named fields of a WARC or HTTP header, names in lower case, without its first line.

    Folded lines are joined by one space, lines without a colon passed over; of fields that occur twice the first holds.
    """
    fields: dict[bytes, bytes] = {}
    if b"\n " in head or b"\n\t" in head:
        head = _FOLD.sub(b" ", head)
    for line in head.split(b"\n")[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def text(value: bytes | None) -> str | None:
    """Decode a header value as UTF-8, or else as Latin-1; an absent or empty one is None."""
    if not value:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
