"""Ids of documents: a choice of them that is always the same, and what to say of one that is not there."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import takewhile

import polars as pl

from florilegium.errors import FlorilegiumError
from florilegium.report.lines import short


def mixed(ids: Sequence[str]) -> list[bytes]:
    """Give for each id a hash to order by: a fair choice that does not change with machine, version or limit."""
    return [blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest() for identity in ids]


def choose(frame: pl.DataFrame, most: int, first: str | None = None) -> pl.DataFrame:
    """Choose rows of a frame with ``id``: those with the lowest ``first``, and of equals a fair choice."""
    if most <= 0:
        return frame.clear()
    if first is not None and frame.height > most:
        highest = frame[first].bottom_k(most).max()
        frame = frame.filter(pl.col(first) <= highest)
    order = ([first] if first else []) + ["_mixed", "id"]
    return (
        frame.with_columns(_mixed=pl.Series(mixed(frame["id"].to_list()), dtype=pl.Binary))
        .sort(order)[:most]
        .drop("_mixed")
    )


def unknown(run: object, ids: pl.Series, wanted: str) -> FlorilegiumError:
    """Make the error for an id that the run does not have, with those that come nearest."""
    begun = ids.filter(ids.str.starts_with(wanted)) if wanted else ids.clear()
    beside = (ids.filter(ids < wanted).max(), ids.filter(ids > wanted).min())  # these share most of the beginning
    near = [identity for identity in beside if isinstance(identity, str)]
    near = [identity for identity in near if _common(identity, wanted) * 2 >= len(wanted) > 3]
    found = begun.unique().sort()[:3].to_list() or near
    hint = f"Did you mean {' or '.join(short(item) for item in found)}?" if found else "Ids begin with their source."
    more = f" ({begun.n_unique():,} ids begin so)" if begun.n_unique() > 3 else ""
    return FlorilegiumError(f"{run}: no document is called {short(repr(wanted))}. {hint}{more}")


def _common(one: str, other: str) -> int:
    """Count the letters with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
