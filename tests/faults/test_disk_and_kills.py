"""Full disks and kills of the whole process group: nothing half-written counts, and the same command finishes the job with
the bytes of an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.conftest import Command, cache, check_run, contents, florilegium

__all__ = ["cache", "florilegium"]  # fixtures


@pytest.fixture(scope="module")
def undisturbed(florilegium: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    florilegium("curate", "demo", folder=folder)
    return folder / "runs" / "demo"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; tests set its size."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("a small disk needs the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("kilobytes", [60, 120, 300, 420])
def test_full_disk_stops_with_one_line_and_goes_on_after_space_is_made(
    florilegium: Command, undisturbed: Path, small_disk: Path, kilobytes: int
) -> None:
    resize = ["mount", "-o", f"remount,size={kilobytes}k", str(small_disk)]
    subprocess.run(resize, check=True)
    said = florilegium("curate", "demo", "--runs", small_disk, folder=small_disk.parent, code=2).stderr
    assert "No space left on device" in said and "Make room" in said and len(said.strip().splitlines()) == 1
    assert not list((small_disk / "demo").rglob("*.tmp"))
    subprocess.run([*resize[:2], "remount,size=100m", str(small_disk)], check=True)
    florilegium("curate", "demo", "--runs", small_disk, folder=small_disk.parent)
    check_run(small_disk / "demo")
    assert contents(small_disk / "demo" / "release") == contents(undisturbed / "release")


def test_killed_again_and_again(florilegium: Command, cache: Path, undisturbed: Path, tmp_path: Path) -> None:
    """SIGKILL of the process group at seeded random moments; finished tasks are never done again."""
    moments = random.Random(7)
    finished: dict[Path, int] = {}
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "florilegium.pipelines.cli", "curate", "demo", "--workers", "1"],
            cwd=tmp_path,
            env=os.environ | {"FLORILEGIUM_CACHE": str(cache)},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moments.uniform(0.3, 5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        now = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("demo/measured-*/*.done")}
        assert all(now[path] == before for path, before in finished.items())
        finished = now
    florilegium("curate", "demo", folder=tmp_path)
    check_run(tmp_path / "runs" / "demo")
    assert contents(tmp_path / "runs" / "demo" / "release") == contents(undisturbed / "release")
