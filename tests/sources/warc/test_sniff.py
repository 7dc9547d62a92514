"""What is evidently no HTML, and what may be."""

import pytest

from florilegium.sources.warc.sniff import looks_like

OTHER = [
    ("pdf", b"%PDF-1.7\n<<"),
    ("image", b"\xff\xd8\xff\xe0\0\x10JFIF <p>"),
    ("image", b"\x89PNG\r\n\x1a\n"),
    ("image", b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"><title>x</title></svg>'),
    ("json", b'\xef\xbb\xbf {"html": "<p>text</p>", "items": [1, 2]}'),
    ("json", b'["a", "b"]'),
    ("feed", b'<?xml version="1.0"?><rss version="2.0"><channel><description>&lt;p></description></channel></rss>'),
    ("feed", b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title></feed>'),
    ("feed", b'<?xml version="1.0"?><rdf:RDF xmlns="http://purl.org/rss/1.0/"></rdf:RDF>'),
    ("xml", b'<?xml version="1.0"?><!DOCTYPE note SYSTEM "n.dtd"><note><to>you</to></note>'),
    ("script", b"/* made */\n// by hand\n(function () { var a = 1 < 2; })();"),
    ("script", b"var data = {a: 1};\n"),
    ("stylesheet", b"/* made */\nbody, h1 > a { color: red; }\n"),
    ("stylesheet", b"@import url(x.css);"),
    ("plain_text", b"All human beings are born free and equal, 1 < 2, in dignity and rights."),
    ("gzip", b"\x1f\x8b\x08\0\0\0"),
]


@pytest.mark.parametrize(("kind", "payload"), OTHER)
def test_evidently_something_else(kind, payload):
    assert looks_like(payload) == kind


MAY_BE_HTML = [
    b"<!DOCTYPE html><p>text",
    b"text before any tag <b>bold</b>",
    b"<!-- a comment only -->",
    b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html xmlns="x"></html>',
    b'<?xml version="1.0"?>\n<div>part of a page</div>',
    b'<svg style="display:none"></svg><!DOCTYPE html><html><body>x</body></html>',
    b"var x = 1; document.write('<div>x</div>')",
    b"{{ template }} <p>text</p>",
    b'{"cut": "<p>',
    "<html><p>wide</p></html>".encode("utf-16"),
    "<html><p>wide</p></html>".encode("utf-16-be"),
    "<html><p>wider</p></html>".encode("utf-32"),
]


@pytest.mark.parametrize("payload", MAY_BE_HTML)
def test_may_be_html(payload):
    assert looks_like(payload) is None


@pytest.mark.parametrize(
    "payload", [b"<!DOCTYPE" + b"[" * 60_000, b"/*" * 30_000, b"/**/ " * 12_000 + b"x", b"[" * 99_999]
)
def test_hostile_payloads_are_judged_at_once(payload):
    """Repeated openings must not make the patterns go back and forth (the time limit of the suite would tell)."""
    assert looks_like(payload) in (None, "plain_text")
