"""The last step: card, recipe, ledger and manifest beside the shards, then the name `release`, all at once."""

import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from florilegium.errors import ContractError, SourceError
from florilegium.recipe.load import Recipe, digest
from florilegium.release.card import card
from florilegium.release.manifest import kept_by_ledger, verify, write_manifest
from florilegium.run.shards import PARQUET, content, done_path, fingerprint, finished, write_bytes, write_json

#: Libraries whose version can change a text, a language or a byte of a shard.
VERSIONED = ("florilegium", "trafilatura", "resiliparse", "py3langid", "ftfy", "datatrove", "pyarrow", "faust-cchardet")


def versions() -> dict[str, str]:
    """Give the versions of the libraries that decide what comes out."""
    found = {}
    for name in VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def made_of(measured: Path, decided: Path, tasks: int) -> str:
    """Give a hash of what a release is made of: documents, those that left, and decisions."""
    return digest([content(folder, tasks) for folder in (measured, decided)])


def is_published(run: Path, released: str, of: str) -> bool:
    """Say whether the release in a run folder is the one with this hash, made of these decisions, and whole."""
    try:
        state = json.loads((run / "released.json").read_bytes())
        return (
            bool(state["hash"] == released and state["of"] == of)
            and state["manifest"] == _manifest(run / "release")
            and not list(verify(run / "release"))
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError, SourceError):
        return False


def _manifest(release: Path) -> str:
    return str(fingerprint(release / "manifest-sha256.txt")["sha256"])


def publish(
    run: Path,
    building: Path,
    shards: int,
    of: str,
    recipe: Recipe,
    released: str,
    ledger: pl.DataFrame,
    notes: list[str],
) -> None:
    """Complete ``building`` and rename it to ``release``. Raises ContractError where rows and ledger disagree."""
    facts: list[dict[str, Any] | None] = [finished(building, index, of) for index in range(shards)]
    rows = sum(fact["rows"] for fact in facts if fact is not None)
    if None in facts or rows != kept_by_ledger(ledger):
        raise ContractError(f"the release would have {rows} rows, but the ledger keeps {kept_by_ledger(ledger)}")
    public = ledger.drop("seconds")  # what differs from machine to machine is not published
    pq.write_table(public.to_arrow(), building / "ledger.parquet", compression=PARQUET["compression"])
    write_bytes(building / "recipe.yaml", recipe.written.encode())
    resolved = {key: value for key, value in recipe.resolved.items() if key != "run"}
    write_json(building / "recipe.resolved.json", {"hash": recipe.hash, "recipe": resolved, "versions": versions()})
    write_bytes(building / "README.md", card(recipe, building, shards, public, versions(), notes).encode())
    for index in range(shards):
        done_path(building, index).unlink(missing_ok=True)
    for extra in _leftover(building, shards):
        extra.unlink()
    write_manifest(building)
    final, old = run / "release", run / ".release.old"
    shutil.rmtree(old, ignore_errors=True)
    (run / "released.json").unlink(missing_ok=True)
    if final.exists():
        final.rename(old)
    building.rename(final)
    seconds = sum(fact.get("seconds", 0.0) for fact in facts if fact is not None)
    write_json(run / "released.json", {"hash": released, "of": of, "manifest": _manifest(final), "seconds": seconds})
    shutil.rmtree(old, ignore_errors=True)


def _leftover(building: Path, shards: int) -> list[Path]:
    """Give the files that do not belong to a release of so many shards."""
    from florilegium.release.shards import shard_name

    wanted = {shard_name(index, shards) for index in range(shards)}
    wanted |= {"ledger.parquet", "recipe.yaml", "recipe.resolved.json", "README.md"}
    return [
        path for path in building.rglob("*") if path.is_file() and path.relative_to(building).as_posix() not in wanted
    ]
