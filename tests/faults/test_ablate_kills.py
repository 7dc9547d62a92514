"""A question whose whole process group is killed at random moments: the same command gives the same verdict."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ablation.asking import write_question
from tests.flows.conftest import contents, run_command

MOMENTS = 5


@pytest.mark.long
def test_killed_at_random_moments_gives_the_same_verdict(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        write_question(folder)
    begun = time.monotonic()
    run_command("ablate", "tiny.yaml", folder=whole)
    lasted = time.monotonic() - begun
    draw = random.Random(5)
    seen = []
    for number in range(MOMENTS):
        process = subprocess.Popen(
            [sys.executable, "-m", "florilegium.pipelines.cli", "ablate", "tiny.yaml"],
            cwd=killed,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:  # later and later, so that each movement is hit
            process.wait(lasted * (0.2 + 0.15 * number) * draw.uniform(0.7, 1.1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        seen.append(len(list((killed / "runs").glob("_ablation/*/00000.done"))))
    assert seen == sorted(seen) and max(seen) > 0  # what was finished stays
    run_command("ablate", "tiny.yaml", folder=killed)
    for name in ("verdict.json", "verdict.md", "curves.parquet", "contamination.csv"):
        assert (killed / "runs" / "ablate-tiny" / name).read_bytes() == (
            whole / "runs" / "ablate-tiny" / name
        ).read_bytes(), name
    models = [
        {
            name: content
            for name, content in contents(folder / "runs" / "_ablation").items()
            if name.endswith(".safetensors")
        }
        for folder in (whole, killed)
    ]
    assert models[0] == models[1] and len(models[0]) == 16
    assert len(list((killed / "ablations").glob("*-tiny*"))) == 1
    assert not [path for path in (killed / "runs").rglob(".*.tmp")]
