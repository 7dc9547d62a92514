"""Languages, hosts, sources and files: in, kept, share, bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from florilegium.run.view import View

#: Rows of a table; the rest is summed up in one more.
MOST = 30
#: Scheme, userinfo, host of an address.
_HOST = r"^[A-Za-z][A-Za-z0-9+.\-]*://(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]+)"


@dataclass(frozen=True)
class Group:
    """One language, host, source or file."""

    name: tuple[str, ...]
    came: int
    kept: int
    text_bytes: int  # of what is kept


@dataclass(frozen=True)
class Table:
    """The largest groups, and what the others add up to."""

    groups: tuple[Group, ...]
    others: int
    rest: Group | None
    names: tuple[str, ...]


def languages(view: View, fates: pl.DataFrame) -> Table | None:
    """Group the measured documents by language and script; None where no stage identified them."""
    names = [name for name in ("language", "script") if name in view.columns]
    if "language" not in names:
        return None
    return _table(fates.with_columns(view.documents(names).select(names)), names)


def hosts(view: View, fates: pl.DataFrame, left: pl.DataFrame) -> Table | None:
    """Group all records by the host of their address; None where no record has one."""
    host = pl.col("url").str.extract(_HOST, 1).str.to_lowercase().alias("host")
    frame = _together(fates, view.documents(["url"]).select(host), left.select(host)).drop_nulls("host")
    return _table(frame, ["host"]) if frame.height else None


def places(view: View, fates: pl.DataFrame, left: pl.DataFrame, names: list[str]) -> Table:
    """Group all records by source, or by source and file."""
    return _table(_together(fates, view.documents(names).select(names), left.select(names)), names)


def _together(fates: pl.DataFrame, measured: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Put the names of measured documents and of those that left under one another, with their fates."""
    lost = gone.with_columns(pl.lit(False).alias("kept"), pl.lit(0, pl.Int64).alias("text_bytes"))
    return pl.concat([measured.with_columns(fates), lost], how="vertical")


def _table(frame: pl.DataFrame, names: Sequence[str]) -> Table:
    grouped = (
        frame.group_by(names)
        .agg(
            pl.len().cast(pl.Int64).alias("came"),
            pl.col("kept").sum().cast(pl.Int64),
            pl.col("text_bytes").filter("kept").sum().alias("bytes"),
        )
        .sort(["came", *names], descending=[True, *[False] * len(names)], nulls_last=True)
    )
    shown, rest = grouped.head(MOST), grouped.tail(max(grouped.height - MOST, 0))
    groups = tuple(
        Group(tuple(row[name] or "–" for name in names), row["came"], row["kept"], row["bytes"])
        for row in shown.rows(named=True)
    )
    summed = Group((), int(rest["came"].sum()), int(rest["kept"].sum()), int(rest["bytes"].sum()))
    return Table(groups, rest.height, summed if rest.height else None, tuple(names))
