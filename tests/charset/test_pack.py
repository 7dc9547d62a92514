"""Real text in 54 encodings, declared right, wrong and not at all; and a small real crawl."""

import gzip
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator

from florilegium.charset import Decoded, decode
from florilegium.errors import DocumentError

SharedData = Callable[[str], Path]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path) as stream:
        yield from map(json.loads, stream)


def payloads(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=True):
            yield record.record_id, record.reader.read()


def folded(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", re.sub(r"<[^>]*>", "", text)))


def outcome(payload: bytes, gold: dict[str, Any]) -> str:
    try:
        decoded = decode(payload, gold["header"])
    except DocumentError:
        return "refused"
    right = folded(gold["excerpt"]) in folded(decoded.text)
    return ("right" if right else "wrong") + (", flagged" if decoded.suspect else "")


@pytest.fixture(scope="module")
def outcomes(shared_data: SharedData) -> Counter[tuple[str, str]]:
    golds = {gold["id"]: gold for gold in lines(shared_data("charset/charset-gold.jsonl.gz"))}
    warc = payloads(shared_data("charset/charset-00000.warc.gz"))
    return Counter((golds[key]["expect"], outcome(payload, golds[key])) for key, payload in warc if key in golds)


def test_nearly_all_is_recovered(outcomes: Counter[tuple[str, str]]) -> None:
    assert outcomes["decode", "right"] + outcomes["decode", "right, flagged"] >= 536
    assert outcomes["decode", "refused"] == 0


def test_no_mojibake_passes_unflagged(outcomes: Counter[tuple[str, str]]) -> None:
    assert [key for key in outcomes if key[1] == "wrong"] == []


def test_few_right_ones_are_flagged(outcomes: Counter[tuple[str, str]]) -> None:
    assert outcomes["decode", "right, flagged"] <= 0.03 * 542


def test_utf_7_is_never_decoded(outcomes: Counter[tuple[str, str]]) -> None:
    assert {key: number for key, number in outcomes.items() if key[0] == "refuse"} == {("refuse", "refused"): 9}


SAME = {
    "ascii": "utf-8",
    "iso-8859-1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gbk",
    "utf-16": "utf-16le",
}


@pytest.fixture(scope="module")
def crawl(shared_data: SharedData) -> list[tuple[dict[str, Any], Decoded]]:
    pages = {
        entry["record_id"]: entry for entry in lines(shared_data("crawl/index.jsonl.gz")) if entry["kind"] == "page"
    }
    return [
        (pages[key], decode(payload, pages[key]["content_type"]))
        for number in range(4)
        for key, payload in payloads(shared_data(f"crawl/crawl-{number:05}.warc.gz"))
        if key in pages
    ]


@pytest.mark.slow
def test_crawl_is_decoded_as_its_bytes_say(crawl: list[tuple[dict[str, Any], Decoded]]) -> None:
    assert len(crawl) == 3100
    differing = [
        page["record_id"]
        for page, decoded in crawl
        if page["bytes_charset"] and decoded.encoding.lower() != SAME.get(page["bytes_charset"], page["bytes_charset"])
    ]
    assert differing == []
    assert sum(decoded.replaced > 0 for page, decoded in crawl if page["bytes_charset"]) == 0


@pytest.mark.slow
def test_crawl_is_hardly_ever_flagged(crawl: list[tuple[dict[str, Any], Decoded]]) -> None:
    assert sum(decoded.suspect is not None for _, decoded in crawl) <= 5
