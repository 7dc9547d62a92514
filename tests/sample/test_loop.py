"""The sample that ablations are tried on: the same bytes, half noise, and nothing held out that is in the pool."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from florilegium.sample.loop import GOOD, HELD_OUT, NOISE, generate_loop


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate_loop(folder)
    return folder / "loop"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_leaves_files_alone(made: Path, tmp_path: Path) -> None:
    generate_loop(tmp_path)
    for name in ("pool.jsonl", "heldout.jsonl"):
        assert (tmp_path / "loop" / name).read_bytes() == (made / name).read_bytes()
    before = {path.name: path.stat().st_ino for path in made.iterdir()}
    generate_loop(made.parent)
    assert {path.name: path.stat().st_ino for path in made.iterdir()} == before
    (made / "pool.jsonl").write_bytes(b"cut")
    generate_loop(made.parent)
    assert (made / "pool.jsonl").read_bytes() == (tmp_path / "loop" / "pool.jsonl").read_bytes()
    generate_loop(tmp_path, seed=1)
    assert (made / "pool.jsonl").read_bytes() != (tmp_path / "loop" / "pool.jsonl").read_bytes()


def test_half_of_the_pool_is_noise_about_as_long_as_essays(made: Path) -> None:
    pool = rows(made / "pool.jsonl")
    assert Counter(row["kind"] for row in pool) == {
        "good": GOOD,
        **dict.fromkeys(("spam", "boilerplate", "symbols"), NOISE // 3),
    }
    assert len({row["id"] for row in pool}) == len(pool) and all(row["text"].strip() for row in pool)
    mean = {
        kind: sum(len(row["text"]) for row in pool if (row["kind"] == "good") == kind) / GOOD for kind in (True, False)
    }
    assert 0.3 < mean[False] / mean[True] < 3
    kinds = [row["kind"] for row in pool]
    assert all(400 < kinds[start : start + 1000].count("good") < 600 for start in range(0, 3000, 1000))  # well mixed


def test_nothing_held_out_stands_in_the_pool(made: Path) -> None:
    held, pool = rows(made / "heldout.jsonl"), {row["text"] for row in rows(made / "pool.jsonl")}
    assert len(held) == HELD_OUT and Counter(row["domain"] for row in held) == dict.fromkeys(
        ("letters", "essays", "lectures"), HELD_OUT // 3
    )
    assert not [row["id"] for row in held if row["text"] in pool]
