"""Which documents an arm trains on, in which order: coupled, so that arms differ only where their rules differ.

Each document has one position per seed, a hash of its id. Every arm takes what it keeps in that order up to the budget
of tokens. A control that drops at random chooses by other hashes of the same ids.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import xxhash
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Classes of length within which a random control drops the same shares as its arm.
LENGTH_CLASSES = 20


def keys_of(ids: Sequence[str]) -> Keys:
    """Give the key of each document: 64 bits of xxHash of its id."""
    return np.fromiter(
        (xxhash.xxh3_64_intdigest(each.encode("utf-8", "surrogatepass")) for each in ids), np.uint64, len(ids)
    )


def _mixed(values: Keys) -> Keys:
    """Mix 64-bit numbers (the finaliser of splitmix64, Steele et al. 2014): a bijection whose bits look random."""
    with np.errstate(over="ignore"):
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))


def positions(keys: Keys, seed: int, purpose: str) -> Keys:
    """Give the position of each document for a seed and a purpose (``order``, or the name of a control)."""
    salt = int.from_bytes(sha256(f"{seed}\0{purpose}".encode()).digest()[:8], "little")
    return _mixed(keys ^ np.uint64(salt))


def in_order(kept: Mask, keys: Keys, seed: int, purpose: str = "order") -> Rows:
    """Give the rows of the kept documents by position; equal positions by row."""
    rows = np.flatnonzero(kept)
    return rows[np.argsort(positions(keys[rows], seed, purpose), kind="stable")]


@dataclass(frozen=True)
class Taken:
    """What a budget takes: rows in order, and how often the documents were gone through (1: not all, or just once)."""

    rows: Rows
    repeats: float


def take(ordered: Rows, lengths: Rows, tokens: int, again: Callable[[int], Rows]) -> Taken:
    """Take documents in order until they hold ``tokens`` tokens (with one more before each). Where they do not suffice
    they are gone through again, in another order each time (``again``, from 1 on): a step of training looks at several
    places of the whole at once, which must not be the same ones. Raises ValueError where there is no document."""
    if not len(ordered):
        raise ValueError("no document to take")
    whole = int((lengths[ordered] + 1).sum())
    rounds, rest = divmod(tokens, whole)
    passes = [ordered, *(again(number) for number in range(1, rounds + (rest > 0)))]
    if rest:
        passes[-1] = passes[-1][: int(np.searchsorted(np.cumsum(lengths[passes[-1]] + 1), rest)) + 1]
    return Taken(np.concatenate(passes), tokens / whole)


def length_classes(sizes: Rows, of: Mask) -> NDArray[np.int64]:
    """Give the class of length of each document: quantiles of the sizes of the documents in ``of``."""
    edges = np.quantile(sizes[of], np.linspace(0, 1, LENGTH_CLASSES + 1)[1:-1]) if of.any() else np.zeros(0)
    return np.searchsorted(edges, sizes, side="right")


def drop_at_random(base: Mask, sizes: Rows, keep: NDArray[np.float64], keys: Keys, seed: int, purpose: str) -> Mask:
    """Keep of ``base`` in each class of length the share ``keep`` (a number for each class), chosen by hash."""
    classes = length_classes(sizes, base)
    kept = np.zeros_like(base)
    for number in range(LENGTH_CLASSES):
        rows = in_order(base & (classes == number), keys, seed, purpose)
        kept[rows[: round(len(rows) * min(1.0, float(keep[number])))]] = True
    return kept


def shares_kept(base: Mask, sizes: Rows, arm_sizes: Rows) -> NDArray[np.float64]:
    """Give for each class of length how many documents an arm keeps (``arm_sizes``, their sizes) of each in ``base``.
    A class without documents of the base has the share 1."""
    if not base.any():
        return np.ones(LENGTH_CLASSES)
    edges = np.quantile(sizes[base], np.linspace(0, 1, LENGTH_CLASSES + 1)[1:-1])
    there = np.bincount(np.searchsorted(edges, sizes[base], side="right"), minlength=LENGTH_CLASSES)
    here = np.bincount(np.searchsorted(edges, arm_sizes, side="right"), minlength=LENGTH_CLASSES)
    return np.where(there > 0, here / np.maximum(there, 1), 1.0)
