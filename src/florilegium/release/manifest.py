"""``manifest-sha256.txt``: what a release must be, in the form that ``sha256sum --check`` reads; and the check."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from florilegium.errors import SourceError
from florilegium.run.shards import fingerprint, write_bytes

NAME = "manifest-sha256.txt"


def write_manifest(folder: Path) -> None:
    """List every file of a release with its SHA-256, sorted by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    lines = [f"{fingerprint(path)['sha256']}  {path.relative_to(folder).as_posix()}\n" for path in files]
    write_bytes(folder / NAME, "".join(lines).encode())


def read_manifest(folder: Path) -> dict[str, str]:
    """Give path -> SHA-256. Raises SourceError where there is no readable manifest."""
    path = folder / NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}). Is {folder} the folder of a release?") from None
    listed = {}
    for number, line in enumerate(lines, 1):
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name or name.startswith("/") or ".." in Path(name).parts:
            raise SourceError(f"{path}:{number}: not a line of a manifest: {line!r:.80}")
        listed[name] = digest
    return listed


def verify(folder: Path) -> Iterator[str]:
    """Check a release against its manifest and its ledger; give one line for each thing that is wrong."""
    listed = read_manifest(folder)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {NAME}
    yield from (f"{name}: is missing" for name in sorted(set(listed) - present))
    yield from (f"{name}: is not in the manifest" for name in sorted(present - set(listed)))
    rows = 0
    for name in sorted(set(listed) & present):
        if fingerprint(folder / name)["sha256"] != listed[name]:
            yield f"{name}: differs from the manifest (SHA-256)"
        elif name.startswith("data/"):
            rows += pq.read_metadata(folder / name).num_rows
    try:
        kept = kept_by_ledger(pl.DataFrame(pq.read_table(folder / "ledger.parquet")))
    except (OSError, pa.ArrowException) as error:
        yield f"ledger.parquet: cannot be read: {error}"
        return
    if kept != rows:
        yield f"data/: {rows} rows, but the ledger keeps {kept}"


def kept_by_ledger(ledger: pl.DataFrame) -> int:
    """Give how many documents the ledger keeps at the very end."""
    last = ledger.with_row_index("order").sort("order").group_by("movement", "task", maintain_order=True).last()
    return int(last.filter(pl.col("movement") == "decide")["kept"].sum())
