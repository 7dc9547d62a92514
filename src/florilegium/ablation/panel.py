"""What the statistics see: one number for each arm, seed and item of a benchmark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from florilegium.errors import ContractError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """Scores of all arms on the same items with the same seeds.

    ``values`` has the shape (arms, seeds, items) and is oriented so that higher is better (bits per byte are negated).
    ``weights`` (items), such as the bytes of a document, weigh items within their stratum. ``stratum`` (items) are the
    fixed parts over which the score is balanced, such as domains; ``cluster`` (items) are the units that were sampled,
    such as works: two items of one cluster are not independent.
    Raises ContractError where shapes disagree or a value is not finite.
    """

    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    values: Floats
    weights: Floats
    stratum: NDArray[np.int64]
    cluster: NDArray[np.int64]

    def __post_init__(self) -> None:
        items = self.values.shape[-1] if self.values.ndim == 3 else -1
        if self.values.shape != (len(self.arms), len(self.seeds), items) or not items:
            raise ContractError(
                f"a panel of {len(self.arms)} arms and {len(self.seeds)} seeds has values of shape {self.values.shape}"
            )
        for name in ("weights", "stratum", "cluster"):
            if getattr(self, name).shape != (items,):
                raise ContractError(f"a panel of {items} items has `{name}` of shape {getattr(self, name).shape}")
        if not np.isfinite(self.values).all() or not (self.weights > 0).all():
            raise ContractError("a panel has scores that are not finite, or items without weight")

    @property
    def influence(self) -> Floats:
        """Give what one unit of each item adds to the score: its weight in its stratum, over the number of strata."""
        _, stratum = np.unique(self.stratum, return_inverse=True)
        totals = np.bincount(stratum, self.weights)
        return np.asarray(self.weights / totals[stratum] / len(totals), dtype=np.float64)

    @property
    def scores(self) -> Floats:
        """Give the score of each arm and seed (arms, seeds): the mean over strata of the weighted mean of their
        items."""
        return np.asarray(self.values @ self.influence, dtype=np.float64)

    def where(self, items: NDArray[np.bool_]) -> "Panel":
        """Give the panel of some items."""
        return Panel(
            self.arms, self.seeds, self.values[:, :, items], self.weights[items], self.stratum[items],
            self.cluster[items],
        )  # fmt: skip
