"""Rows of speed.json and the table: per unit of work, both sides' counts, 80 columns."""

import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from rich.console import Console

from florilegium.errors import FlorilegiumError
from florilegium.run import clock
from florilegium.speed.job import Answer
from florilegium.speed.keep import commit, dated, machine, store
from florilegium.speed.rows import NAMES
from florilegium.speed.summary import Entry, compared, growth, memory
from florilegium.speed.table import HEAD, lines, show_table

STOCK = {"versions": {"datatrove": "0.10.1"}}


def answer(seconds: float, count: int = 100, **given: object) -> Answer:
    values = {"processor_s": seconds / 2, "kept": 40, "text_bytes": 0, "peak_mb": None, "details": {}} | given
    return Answer(seconds=seconds, count=count, **values)  # type: ignore[arg-type]


def row() -> Entry:
    ours = [answer(1.0, 3100, peak_mb=400.04), answer(1.0, 3100, peak_mb=300.0)]
    peer = [answer(10.0, 1550, kept=30, peak_mb=225.0, details=STOCK), answer(20.0, 1550, kept=30, details=STOCK)]
    return compared("warc_in.all_languages.trafilatura", "page", ours, "stock", peer)


def test_ratio_is_for_one_unit_of_work() -> None:
    entry = row()
    # stock took 10 and 20 times as long, for half the pages
    assert (entry.ratio, entry.low, entry.high) == (pytest.approx(30), pytest.approx(20), pytest.approx(40))
    assert (entry.ours_count, entry.peer_count, entry.ours_kept, entry.peer_kept) == (3100, 1550, 40, 30)
    assert (entry.ours_mb, entry.peer_mb) == (400.0, 225.0)
    assert (entry.peer, entry.version) == ("stock", "datatrove 0.10.1")


def test_processor_time_has_a_ratio_of_its_own() -> None:
    ours, peer = [answer(1.0, processor_s=0.1)], [answer(8.0, processor_s=4.0, details=STOCK)]
    entry = compared("c4", "document", ours, "stock", peer)
    assert (entry.ratio, entry.ratio_processor) == (pytest.approx(8), pytest.approx(40))


def test_row_without_its_peer_says_why() -> None:
    entry = compared("dolma", "document", [answer(1.0)], "dolma", [], "Dolma's taggers: not installed")
    assert entry.ratio is None and entry.peer_s is None
    assert list(lines(entry))[-1] == "  Dolma's taggers: not installed"


def test_growth_and_memory() -> None:
    rounds = [
        [answer(float(times), 100 * times, details={"measure_mb": 300.0 + times}) for times in (1, 3, 10)],
        [answer(float(times**2), 100 * times, details={"measure_mb": 300.0}) for times in (1, 3, 10)],
    ]
    grown = growth("growth", rounds)
    assert grown.exponent == pytest.approx(1.5) and grown.note == "exponents of the rounds from 1.000 to 2.000 (clock)"
    assert grown.details["counts"] == [100, 300, 1000]
    assert memory("memory", rounds).details["measure_mb"] == [301.0, 303.0, 310.0]


def printed(entries: list[Entry], *, processor: bool) -> list[str]:
    page = io.StringIO()
    show_table(Console(file=page, width=80), entries, processor=processor)
    assert "\x1b" not in page.getvalue()
    return page.getvalue().splitlines()


@pytest.mark.parametrize("processor", [False, True])
def test_table_is_plain_and_80_columns_wide(processor: bool) -> None:
    said = printed([row(), compared("start.help", "start", [answer(0.4)], "", [])], processor=processor)
    assert max(map(len, said)) <= 80 and len(said) == 6
    assert said[0] == HEAD.rstrip() and len(HEAD) == 80
    ours, peer = ("0.500", "7.50") if processor else ("1.00", "15.0")
    assert said[1].split() == ["warc_in.all_languages.trafilatura", ours, peer, "30.0x", "20.0", "-", "40.0"]
    assert said[2].strip() == "3,100 pages (1,550), 40 (30) kept; 400 MB (225)"
    assert said[3].split() == ["start.help", "0.200" if processor else "0.400"]


def test_bytes_of_text_a_second_follow_the_seconds_shown() -> None:
    entry = compared("c4", "document", [answer(0.5, text_bytes=30_000_000)], "", [])
    assert "60.0 MB/s" in printed([entry], processor=False)[2]
    assert "120 MB/s" in printed([entry], processor=True)[2]


def test_no_name_breaks_the_table() -> None:
    assert max(map(len, NAMES)) < 34


def test_store_writes_rows_machine_and_table(tmp_path: Path) -> None:
    folder = dated(tmp_path)
    assert folder.name == f"{clock.today()}-speed"
    store(folder, [row()], machine(), "table\n")
    (read,) = json.loads((folder / "speed.json").read_bytes())
    assert read == asdict(row())
    assert {"name", "ours_s", "peer_s", "ratio", "low", "high", "peer", "version"} <= set(read)
    facts = json.loads((folder / "machine.json").read_bytes())
    assert facts["cores"] >= 1 and facts["memory_gb"] > 0 and facts["commit"] == commit()
    assert (folder / "speed.txt").read_text() == "table\n"
    assert dated(tmp_path).name == f"{clock.today()}-speed-2"


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FlorilegiumError, match="--out"):
        store(tmp_path / "file" / "out", [], {}, "")
