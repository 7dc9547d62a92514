"""The sample on the disk: same bytes everywhere, untouched when right, repaired when wrong, all where it says."""

import hashlib
import json
import os
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from florilegium.errors import RecipeError
from florilegium.sample.generate import VERSION, generate
from florilegium.sample.truth import Planted, SampleTruth

SMALL_SAMPLE = (1, "7533051b")
"""Generator version and the start of the SHA-256 of all files (seed 0, scale 0.1): they only change together."""

COUNTS = {
    "good": 200, "near_duplicate": 24, "exact_duplicate": 12, "same_url": 6, "boilerplate": 12, "listing": 12,
    "spam_repetition": 12, "other_language": 12, "ocr_noise": 30, "pii": 12, "charset": 9, "http_error": 10,
    "not_html": 6, "empty": 5, "broken_record": 7,
}  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def stored(folder: Path, planted: Planted) -> bytes:
    return (folder / planted.file).read_bytes()[planted.offset : planted.offset + planted.size]


def test_same_bytes_in_another_folder_process_and_hash_seed(tmp_path: Path) -> None:
    generate(tmp_path / "here", seed=3, scale=0.1)
    code = (
        "import sys, pathlib; from florilegium.sample.generate import generate; "
        "generate(pathlib.Path(sys.argv[1]), seed=3, scale=0.1)"
    )
    for hash_seed in ("1", "4242"):
        there = tmp_path / hash_seed
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", code, str(there)], check=True, env=environment)
        assert contents(there) == contents(tmp_path / "here")
    generate(tmp_path / "other", seed=4, scale=0.1)
    assert contents(tmp_path / "other")["truth.jsonl"] != contents(tmp_path / "here")["truth.jsonl"]


def test_changed_bytes_need_a_new_version(tmp_path: Path) -> None:
    generate(tmp_path, scale=0.1)
    digest = hashlib.sha256(b"".join(contents(tmp_path).values())).hexdigest()
    assert (VERSION, digest[:8]) == SMALL_SAMPLE


def test_right_files_are_left_alone_and_wrong_ones_repaired(tmp_path: Path) -> None:
    generate(tmp_path, scale=0.3)
    before = contents(tmp_path)
    for name in before:
        os.utime(tmp_path / name, ns=(10**18, 10**18))
    (tmp_path / "crawl/crawl-00000.warc.gz").write_bytes(b"spoiled")
    (tmp_path / "collection/collection-00000.jsonl").unlink()
    generate(tmp_path, scale=0.3)
    assert contents(tmp_path) == before
    touched = {name for name in before if (tmp_path / name).stat().st_mtime_ns != 10**18}
    assert touched == {"crawl/crawl-00000.warc.gz", "collection/collection-00000.jsonl"}


def test_a_smaller_sample_leaves_nothing_of_a_larger_one(tmp_path: Path) -> None:
    generate(tmp_path / "a", scale=0.6)
    generate(tmp_path / "a", scale=0.1)
    generate(tmp_path / "b", scale=0.1)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_the_label_names_every_file_and_its_hash(folder: Path) -> None:
    label = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
    found = {name: hashlib.sha256(content).hexdigest() for name, content in contents(folder).items()}
    del found["sample.json"]
    assert label == {"generator": VERSION, "seed": 0, "scale": 1.0, "files": found}


@pytest.mark.parametrize("scale", [0.05, 11.0, float("nan")])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(RecipeError, match=r"0\.1 to 10"):
        generate(tmp_path, scale=scale)


def test_counts_and_ids(truth: SampleTruth) -> None:
    assert Counter(planted.kind for planted in truth.planted) == COUNTS
    assert len({planted.id for planted in truth.planted}) == sum(COUNTS.values())


def test_records_lie_end_to_end_where_the_truth_says(folder: Path, truth: SampleTruth) -> None:
    for name, content in contents(folder).items():
        here = [planted for planted in truth.planted if planted.file == name]
        if not here:
            continue
        ends = [planted.offset + planted.size for planted in here]
        assert [planted.offset for planted in here[1:]] == ends[:-1]
        assert ends[-1] == len(content)
        for planted in here:
            assert (
                truth.locate(name, planted.offset) == truth.locate(name, planted.offset + planted.size - 1) == planted
            )
    assert truth.locate("crawl/crawl-00000.warc.gz", 0) is None


