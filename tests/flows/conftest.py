"""Runs of the real command on the embedded sample."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from florilegium.release.manifest import kept_by_ledger
from florilegium.run.ledger import ledger_table

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sample is made, once for the session."""
    return tmp_path_factory.mktemp("cache")


def run_command(
    *arguments: object, folder: Path, code: int = 0, env: dict[str, str] | None = None, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a folder, at 80 columns; ``before`` is put before it."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "florilegium.pipelines.cli", *(str(argument) for argument in arguments)],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80"} | (env or {}),
        capture_output=True,
        timeout=400,
    )
    said = f"{done.stdout[-3000:].decode(errors='replace')}\n{done.stderr[-3000:].decode(errors='replace')}"
    assert done.returncode == code, f"exit code {done.returncode}\n{said}"
    return done


@pytest.fixture(scope="session")
def florilegium(cache: Path) -> Command:
    """Run the command in a folder, with the sample; give what it said as text."""

    def run(*arguments: object, env: dict[str, str] | None = None, **how: Any) -> subprocess.CompletedProcess[str]:
        done = run_command(*arguments, env={"FLORILEGIUM_CACHE": str(cache)} | (env or {}), **how)
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def check_run(run: Path) -> pl.DataFrame:
    """Check what must hold for every run: the ledger adds up, and the release has the rows that it keeps."""
    ledger = ledger_table(pl.DataFrame(pq.read_table(run / "ledger.parquet")).rows(named=True))
    rows = sum(pq.read_metadata(path).num_rows for path in (run / "release" / "data").glob("*.parquet"))
    assert rows == kept_by_ledger(ledger)
    ids = [
        name
        for path in sorted((run / "release" / "data").glob("*.parquet"))
        for name in pq.read_table(path, columns=["id"])["id"].to_pylist()
    ]
    assert len(ids) == len(set(ids))
    return ledger


def contents(folder: Path, leave_out: Sequence[str] = ()) -> dict[str, bytes]:
    """Give every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in leave_out
    }
