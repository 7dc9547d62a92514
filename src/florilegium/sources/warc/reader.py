"""From an archive to pages: which records are pages, and why the others are not."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.warc.bodies import BrokenBodyError, LargeBodyError, decode_body
from florilegium.sources.warc.frames import DICTIONARY_MISSING
from florilegium.sources.warc.framing import Record, split
from florilegium.sources.warc.headers import HEADER_END, parse_fields, text
from florilegium.sources.warc.raw import Source
from florilegium.sources.warc.records import Damage, Page, Refused
from florilegium.sources.warc.sniff import looks_like
from florilegium.sources.warc.stream import Stream

HTML = frozenset({"text/html", "application/xhtml+xml"})
MAX_RECORD_BYTES = 64 * 1024 * 1024
_LARGEST_HTTP_HEADER = 1024 * 1024
_STATUS_LINE = re.compile(rb"\s*((?:HTTP/\d(?:\.\d)?|ICY)(?:[ \t]+(\d{3})?[^\n]*)?(?:\n|\Z))", re.IGNORECASE)
_PAGE_TYPES = frozenset({"response", "resource", "conversion"})


def read_archive(
    stream: BinaryIO, *, accept: frozenset[str] = HTML, max_record_bytes: int = MAX_RECORD_BYTES
) -> Iterator[Page | Refused | Damage]:
    """Read a WARC (0.17 to 1.1) or ARC file once, in order: a page or a refusal for every record that can be found.

    Whether it is plain, gzip, zstd or lz4, by record or as a whole, is found by its bytes. Pages are whole records of
    the media types in ``accept``: responses with status 200, resources and conversions. Damage comes in addition to the
    records, when it is found; reading goes on at the next member, frame or record header. Digests are not checked.

    Never raises on any bytes; only what ``stream.read`` raises comes through. Memory is bounded by about three times
    ``max_record_bytes`` (of payload, encoded and decoded), whatever the file's size.
    """
    ordinal = 0
    waiting: Damage | None = None  # damage before the first record: the file may be no archive at all
    for found in split(Stream(Source(stream.read)), max_record_bytes + _LARGEST_HTTP_HEADER):
        if isinstance(found, Damage):
            if ordinal:
                yield found
            else:
                waiting = waiting or found
            continue
        if waiting:
            yield waiting
            waiting = None
        yield _judge(found, ordinal, accept, max_record_bytes)
        ordinal += 1
    if ordinal == 0:
        if waiting and waiting.message == DICTIONARY_MISSING:
            yield waiting
        else:
            yield Damage(0, "not_warc", "no WARC or ARC record found" + (f": {waiting.message}" if waiting else ""))


def _judge(record: Record, ordinal: int, accept: frozenset[str], largest: int) -> Page | Refused:
    head = record.head

    def refuse(reason: str, value: str | None) -> Refused:
        return Refused(head.record_id, head.url, head.date, record.offset, ordinal, head.type, reason, value)

    if head.type is not None and head.type not in _PAGE_TYPES:
        return refuse("record_type", head.type)
    if record.problem:
        return refuse("unreadable", record.problem)
    if head.type is None:
        return refuse("record_type", None)
    if head.url is None:
        return refuse("unreadable", "no WARC-Target-URI")
    body, fields, status = record.block, {}, None
    content_type = head.content_type
    if head.type == "response":
        line = _STATUS_LINE.match(body)
        if line is None:
            return refuse(*_without_http(record))
        limit = line.start(1) + _LARGEST_HTTP_HEADER
        end = HEADER_END.search(body, line.start(1), limit)
        if end is None and len(body) > limit:
            return refuse("unreadable", "the HTTP header does not end")
        fields = parse_fields(body[line.start(1) : end.end() if end else limit])
        content_type = text(fields.get(b"content-type"))
        status = int(line[2] or 0)
        if status != 200:
            return refuse("http_status", str(status) if status else None)
        body = body[end.end() :] if end else b""
    if not body or body.isspace():
        return refuse("empty", None)
    mime = content_type.replace(",", ";").partition(";")[0].strip().lower() if content_type else ""
    if mime not in accept:
        return refuse("content_type", content_type)
    if record.too_large:
        return refuse("too_large", str(head.length))
    try:
        payload = decode_body(
            body, fields.get(b"transfer-encoding", b""), fields.get(b"content-encoding", b""), largest
        )
    except BrokenBodyError as error:
        return refuse("unreadable", str(error))
    except LargeBodyError:
        return refuse("too_large", f"more than {largest}")
    if not payload or payload.isspace():
        return refuse("empty", None)
    kind = looks_like(payload) if mime in HTML else None
    if kind:
        return refuse("not_html", kind)
    return Page(
        record_id=head.record_id,
        url=head.url,
        date=head.date,
        status=status,
        content_type=content_type,
        mime=mime,
        payload=payload,
        offset=record.offset,
        ordinal=ordinal,
        record_type=head.type,
    )


def _without_http(record: Record) -> tuple[str, str | None]:
    """Reason for a response without an HTTP header: another protocol (``dns``, ``whois``), nothing, or broken."""
    scheme = (record.head.url or "").partition(":")[0].lower()
    if scheme not in ("http", "https"):
        return "record_type", scheme
    if not record.block.strip():
        return "empty", None
    return "unreadable", "no HTTP header"
