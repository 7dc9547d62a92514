"""What left where and what it cost, stage by stage, from the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from florilegium.run.ledger import OUTCOMES, totals


@dataclass(frozen=True)
class Line:
    """One rule or reason: how many documents it took, of those that came to it."""

    rule: str
    outcome: str
    removed: int
    before: int
    failing: int | None  # whatever else they fail; None in *measure*, where the first reason is the only one
    alone: int | None


@dataclass(frozen=True)
class Part:
    """One stage: documents in and out, seconds, and its rules; ``idle`` are rules that nothing fails."""

    movement: str
    name: str
    came: int
    removed: int
    seconds: float
    lines: tuple[Line, ...]
    idle: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """Documents a second of one worker."""
        return self.came / self.seconds if self.seconds else None


def parts(ledger: pl.DataFrame) -> list[Part]:
    """Give the stages in the order of the flow."""
    came = entering(ledger)
    found = []
    for (movement, stage), rows in totals(ledger).group_by("movement", "stage", maintain_order=True):
        before, lines, idle = came.get((movement, stage), 0), [], []
        start = before
        for row in rows.rows(named=True):
            if row["rule"] is None:
                continue
            decided = movement == "decide"
            taken = [(name, row[name]) for name in OUTCOMES if row[name]]
            if not taken and not row["failing"]:
                idle.append(row["rule"])
            for outcome, removed in taken or ([("rejected", 0)] if row["failing"] else []):
                extra = (row["failing"], row["alone"]) if decided else (None, None)
                lines.append(Line(row["rule"], outcome, removed, before, *extra))
                before -= removed
        seconds = float(rows["seconds"].sum())
        found.append(Part(str(movement), str(stage), start, start - before, seconds, tuple(lines), tuple(idle)))
    return found


def entering(ledger: pl.DataFrame) -> Mapping[tuple[object, ...], int]:
    """Give for each (movement, stage) how many documents came to it."""
    first = ledger.group_by("movement", "stage", "task", maintain_order=True).agg(pl.col("documents_in").first())
    summed = first.group_by("movement", "stage").agg(pl.col("documents_in").sum())
    return {(row["movement"], row["stage"]): row["documents_in"] for row in summed.rows(named=True)}
