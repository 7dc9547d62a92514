"""What could not be processed, and which files are damaged."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from florilegium.errors import ContractError
from florilegium.run.folder import RunFolder

#: Examples of a cause; places of damage.
EXAMPLES, PLACES = 5, 60


@dataclass(frozen=True)
class Cause:
    """One cause: stage, rule, how often, and examples (rows of ``quarantine/documents.parquet``)."""

    stage: str
    rule: str
    outcome: str
    documents: int
    examples: tuple[dict[str, Any], ...]


def causes(left: pl.DataFrame, outcomes: tuple[str, ...], examples: int = EXAMPLES) -> list[Cause]:
    """Group what left by stage, rule and outcome, the most frequent first; examples are spread over the whole."""
    keys = ["stage", "rule", "outcome"]
    spread = left.filter(pl.col("outcome").is_in(outcomes)).with_columns(
        # rows far apart come from other files and other kinds of trouble than neighbours do
        ((pl.int_range(pl.len()) * 0x9E3779B1) % (1 << 32)).over(keys).alias("order")
    )
    counted = spread.group_by(keys).agg(pl.len().alias("documents"))
    chosen = spread.sort("order", "source", "file", "record").group_by(keys, maintain_order=True).head(examples)
    found = []
    for row in counted.sort(["documents", *keys], descending=[True, False, False, False]).rows(named=True):
        here = chosen.filter(*(pl.col(key) == row[key] for key in keys)).sort("source", "file", "record")
        found.append(Cause(row["stage"], row["rule"], row["outcome"], row["documents"], tuple(here.rows(named=True))))
    return found


def quarantined(folder: RunFolder) -> pl.DataFrame:
    """Read the quarantine, without bytes. Raises ContractError where it is not there."""
    path = folder.quarantine / "documents.parquet"
    names = ["id", "source", "file", "record", "offset", "url", "outcome", "stage", "rule", "value", "error"]
    try:
        return pl.DataFrame(pq.read_table(path, columns=names))
    except OSError as error:
        raise ContractError(f"{path} cannot be read ({error}); run `curate` again, finished tasks are reused") from None


@dataclass(frozen=True)
class Damage:
    """What is wrong with files: how often each kind, in how many files, and the first places."""

    kinds: tuple[tuple[str, int], ...]
    files: int
    number: int
    places: tuple[dict[str, Any], ...]


def damage(folder: RunFolder) -> Damage:
    """Read the incidents. Raises ContractError where they are not there or damaged."""
    path = folder.quarantine / "incidents.jsonl"
    kinds, files, places = Counter[str](), set[tuple[str, str]](), list[dict[str, Any]]()
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                item = json.loads(line)
                kinds[str(item["kind"])] += 1
                files.add((item["source"], item["file"]))
                if len(places) < PLACES:
                    places.append(item)
    except (OSError, ValueError, KeyError) as error:
        raise ContractError(f"{path} cannot be read ({error}); run `curate` again, finished tasks are reused") from None
    return Damage(tuple(kinds.most_common()), len(files), kinds.total(), tuple(places))
