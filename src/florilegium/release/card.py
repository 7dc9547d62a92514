"""The dataset card: YAML front matter that the Hub reads, then what is in it, what was removed and why."""

import re
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from florilegium.errors import printable
from florilegium.recipe.load import Recipe, digest
from florilegium.release.shards import shard_name
from florilegium.run.ledger import OUTCOMES, totals
from florilegium.run.shards import fingerprint, read_batches

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
          (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))  # fmt: skip

#: Licence identifiers that the Hub knows and that occur here; others are given as `other` with their name.
_HUB_LICENCES = frozenset(
    [
        "apache-2.0",
        "mit",
        "cc0-1.0",
        "cc-by-4.0",
        "cc-by-sa-4.0",
        "cc-by-3.0",
        "cc-by-sa-3.0",
        "cc-by-nc-4.0",
        "odc-by",
        "pddl",
        "odbl",
        "gfdl",
        "unlicense",
        "gpl-3.0",
        "lgpl-3.0",
        "bsd-3-clause",
        "unknown",
    ]
)


_HOW_TO_LOAD = """\
from datasets import load_dataset

documents = load_dataset("path/to/this/folder", split="train")
"""


def card(
    recipe: Recipe, folder: Path, shards: int, ledger: pl.DataFrame, versions: dict[str, str], notes: list[str]
) -> str:
    """Write the card. Every count is from the shards of ``folder`` or from the ledger."""
    counts = _counts(folder, shards)
    title = recipe.release.title or recipe.name
    parts = [
        f"---\n{_front_matter(recipe, title, counts)}---\n",
        f"# {title}\n",
        *([f"{recipe.release.description.strip()}\n"] if recipe.release.description else []),
        *([f"{recipe.about.strip()}\n"] if recipe.about else []),
        f"{counts['rows']:,} documents, {counts['bytes']:,} bytes of text (UTF-8).\n",
        "## How to load it\n",
        f"```python\n{_HOW_TO_LOAD}```\n",
        "## By source\n",
        _table(["source", "licence", "institution", "documents", "bytes of text"], _said_in(counts["sources"])),
        "## By language\n", _table(["language", "script", "documents", "bytes of text"], _said_in(counts["languages"])),
        "## What was removed, and why\n",
        "Each row is what one rule took from what the rows above it had left. `failing` counts the documents that fail "
        "the rule whatever else they fail, `alone` those that fail nothing else.\n",
        _waterfall(ledger),
        *(["## Worth knowing\n", "".join(f"- {_said(note)}\n" for note in notes)] if notes else []),
        "## How it was made\n",
        "By Florilegium from `recipe.yaml`; `recipe.resolved.json` holds every option as understood. Options of the "
        "stages that write or change text:\n",
        _table(["stage", "options"], _text_stages(recipe)),
        "Versions: " + ", ".join(f"{name} {number}" for name, number in versions.items()) + ".\n",
        "Columns:\n", _table(["column", "type"], [[f"`{item.name}`", f"`{item.type}`"] for item in counts["schema"]]),
        "`sha256sum --check manifest-sha256.txt` or `florilegium verify` checks the files.\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _front_matter(recipe: Recipe, title: str, counts: dict[str, Any]) -> str:
    licences = sorted({str(row[1]) for row in counts["sources"] if row[1]})
    licence = recipe.release.licence or (licences[0] if len(licences) == 1 else "other")
    values: dict[str, Any] = {"pretty_name": title}
    if licence.lower() in _HUB_LICENCES:
        values["license"] = licence.lower()
    else:
        values |= {"license": "other", "license_name": "see-card" if licence == "other" else _slug(licence)}
    values |= {
        "language": sorted({row[0] for row in counts["languages"] if row[0] and row[0] != "und"}) or ["und"],
        "size_categories": [next((name for most, name in _SIZES if counts["rows"] < most), "n>1T")],
        "task_categories": ["text-generation"],
        "tags": ["florilegium"],
        "configs": [
            {
                "config_name": "default",
                # `datasets` caches a folder by its name and these lines: they must differ where the shards do
                "description": f"shards {counts['content']}",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
    }
    out = StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.dump(values, out)
    return out.getvalue()


def _slug(text: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())[:60] or "see-card"


def _counts(folder: Path, shards: int) -> dict[str, Any]:
    paths = [folder / shard_name(index, shards) for index in range(shards)]
    schema = pq.read_schema(paths[0])
    by = [name for name in ("source", "licence", "institution", "language", "script") if name in schema.names]
    frames = []
    for path in paths:
        for batch in read_batches(path, [*by, "text"], 2000):
            frame = pl.DataFrame(pa.Table.from_batches([batch]))
            frame = frame.with_columns(pl.col("text").str.len_bytes().cast(pl.Int64).alias("bytes"))
            frames.append(frame.group_by(by).agg(pl.len().cast(pl.Int64).alias("rows"), pl.col("bytes").sum()))
    empty = pl.DataFrame(schema={**dict.fromkeys(by, pl.String), "rows": pl.Int64, "bytes": pl.Int64})
    table = pl.concat(frames) if frames else empty

    def grouped(keys: list[str]) -> list[list[Any]]:
        keys = [key for key in keys if key in by]
        rows = table.group_by(keys).agg(pl.col("rows", "bytes").sum()) if keys else table.clear()
        ordered = rows.sort(["rows", *keys], descending=[True, *[False] * len(keys)], nulls_last=True)
        return [list(row) for row in ordered.iter_rows()]

    return {
        "content": digest({path.name: fingerprint(path)["sha256"] for path in paths}),
        "rows": int(table["rows"].sum()),
        "bytes": int(table["bytes"].sum()),
        "sources": grouped(["source", "licence", "institution"]),
        "languages": grouped(["language", "script"]) if "language" in by else [],
        "schema": schema,
    }


def _waterfall(ledger: pl.DataFrame) -> str:
    rows = []
    for row in totals(ledger.with_columns(pl.lit(0.0).alias("seconds"))).rows(named=True):
        gone = sum(row[name] for name in OUTCOMES)
        if row["rule"] is None and not gone:
            continue
        how = next((name for name in OUTCOMES if row[name]), "rejected")
        failing = f"{row['failing']:,}" if row["movement"] == "decide" else ""
        alone = f"{row['alone']:,}" if row["movement"] == "decide" else ""
        rows.append([row["stage"], row["rule"] or "", how, f"{gone:,}", failing, alone])
    return _table(["stage", "rule", "outcome", "documents", "failing", "alone"], rows)


def _text_stages(recipe: Recipe) -> list[list[str]]:
    rows = []
    for stage in recipe.measure:
        if any(field.name in ("text", "language") for field in stage.writes):
            recorded = getattr(stage, "recorded_options", stage.options.literal)()
            rows.append([f"`{stage.name}`", ", ".join(f"{key}: {value}" for key, value in recorded.items())])
    if recipe.release.format:
        rows.append(["`release.format`", ", ".join(step.step for step in recipe.release.format)])
    return rows


def _said(text: str) -> str:
    """Make what a source says of itself harmless in Markdown: shown as it is, never a link, markup or a new line."""
    return re.sub(r"([\\`*\[\]~>&])", r"\\\1", printable(text.replace("\n", " ")))


def _said_in(rows: list[list[Any]]) -> list[list[Any]]:
    return [[_said(value) if isinstance(value, str) else value for value in row] for row in rows]


def _table(head: list[str], rows: list[list[Any]]) -> str:
    def cell(value: Any) -> str:
        shown = f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)
        return shown.replace("|", "&#124;").replace("<", "&lt;")

    lines = [head, ["---"] * len(head), *([cell(value) for value in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
