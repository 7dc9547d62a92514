"""What a reader must know first: which run, how much of it was kept, and what it was made by."""

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from florilegium.recipe.load import digest
from florilegium.release.publish import versions
from florilegium.run.folder import RunFolder
from florilegium.run.plan import Plan


@dataclass(frozen=True)
class Heading:
    """The head of the page."""

    name: str
    title: str
    about: str
    records: int
    measured: int
    kept: int
    bytes_measured: int
    bytes_kept: int
    sources: tuple[tuple[str, str, str, str], ...]  # name, kind, licence, institution
    inputs: int
    hashes: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]


def heading(folder: RunFolder, plan: Plan, recipe: dict[str, Any], records: int, fates: pl.DataFrame) -> Heading:
    """Collect the head; ``fates`` has ``kept`` and ``text_bytes``."""
    kept = fates.filter("kept")
    hashes = {
        "recipe": digest({key: value for key, value in recipe.items() if key != "run"}),
        "measured": plan.measured,
        "decided": plan.decided,
        "released": plan.released,
    }
    sources = tuple(
        (source["name"], source["kind"], source.get("licence") or "–", source.get("institution") or "–")
        for source in recipe["sources"]
    )
    return Heading(
        plan.name,
        (recipe.get("release") or {}).get("title") or plan.name,
        recipe.get("about") or "",
        records,
        fates.height,
        kept.height,
        int(fates["text_bytes"].sum()),
        int(kept["text_bytes"].sum()),
        sources,
        len(plan.inputs),
        tuple(hashes.items()),
        tuple(_versions(folder).items()),
    )


def _versions(folder: RunFolder) -> dict[str, str]:
    """Give the versions that made the release; those of now where there is none yet."""
    try:
        said = json.loads((folder.release / "recipe.resolved.json").read_bytes())["versions"]
    except (OSError, ValueError, KeyError):
        return versions()
    return {str(name): str(value) for name, value in said.items()}
