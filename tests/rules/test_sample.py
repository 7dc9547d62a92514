"""The step `sample`."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.rules.sample import Sample, SampleOptions
from florilegium.run.decisions import Columns, Deciding


@pytest.fixture
def state(tmp_path: Path) -> Deciding:
    pq.write_table(pa.table({"id": [f"a/{number}" for number in range(10_000)]}), tmp_path / "00000.parquet")
    return Deciding(Columns(tmp_path, 1))


def keep(state: Deciding, share: float, seed: int = 0) -> np.ndarray:
    fresh = Deciding(state.columns)
    Sample(SampleOptions(keep=share, seed=seed)).apply(fresh)
    return fresh.alive


def test_the_share_is_kept(state: Deciding) -> None:
    assert abs(keep(state, 0.3).mean() - 0.3) < 0.02
    assert keep(state, 1.0).all()


def test_a_smaller_share_is_part_of_a_larger_one(state: Deciding) -> None:
    assert not (keep(state, 0.2) & ~keep(state, 0.6)).any()


def test_another_seed_keeps_others(state: Deciding) -> None:
    one, other = keep(state, 0.5, 1), keep(state, 0.5, 2)
    assert 0.2 < (one & other).mean() < 0.3


def test_the_reason_says_what_was_drawn(state: Deciding) -> None:
    Sample(SampleOptions(keep=0.5)).apply(state)
    verdict = state.verdicts[0]
    assert verdict.rule == "sample.drawn"
    assert (verdict.values >= 0.5).all() and verdict.bounds[0].as_py() == "< 0.5"
