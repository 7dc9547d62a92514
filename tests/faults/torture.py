"""Faults at random, for as long as told: after each round the run must be finished, complete and byte-identical.

    make torture SECONDS=1200 [SEED=7]
    python -m tests.faults.torture --seed 7 --round 12           # replays one round
    python -m tests.faults.torture --faults kill_run --count 200

A round is drawn from (seed, round): it starts the real command on a small crawl and collection, in an odd environment,
and breaks something; the same command again goes on; so up to five times. Then the run is left alone, and compared with
one that nobody disturbed. The first round that fails prints its seed and number, and keeps its folder.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults.bench import Bench, SmallDisk, Unexpected
from tests.faults.breaking import FAULTS, Fault

RECIPE = """\
base: demo
name: tortured
sources:
  - {name: crawl, kind: warc, files: "inputs/crawl/*.warc.gz"}
  - {name: collection, kind: jsonl, files: "inputs/collection/*.jsonl"}
run: {task_size: 40KB, quarantine_at_most: 0.05}
"""


def main() -> int:
    """Torture until time is up, so many faults were made, or something is wrong."""
    wanted = _arguments()
    chosen = [FAULTS[name] for name in wanted.faults.split(",")] if wanted.faults else list(FAULTS.values())
    made: Counter[str] = Counter()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as name, SmallDisk(Path(name) / "disk") as disk:
        bench = prepare(Path(name), disk)
        number = wanted.round or 0
        while True:
            found = play(bench, wanted.seed, number, chosen, made)
            if found:
                kept = Path(tempfile.gettempdir()) / f"torture-{wanted.seed}-{number}"
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(bench.place, kept, symlinks=True, ignore=shutil.ignore_patterns("cache"))
                print(f"FAILED: {found}\nreplay: --seed {wanted.seed} --round {number}\nkept: {kept}")
                return 1
            number += 1
            past = time.monotonic() - started
            print(f"round {number}, {past:,.0f} s: {_listed(made)}", flush=True)
            over = sum(made.values()) >= wanted.count if wanted.count else past >= wanted.seconds
            if wanted.round is not None or over:
                break
    print(f"seed {wanted.seed}: {number} rounds, {sum(made.values())} faults, nothing lost, the same bytes after each")
    print(_listed(made))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break runs at random and see whether they survive.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--round", type=int, help="only this round")
    parser.add_argument("--faults", help=f"only these, by comma: {', '.join(FAULTS)}")
    parser.add_argument("--count", type=int, help="stop after so many faults instead of after SECONDS")
    return parser.parse_args()


def _listed(made: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(made.items()))


def prepare(place: Path, disk: Path | None) -> Bench:
    """Make inputs, a recipe, and the run that nobody disturbs."""
    bench = Bench(place, disk)
    subprocess.run([sys.executable, "-m", "florilegium.pipelines.cli", "sample", str(place / "inputs")], check=True,
                   env=bench.environment(), stdout=subprocess.DEVNULL)  # fmt: skip
    (place / "recipe.yaml").write_text(RECIPE)
    bench.finish(bench.calm)
    return bench


def play(bench: Bench, seed: int, number: int, faults: list[Fault], made: Counter[str], at_most: int = 5) -> str:
    """Play one round of up to ``at_most`` faults; give what went wrong, or nothing."""
    draw = random.Random(f"{seed}/{number}")
    bench.draw = draw
    shutil.rmtree(bench.runs, ignore_errors=True)
    bench.runs.mkdir()
    bench.finished, bench.damaged = {}, {}
    names = []
    try:
        for _ in range(draw.randint(1, at_most)):
            fault = draw.choice(faults)
            names.append(fault.__name__)
            if fault(bench):
                made[fault.__name__] += 1
            bench.look()
        bench.finish(bench.runs)
        bench.compare()
    except Unexpected as error:
        return f"{error} (after {', '.join(names)})"
    return ""


if __name__ == "__main__":
    sys.exit(main())
