"""Which documents are shown: chosen by a hash of their ids, from few row groups, so that a page is always the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from florilegium.report.page.limits import Floats, Limits
from florilegium.run.view import View

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Documents shown for each rule and kind.
KEPT, BORDER, DROPPED = 3, 2, 3
#: What is read first: row groups with so many documents, or so many bytes of text, at most.
_DOCUMENTS, _TEXT_BYTES = 60_000, 200_000_000


class Lot:
    """Draws rows: first from a few row groups, and only where these have too few from the next, so that texts of few
    row groups need to be read."""

    def __init__(self, view: View, ids: pl.Series) -> None:
        self.order = np.fromiter((crc32(name.encode()) for name in ids), np.uint32, len(ids))
        groups = view.row_groups
        turn = sorted(range(len(groups)), key=lambda number: (crc32(f"{number}/{groups[number][0]}".encode()), number))
        self.turn = np.zeros(len(ids), dtype=np.uint64)  # 0: read anyway
        documents = size = 0
        for position, number in enumerate(turn):
            start, rows, text = groups[number]
            documents, size = documents + rows, size + text
            if position and (documents > _DOCUMENTS or size > _TEXT_BYTES):
                self.turn[start : start + rows] = position

    def draw(self, rows: Rows, number: int, salt: str) -> Rows:
        """Give ``number`` of some rows; other rows for another ``salt``."""
        key = (self.turn[rows] << np.uint64(32)) | self._mixed(rows, salt)
        return rows[_least(key, number)]

    def nearest(self, rows: Rows, distance: Floats, number: int, salt: str) -> Rows:
        """Give the rows of the least finite distance, as far as they are read anyway."""
        here = np.isfinite(distance) & (self.turn[rows] == 0)
        if not here.any():
            here = np.isfinite(distance)
        rows, distance = rows[here], distance[here]
        if len(rows) > number:
            close = distance <= np.partition(distance, number - 1)[number - 1]
            rows, distance = rows[close], distance[close]
        return rows[np.lexsort((self._mixed(rows, salt), distance))[:number]]

    def _mixed(self, rows: Rows, salt: str) -> NDArray[np.uint64]:
        mixed = (self.order[rows] ^ np.uint32(crc32(salt.encode()))) * np.uint32(0x9E3779B1)
        return (mixed ^ (mixed >> np.uint32(15))).astype(np.uint64)


def _least(key: NDArray[np.uint64], number: int) -> NDArray[np.intp]:
    """Give the places of the ``number`` smallest keys, in their order."""
    places = np.argpartition(key, number)[:number] if len(key) > number else np.arange(len(key))
    chosen: NDArray[np.intp] = places[np.argsort(key[places], kind="stable")]
    return chosen


@dataclass(frozen=True)
class Picked:
    """The rows that show what one rule does; ``values`` are those of the rule's signal, by row."""

    rule: str
    kept: tuple[int, ...]
    passing: tuple[int, ...]  # nearest the bound
    failing: tuple[int, ...]
    dropped: tuple[int, ...]
    values: dict[int, float]
    bounds: dict[int, str]

    @property
    def rows(self) -> tuple[int, ...]:
        """All rows."""
        return (*self.kept, *self.passing, *self.failing, *self.dropped)


def pick(limits: Limits, values: Floats, kept: Mask, failing: Rows, lot: Lot) -> Picked:
    """Choose documents that show a rule: kept ones, the nearest on either side of the bound, and dropped ones."""
    rule = limits.rule.id
    passes = np.isfinite(values) & (limits.which >= 0)
    passes[failing] = False
    passing = np.flatnonzero(passes)
    near = lot.nearest(passing, limits.distance(values, passing), BORDER, rule)
    over = lot.nearest(failing, limits.distance(values, failing), BORDER, rule)
    stays = lot.draw(_without(passing[kept[passing]], near), KEPT, rule)
    goes = lot.draw(_without(failing, over), DROPPED, rule)
    shown = np.concatenate([stays, near, over, goes]).tolist()
    bounds = {row: limits.limits[limits.which[row]].words for row in shown if limits.which[row] >= 0}
    found = {row: float(values[row]) for row in shown}
    return Picked(rule, _tuple(stays), _tuple(near), _tuple(over), _tuple(goes), found, bounds)


def _tuple(rows: Rows) -> tuple[int, ...]:
    return tuple(int(row) for row in rows)


def _without(rows: Rows, others: Rows) -> Rows:
    return rows[~np.isin(rows, others)]


@dataclass(frozen=True)
class Reason:
    """One rule that a document fails."""

    rule: str
    value: float | None
    bound: str


@dataclass(frozen=True)
class Document:
    """One document as the page shows it."""

    id: str
    url: str | None
    language: str | None
    text: str
    kept: bool
    survivor: str | None
    reasons: tuple[Reason, ...]


def read_documents(view: View, rows: Sequence[int], fates: pl.DataFrame, failures: pl.DataFrame) -> dict[int, Document]:
    """Read documents with their texts and all their reasons. ``fates`` has ``row``, ``id``, ``kept``, ``survivor``."""
    wanted = sorted(set(rows))
    reasons: dict[int, list[Reason]] = {}
    for row in failures.filter(pl.col("row").is_in(wanted)).rows(named=True):
        reasons.setdefault(row["row"], []).append(Reason(str(row["rule"]), row["value"], str(row["bound"])))
    names = [name for name in ("text", "url", "language") if name in view.columns]
    found = view.values(wanted, names).rows(named=True)
    chosen = fates[wanted].rows(named=True)
    return {
        row: Document(
            fate["id"], facts.get("url"), facts.get("language"), facts.get("text") or "", fate["kept"],
            fate["survivor"], tuple(reasons.get(row, ())),
        )
        for row, facts, fate in zip(wanted, found, chosen, strict=True)
    }  # fmt: skip
