"""Our text is trafilatura's own, and stands beside it on pages with hand-made gold."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean

import pytest
import trafilatura
from fastwarc.warc import ArchiveIterator

from florilegium.charset import decode
from florilegium.extract.options import ExtractOptions
from florilegium.extract.page import storable
from florilegium.extract.trafilatura import extractor

WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def pages(shared_data: Callable[[str], Path], files: int) -> Iterator[tuple[str, str]]:
    """Give id and decoded page of every gold page in the first files of the crawl."""
    wanted = gold(shared_data)
    for n in range(files):
        with shared_data(f"crawl/crawl-0000{n}.warc.gz").open("rb") as file:
            for record in ArchiveIterator(file, parse_http=True):
                key = record.headers.get("WARC-Record-ID")
                if key in wanted:
                    yield key, decode(record.reader.read(), record.http_headers.get("Content-Type")).text


def gold(shared_data: Callable[[str], Path]) -> dict[str, str | None]:
    """Give the gold text of each page that has any gold; None where its gold is phrases."""
    with gzip.open(shared_data("crawl/gold.jsonl.gz"), "rt", encoding="utf-8") as file:
        return {line["record_id"]: line.get("text") for line in map(json.loads, file)}


def direct(page: str, favour: str = "precision") -> str:
    text = trafilatura.extract(
        page, favor_precision=favour == "precision", favor_recall=favour == "recall", include_comments=False
    )
    return text or ""


def f1(expected: str, found: str) -> float:
    """Harmonic mean of precision and recall of word 4-grams, counted with multiplicity."""
    counts = []
    for text in (expected, found):
        words = WORDS.findall(text)
        counts.append(Counter(tuple(words[n : n + 4]) for n in range(max(1, len(words) - 3))) if words else Counter())
    return 2 * (counts[0] & counts[1]).total() / max(1, counts[0].total() + counts[1].total())


@pytest.mark.parametrize("favour", ["precision", "balanced", "recall"])
def test_same_text_as_trafilatura_on_a_sample(shared_data: Callable[[str], Path], favour: str) -> None:
    extract = extractor(ExtractOptions.model_validate({"favour": favour}))
    sample = [page for n, (_, page) in enumerate(pages(shared_data, 1)) if n % 12 == 0]
    assert len(sample) > 20
    assert [storable(extract(page).text) for page in sample] == [direct(page, favour) for page in sample]


@pytest.mark.slow
def test_same_text_as_trafilatura_on_all_gold_pages(shared_data: Callable[[str], Path]) -> None:
    extract = extractor(ExtractOptions())
    expected = gold(shared_data)
    equal, ours, theirs = [], [], []
    for key, page in pages(shared_data, 4):
        text, other = storable(extract(page).text), direct(page)
        equal.append(text == other)
        if (wanted := expected[key]) is not None:
            ours.append(f1(wanted, text))
            theirs.append(f1(wanted, other))
    assert len(equal) == len(expected)
    assert all(equal)
    assert mean(ours) >= 0.85 and abs(mean(ours) - mean(theirs)) < 0.001
