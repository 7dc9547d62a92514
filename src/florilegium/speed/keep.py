"""What a measurement leaves: a dated folder with its rows, its table and the machine it was made on."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

from florilegium.errors import FlorilegiumError
from florilegium.run import clock
from florilegium.run.shards import write_bytes, write_json
from florilegium.speed.summary import Entry

LIBRARIES = ("datatrove", "pyarrow", "polars", "numpy", "numba", "trafilatura", "resiliparse", "lxml", "py3langid")


def dated(ablations: Path) -> Path:
    """Give a folder of today that is not there yet: ``<date>-speed``, ``<date>-speed-2`` and so on."""
    names = (f"{clock.today()}-speed" + (f"-{number}" if number > 1 else "") for number in count(1))
    return next(ablations / name for name in names if not (ablations / name).exists())


def store(folder: Path, entries: Sequence[Entry], facts: Mapping[str, Any], table: str) -> None:
    """Write ``speed.json``, ``machine.json`` and ``speed.txt``. Raises FlorilegiumError where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        rows = [asdict(entry) for entry in entries]
        write_bytes(folder / "speed.json", (json.dumps(rows, indent=1) + "\n").encode())
        write_json(folder / "machine.json", dict(facts))
        write_bytes(folder / "speed.txt", table.encode())
    except OSError as error:
        raise FlorilegiumError(f"{folder}: cannot be written ({error.strerror}). Give a folder with --out.") from None


def machine() -> dict[str, Any]:
    """Say what was measured on and with: cores, memory, system, versions, commit. No names of hosts, no paths."""
    return {
        "cores": os.cpu_count(),
        "model": _model(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "load_at_start": round(os.getloadavg()[0], 2),
        "commit": commit(),
    }


def _model() -> str:
    """Give the name of the processor."""
    listed = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", listed.read_text(), re.MULTILINE) if listed.is_file() else None
    return found[1] if found else platform.processor() or "unknown"


def commit() -> str:
    """Give the commit of the checkout that this code lies in (``+`` where it was changed since), else the version."""
    here = Path(__file__).resolve().parent
    asked = (["git", "rev-parse", "HEAD"], ["git", "status", "--porcelain", "--untracked-files=no"])
    try:
        said = [subprocess.run(each, cwd=here, capture_output=True, text=True, check=True).stdout for each in asked]
    except (OSError, subprocess.CalledProcessError):
        return f"florilegium {version('florilegium')}"
    return said[0].strip() + ("+" if said[1].strip() else "")
