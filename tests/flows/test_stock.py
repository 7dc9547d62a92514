"""Stock datatrove readers and filters, a local Hub dataset and a remote file inside recipes."""

import http.server
import importlib.util
import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.flows.conftest import Command, check_run

LINES = [
    {
        "id": f"d{n}",
        "text": f"The document with number {n} says {'a little ' * n}and ends.",
        "url": f"http://site{n}.example/{n}",
    }
    for n in range(40)
]


def write_lines(path: Path, lines: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_stock_reader_and_stock_filter(florilegium: Command, tmp_path: Path) -> None:
    write_lines(
        tmp_path / "in" / "a.jsonl", [*LINES, {"id": "banned", "text": "Some text.", "url": "http://pornhub.com/x"}]
    )
    (tmp_path / "stock.yaml").write_text(
        """\
sources:
  - {name: pool, kind: datatrove, reader: pipeline.readers.JsonlReader, with: {data_folder: in}}
measure:
  - {datatrove: {block: pipeline.filters.URLFilter, reads: [url]}, name: urls}
  - {datatrove: {block: pipeline.filters.RegexFilter, with: {regex_exp: 'number [0-4] says'}}, name: numbers}
decide: []
"""
    )
    florilegium("curate", "stock.yaml", folder=tmp_path)
    ledger = check_run(tmp_path / "runs" / "stock")
    taken = {(row["stage"], row["rule"]): row["gated"] for row in ledger.rows(named=True) if row["gated"]}
    assert taken[("urls", "domain")] == 1
    assert taken[("numbers", "dropped")] == 5
    release = pq.read_table(tmp_path / "runs" / "stock" / "release" / "data")
    assert release["id"].to_pylist()[-1] == "pool/d39" and release["url"].to_pylist()[-1] == "http://site39.example/39"


def test_stock_block_that_is_no_filter_edits_text(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "in.jsonl", [{"id": "m", "text": "Write to someone@site.test today."}])
    (tmp_path / "mask.yaml").write_text(
        """\
sources: [{name: pool, kind: jsonl, files: in.jsonl}]
measure:
  - datatrove: {block: pipeline.formatters.PIIFormatter}
decide: []
"""
    )
    florilegium("curate", "mask.yaml", folder=tmp_path)
    text = pq.read_table(tmp_path / "runs" / "mask" / "release" / "data")["text"][0].as_py()
    assert "someone@site.test" not in text and text.startswith("Write to ")


def test_unknown_stock_block_is_a_mistake_with_its_line(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "in.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "bad.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: in.jsonl}]\nmeasure:\n  - datatrove: {block: pipeline.filters.NoSuchFilter}\ndecide: []\n"
    )
    said = florilegium("curate", "bad.yaml", folder=tmp_path, code=2).stderr
    assert "bad.yaml:3" in said and "NoSuchFilter" in said and "Traceback" not in said


