"""A page that takes for ever, one that crashes and one that eats memory among 2,000: three in quarantine, no more lost."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from florilegium.run.executors import RunOptions, execute
from florilegium.run.folder import missing_tasks
from tests.faults.stages import Troubled, TroubledOptions, WholeBatch, movement
from tests.faults.test_workers import left

PAGES = [f"page number {number} says nothing that could hurt" for number in range(2000)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "endless"),
    [
        (Troubled, "LOOP"),
        (WholeBatch, "STUCK"),
        pytest.param(Troubled, "STUCK", marks=pytest.mark.long),
        pytest.param(Troubled, "SLEEP", marks=pytest.mark.long),
        pytest.param(WholeBatch, "LOOP", marks=pytest.mark.long),
        pytest.param(WholeBatch, "SLEEP", marks=pytest.mark.long),
    ],
)
def test_three_culprits_among_two_thousand(tmp_path: Path, stage: type[Troubled], endless: str) -> None:
    pages = [*PAGES]
    pages[300], pages[777], pages[1500] = f"{endless} ...", "ABORT ...", "MEMORY ..."
    made = movement(tmp_path, [pages[:1200], pages[1200:]], stage, TroubledOptions(seconds=5))
    (tmp_path / "quarantine").mkdir()
    execute(made, [0, 1], RunOptions(timeout=5), 2, tmp_path / "quarantine", lambda report: None)
    gone = left(made)
    assert sorted(gone["id"]) == ["pool/0-300", "pool/0-777", "pool/1-300"]
    assert set(gone["outcome"]) == {"quarantined"}
    rules = dict(gone.select("id", "rule").iter_rows())
    by_itself = stage is Troubled and endless != "STUCK"  # that stage names what it could interrupt its own way
    assert rules["pool/0-300"] == ("error" if by_itself else "timeout")
    assert rules["pool/0-777"] == "killed_worker" and rules["pool/1-300"] == "memory"
    errors = dict(gone.select("id", "error").iter_rows())
    assert "timeout" in errors["pool/0-300"] and "SIGABRT" in errors["pool/0-777"]
    assert "out of memory: needs more than `run.memory` allows" in errors["pool/1-300"]
    kept = [pq.read_table(made.folder / f"{task:05d}.parquet")["text"].to_pylist() for task in range(2)]
    assert [*kept[0], *kept[1]] == [page for page in pages if not page.endswith(" ...")]
    assert missing_tasks(made.folder, 2) == []
