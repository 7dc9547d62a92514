"""From a text to the bytes that are stored: a WARC record in its gzip member, or a line of JSONL."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from florilegium.sample.draw import Draw
from florilegium.sample.pages import Site
from florilegium.sample.stock import lexicon
from florilegium.sample.truth import Expect, Planted
from florilegium.sample.warc import Capture, member, response

FIRST_DAY = datetime(2024, 3, 1, 6, tzinfo=UTC)
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "sample.florilegium.example")


@dataclass(frozen=True)
class Sort:
    """What a planted document is: its kind, the variant that the score tells apart, and what should become of it."""

    kind: str
    variant: str = ""
    expect: Expect = "keep"


@dataclass(frozen=True)
class Printed:
    """A planted document whose place is still open, with its stored bytes; ``text`` as in `Planted`."""

    id: str
    sort: Sort
    url: str
    text: str
    detail: Mapping[str, object]
    stored: bytes

    def at(self, file: str, offset: int) -> Planted:
        """Give the line of truth for the document at this place."""
        sort = self.sort
        size, detail = len(self.stored), dict(self.detail)
        return Planted(self.id, sort.kind, sort.variant, sort.expect, file, offset, size, self.url, self.text, detail)


class Press:
    """Prints the documents of one sample. A name (``spam/7``) is unique and fixes id, date and chance of a document."""

    def __init__(self, seed: int) -> None:
        """Print under this seed; other seeds give other ids."""
        self.seed = seed

    def urn(self, name: str) -> str:
        """Give the WARC-Record-ID of this name, without angle brackets."""
        return uuid.uuid5(NAMESPACE, f"{self.seed}/{name}").urn

    def date(self, name: str, days: int = 0) -> str:
        """Give a date in the three weeks from `FIRST_DAY`, moved by some days, in the form that WARC asks for."""
        moment = FIRST_DAY + timedelta(days=days, seconds=Draw(self.seed, name, "date").below(21 * 86_400))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def capture(
        self,
        name: str,
        sort: Sort,
        url: str,
        body: bytes,
        text: str = "",
        detail: Mapping[str, object] | None = None,
        *,
        status: int = 200,
        content_type: str = "text/html; charset=utf-8",
        length: float = 1.0,
        part: float = 1.0,
        days: int = 0,
    ) -> Printed:
        """Print an HTTP answer. ``length`` falsifies the record's Content-Length, ``part`` < 1 cuts its gzip member."""
        capture = Capture(self.urn(name), url, self.date(name, days), body, status, content_type)
        stored = member(response(capture, length))
        return Printed(f"crawl/{self.urn(name)}", sort, url, text, detail or {}, stored[: int(len(stored) * part)])

    def entry(
        self,
        name: str,
        sort: Sort,
        title: str,
        text: str | None,
        detail: Mapping[str, object] | None = None,
        language: str = "en",
    ) -> Printed:
        """Print a line of the collection; without a text the line lacks the key."""
        draw = Draw(self.seed, name, "entry")
        key = f"col-{uuid.UUID(self.urn(name)).hex[:10]}"
        author = f"{draw.pick(lexicon()['given'])} {draw.pick(lexicon()['surname'])}"
        fields = {"id": key, "title": title, "author": author, "year": draw.between(1780, 1925), "language": language}
        line = json.dumps(fields if text is None else {**fields, "text": text}, ensure_ascii=False) + "\n"
        return Printed(f"collection/{key}", sort, "", text or "", detail or {}, line.encode())

    def url(self, name: str, site: Site, title: str) -> str:
        """Give the address of a page: its site, its title and a number of its own."""
        slug = "".join(character if character.isalnum() else "-" for character in title.lower()).replace("--", "-")
        return f"https://{site.host}/articles/{slug}-{Draw(self.seed, name, 'url').between(1000, 999_999)}"
