"""Which records are pages, and the reason of each that is not."""

import pytest

from florilegium.sources.warc import read_archive
from florilegium.sources.warc.reader import HTML


def only(made, data, **options):
    (found,) = made.read(data, **options).out
    return found


@pytest.mark.parametrize("kind", ["warcinfo", "request", "metadata", "revisit", "continuation", "snapshot"])
def test_other_record_types(made, kind):
    record = only(made, made.page(1, WARC_Type=kind))
    assert (record.reason, record.value, record.record_type) == ("record_type", kind, kind)


def test_record_without_type_and_without_url(made):
    assert only(made, made.page(1, WARC_Type=None)).reason == "record_type"
    record = only(made, made.page(1, WARC_Target_URI=None))
    assert (record.reason, record.value, record.url) == ("unreadable", "no WARC-Target-URI", None)


def test_record_without_id_and_date_is_a_page(made):
    page = only(made, made.page(1, WARC_Record_ID=None, WARC_Date=None))
    assert (page.record_id, page.date, page.payload) == (None, None, made.html(1))


def test_dns_response(made):
    record = only(made, made.record(1, b"20260102030405\nmade.example A 127.0.0.1", WARC_Target_URI="dns:made.example"))
    assert (record.reason, record.value) == ("record_type", "dns")


@pytest.mark.parametrize("status", ["204 No Content", "301 Moved", "404 Not Found", "500 Oops", "206 Partial"])
def test_http_status(made, status):
    record = only(made, made.record(1, made.http(made.html(1), status=status)))
    assert (record.reason, record.value) == ("http_status", status[:3])


@pytest.mark.parametrize("kind", ["image/png", "application/json; charset=utf-8", "text/plain", "*/*"])
def test_content_type(made, kind):
    record = only(made, made.record(1, made.http(made.html(1), f"Content-Type: {kind}")))
    assert (record.reason, record.value) == ("content_type", kind)


@pytest.mark.parametrize("kind", ["TEXT/HTML", "text/html;charset=utf-8;", "text/html, text/html", " text/html "])
def test_forms_of_an_accepted_type(made, kind):
    page = only(made, made.record(1, made.http(made.html(1), f"Content-Type: {kind}")))
    assert (page.mime, page.content_type) == ("text/html", kind.strip())


def test_accept_decides_what_is_a_page(made):
    record = made.record(1, made.http(b"plain text", "Content-Type: text/plain"))
    assert only(made, record, accept=HTML | {"text/plain"}).payload == b"plain text"


@pytest.mark.parametrize("kind", ["resource", "conversion"])
def test_resource_and_conversion_take_the_type_of_the_record(made, kind):
    page = only(made, made.record(1, made.html(1), WARC_Type=kind, Content_Type="text/html"))
    assert (page.status, page.record_type, page.payload) == (None, kind, made.html(1))


@pytest.mark.parametrize("body", [b"", b" \r\n\t "])
@pytest.mark.parametrize("kind", ["text/html", "image/png"])
def test_empty(made, body, kind):
    assert only(made, made.record(1, made.http(body, f"Content-Type: {kind}"))).reason == "empty"


def test_response_without_http_header(made):
    record = only(made, made.record(1, made.html(1)))
    assert (record.reason, record.value) == ("unreadable", "no HTTP header")
    assert only(made, made.record(1, b"")).reason == "empty"


def test_http_header_that_does_not_end(made):
    record = only(made, made.record(1, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300_000))
    assert (record.reason, record.value) == ("unreadable", "the HTTP header does not end")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.0 200\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/2 200 \r\ncontent-type : text/html\r\n\r\n",
        b"ICY 200 OK\nContent-Type:text/html\n\n",
        b"\r\nHTTP/1.1 200 OK\r\nno colon\r\nContent-Type:\r\n text/html\r\n\r\n",
    ],
)
def test_forms_of_the_http_header(made, head):
    assert only(made, made.record(1, head + made.html(1))).payload == made.html(1)


def test_body_declared_html_that_is_something_else(made):
    record = only(made, made.record(1, made.http(b"%PDF-1.4 and so on")))
    assert (record.reason, record.value) == ("not_html", "pdf")


def test_broken_body_is_refused_and_the_next_record_read(made):
    cut = made.record(1, made.http(made.gzip(made.html(1))[:-9], "Content-Type: text/html", "Content-Encoding: gzip"))
    found = made.read(cut + made.page(2))
    assert found.urls == ["2"]
    assert (found.refused[0].reason, found.damage) == ("unreadable", [])


def test_reading_is_lazy(made):
    """The first page is there before the second record has been read."""

    class Failing:
        parts = iter([made.gzip(made.page(1)) + bytes(70_000)])

        def read(self, size):
            return next(self.parts)

    assert next(read_archive(Failing())).payload == made.html(1)
