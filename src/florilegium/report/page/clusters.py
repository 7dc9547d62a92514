"""Clusters of copies: how large they are, the largest of them, and pairs of survivor and copy."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from florilegium.report.page.samples import Lot

#: Clusters that are listed, and pairs that are compared.
LARGEST, PAIRS = 10, 10


@dataclass(frozen=True)
class Band:
    """Clusters of similar size."""

    sizes: str
    clusters: int
    documents: int


@dataclass(frozen=True)
class Large:
    """One of the largest clusters."""

    row: int
    survivor: str
    size: int
    kept: bool


@dataclass(frozen=True)
class Clusters:
    """All clusters of a run."""

    number: int
    copies: int
    bands: tuple[Band, ...]
    largest: tuple[Large, ...]


@dataclass(frozen=True)
class Pair:
    """Rows of a copy and of the document that stands for it, and how they were found to be alike."""

    copy: int
    survivor: int
    rule: str


_BANDS = ((2, 2), (3, 3), (4, 5), (6, 10), (11, 100), (101, 1000), (1001, None))


def clusters(fates: pl.DataFrame) -> Clusters:
    """Count clusters; ``fates`` has ``row``, ``id``, ``kept``, ``cluster_size``, ``survivor``."""
    heads = fates.filter((pl.col("cluster_size") > 1) & pl.col("survivor").is_null())
    bands = []
    for low, high in _BANDS:
        sizes = heads.filter(pl.col("cluster_size").is_between(low, high or 2**31 - 1))["cluster_size"]
        if len(sizes):
            name = f"{low:,}" if low == high else f"{low:,} to {high:,}" if high else f"over {low - 1:,}"
            bands.append(Band(name, len(sizes), int(sizes.cast(pl.Int64).sum())))
    first = heads.sort(["cluster_size", "row"], descending=[True, False]).head(LARGEST)
    largest = tuple(Large(row["row"], row["id"], row["cluster_size"], row["kept"]) for row in first.rows(named=True))
    return Clusters(heads.height, int(fates["survivor"].is_not_null().sum()), tuple(bands), largest)


def pairs(fates: pl.DataFrame, lot: Lot) -> list[Pair]:
    """Choose copies to compare with their survivors: of every way of being found alike, never two of a cluster."""
    copies = fates.filter(pl.col("survivor").is_not_null())
    by_rule = sorted(((str(rule), rows["row"]) for (rule,), rows in copies.group_by("rule")), key=lambda item: item[0])
    each = -(-PAIRS // max(len(by_rule), 1))
    chosen: dict[str, tuple[int, str]] = {}  # id of the survivor -> row of the copy, rule
    for rule, rows in by_rule:
        drawn = fates[lot.draw(np.sort(rows.to_numpy()), 4 * each, rule)]
        fresh = drawn.unique("survivor", keep="first", maintain_order=True).filter(
            ~pl.col("survivor").is_in(list(chosen))
        )
        chosen |= {row["survivor"]: (row["row"], rule) for row in fresh.head(each).rows(named=True)}
    survivors = fates.filter(pl.col("id").is_in(list(chosen))).select("id", "row")
    place = dict(survivors.iter_rows())
    return [Pair(copy, place[survivor], rule) for survivor, (copy, rule) in chosen.items()][:PAIRS]
