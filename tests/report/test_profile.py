"""Where the time went: the stages in order, their seconds those of the ledger, their text that of the shards."""

from pathlib import Path

import polars as pl
import pytest

from florilegium.report.profile import profile_of
from florilegium.run.folder import RunFolder
from florilegium.run.ledger import totals
from tests.flows.conftest import run_command
from tests.report.conftest import check_lines


def test_stages_have_the_documents_text_and_seconds_that_the_run_recorded(heap: Path) -> None:
    folder = RunFolder(heap)
    plan = folder.plan()
    spent = profile_of(folder, plan)
    assert [(one.movement, one.stage) for one in spent] == [
        *(("measure", stage) for stage in ("read", "signals", "gate", "signatures", "write")),
        *(("decide", step) for step in ("rules", "deduplicate", "late", "write")),
        ("release", "release"),
    ]
    assert all(one.seconds > 0 for one in spent)
    ledger = pl.read_parquet(heap / "ledger.parquet")
    seconds = {row["stage"]: row["seconds"] for row in totals(ledger).rows(named=True) if row["seconds"]}
    assert {one.stage: pytest.approx(one.seconds) for one in spent if one.stage not in ("write", "release")} == seconds
    measured = pl.read_parquet(folder.measured(plan) / "?????.parquet", columns=["text_bytes"])["text_bytes"]
    tiny = len("two words")  # left at the gate
    assert [one.text_bytes for one in spent[:5]] == [measured.sum() + tiny] * 3 + [measured.sum()] * 2
    assert [one.documents for one in spent[3:]] == [len(measured)] * 7


def test_the_command_prints_the_table_at_its_end(heap: Path) -> None:
    folder = heap.parents[1]
    said = run_command("curate", folder / "heap.yaml", "--profile", folder=folder).stdout.decode().splitlines()
    check_lines(said)
    table = said[next(row for row, line in enumerate(said) if line.startswith("movement")) :]
    assert table[0].split() == ["movement", "stage", "s", "share", "documents/s", "MB/s", "of", "text"]
    assert [line.split()[:2] for line in table[1:3]] == [["measure", "read"], ["signals", table[2].split()[1]]]
    assert table[-2].startswith("all") and "100.0%" in table[-2]
    assert "summed over all workers" in table[-1]
