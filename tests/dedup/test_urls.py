"""Addresses: one row an equivalence, and the rest that must hold for any text."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from florilegium.dedup.urls import normalise_url, url_key

SESSION = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        # scheme, host, port
        ("http://example.com/a", "example.com/a"),
        ("HTTPS://WWW.Example.COM/a", "example.com/a"),
        ("//example.com/a", "example.com/a"),
        ("example.com/a", "example.com/a"),
        ("ftp://example.com:21/a", "ftp://example.com/a"),
        ("http://example.com:80/a", "example.com/a"),
        ("https://example.com:443/a", "example.com/a"),
        ("http://example.com:8080/a", "example.com:8080/a"),
        ("http://user:secret@example.com/a", "example.com/a"),
        ("http://example.com./a", "example.com/a"),
        ("http://www.com/", "www.com"),
        ("http://Bücher.example/", "xn--bcher-kva.example"),
        ("http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://[2001:DB8::1]:8080/a", "[2001:db8::1]:8080/a"),
        ("http://localhost:8000/a", "localhost:8000/a"),
        # path
        ("http://example.com", "example.com"),
        ("http://example.com/a/", "example.com/a"),
        ("http://example.com/A", "example.com/A"),
        ("http://example.com/a/./b/../c", "example.com/a/c"),
        ("http://example.com/../../a", "example.com/a"),
        ("http://example.com/%7euser/%e4%2f", "example.com/~user/%E4%2F"),
        ("http://example.com/ä b", "example.com/%C3%A4%20b"),
        ("http://example.com/100%/x", "example.com/100%/x"),
        ("https://archive.example/web/http://a.example/b", "archive.example/web/http://a.example/b"),
        # query
        ("http://example.com/?b=2&a=1", "example.com?a=1&b=2"),
        ("http://example.com/a?", "example.com/a"),
        ("http://example.com/a?x=1&&y=", "example.com/a?x=1&y="),
        ("http://example.com/a?x=1&amp;y=2", "example.com/a?x=1&y=2"),
        ("http://example.com/a?q=x+y", "example.com/a?q=x%20y"),
        ("http://example.com/a?utm_source=n&UTM_Medium=m&id=7", "example.com/a?id=7"),
        ("http://example.com/a?fbclid=x&gclid=y&mc_eid=z&_ga=1", "example.com/a"),
        # sessions
        ("http://example.com/a?PHPSESSID=1&x=2", "example.com/a?x=2"),
        (f"http://example.com/a;jsessionid={SESSION}?x=2", "example.com/a?x=2"),
        (f"http://example.com/a?sid={SESSION}", "example.com/a"),
        ("http://example.com/a?sid=42&s=cats", "example.com/a?s=cats&sid=42"),
        ("http://example.com/(S(abcdefghijklmnopqrstuvwx))/a.aspx", "example.com/a.aspx"),
        # fragment
        ("http://example.com/a#top", "example.com/a"),
        ("http://example.com/#!/page/2", "example.com#!/page/2"),
        # no address: stripped
        ("  not an address ", "not an address"),
        ("mailto:a@example.com", "mailto:a@example.com"),
        ("urn:uuid:1", "urn:uuid:1"),
        ("http://[::1/a", "http://[::1/a"),
        ("http://example.com:99999/", "http://example.com:99999/"),
        ("http:///a", "http:///a"),
        ("", ""),
    ],
)
def test_normal_form(url: str, normal: str) -> None:
    assert normalise_url(url) == normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/a", "http://example.com/b"),
        ("http://example.com/a", "http://sub.example.com/a"),
        ("http://example.com/?id=1", "http://example.com/?id=2"),
        ("http://example.com/a%2Fb", "http://example.com/a/b"),
    ],
)
def test_different_pages_stay_different(one: str, other: str) -> None:
    assert normalise_url(one) != normalise_url(other)


@given(url=st.text() | st.text(alphabet="htp:/.w[]@#?&=%+;!é😀 \ud800").map("http://".__add__))
def test_never_raises(url: str) -> None:
    normalise_url(url)


@given(
    host=st.sampled_from(["example.com", "WWW.a.example", "bücher.example:81", "localhost"]),
    rest=st.text(alphabet="aB1/.~%2é&=+;?#!", max_size=30),
)
def test_the_normal_form_is_its_own_normal_form(host: str, rest: str) -> None:
    once = normalise_url(f"http://{host}/{rest}")
    assert normalise_url(once) == once


def test_keys_are_those_of_the_normal_form() -> None:
    keys = url_key(
        pa.array(["http://www.example.com/a/?utm_source=x", "https://example.com/a", "http://example.com/b"])
    )
    assert keys.type == pa.binary(16)
    assert keys[0] == keys[1] != keys[2]
    assert keys[0].as_py().hex() == "c47c880e9461e16545268e3156a7b7f6"


def test_no_address_no_key() -> None:
    assert url_key(pa.array([None, "", " "], type=pa.string())).to_pylist() == [None, None, None]
