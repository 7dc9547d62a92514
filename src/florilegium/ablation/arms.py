"""Arms: which documents each of them keeps, and the controls that drop as much at random.

An arm is one more decision over measured documents. Documents are known by their ids, so arms over other measurements
(another extractor, other cleaning) are coupled with the rest as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from florilegium.ablation.asked import BASELINE, Asked
from florilegium.ablation.draw import Keys, Mask, Rows, Taken, drop_at_random, in_order, keys_of, shares_kept, take
from florilegium.errors import RecipeError

Role = Literal["baseline", "arm", "random_drop", "aa"]


@dataclass(frozen=True)
class Pool:
    """The documents of a measured folder, with their tokens."""

    tokens: Path  # folder of tokens
    tasks: int
    content: str  # what the tokens are made of
    keys: Keys
    lengths: Rows  # tokens of each document


@dataclass(frozen=True)
class Corpus:
    """What the baseline or an arm keeps of its pool."""

    name: str
    pool: Pool
    kept: Mask

    @property
    def documents(self) -> int:
        """Give the number of documents."""
        return int(self.kept.sum())

    @property
    def tokens(self) -> int:
        """Give the number of tokens, with the one before each document."""
        return int((self.pool.lengths[self.kept] + 1).sum())


@dataclass(frozen=True)
class Trained:
    """An arm as it is trained: itself, or a random drop of the baseline that has its shares."""

    name: str
    role: Role
    about: str
    corpus: Corpus  # of an arm its own, of a control the baseline's
    keep: NDArray[np.float64] | None = None  # a control: the share kept in each class of length
    of: str | None = None  # the arm whose shares a control has

    def kept(self, seed: int) -> Mask:
        """Give the documents that it may draw from with a seed: a control chooses anew with each."""
        if self.keep is None:
            return self.corpus.kept
        pool = self.corpus.pool
        return drop_at_random(self.corpus.kept, pool.lengths, self.keep, pool.keys, seed, self.name)

    def available(self, seed: int) -> int:
        """Give the tokens that it may draw from with a seed."""
        kept = self.kept(seed)
        return int((self.corpus.pool.lengths[kept] + 1).sum())

    def taken(self, seed: int, tokens: int, *, coupled: bool = True) -> Taken:
        """Give what it trains on with a seed. Uncoupled arms take their documents in an order of their own."""
        order = "order" if coupled else f"order of {self.name}"
        pool, kept = self.corpus.pool, self.kept(seed)
        require_documents({self.name: kept})
        return take(
            in_order(kept, pool.keys, seed, order),
            pool.lengths,
            tokens,
            lambda number: in_order(kept, pool.keys, seed, f"{order}, pass {number}"),
        )


def read_kept(decided: Path, tasks: int) -> tuple[list[str], Mask]:
    """Read ids and decisions of all documents of a decided folder, in row order."""
    paths = [decided / f"{task:05d}.parquet" for task in range(tasks)]
    table = pl.scan_parquet(paths, glob=False, hive_partitioning=False).select("id", "kept").collect()
    return table["id"].to_list(), table["kept"].to_numpy()


def require_documents(kept: Mapping[str, Mask]) -> None:
    """Raise RecipeError for an arm that keeps nothing."""
    for name, mask in kept.items():
        if not mask.any():
            raise RecipeError(
                f"`{name}` keeps no document of the pool: there is nothing to train on. Loosen its rules."
            )


def pool_of(tokens: Path, tasks: int, content: str, ids: Sequence[str], lengths: Rows) -> Pool:
    """Make a pool of documents and their tokens."""
    return Pool(tokens, tasks, content, keys_of(ids), lengths)


def line_up(asked: Asked, corpora: Mapping[str, Corpus]) -> list[Trained]:
    """Give everything that is trained: baseline, arms, their random drops, the A/A pair.

    The A/A pair of an arm is its random drop and a second one by another hash; both drop alike and differ by chance
    alone.
    """
    base = corpora[BASELINE]
    lined = [Trained(BASELINE, "baseline", "the base recipe", base)]
    lined += [Trained(arm.name, "arm", arm.about, corpora[arm.name]) for arm in asked.arms]
    shares = {arm.name: _shares(base, corpora[arm.name]) for arm in asked.arms}
    dropping = [name for name, keep in shares.items() if (keep < 1).any()]
    wanted = (
        dropping if asked.controls.random_drop == "all" else [n for n in dropping if n in asked.controls.random_drop]
    )
    for name in wanted:
        lined.append(Trained(f"random_{name}", "random_drop", f"drops as {name}, at random", base, shares[name], name))
    twin = asked.controls.aa if asked.controls.aa is not None else next(iter(dropping), 0.1)
    if isinstance(twin, str) and twin in dropping:
        first = f"random_{twin}"
        if twin not in wanted:
            lined.append(Trained(first, "random_drop", f"drops as {twin}, at random", base, shares[twin], twin))
        lined.append(Trained(f"{first}_again", "aa", f"drops as {twin}, by another hash", base, shares[twin], twin))
    else:
        share = twin if isinstance(twin, float) else 0.1  # an arm that drops nothing has no share to copy
        for name in ("aa_1", "aa_2"):
            keep = np.full_like(next(iter(shares.values())), 1 - share)
            lined.append(Trained(name, "aa", f"drops {share:.0%} at random", base, keep))
    return lined


def aa_pair(lined: Sequence[Trained]) -> tuple[str, str]:
    """Name the two arms of the A/A pair."""
    pair = [each.name for each in lined if each.role == "aa"]
    if len(pair) == 1:  # its other half is the random drop of the same arm
        pair.insert(0, pair[0].removesuffix("_again"))
    return pair[0], pair[1]


def _shares(base: Corpus, arm: Corpus) -> NDArray[np.float64]:
    """Give the shares that a random drop copies: the documents that the arm keeps, of the baseline's, by length."""
    return shares_kept(base.kept, base.pool.lengths, arm.pool.lengths[arm.kept])
