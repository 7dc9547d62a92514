"""The step ``deduplicate``: of each cluster of copies among the documents still in, one survives."""

from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from florilegium.dedup.clusters import SIMILARITY_AT_LEAST, By, Keys, find_duplicates, preference
from florilegium.recipe.options import Options
from florilegium.run.decisions import Deciding, Decision, Verdict, same_bound

_COLUMNS = {"url": ("key.url",), "text": ("key.text",), "minhash": ("minhash.bands", "minhash.low")}


class DeduplicateOptions(Options):
    """Which copies are looked for, in which order, and which of a cluster survives."""

    by: tuple[By, ...] = Field(("url", "text", "minhash"), min_length=1)
    keep: Literal["longest", "earliest"] | dict[Literal["best"], str] = Field(
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
    """Cluster what the rules above kept, from stored keys and signatures; re-deciding re-clusters, without text."""

    kind = "deduplicate"
    OPTIONS = DeduplicateOptions

    @property
    def _preferred(self) -> str:
        keep = self.options.keep
        return keep["best"] if isinstance(keep, dict) else {"longest": "text_bytes", "earliest": "date"}[keep]

    @property
    def reads(self) -> tuple[str, ...]:
        return (*(column for key in self.options.by for column in _COLUMNS[key]), self._preferred)

    def apply(self, state: Deciding) -> None:
        columns = state.columns
        wanted: dict[str, Any] = {}
        for key in self.options.by:
            for name, part in zip(_COLUMNS[key], ("bands", "low") if key == "minhash" else (key,), strict=True):
                wanted[part] = columns[name]
        keep = self.options.keep
        order = preference("best" if isinstance(keep, dict) else keep, columns[self._preferred])
        clusters = find_duplicates(
            Keys(**wanted),
            order,
            by=self.options.by,
            among=state.alive,
            similarity_at_least=self.options.similarity_at_least,
        )
        inside = clusters.survivor >= 0
        for number, key in enumerate(self.options.by):
            rows = np.flatnonzero(clusters.removed_by == number).astype(np.int64)
            sizes = clusters.size[rows].astype(np.float64)
            state.fail(self.name, Verdict(f"{self.name}.{key}", rows, sizes, same_bound("cluster of 1", len(rows))))
        removed = inside & ~clusters.kept
        state.survivor[removed] = clusters.survivor[removed]
        state.cluster[inside] = clusters.cluster[inside]
        state.cluster_size[inside] = clusters.size[inside]
        for name in ("minhash.bands", "minhash.low"):
            columns.forget(name)
