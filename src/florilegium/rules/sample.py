"""The step ``sample``: keep a share of the documents, chosen by a hash of their ids."""

from hashlib import sha256

import numpy as np
import pyarrow as pa
import xxhash
from pydantic import Field

from florilegium.recipe.options import Options
from florilegium.run.decisions import Deciding, Decision, Verdict


class SampleOptions(Options):
    """How much is kept, and which draw of it."""

    keep: float = Field(gt=0, le=1, description="Share of the documents that are kept.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another number keeps other documents.")


class Sample(Decision):
    """Drop documents at random: each has a number in [0, 1) by its id and the seed, and stays where that is below
    ``keep``. So a smaller share is part of a larger one, and a document fares alike in every run."""

    kind = "sample"
    OPTIONS = SampleOptions

    @property
    def reads(self) -> tuple[str, ...]:
        return ("id",)

    def apply(self, state: Deciding) -> None:
        salt = int.from_bytes(sha256(str(self.options.seed).encode()).digest()[:8], "little")
        ids = state.columns["id"].to_pylist()
        drawn = (xxhash.xxh3_64_intdigest(each.encode("utf-8", "surrogatepass"), salt) for each in ids)
        share = np.fromiter(drawn, np.uint64, len(ids)) / 2.0**64
        rows = np.flatnonzero(share >= self.options.keep).astype(np.int64)
        bound = pa.array([f"< {self.options.keep:g}"] * len(rows), pa.string())
        state.fail(self.name, Verdict(f"{self.name}.drawn", rows, share[rows], bound))