def test_whole_members_are_read_by_fastwarc_under_their_ids(folder: Path, truth: SampleTruth, tmp_path: Path) -> None:
    sound = [
        planted for planted in truth.planted if planted.file.startswith("crawl/") and planted.kind != "broken_record"
    ]
    joined = tmp_path / "sound.warc.gz"
    joined.write_bytes(b"".join(stored(folder, planted) for planted in sound))
    with joined.open("rb") as stream:
        records = [
            (
                f"crawl/{str(record.record_id).strip('<>')}",
                record.headers["WARC-Target-URI"],
                record.record_date is not None,
            )
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response, verify_digests=True)
        ]
    assert records == [(planted.id, planted.url, True) for planted in sound]


def test_a_file_without_broken_records_is_read_whole(folder: Path, truth: SampleTruth) -> None:
    broken = {planted.file for planted in truth.planted if planted.kind == "broken_record"}
    whole = [path for path in sorted(folder.glob("crawl/*")) if path.relative_to(folder).as_posix() not in broken]
    assert whole
    for path in whole:
        with path.open("rb") as stream:
            types = [record.record_type for record in ArchiveIterator(stream)]
        assert types[0] == WarcRecordType.warcinfo
        assert types[1:] == [WarcRecordType.response] * sum(path.match(planted.file) for planted in truth.planted)


def test_broken_records_are_broken_as_they_say(folder: Path, truth: SampleTruth) -> None:
    broken = {planted.variant: planted for planted in truth.planted if planted.kind == "broken_record"}
    for variant in ("gzip_cut", "file_cut"):
        decompressor = zlib.decompressobj(31)
        assert decompressor.decompress(stored(folder, broken[variant])).startswith(b"WARC/1.1")
        assert not decompressor.eof
    after = truth.locate(broken["gzip_cut"].file, broken["gzip_cut"].offset + broken["gzip_cut"].size)
    assert after is not None
    assert zlib.decompress(stored(folder, after), 31).startswith(b"WARC/1.1")
    assert truth.locate(broken["file_cut"].file, broken["file_cut"].offset + broken["file_cut"].size) is None
    for variant, factor in (("length_too_long", 1.2), ("length_too_short", 0.5)):
        head, block = zlib.decompress(stored(folder, broken[variant]), 31).split(b"\r\n\r\n", 1)
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        assert length == round((len(block) - 4) * factor)
    with pytest.raises(json.JSONDecodeError):
        json.loads(stored(folder, broken["line_cut"]))
    assert "text" not in json.loads(stored(folder, broken["no_text"]))
    with pytest.raises(UnicodeDecodeError):
        stored(folder, broken["bad_bytes"]).decode("utf-8")


def test_every_line_of_the_collection_is_one_entry(folder: Path, truth: SampleTruth) -> None:
    for planted in truth.planted:
        if planted.file.startswith("collection/") and planted.kind != "broken_record":
            entry = json.loads(stored(folder, planted))
            assert (f"collection/{entry['id']}", entry["text"]) == (planted.id, planted.text)
            assert entry["language"] == planted.detail.get("language", "en")
            assert stored(folder, planted).count(b"\n") == 1


def test_pages_hold_their_text_in_the_charset_that_the_truth_names(folder: Path, truth: SampleTruth) -> None:
    for planted in truth.planted:
        if not planted.file.startswith("crawl/") or not planted.text or planted.kind == "broken_record":
            continue
        _, http, body = zlib.decompress(stored(folder, planted), 31).split(b"\r\n\r\n", 2)
        html = body.decode(str(planted.detail.get("encoding", "utf-8")))
        assert http.startswith(b"HTTP/1.1 200 OK")
        for paragraph in planted.text.split("\n"):
            assert f"<p>{paragraph.replace('&', '&amp;')}</p>" in html
        if planted.kind == "charset":
            assert f"charset={planted.detail['http']}".encode() in http or not planted.detail["http"]
            assert all(str(literal) in planted.text for literal in planted.detail["literals"])  # type: ignore[attr-defined]


def test_http_errors_and_other_types_say_so(folder: Path, truth: SampleTruth) -> None:
    for planted in truth.planted:
        if planted.kind in ("http_error", "not_html"):
            http = zlib.decompress(stored(folder, planted), 31).split(b"\r\n\r\n", 2)[1].decode()
            assert f" {planted.detail['status']} " in http if planted.kind == "http_error" else " 200 " in http
            assert f"Content-Type: {planted.detail.get('type', 'text/html')}" in http


def test_captures_of_one_url_come_in_pairs(truth: SampleTruth) -> None:
    by_id = {planted.id: planted for planted in truth.planted}
    urls = Counter(planted.url for planted in truth.planted if planted.url)
    twice = [planted for planted in truth.planted if planted.kind == "same_url"]
    assert {url for url, count in urls.items() if count > 1} == {planted.url for planted in twice}
    for planted in twice:
        original = by_id[str(planted.detail["original"])]
        assert original.url == planted.url
        assert original.text != planted.text
