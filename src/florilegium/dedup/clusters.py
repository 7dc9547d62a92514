"""Which documents are copies of which, and which of them stays. Sees columns of keys, never text.

Keys are taken in order: documents with equal ``url`` keys, then with equal ``text`` keys, are one document. Under
``minhash`` a document goes only where its own estimated Jaccard index with a document that *stays* reaches the bound
(``stars``): what is removed really is a near copy of something kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from florilegium.dedup.arrays import Column, Number, from_fixed_binary
from florilegium.errors import ContractError, RecipeError

By = Literal["url", "text", "minhash"]
Keep = Literal["longest", "earliest", "best"]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SIMILARITY_AT_LEAST = 0.55


@dataclass(frozen=True)
class Keys:
    """The key columns of all documents of a run, in row order; only those that ``by`` names are needed."""

    url: Column | None = None
    text: Column | None = None
    bands: Column | None = None
    low: Column | None = None


@dataclass(frozen=True)
class Clusters:
    """What became of each document, one entry a row."""

    survivor: Rows
    """Row of the document that stands for this one: its own where it is kept, -1 where it was not in."""
    cluster: Rows
    """The survivor's row where the cluster has at least two documents, else -1."""
    size: Rows
    """Documents in the cluster, the survivor included: 1 for a document without copies, 0 where it was not in."""
    removed_by: npt.NDArray[np.int8]
    """Index into ``by`` of the key that removed the document; -1 where it is kept or was not in."""

    @property
    def kept(self) -> Mask:
        """Documents that were in and survive."""
        return np.equal(self.survivor, np.arange(len(self.survivor)))


def preference(keep: Keep, column: Column) -> Rows:
    """Order all rows from the one that should rather survive to the one that should rather go.

    ``longest``: ``column`` is a length, largest first. ``earliest``: a date (ISO text or timestamp), first first.
    ``best``: a signal, highest first. Ties in row order; null and NaN last. Raises RecipeError for another ``keep``.
    """
    if keep not in get_args(Keep):
        raise RecipeError(f"deduplicate: keep is {keep!r}; give one of {', '.join(get_args(Keep))}")
    import pyarrow.compute as pc  # here and for the stars: recipes are checked without Arrow's functions and Numba

    direction = "ascending" if keep == "earliest" else "descending"
    order = pc.sort_indices(pa.table({"by": column}), sort_keys=[("by", direction)])
    return np.asarray(order.to_numpy(), dtype=np.int64)


def find_duplicates(
    keys: Keys,
    prefer: Rows,
    *,
    by: Sequence[By] = ("url", "text", "minhash"),
    among: Mask | None = None,
    similarity_at_least: float = SIMILARITY_AT_LEAST,
) -> Clusters:
    """Cluster the documents in ``among`` (default: all) by each key of ``by`` in turn, and name their survivors.

    ``prefer`` is an order of all rows (``preference``). Each key sees what the keys before it left; a document whose
    survivor falls to a later key goes to that key's survivor. ``similarity_at_least`` bounds the estimated Jaccard
    index of a removed document and its survivor under ``minhash``. Null keys match nothing. The result depends on
    nothing but the columns, their row order and these options.

    Raises RecipeError for an unknown or missing key, ContractError where columns disagree in length or type.
    """
    rows = prefer if among is None else prefer[among[prefer]]
    survivor = np.full(len(prefer), -1, dtype=np.int64)
    survivor[rows] = rows
    removed_by = np.full(len(prefer), -1, dtype=np.int8)
    for index, key in enumerate(by):
        centres = _centres(keys, key, rows, len(prefer), similarity_at_least)
        survivor[rows] = centres
        removed_by[rows[centres != rows]] = index
        rows = rows[centres == rows]
    survivor = _resolve(survivor)
    inside = survivor >= 0
    sizes = np.bincount(survivor[inside], minlength=len(prefer))
    size = np.where(inside, sizes[survivor], 0)
    return Clusters(survivor, np.where(size > 1, survivor, -1), size, removed_by)


def _centres(keys: Keys, key: By, rows: Rows, documents: int, similarity_at_least: float) -> Rows:
    """For each of ``rows`` (best first) give the row that survives for it by one key."""
    if key == "minhash":
        from florilegium.dedup.stars import band_buckets, join_stars

        bands, present = _column(keys.bands, "bands", np.uint64, documents)
        low, _ = _column(keys.low, "low", np.uint8, documents)
        rows_in = rows[present[rows]]
        local = join_stars(band_buckets(bands[rows_in]), low[rows_in], similarity_at_least)
    elif key in ("url", "text"):
        from florilegium.dedup.equal import first_equal

        values, present = _column(keys.url if key == "url" else keys.text, key, np.uint64, documents)
        rows_in = rows[present[rows]]
        local = first_equal(values[rows_in])
    else:
        raise RecipeError(f"deduplicate: by has {key!r}; give any of {', '.join(get_args(By))}")
    centres = rows.copy()
    centres[present[rows]] = rows_in[local]
    return centres


def _column(column: Column | None, name: str, item: type[Number], documents: int) -> tuple[npt.NDArray[Number], Mask]:
    """Unpack one key column, which must be there and as long as the others."""
    if column is None:
        raise RecipeError(f"deduplicate: key column {name!r} is missing; measure it or leave its key out of `by`")
    if len(column) != documents:
        raise ContractError(f"key column {name!r} has {len(column)} rows for {documents} documents; measure again")
    return from_fixed_binary(column, item)


def _resolve(survivor: Rows) -> Rows:
    """Follow survivors that were removed in turn to the document that is kept."""
    while True:
        onward = np.where(survivor >= 0, survivor[survivor], -1)
        if np.array_equal(onward, survivor):
            return survivor
        survivor = onward
