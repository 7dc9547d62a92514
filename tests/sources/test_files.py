"""JSON lines, Parquet, pages and text: every record comes out or is refused by name; damage costs only itself."""

import gzip
import os
import random
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from florilegium.documents import Outcome
from florilegium.errors import SourceError
from florilegium.sources.jsonl import Jsonl
from florilegium.sources.pages import Html, Text, TextOptions
from florilegium.sources.parquet import Parquet
from florilegium.sources.rows import RowFileOptions
from florilegium.sources.source import FileSource, FileSourceOptions, Flaw, Found, Record, Refusal


def everything(source: FileSource) -> list[Found]:
    return [item for found in source.inputs() for item in source.records(found)]


def jsonl(files: object, **options: object) -> Jsonl:
    return Jsonl(RowFileOptions.model_validate({"name": "pool", "kind": "jsonl", "files": files, **options}))


LINES = [{"id": f"d{n}", "text": f"text {n}", "year": 1900 + n, "url": f"http://a.example/{n}"} for n in range(50)]
BODY = b"".join(orjson.dumps(line) + b"\n" for line in LINES)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_jsonl_is_read_whatever_the_container_and_name(tmp_path: Path, pack: object) -> None:
    (tmp_path / "a.anything").write_bytes(pack(BODY))  # type: ignore[operator]
    found = everything(jsonl(str(tmp_path / "*")))
    assert [item.key for item in found if isinstance(item, Record)] == [line["id"] for line in LINES]
    first = found[0]
    assert isinstance(first, Record) and first.metadata == {"year": 1900} and first.url == "http://a.example/0"


def test_one_bad_line_costs_only_itself(tmp_path: Path) -> None:
    bad = b'{"id": "x", "text": "cut sho\n[1, 2]\n{"id": "no text"}\n{"id": "e", "text": " "}\n{"id": 7, "text": 7}\n\xff\xfe\n'
    (tmp_path / "a.jsonl").write_bytes(BODY + bad + BODY)
    found = everything(jsonl(str(tmp_path / "a.jsonl")))
    assert sum(isinstance(item, Record) for item in found) == 100
    refused = [(item.rule, item.outcome) for item in found if isinstance(item, Refusal)]
    assert refused == [
        ("not_json", Outcome.QUARANTINED),
        ("not_json", Outcome.QUARANTINED),
        ("no_text_field", Outcome.REJECTED),
        ("empty", Outcome.REJECTED),
        ("text_not_a_string", Outcome.REJECTED),
        ("not_json", Outcome.QUARANTINED),
    ]
    assert [item.record for item in found if not isinstance(item, Flaw)] == list(range(106))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
@pytest.mark.parametrize("tenth", range(1, 10))
def test_cut_container_gives_what_is_readable_and_names_the_damage(tmp_path: Path, pack: object, tenth: int) -> None:
    big = b"".join(
        orjson.dumps({"id": str(n), "text": random.Random(n).randbytes(40).hex()}) + b"\n" for n in range(9000)
    )
    packed = pack(big)  # type: ignore[operator]
    (tmp_path / "a").write_bytes(packed[: len(packed) * tenth // 10])
    found = everything(jsonl(str(tmp_path / "a")))
    whole = [item for item in found if isinstance(item, Record)]
    assert [item.key for item in whole] == [str(n) for n in range(len(whole))]
    assert len(whole) > 900 * (tenth - 3)  # zstd gives its text in blocks of 128 kB
    assert [item.kind for item in found if isinstance(item, Flaw)] == ["truncated"]


def test_parquet_rows_and_a_damaged_row_group(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{**line, "text": line["text"] * 200} for line in LINES])
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=10, compression="zstd")
    source = Parquet(RowFileOptions(name="pool", kind="parquet", files=str(tmp_path / "*.parquet")))
    assert [item.key for item in everything(source) if isinstance(item, Record)] == [line["id"] for line in LINES]
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(2).column(1)
    body = bytearray((tmp_path / "a.parquet").read_bytes())
    place = (group.dictionary_page_offset or group.data_page_offset) + 30
    body[place : place + 60] = bytes(60)
    (tmp_path / "a.parquet").write_bytes(body)
    found = everything(source)
    assert [item.record for item in found if isinstance(item, Record)] == [*range(20), *range(30, 50)]
    flaws = [item for item in found if isinstance(item, Flaw)]
    assert len(flaws) == 1 and "row group 2: 10 of 10 rows" in flaws[0].message


