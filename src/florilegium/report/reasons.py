"""The reasons for which documents of a run left or were dropped: their names, how many each took, and how one is asked
for by a rule, a rule set, a step or an outcome."""

from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

import polars as pl

from florilegium.documents import Outcome
from florilegium.errors import FlorilegiumError
from florilegium.run.account import account_decided
from florilegium.run.ledger import totals
from florilegium.run.shards import read_done
from florilegium.run.view import View


@dataclass(frozen=True)
class Reason:
    """One rule with what it took. ``failing`` and ``alone`` are null for reasons of *measure*, which are first ones."""

    movement: str
    stage: str
    rule: str
    outcome: str
    removed: int
    failing: int | None = None
    alone: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Give the fields."""
        return asdict(self)


def reasons(view: View) -> list[Reason]:
    """Give every reason of a run in the order of the flow, those of *decide* also where they took nothing."""
    left = view.left(["stage", "rule", "outcome"])
    counted = left.group_by("stage", "rule", "outcome").len()
    order = {stage: number for number, stage in enumerate(_stages(view))}
    rows = sorted(counted.rows(), key=lambda row: (order.get(row[0], len(order)), -row[3], row[1]))
    found = [Reason("measure", stage, rule, outcome, many) for stage, rule, outcome, many in rows]
    ledger, _ = account_decided(view.decided, len(view.tasks))
    for row in totals(ledger).rows(named=True):
        if row["rule"] is not None:
            numbers = (row["rejected"], row["failing"], row["alone"])
            found.append(Reason("decide", row["stage"], row["rule"], "dropped", *numbers))
    return found


def reasons_of(view: View, rows: pl.Series) -> dict[int, list[dict[str, Any]]]:
    """Give for some rows every rule that each fails: ``rule``, ``value``, ``bound``, in the order of the rules."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in view.failures().filter(pl.col("row").is_in(rows.implode())).rows(named=True):
        found.setdefault(row.pop("row"), []).append(row)
    return found


def _stages(view: View) -> list[str]:
    body = read_done(view.measured, 0) if view.tasks else None
    return [stage["stage"] for stage in body["facts"].get("stages", ())] if body else []


@dataclass(frozen=True)
class Asked:
    """What a name stands for: rules of *decide*, or those that left during *measure* by rule, stage or outcome."""

    name: str
    rules: tuple[str, ...]
    leaves: bool

    @property
    def left(self) -> pl.Expr:
        """Select the documents that left during measure by it."""
        return pl.any_horizontal(pl.col(column) == self.name for column in ("rule", "stage", "outcome"))


def ask(view: View, name: str) -> Asked:
    """Find out what a name stands for. Raises FlorilegiumError, with the nearest names, where it is none."""
    body = read_done(view.decided, 0) if view.tasks else None
    decided = [(step, rule) for step, rule in body["facts"]["rules"]] if body else []
    rules = tuple(rule for step, rule in decided if rule == name or step == name or rule.startswith(f"{name}."))
    left = view.left(["stage", "rule", "outcome"]).unique()
    known = {*_stages(view), *map(str, Outcome), *left["stage"], *left["rule"]}
    if rules or name in known:
        return Asked(name, rules, name in known)
    names = sorted({*known, *(step for step, _ in decided), *(rule for _, rule in decided)})
    short = {rule.rpartition(".")[2]: rule for _, rule in reversed(decided)}
    near = get_close_matches(name, names, n=3, cutoff=0.6)
    near = near or [short[word] for word in get_close_matches(name.rpartition(".")[2], short, n=3, cutoff=0.6)]
    hint = f"did you mean {' or '.join(f'`{item}`' for item in near)}?" if near else "see them all without --rule."
    raise FlorilegiumError(f"{view.folder.path}: no rule, stage or outcome is called `{name:.100}`; {hint}")
