"""Distances to a bound: of every form, by language, for both sides; checked against the plain definition."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from florilegium.report.near import distances
from florilegium.rules.decision import Rules, RulesOptions
from florilegium.rules.model import Rule
from florilegium.run.decided import Decide
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan
from florilegium.run.view import View
from tests.run.measured import Row, measured

COUNTS = [0, 3, 5, 5, 8, 13, None, 21]
ROWS: list[Row] = [
    {"id": f"d/{n}", "a.count": count, "language": "de" if n % 2 else "sr", "script": None if n % 2 else "Cyrl"}
    for n, count in enumerate(COUNTS)
]


def near(folder: Path, **bound: Any) -> list[tuple[int, float, str, bool]]:
    """Decide by one rule; give row, distance, bound and whether it fails."""
    written = {"id": "r.a", "signal": "a.count", **bound}
    measured(folder / "measured-m", ROWS[:3], ROWS[3:])
    (folder / "decided-d").mkdir()
    step = Rules(RulesOptions.model_validate([written]), "rules")
    list(Decide(folder / "measured-m", 2, folder / "decided-d", [step], "").run(None))
    view = View(RunFolder(folder), Plan("x", (), ((), ()), None, {}, "m", "d", "r"))
    failing = view.failures()["row"]
    rows = distances(view, Rule.model_validate(written), pl.Series(failing, dtype=pl.Int64))
    return [(row["row"], row["distance"], row["bound"], row["fails"]) for row in rows.rows(named=True)]


@pytest.mark.parametrize(
    ("bound", "limits", "shown", "fails"),
    [
        ({"at_least": 5}, [5], ">= 5", lambda count: count < 5),
        ({"above": 5}, [5], "> 5", lambda count: count <= 5),
        ({"at_most": 5}, [5], "<= 5", lambda count: count > 5),
        ({"below": 5}, [5], "< 5", lambda count: count >= 5),
        ({"between": [4, 10]}, [4, 10], "between 4 and 10", lambda count: not 4 <= count <= 10),
        ({"keep_top": 0.4}, [8], ">= 8 (top 0.4)", lambda count: count < 8),
    ],
)
def test_every_form_of_bound(tmp_path: Path, bound: Any, limits: list[float], shown: str, fails: Any) -> None:
    wanted = [
        (row, min(abs(count - limit) for limit in limits), shown, fails(count))
        for row, count in enumerate(COUNTS)
        if count is not None
    ]
    assert near(tmp_path, **bound) == wanted


def test_bound_by_language_and_script(tmp_path: Path) -> None:
    found = near(tmp_path, at_least={"sr-Cyrl": 10, "de": 4})
    assert [(row, distance) for row, distance, _, _ in found] == [
        (0, 10),
        (1, 1),
        (2, 5),
        (3, 1),
        (4, 2),
        (5, 9),
        (7, 17),
    ]
    assert {bound for _, _, bound, _ in found} == {">= 10", ">= 4"}
    assert [row for row, _, _, fails in found if fails] == [0, 1, 2, 4]


def test_language_without_a_bound_is_left_out(tmp_path: Path) -> None:
    assert [row for row, *_ in near(tmp_path, at_least={"de": 4})] == [1, 3, 5, 7]