@pytest.mark.parametrize("tenth", range(10))
def test_cut_parquet_is_named(tmp_path: Path, tenth: int) -> None:
    pq.write_table(pa.Table.from_pylist(LINES), tmp_path / "a.parquet")
    body = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(body[: len(body) * tenth // 10])
    source = Parquet(RowFileOptions(name="pool", kind="parquet", files=str(tmp_path / "*.parquet")))
    assert [type(item) for item in everything(source)] == [Flaw]


def test_html_folder_keeps_paths_as_keys(tmp_path: Path) -> None:
    (tmp_path / "pages" / "sub").mkdir(parents=True)
    (tmp_path / "pages" / "sub" / "b.html").write_bytes(b"<p>two</p>")
    (tmp_path / "pages" / "a.html.gz").write_bytes(gzip.compress(b"<p>one</p>"))
    (tmp_path / "pages" / "e.html").write_bytes(b" \n")
    (tmp_path / "pages" / "cut.html.gz").write_bytes(gzip.compress(b"<p>cut short, as it happens</p>")[:-12])
    found = everything(Html(FileSourceOptions(name="site", kind="html", files=str(tmp_path / "pages"))))
    assert [(item.key, getattr(item, "payload", None)) for item in found] == [
        ("a.html.gz", b"<p>one</p>"),
        ("cut.html.gz", None),
        ("e.html", None),
        ("sub/b.html", b"<p>two</p>"),
    ]


def test_text_declared_and_detected(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Ein schöner Tag, süß".encode("latin-1"))
    (tmp_path / "b.txt").write_bytes("Ein schöner Tag, süß".encode())
    declared = everything(Text(TextOptions(name="t", kind="text", files=str(tmp_path / "a.txt"), encoding="latin-1")))
    detected = everything(Text(TextOptions(name="t", kind="text", files=str(tmp_path / "b.txt"))))
    for found in (*declared, *detected):
        assert isinstance(found, Record) and found.text == "Ein schöner Tag, süß"


def test_no_file_is_an_error_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file matches"):
        jsonl(str(tmp_path / "*.jsonl")).inputs()


def test_two_files_with_one_relative_path_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.jsonl").write_bytes(BODY)
    with pytest.raises(SourceError, match="ids would collide"):
        jsonl([str(tmp_path / "a" / "*.jsonl"), str(tmp_path / "b" / "*.jsonl")]).inputs()


def test_any_fsspec_url(tmp_path: Path) -> None:
    import fsspec

    with fsspec.open("memory://bucket/deep/a.jsonl", "wb") as file:
        file.write(BODY)
    source = jsonl("memory://bucket/**/*.jsonl")
    assert [found.path for found in source.inputs()] == ["deep/a.jsonl"]
    assert len(everything(source)) == 50


def test_inputs_are_sorted_and_stamped(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.jsonl", "c.jsonl"):
        (tmp_path / name).write_bytes(BODY)
    before = jsonl(str(tmp_path)).inputs()
    assert [found.path for found in before] == ["a.jsonl", "b.jsonl", "c.jsonl"]
    os.utime(tmp_path / "a.jsonl", (1, 1))
    assert jsonl(str(tmp_path)).inputs()[0].stamp != before[0].stamp


def test_byte_order_mark_lone_surrogate_and_nan(tmp_path: Path) -> None:
    lines = b'\xef\xbb\xbf{"id": "a", "text": "one"}\n{"id": "b", "text": "t\\ud83dwo", "x": NaN}\n'
    (tmp_path / "a.jsonl").write_bytes(lines)
    assert [item.key for item in everything(jsonl(str(tmp_path / "a.jsonl"))) if isinstance(item, Record)] == ["a", "b"]


def test_zstd_with_a_skippable_frame_and_a_long_window(tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=28, enable_ldm=True)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    frame = packed.compress(BODY) + packed.flush()
    (tmp_path / "a").write_bytes(b"\x50\x2a\x4d\x18\x04\x00\x00\x00skip" + frame)
    assert len(everything(jsonl(str(tmp_path / "a")))) == 50


def test_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(BODY)
    source = jsonl(str(tmp_path / "a.jsonl"))
    reading = source.records(source.inputs()[0])
    next(reading)
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(BODY)
    with pytest.raises(SourceError, match="changed after the run was planned"):
        list(reading)


def test_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "[1999] a.jsonl").write_bytes(BODY)
    assert len(jsonl(str(tmp_path / "[1999] a.jsonl")).inputs()) == 1
