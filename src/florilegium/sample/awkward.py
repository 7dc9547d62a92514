"""Which awkward bytes the sample holds: odd charsets, answers that are no pages, records that are broken."""

from collections.abc import Iterator
from dataclasses import replace

from florilegium.sample.bed import Bed
from florilegium.sample.defects import ACCENTED_LITERALS, with_accents
from florilegium.sample.pages import SITES, article, skeleton
from florilegium.sample.press import Printed, Sort
from florilegium.sample.truth import Expect

HTTP_ERROR = 10

ENCODINGS = (
    ("right", "windows-1252", "windows-1252", "windows-1252"),
    ("right", "windows-1252", "", "windows-1252"),
    ("right", "windows-1252", "iso-8859-1", ""),
    ("right", "utf-16-le", "", ""),
    ("wrong", "windows-1252", "utf-8", "utf-8"),
    ("wrong", "utf-8", "iso-8859-1", "iso-8859-1"),
    ("wrong", "utf-8-sig", "", "windows-1252"),
    ("none", "windows-1252", "", ""),
    ("none", "utf-8", "", ""),
)
"""How it is declared, the true encoding, and what the HTTP header and the page say ("" is nothing).

The WHATWG label iso-8859-1 means windows-1252. A byte-order mark (utf-16-le, utf-8-sig) is a declaration and wins.
"""

STATUSES = (404, 301, 403, 500, 503)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(80)
NOT_HTML = (
    ("image/png", PNG),
    ("text/html", PNG),
    ("application/pdf", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"),
    ("text/css", b"body { margin: 0 }\n"),
    ("application/json", b'{"items": []}\n'),
    ("audio/mpeg", b"ID3\x03" + bytes(200)),
)
"""Content type as declared and bytes; the second is an image that says it is a page."""

BROKEN: tuple[tuple[str, Expect, float, float], ...] = (
    ("gzip_cut", "refuse", 1.0, 0.5),
    ("file_cut", "refuse", 1.0, 0.6),
    ("length_too_long", "either", 1.2, 1.0),
    ("length_too_short", "either", 0.5, 1.0),
)
"""Broken records of the crawl: what, expectation, factor on Content-Length, part of the gzip member that is there.

With a wrong length the bytes are whole, so a reader may also save the page, if it says so.
"""


def awkward(bed: Bed) -> Iterator[Printed]:
    """Plant what only a careful reader reads, or refuses by name."""
    yield from _charsets(bed)
    yield from _not_pages(bed)
    yield from _broken_records(bed)
    yield from _broken_lines(bed)


def _charsets(bed: Bed) -> Iterator[Printed]:
    for index in bed.times(len(ENCODINGS)):
        variant, true, header, meta = ENCODINGS[index % len(ENCODINGS)]
        name = f"charset/{index}"
        site, essay = bed.site(name), with_accents(bed.essay(), bed.draw(name))
        html = article(site, essay.title, essay.lines, bed.draw(f"{name}/page"), meta)
        yield bed.press.capture(
            name,
            Sort("charset", variant),
            bed.press.url(name, site, essay.title),
            ("\ufeff" + html if true == "utf-16-le" else html).encode(true),
            essay.text,
            {"encoding": true, "http": header, "meta": meta, "literals": list(ACCENTED_LITERALS)},
            content_type=f"text/html; charset={header}" if header else "text/html",
        )


def _not_pages(bed: Bed) -> Iterator[Printed]:
    for index in bed.times(HTTP_ERROR):
        name, status = f"status/{index}", STATUSES[index % len(STATUSES)]
        site, essay = bed.site(name), bed.essay()
        body = article(site, essay.title, essay.lines, bed.draw(f"{name}/page")).encode()
        url, sort = bed.press.url(name, site, essay.title), Sort("http_error", expect="refuse")
        yield bed.press.capture(name, sort, url, body, detail={"status": status}, status=status)
    for index in bed.times(len(NOT_HTML)):
        name, (content_type, body) = f"other/{index}", NOT_HTML[index % len(NOT_HTML)]
        url, sort = bed.press.url(name, bed.site(name), "file"), Sort("not_html", expect="refuse")
        yield bed.press.capture(name, sort, url, body, detail={"type": content_type}, content_type=content_type)
    shell = skeleton(SITES[0], bed.draw("empty")).encode()
    for index, body in enumerate((b"", b" \r\n\t\n ", b"<html><body></body></html>", shell)):
        name = f"empty/{index}"
        sort = Sort("empty", expect="drop" if b"<" in body else "refuse")
        yield bed.press.capture(name, sort, bed.press.url(name, SITES[0], "empty"), body)
    yield bed.press.entry("empty/entry", Sort("empty", expect="refuse"), "An empty sheet", "")


def _broken_records(bed: Bed) -> Iterator[Printed]:
    for variant, expect, length, part in BROKEN:
        name, essay = f"broken/{variant}", bed.essay()
        site = bed.site(name)
        body = article(site, essay.title, essay.lines, bed.draw(f"{name}/page")).encode()
        text = essay.text if expect == "either" else ""
        sort, url = Sort("broken_record", variant, expect), bed.press.url(name, site, essay.title)
        yield bed.press.capture(name, sort, url, body, text, length=length, part=part)


def _broken_lines(bed: Bed) -> Iterator[Printed]:
    """Plant a line cut short, a line without a text, and a line with bytes that are no UTF-8."""
    essay = bed.essay()
    whole = bed.press.entry("broken/line_cut", Sort("broken_record", "line_cut", "refuse"), essay.title, essay.text)
    yield replace(whole, text="", stored=whole.stored[: len(whole.stored) // 2] + b"\n")
    yield bed.press.entry("broken/no_text", Sort("broken_record", "no_text", "refuse"), essay.title, None)
    essay = bed.essay()
    whole = bed.press.entry("broken/bad_bytes", Sort("broken_record", "bad_bytes", "either"), essay.title, essay.text)
    yield replace(whole, stored=whole.stored.replace(b". ", b". \xff\xfe ", 1))
