"""Web archives (WARC and ARC): responses with status 200, resources and conversions become documents."""

from collections.abc import Iterator
from typing import BinaryIO

from pydantic import Field

from florilegium.documents import Input, Outcome
from florilegium.run.sizes import Size
from florilegium.sources.source import FileSource, FileSourceOptions, Flaw, Found, Record, Refusal
from florilegium.sources.warc import Damage, Page, Refused, read_archive


class WarcOptions(FileSourceOptions):
    """Which records are pages."""

    accept: tuple[str, ...] = Field(
        ("text/html", "application/xhtml+xml"),
        description="Media types that are pages; add `text/plain` for WET files and plain text.",
        min_length=1,
    )
    largest_page: Size = Field(64 * 2**20, description="A larger payload is refused as `too_large`.")


class Warc(FileSource):
    """A web archive; the key of a page is its WARC-Record-ID without the angle brackets."""

    kind = "warc"
    OPTIONS = WarcOptions
    provides = ("payload", "content_type")

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        accept = frozenset(media.lower() for media in self.options.accept)
        for item in read_archive(file, accept=accept, max_record_bytes=self.options.largest_page):
            if isinstance(item, Damage):
                yield Flaw(item.offset, item.kind, item.message)
            elif isinstance(item, Page):
                yield Record(
                    key=_key(item),
                    record=item.ordinal,
                    offset=item.offset,
                    url=item.url,
                    date=item.date,
                    content_type=item.content_type or item.mime,
                    payload=item.payload,
                )
            else:
                broken = item.reason == "unreadable"
                yield Refusal(
                    key=_key(item),
                    record=item.ordinal,
                    rule=item.reason,
                    value=item.value,
                    offset=item.offset,
                    url=item.url,
                    outcome=Outcome.QUARANTINED if broken else Outcome.REJECTED,
                    error=f"unreadable record: {item.value}" if broken else None,
                )


def _key(item: Page | Refused) -> str | None:
    return item.record_id.strip("<>") if item.record_id else None
