"""The step ``deduplicate``: of each cluster of copies among the documents still in, one survives."""

from typing import Literal

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from florilegium.dedup.clusters import SIMILARITY_AT_LEAST, By, Keep, Keys, find_duplicates, preference
from florilegium.recipe.options import Options
from florilegium.run.decisions import Deciding, Decision, Verdict

#: Key -> the columns that hold it, by the names that ``Keys`` gives them.
_COLUMNS: dict[By, dict[str, str]] = {
    "url": {"url": "key.url"},
    "text": {"text": "key.text"},
    "minhash": {"bands": "minhash.bands", "low": "minhash.low"},
}


class Best(Options):
    """Of the copies, the one with the highest value of a signal."""

    best: str


class DeduplicateOptions(Options):
    """Which copies are looked for, in which order, and which of a cluster survives."""

    by: tuple[By, ...] = Field(("url", "text", "minhash"), min_length=1)
    keep: Literal["longest", "earliest"] | Best = Field(
        "longest", description="`longest` (bytes of text), `earliest` (date), or `{best: <signal>}` (highest value)."
    )
    similarity_at_least: float = Field(
        SIMILARITY_AT_LEAST,
        ge=0,
        le=1,
        description="Smallest estimated Jaccard index of a copy and its survivor (minhash).",
    )

    @model_validator(mode="after")
    def _once(self) -> "DeduplicateOptions":
        if len(set(self.by)) != len(self.by):
            raise ValueError("`by` names a key twice")
        return self


class Deduplicate(Decision):
    """Cluster what the steps above kept, from stored keys and signatures; re-deciding re-clusters, without text.

    A removed copy fails the rule ``<step>.<key>``; its value is the number of documents in the cluster.
    """

    kind = "deduplicate"
    OPTIONS = DeduplicateOptions
    compiled = ("florilegium.dedup.stars",)

    @property
    def _keys(self) -> dict[str, str]:
        return {part: column for key in self.options.by for part, column in _COLUMNS[key].items()}

    @property
    def _preferred(self) -> tuple[Keep, str]:
        keep = self.options.keep
        if isinstance(keep, Best):
            return "best", keep.best
        return ("longest", "text_bytes") if keep == "longest" else ("earliest", "date")

    @property
    def reads(self) -> tuple[str, ...]:
        return (*self._keys.values(), self._preferred[1])

    @property
    def numbers(self) -> tuple[str, ...]:
        """Give the columns that must hold numbers."""
        return (self.options.keep.best,) if isinstance(self.options.keep, Best) else ()

    def apply(self, state: Deciding) -> None:
        keep, column = self._preferred
        clusters = find_duplicates(
            Keys(**{part: state.columns[name] for part, name in self._keys.items()}),
            preference(keep, state.columns[column]),
            by=self.options.by,
            among=state.alive,
            similarity_at_least=self.options.similarity_at_least,
        )
        for number, key in enumerate(self.options.by):
            rows = np.flatnonzero(clusters.removed_by == number)
            sizes = clusters.size[rows].astype(np.float64)
            bounds = pa.repeat(pa.scalar("cluster of 1"), len(rows))
            state.fail(self.name, Verdict(f"{self.name}.{key}", rows, sizes, bounds))
        inside = clusters.survivor >= 0
        state.stand_for(np.where(inside, clusters.survivor, np.arange(len(inside))))
