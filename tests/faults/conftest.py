"""What fault tests share: the real command, and what must not differ between two runs."""

from pathlib import Path

from tests.flows.conftest import cache, florilegium

__all__ = ["cache", "florilegium", "measured_bytes"]  # the first two are fixtures


def measured_bytes(run: Path) -> dict[str, bytes]:
    """Give every shard of *measure* and *decide*."""
    chosen = [*run.glob("measured-*/*.parquet"), *run.glob("decided-*/*.parquet")]
    return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in chosen}
