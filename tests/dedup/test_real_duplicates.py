"""Near-copies among real documents: labelled sets, and crawled pages with exact Jaccard indices of all pairs."""

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from florilegium.dedup.clusters import Clusters, Keys, find_duplicates, preference
from florilegium.dedup.signatures import signatures
from florilegium.dedup.textkey import text_key

CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "shift_jis": "cp932"}


def json_lines(path: Path) -> list[dict[str, Any]]:
    """All objects of a gzipped JSONL file."""
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def table(path: Path) -> list[dict[str, str]]:
    """All rows of a gzipped table."""
    with gzip.open(path, "rt") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def cluster(texts: list[str]) -> Clusters:
    """Cluster at the defaults, the longest surviving."""
    column = pa.array(texts)
    made = signatures(column)
    measured = Keys(text=text_key(column), bands=made.bands, low=made.low)
    lengths = pa.array([len(text) for text in texts])
    return find_duplicates(measured, preference("longest", lengths), by=["text", "minhash"])


def bands_meet(similarity: float) -> float:
    """How often two texts share one of 14 bands of 8."""
    return float(1 - (1 - similarity**8) ** 14)


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [
        ("bible_editions", 1.0, 0.16),
        ("citeseerx_abstracts", 1.0, 0.80),
        ("gutenberg_releases", 1.0, 0.999),
        ("ocr_and_transcript", 1.0, 0.37),
        ("plagiarism_short_answers", 1.0, 0.08),
        ("shared_pages", 1.0, 0.90),
        ("viral_texts", 1.0, 1.0),
        ("web_copycat", 0.75, 0.79),
    ],
)
def test_labelled_pairs(name: str, precision: float, recall: float, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data(f"dedup/{name}")
    documents = json_lines(folder / "documents.jsonl.gz")
    row = {document["id"]: number for number, document in enumerate(documents)}
    found = cluster([document["text"] for document in documents]).survivor
    together: dict[str, list[bool]] = {"yes": [], "no": [], "partial": [], "unclear": []}
    for pair in table(folder / "pairs.tsv.gz"):
        together[pair["duplicate"]].append(bool(found[row[pair["id_1"]]] == found[row[pair["id_2"]]]))
    right, wrong = sum(together["yes"]), sum(together["no"])
    assert right / (right + wrong) >= precision
    assert right / len(together["yes"]) >= recall


def payload(warc: bytes) -> bytes:
    """The page in one record: what follows two blocks of headers."""
    return warc.split(b"\r\n\r\n", 2)[2].removesuffix(b"\r\n\r\n")


def pages(crawl: Path, wanted: set[str]) -> Iterator[tuple[str, bytes | str]]:
    """Id and page, decoded where its charset is known, of the wanted records."""
    for index in ("index.jsonl.gz", "near-duplicates-made.index.jsonl.gz"):
        for entry in json_lines(crawl / index):
            if entry["record_id"] not in wanted or entry.get("kind", "page") != "page":
                continue
            with open(crawl / entry["warc"], "rb") as warc:
                warc.seek(entry["offset"])
                page = payload(gzip.decompress(warc.read(entry["length"])))
            charset = entry.get("bytes_charset") or "utf-8"
            as_is = charset in ("ascii", "utf-8")
            yield entry["record_id"], page if as_is else page.decode(CHARSETS.get(charset, charset), "replace")


@pytest.mark.slow
def test_crawled_pages_with_exact_jaccard(shared_data: Callable[[str], Path]) -> None:
    import trafilatura

    crawl = shared_data("crawl")
    listed = table(crawl / "near-duplicates.tsv.gz") + table(crawl / "near-duplicates-made.tsv.gz")
    texts = {
        record: trafilatura.extract(page, favor_precision=True) or ""
        for record, page in pages(crawl, {pair[side] for pair in listed for side in ("id_a", "id_b")})
    }
    row = {record: number for number, record in enumerate(texts)}
    exact = {frozenset((row[pair["id_a"]], row[pair["id_b"]])): float(pair["jaccard"]) for pair in listed}
    found = cluster(list(texts.values()))

    # No pair that is not listed (below 0.3) is in one cluster.
    for survivor in set(found.cluster[found.cluster >= 0].tolist()):
        members = np.flatnonzero(found.cluster == survivor).tolist()
        for pair in combinations(members, 2):
            assert exact.get(frozenset(pair), 0.0) >= 0.3

    for low in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        band = {pair: jaccard for pair, jaccard in exact.items() if low <= jaccard < low + 0.1 + (low == 0.9)}
        theory = float(np.mean([bands_meet(jaccard) for jaccard in band.values()]))
        left = [not found.kept[list(pair)].all() for pair in band]
        together = [len(set(found.survivor[list(pair)].tolist())) == 1 for pair in band]
        assert np.mean(left) >= theory
        if low >= 0.5:  # below, verification is there to part them
            assert np.mean(together) >= theory - 2 * np.sqrt(theory * (1 - theory) / len(band)) - 0.005
