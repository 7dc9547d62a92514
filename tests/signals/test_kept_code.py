"""Machine code that Numba keeps: never older than any of the kernels."""

import os
import subprocess
import sys
from pathlib import Path

import florilegium.signals.kernels


def test_a_change_in_one_file_reaches_the_kernels_of_another(tmp_path: Path) -> None:
    folder = tmp_path / "loops"
    folder.mkdir()
    (folder / "__init__.py").write_bytes(Path(florilegium.signals.kernels.__file__).read_bytes())
    head = "from loops import kernel\n"
    (folder / "outer.py").write_text(
        f"{head}from loops.inner import inner\n\n@kernel\ndef outer():\n    return inner()\n"
    )

    def answer(number: int) -> tuple[int, int]:
        (folder / "inner.py").write_text(f"{head}@kernel\ndef inner():\n    return {number}\n")
        code = "from loops.outer import outer; print(outer(), sum(outer.stats.cache_hits.values()))"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True
        )
        result, kept = ran.stdout.split()
        return int(result), int(kept)

    assert answer(1) == (1, 0)
    assert answer(1) == (1, 1)
    assert answer(2) == (2, 0)
