"""What a question makes and any later question may use again: tokenizers, tokens, models, scores, by content.

<runs>/_ablation/<kind>-<hash>/ with ``.done`` files like those of shards: what was cut or altered is made again.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from florilegium.recipe.load import digest
from florilegium.run.shards import fingerprint, finish, finished

Identity = Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """The folder of all artefacts under one folder of runs."""

    path: Path

    def folder(self, kind: str, identity: Identity) -> Path:
        """Give the folder of an artefact; its hash covers ``identity`` (JSON values)."""
        return self.path / f"{kind}-{digest(dict(identity))}"


def store_of(runs: Path) -> Store:
    """Give the store of a folder of runs."""
    return Store(runs / "_ablation")


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Declare an artefact of one task complete: all files that lie in its folder, now on the disk, are what they must
    be."""
    sync_folder(folder)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = {name: fingerprint(folder / name) for name in names if not _is_passing(name)}
    finish(folder, 0, files, facts)


def complete(folder: Path) -> dict[str, Any] | None:
    """Give the facts of a complete artefact whose files are what they were; None otherwise."""
    return finished(folder, 0) if folder.is_dir() else None


def begin(folder: Path, identity: Identity, *, keep: tuple[str, ...] = ()) -> None:
    """Make the folder anew for another attempt; only the files in ``keep`` stay."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name not in keep:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "identity.json").write_text(json.dumps(dict(identity), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def sync_folder(folder: Path) -> None:
    """Bring all files of a folder to the disk, so that a seal never comes before what it seals."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _is_passing(name: str) -> bool:
    """Say whether a file is no part of an artefact: its seal, a state to go on from, what was half written."""
    return name.endswith((".done", ".tmp", ".state"))
