"""The pack of awkward files, the crawl, and the two packs beside it, record by record against what is known of them."""

import gzip
import hashlib
import io
import json
from collections import Counter

import pytest

from florilegium.sources.warc import Damage, Page, read_archive
from florilegium.sources.warc.reader import HTML

GZIP_TWICE = "made-gzip-twice.warc.gz"
OTHER_READINGS = {
    GZIP_TWICE: "gzip in gzip is a container here: its two pages come out, and nothing is damaged",
    "aut--badexample.arc.gz": "after the damage one record more is found than was counted: two are cut, not one",
    "made-content-encoding-broken.warc.gz": "12 MB of blanks in a gzip body are whole and within the bound: a page",
}
EDGE_REASONS = {"http_status": "status", "empty": "empty", "unreadable": "unreadable", "too_large": "unreadable"}
CRAWL_REASONS = {"empty_body": "empty", "http": "http_status", "as_html": "not_html", "record": "record_type"}


def read(path, **options):
    with path.open("rb") as stream:
        return list(read_archive(stream, **options))


def identity(page):
    return page.url, hashlib.sha256(page.payload).hexdigest()


def compare(found, expected):
    """Name what differs: pages, damage, refused records."""
    pages = Counter(identity(page) for page in found if isinstance(page, Page))
    want, may = (Counter((p["url"], p["sha256"]) for p in expected[key]) for key in ("pages", "pages_may"))
    damage = next(((d.kind, d.offset) for d in found if isinstance(d, Damage)), ("none", None))
    refused = Counter(
        EDGE_REASONS.get(record.reason, "not_html")
        for record in found
        if not isinstance(record, Page | Damage) and record.record_type in ("response", "resource", "conversion")
    )
    differences = {
        "missing": bool(want - pages),
        "not expected": bool(pages - want - may),
        "damage": damage != (expected["damage"], expected["damage_offset"]),
        "refused": refused != Counter(expected["refused"]),
    }
    return [name for name, differs in differences.items() if differs]


def test_edge_cases(shared_data):
    folder = shared_data("warc-edge-cases/expected.jsonl").parent
    lines = (folder / "expected.jsonl").read_text().strip().split("\n")
    assert len(lines) == 246
    differing, pages = {}, 0
    for expected in map(json.loads, lines):
        found = read(folder / expected["file"], accept=HTML | {"text/plain"})
        pages += len(expected["pages"])
        differences = compare(found, expected)
        if differences:
            differing[expected["file"]] = differences
    assert pages == 476
    assert differing.keys() == OTHER_READINGS.keys()
    assert differing.pop(GZIP_TWICE) == ["not expected", "damage"]
    assert set(map(tuple, differing.values())) == {("refused",)}


def test_pages_of_gzip_in_gzip_are_those_of_the_inner_file(shared_data):
    path = shared_data(f"warc-edge-cases/{GZIP_TWICE}")
    inner = list(read_archive(io.BytesIO(gzip.decompress(path.read_bytes()))))
    outer = read(path)
    assert [identity(page) for page in outer if isinstance(page, Page)] == [
        identity(page) for page in inner if isinstance(page, Page)
    ]
    assert len(outer) == len(inner) == 3


@pytest.mark.parametrize("number", range(4))
def test_crawl(shared_data, number):
    name = f"crawl-0000{number}.warc.gz"
    with gzip.open(shared_data("crawl/index.jsonl.gz"), "rt") as lines:
        index = [row for row in map(json.loads, lines) if row["warc"] == name]
    found = read(shared_data(f"crawl/{name}"))
    assert [(record.record_id, record.offset) for record in found] == [
        (row["record_id"], row["offset"]) for row in index
    ]
    for record, row in zip(found, index, strict=True):
        if row["kind"] == "page":
            assert (record.url, hashlib.sha256(record.payload).hexdigest()) == (row["url"], row["sha256"])
        elif row["kind"] == "refused":
            named = [reason for part, reason in CRAWL_REASONS.items() if part in row["reason"]]
            assert record.reason == (named or ["content_type"])[0], row


@pytest.mark.parametrize(
    ("name", "pages"), [("crawl/near-duplicates-made.warc.gz", 921), ("charset/charset-00000.warc.gz", 590)]
)
def test_packs_of_pages_only(shared_data, name, pages):
    found = read(shared_data(name))
    assert len(found) == pages + 1
    assert [(record.reason, record.value) for record in found if not isinstance(record, Page)] == [
        ("record_type", "warcinfo")
    ]
