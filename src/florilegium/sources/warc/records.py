"""What an archive gives: pages, refused records, and places where its bytes are damaged."""

from dataclasses import dataclass
from typing import Literal

DamageKind = Literal["truncated", "corrupt", "not_warc"]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole record with a payload of an accepted type.

    ``offset`` is the byte in the file as stored at which the record's gzip member or zstd or lz4 frame begins, or the
    record itself where nothing compresses it; ``ordinal`` counts the records found, from 0. ``payload`` is the body
    after transfer and content decoding. ``status`` is 200 for responses and None for resource and conversion records.
    ``content_type`` is the whole header value, ``mime`` its type alone in lower case; ``date`` stands as given.
    """

    record_id: str | None
    url: str
    date: str | None
    status: int | None
    content_type: str | None
    mime: str
    payload: bytes
    offset: int
    ordinal: int
    record_type: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that is no page, with one reason.

    Reasons: ``record_type``, ``http_status``, ``content_type``, ``empty``, ``unreadable``, ``too_large``,
    ``not_html``. ``value`` is the type, the status, what is wrong, the size, or what the payload looks like.
    """

    record_id: str | None
    url: str | None
    date: str | None
    offset: int
    ordinal: int
    record_type: str | None
    reason: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where the file is not what it should be; reading goes on behind it.

    ``offset`` is the start of the gzip member, frame or uncompressed record in which it shows. ``not_warc`` means that
    no record was found at all.
    """

    offset: int
    kind: DamageKind
    message: str
