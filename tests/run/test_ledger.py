"""The ledger adds up or says where it does not."""

from typing import Any

import pytest

from florilegium.errors import ContractError
from florilegium.run.ledger import ledger_table, totals


def row(stage: str, rule: str | None, came: int, kept: int, task: int = 0, **gone: int) -> dict[str, Any]:
    numbers = {"rejected": 0, "gated": 0, "quarantined": 0} | gone
    return {
        "movement": "measure",
        "task": task,
        "stage": stage,
        "rule": rule,
        "documents_in": came,
        "kept": kept,
        "seconds": 1.0,
        **numbers,
    }


def test_rows_are_summed_over_tasks_in_order_of_the_flow() -> None:
    table = ledger_table(
        [
            row("read", "empty", 10, 8, rejected=2),
            row("gate", "language", 8, 5, gated=3),
            row("read", None, 4, 4, task=1),
            row("gate", "language", 4, 3, task=1, gated=1),
        ]
    )
    summed = totals(table)
    assert summed["rule"].to_list() == ["empty", "language"]
    assert summed["gated"].to_list() == [0, 4]
    assert summed["seconds"].to_list() == [2.0, 2.0]


def test_a_row_that_does_not_add_up() -> None:
    with pytest.raises(ContractError, match="does not add up"):
        ledger_table([row("read", "empty", 10, 9, rejected=2)])


def test_a_gap_between_rows() -> None:
    with pytest.raises(ContractError, match="gap"):
        ledger_table([row("read", None, 10, 10), row("gate", "language", 9, 9)])
