"""Our side of each comparison, as a recipe: the shipped `fineweb` without what the peer's run leaves out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from florilegium.recipe.patch import step_kind, step_names
from florilegium.recipe.shipped import find_recipe
from florilegium.recipe.tree import read_tree

#: Kinds of stages that work on texts; what is left out for a text source is all else.
OF_TEXT = ("language", "gate", "clean", "signals")
#: One worker; documents that cannot be processed do not stop a measurement.
RUN = {"workers": 1, "quarantine_at_most": 1}


def write_recipe(folder: Path, name: str, recipe: dict[str, Any]) -> str:
    """Write a recipe (JSON is YAML) and give its path."""
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"name": name, "run": RUN, **recipe}), encoding="utf-8")
    return str(path.absolute())


def warc_source(folder: Path, name: str = "crawl") -> dict[str, Any]:
    """Give a source of WARC files."""
    return {"name": name, "kind": "warc", "files": str(folder.absolute())}


def text_source(file: Path) -> dict[str, Any]:
    """Give a source of JSON lines or Parquet with ``id``, ``url`` and ``text``."""
    return {"name": "texts", "kind": file.suffix.removeprefix("."), "files": str(file.absolute()), "id": "id"}


def fineweb(
    sources: Sequence[dict[str, Any]], *, extractor: str | None = "trafilatura", english: bool = True
) -> dict[str, Any]:
    """Give FineWeb's recipe for English: pages in, by ``extractor`` (None: texts in); or with all languages kept.

    Left out on both sides: the blocklists of addresses and what belongs to deduplication and masking, which stock runs
    by themselves.
    """
    measure = read_tree(find_recipe("fineweb")).values["measure"]
    left_out = [
        name
        for step, name in zip(measure, step_names(measure), strict=True)
        if step_kind(step) in ("datatrove", "signatures")
        or (extractor is None and step_kind(step) not in OF_TEXT)
        or (not english and step_kind(step) == "gate")
    ]
    patch: list[dict[str, Any]] = [{"remove": f"measure.{name}"} for name in left_out]
    patch.append({"remove": "decide.deduplicate"})
    if extractor is not None:
        patch.append({"set": "measure.extract.with", "to": extractor})
        if not english:
            patch.append({"set": "measure.extract.glance", "to": None})
    return {"base": "fineweb", "sources": list(sources), "release": {"format": []}, "patch": patch}


def deduplication(file: Path) -> dict[str, Any]:
    """Give MinHash deduplication alone, with the configuration of FineWeb."""
    return {
        "sources": [text_source(file)],
        "measure": [{"signatures": {"ngram": 5, "bands": 14, "rows": 8}}],
        "decide": [{"deduplicate": {"by": ["minhash"], "keep": "longest"}}],
    }


def stages(source: dict[str, Any], *measure: dict[str, Any]) -> dict[str, Any]:
    """Give stages alone."""
    return {"sources": [source], "measure": list(measure)}


def rules_alone(source: dict[str, Any], rule_set: str) -> dict[str, Any]:
    """Give what a stock filter does in one: measure, and drop by the bounds; C4's edits lines first."""
    edits = [{"clean": ["c4_lines"]}] if rule_set == "c4" else []
    return stages(source, *edits, {"signals": [rule_set]}, {"gate": {"rules": [rule_set]}})


def many(file: Path, words_at_least: int) -> dict[str, Any]:
    """Give a run of many short documents, whose rules are then changed."""
    return {
        "sources": [text_source(file)],
        "measure": [{"language": {}}, {"signals": ["gopher_quality", "gopher_repetition"]}],
        "decide": [
            {
                "rules": [
                    "gopher_repetition",
                    "gopher_quality",
                    {"id": "many.words", "signal": "gopher.words", "at_least": words_at_least},
                ]
            }
        ],
        "release": {"shard_size": "1GB"},
    }
