"""Scores become panels: oriented, averaged over checkpoints, in the order of the items."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from florilegium.ablation.evidence import Evidence
from florilegium.benchmark.suite import Suite, load_suite
from florilegium.errors import ContractError
from tests.ablation.asking import write_yaml

ITEMS = pl.DataFrame(
    {
        "task": ["held"] * 4 + ["raw"],
        "item": ["a", "b", "c", "d", "a"],
        "weight": [1.0, 3.0, 5.0, 7.0, 2.0],
        "cluster": ["k", "k", "l", "m", "k"],
        "slice.domain": ["x", "x", "y", None, None],
    }
)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    tasks = [
        {"name": name, "version": 1, "form": "text", "data": "x.jsonl", "slices": ["domain"]}
        for name in ("held", "raw")
    ]
    decides = {"tasks": ["held"], "measure": "bits_per_byte", "balance": "domain"}
    return load_suite(write_yaml(tmp_path / "suite.yaml", {"tasks": tasks, "decides": decides}))


def write_scores(folder: Path, level: float, *, leave_out: tuple[str, ...] = (), shuffled: int = 0) -> Path:
    """Write scores of two checkpoints: level + number of the item, and 10 more at the first."""
    rows = [
        {
            "step": step,
            "tokens": step * 10,
            "task": task,
            "item": item,
            "measure": "bits_per_byte",
            "value": level + n + (10 if step == 1 else 0),
        }
        for step in (1, 2)
        for n, (task, item) in enumerate(ITEMS.select("task", "item").rows())
        if not (step == 2 and item in leave_out)
    ]
    folder.mkdir()
    pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=shuffled).write_parquet(folder / "scores.parquet")
    return folder


@pytest.fixture
def evidence(suite: Suite, tmp_path: Path) -> Evidence:
    found = Evidence(suite, ITEMS)
    for arm, level in (("baseline", 1.0), ("arm", 0.5)):
        for seed in (1, 2):
            found.add(arm, seed, write_scores(tmp_path / f"{arm}-{seed}", level + seed / 10, shuffled=seed))
    return found


def test_panel_is_oriented_and_averaged_over_the_last_checkpoints(evidence: Evidence) -> None:
    panel = evidence.panel(["baseline", "arm"], [1, 2], ["held"], "bits_per_byte", 1, "domain")
    assert panel.values.shape == (2, 2, 4)
    assert panel.values[0, 0] == pytest.approx([-1.1, -2.1, -3.1, -4.1])  # fewer bits are better
    assert panel.values[1, 1] == pytest.approx([-0.7, -1.7, -2.7, -3.7])
    assert panel.weights.tolist() == [1, 3, 5, 7]
    assert len(set(panel.stratum.tolist())) == 3 and panel.stratum[0] == panel.stratum[1]  # x, y and none
    assert panel.cluster[0] == panel.cluster[1] and len(set(panel.cluster.tolist())) == 3
    # x: (1.1 + 3 * 2.1) / 4 = 1.85; y 3.1; none 4.1
    assert panel.scores[0, 0] == pytest.approx(-(1.85 + 3.1 + 4.1) / 3)
    both = evidence.panel(["baseline"], [1], ["held"], "bits_per_byte", 2, None)
    assert both.values[0, 0] == pytest.approx([-6.1, -7.1, -8.1, -9.1])
    assert len(set(both.stratum.tolist())) == 1


def test_items_of_other_tasks_are_other_items(evidence: Evidence) -> None:
    panel = evidence.panel(["arm"], [1], ["held", "raw"], "bits_per_byte", 1, None)
    assert panel.values[0, 0] == pytest.approx([-0.6, -1.6, -2.6, -3.6, -4.6])
    assert panel.stratum.tolist() == [1, 1, 1, 1, 2] and panel.cluster[4] != panel.cluster[0]
    slices = evidence.slices(["held", "raw"])
    assert list(slices) == ["domain", "task"] and slices["domain"].tolist() == ["x", "x", "y", "unknown", "unknown"]
    assert list(evidence.slices(["raw"])) == []


def test_the_order_of_rows_changes_nothing(suite: Suite, tmp_path: Path) -> None:
    made = []
    for number in range(3):
        found = Evidence(suite, ITEMS)
        found.add("baseline", 1, write_scores(tmp_path / str(number), 1 / 3, shuffled=number))
        panel = found.panel(["baseline"], [1], ["held"], "bits_per_byte", 2, "domain")
        made.append((panel.values.tobytes(), found.curves().write_csv()))
    assert made[0] == made[1] == made[2]


def test_contaminated_items_do_not_vote(suite: Suite, tmp_path: Path) -> None:
    found = Evidence(suite, ITEMS, [("held", "b"), ("raw", "a")])
    found.add("baseline", 1, write_scores(tmp_path / "scores", 1.0))
    panel = found.panel(["baseline"], [1], ["held"], "bits_per_byte", 1, "domain")
    assert np.array_equal(panel.weights, [1, 5, 7]) and found.has_items("held") and not found.has_items("raw")
    assert set(found.curves()["task"]) == {"held"}


def test_an_item_without_score_is_refused(suite: Suite, tmp_path: Path) -> None:
    found = Evidence(suite, ITEMS)
    found.add("baseline", 1, write_scores(tmp_path / "scores", 1.0, leave_out=("c",)))
    for last in (1, 2):
        with pytest.raises(ContractError, match="baseline, seed 1: some items have no score of `bits_per_byte`"):
            found.panel(["baseline"], [1], ["held"], "bits_per_byte", last, None)