def test_local_hub_dataset(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "dataset" / "train.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "hub.yaml").write_text("sources: [{name: hub, kind: hub, dataset: dataset}]\nmeasure: []\ndecide: []\n")
    florilegium("curate", "hub.yaml", folder=tmp_path, env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")})
    check_run(tmp_path / "runs" / "hub")
    release = pl.DataFrame(pq.read_table(tmp_path / "runs" / "hub" / "release" / "data"))
    assert release["id"].to_list() == [f"hub/d{n}" for n in range(40)]


def test_file_from_a_web_server(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "served" / "a.jsonl", LINES)  # type: ignore[arg-type]
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}/a.jsonl"
        (tmp_path / "web.yaml").write_text(
            f"sources: [{{name: web, kind: jsonl, files: '{address}'}}]\nmeasure: []\ndecide: []\n"
        )
        florilegium("curate", "web.yaml", folder=tmp_path)
    finally:
        server.shutdown()
    check_run(tmp_path / "runs" / "web")


def test_repeated_ids_get_a_suffix_and_a_note(florilegium: Command, tmp_path: Path) -> None:
    write_lines(
        tmp_path / "a.jsonl", [{"id": "x", "text": "one"}, {"id": "x", "text": "two"}, {"id": "y", "text": "three"}]
    )
    (tmp_path / "twice.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: a.jsonl}]\nmeasure: []\ndecide: []\n"
    )
    said = florilegium("curate", "twice.yaml", folder=tmp_path).stdout
    assert "1 ids occurred more than once" in said
    release = pq.read_table(tmp_path / "runs" / "twice" / "release" / "data")
    assert release["id"].to_pylist() == ["pool/x", "pool/x~2", "pool/y"]


def test_nothing_survives_gives_a_valid_empty_release(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "none.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: a.jsonl}]\nmeasure: []\n"
        "decide:\n  - rules: [{id: long.enough, signal: text_bytes, at_least: 100000}]\n"
    )
    said = florilegium("curate", "none.yaml", folder=tmp_path).stdout
    assert "warning: no document was kept" in said and "enough" in said
    assert pq.read_table(tmp_path / "runs" / "none" / "release" / "data").num_rows == 0
    florilegium("verify", tmp_path / "runs" / "none" / "release", folder=tmp_path)


def test_guard_rail_stops_before_the_release(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "rail.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: a.jsonl}]\nmeasure: []\n"
        "decide:\n  - {rules: [{id: long.enough, signal: text_bytes, at_least: 100000}], name: length, expect: {removed: [0.1, 0.5]}}\n"
    )
    said = florilegium("curate", "rail.yaml", folder=tmp_path, code=2).stderr
    assert "`length` removed 100.0% (40 of 40); expected 10.0% to 50.0%" in said
    assert not (tmp_path / "runs" / "rail" / "release").exists()


def test_too_many_in_quarantine_stops_with_exit_3(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", LINES)  # type: ignore[arg-type]
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write("{not json\n" * 5)
    (tmp_path / "bad.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: a.jsonl}]\nmeasure: []\ndecide: []\n"
    )
    said = florilegium("curate", "bad.yaml", folder=tmp_path, code=3).stderr
    assert "5 of 45 documents (11.11%)" in said and "not_json, such as pool/a.jsonl#40" in said


def test_changed_input_is_refused_by_name(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "one.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: a.jsonl}]\nmeasure: []\ndecide: []\n"
    )
    florilegium("curate", "one.yaml", folder=tmp_path)
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write(json.dumps(LINES[0]) + "\n")
    said = florilegium("curate", "one.yaml", folder=tmp_path, code=2).stderr
    assert "a.jsonl" in said and "bytes then" in said and "--redo" in said
    florilegium("curate", "one.yaml", "--redo", folder=tmp_path)
    check_run(tmp_path / "runs" / "one")


def test_classifier_becomes_a_signal_that_rules_read(florilegium: Command, quality: Path, tmp_path: Path) -> None:
    texts = ["a proof by induction of the theorem", "cheap pills, click here to win", "energy and mass and induction"]
    write_lines(tmp_path / "a.jsonl", [{"id": str(n), "text": text} for n, text in enumerate(texts)])
    (tmp_path / "model.bin").write_bytes(quality.read_bytes())
    (tmp_path / "edu.yaml").write_text(
        "sources: [{name: p, kind: jsonl, files: a.jsonl}]\n"
        "measure:\n  - classifier: {model: model.bin, as: edu, label: __label__hq}\n"
        "decide:\n  - rules: [{id: edu.best, signal: classifier.edu, keep_top: 0.66}]\n"
    )
    florilegium("curate", "edu.yaml", folder=tmp_path)
    check_run(tmp_path / "runs" / "edu")
    release = pl.DataFrame(pq.read_table(tmp_path / "runs" / "edu" / "release" / "data"))
    assert "p/1" not in release["id"].to_list() and release["classifier.edu"].min() > 0.5  # type: ignore[operator]


def test_missing_library_of_a_block_is_no_fault_of_the_documents(florilegium: Command, tmp_path: Path) -> None:
    """Stock datatrove's Gopher filter wants spaCy for English, which nothing here installs."""
    if importlib.util.find_spec("spacy"):
        pytest.skip("spaCy is installed here")
    write_lines(tmp_path / "a.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "bad.yaml").write_text(
        "sources: [{name: pool, kind: jsonl, files: a.jsonl}]\n"
        "measure:\n  - datatrove: {block: pipeline.filters.GopherQualityFilter}\ndecide: []\n"
    )
    said = florilegium("curate", "bad.yaml", folder=tmp_path, code=2).stderr
    assert "`datatrove` needs a library that is not installed" in said and "spacy" in said


def test_source_that_gives_nothing_but_damage_stops_the_run(florilegium: Command, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 cut short")
    (tmp_path / "cut.yaml").write_text(
        "sources: [{name: pool, kind: parquet, files: a.parquet}]\nmeasure: []\ndecide: []\n"
    )
    said = florilegium("curate", "cut.yaml", folder=tmp_path, code=2).stderr
    assert "source `pool` gave not one record: a.parquet: not a readable Parquet file" in said


def test_datasets_tells_two_releases_apart_in_one_cache(florilegium: Command, tmp_path: Path) -> None:
    program = (
        "import sys; from datasets import load_dataset\n"
        "print(*[len(load_dataset(p, split='train', cache_dir=sys.argv[1])) for p in sys.argv[2:]])"
    )
    for name, lines in (("one", LINES[:3]), ("two", LINES[:7])):
        write_lines(tmp_path / f"{name}.jsonl", lines)  # type: ignore[arg-type]
        (tmp_path / f"{name}.yaml").write_text(
            f"sources: [{{name: p, kind: jsonl, files: {name}.jsonl}}]\nmeasure: []\ndecide: []\n"
        )
        florilegium("curate", f"{name}.yaml", folder=tmp_path)
    releases = [str(tmp_path / "runs" / name / "release") for name in ("one", "two")]
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-c", program, str(tmp_path / "cache"), *releases]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=200)
    assert done.stdout.split() == ["3", "7"], done.stderr[-1000:]


def test_dry_run_beside_a_run_leaves_its_files_alone(florilegium: Command, tmp_path: Path) -> None:
    write_lines(tmp_path / "a.jsonl", LINES)  # type: ignore[arg-type]
    (tmp_path / "one.yaml").write_text("sources: [{name: p, kind: jsonl, files: a.jsonl}]\nmeasure: []\ndecide: []\n")
    florilegium("curate", "one.yaml", folder=tmp_path)
    working = next((tmp_path / "runs" / "one").glob("measured-*")) / ".00000.parquet.1.tmp"
    working.write_bytes(b"being written")
    florilegium("curate", "one.yaml", "--dry-run", folder=tmp_path)
    assert working.exists()
