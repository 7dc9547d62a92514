"""Arms and their controls."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from florilegium.ablation.arms import Corpus, Pool, aa_pair, line_up, pool_of, read_kept, require_documents
from florilegium.ablation.asked import Asked
from florilegium.errors import RecipeError
from tests.ablation.asking import asked

IDS = [f"d{n}" for n in range(600)]
LENGTHS = np.arange(600) % 97 + 3
PATCH = [{"add": {"rules": ["gopher_quality"]}, "to": "decide"}]


def pool(ids: list[str], lengths: "np.ndarray[Any, Any]") -> Pool:
    return pool_of(Path("tokens"), 1, "content", ids, lengths)


POOL = pool(IDS, LENGTHS)
EVERY = np.ones(600, bool)
HALF = np.arange(600) % 2 == 0


def question(*names: str, **controls: Any) -> Asked:
    return Asked.model_validate(asked(arms=[{"name": name, "patch": PATCH} for name in names], controls=controls))


def line(*names: str, kept: dict[str, Any], **controls: Any) -> dict[str, Any]:
    corpora = {name: Corpus(name, POOL, mask) for name, mask in {"baseline": EVERY, **kept}.items()}
    return {each.name: each for each in line_up(question(*names, **controls), corpora)}


def test_an_arm_that_keeps_everything_has_no_random_control() -> None:
    lined = line("all", "half", kept={"all": EVERY, "half": HALF})
    assert list(lined) == ["baseline", "all", "half", "random_half", "random_half_again"]
    assert aa_pair(list(lined.values())) == ("random_half", "random_half_again")
    only = line("all", kept={"all": EVERY}, random_drop=["all"])
    assert list(only) == ["baseline", "all", "aa_1", "aa_2"] and aa_pair(list(only.values())) == ("aa_1", "aa_2")
    assert only["aa_1"].kept(1).sum() == pytest.approx(540, abs=10)  # a tenth is dropped


def test_controls_that_are_named() -> None:
    lined = line("half", kept={"half": HALF}, random_drop=[], aa="half")
    assert list(lined) == ["baseline", "half", "random_half", "random_half_again"]
    lined = line("half", kept={"half": HALF}, aa=0.25)
    assert list(lined) == ["baseline", "half", "random_half", "aa_1", "aa_2"]
    assert lined["aa_1"].kept(1).sum() == pytest.approx(450, abs=10)
    assert (lined["aa_1"].kept(1) != lined["aa_2"].kept(1)).any()


def test_a_control_drops_anew_with_every_seed_and_an_arm_never() -> None:
    lined = line("half", kept={"half": HALF})
    control = lined["random_half"]
    assert (control.kept(1) != control.kept(2)).any() and control.kept(1).sum() == control.kept(2).sum() == 300
    assert (lined["half"].kept(1) == lined["half"].kept(2)).all()
    assert control.available(1) == (LENGTHS[control.kept(1)] + 1).sum()


def test_coupled_arms_share_their_order_and_uncoupled_ones_do_not() -> None:
    lined = line("half", kept={"half": HALF})
    base, arm = (lined[name].taken(1, 4000).rows for name in ("baseline", "half"))
    shared = set(arm) & set(base)
    assert len(shared) > 20 and [row for row in base if row in shared] == [row for row in arm if row in shared]
    apart = [lined[name].taken(1, 4000, coupled=False).rows for name in ("baseline", "half")]
    shared = set(apart[0]) & set(apart[1])
    assert [row for row in apart[0] if row in shared] != [row for row in apart[1] if row in shared]


def test_arms_over_another_measurement_are_matched_by_id() -> None:
    """The other pool has its documents in another order, other lengths, and lacks some."""
    rows = [n for n in range(599, -1, -1) if n % 10]
    other = pool([IDS[n] for n in rows], LENGTHS[rows] + 5)
    corpora = {"baseline": Corpus("baseline", POOL, EVERY), "other": Corpus("other", other, np.ones(len(rows), bool))}
    base, arm, *controls = line_up(question("other"), corpora)
    first = [IDS[row] for row in base.taken(3, 10_000).rows]
    second = [IDS[rows[row]] for row in arm.taken(3, 10_000).rows]
    shared = set(first) & set(second)
    assert len(shared) > 100 and [i for i in first if i in shared] == [i for i in second if i in shared]
    assert controls[0].corpus is corpora["baseline"] and controls[0].kept(1).sum() <= 600


def test_an_arm_that_keeps_nothing_is_refused() -> None:
    with pytest.raises(RecipeError, match="`half` keeps no document"):
        require_documents({"baseline": EVERY, "half": ~EVERY})
    tiny = Corpus("baseline", pool(IDS[:3], LENGTHS[:3]), EVERY[:3])
    lined = line_up(question("a", aa=0.9), {"baseline": tiny, "a": tiny})
    with pytest.raises(RecipeError, match="`aa_1` keeps no document"):
        lined[-2].taken(1, 10)


def test_kept_is_read_in_row_order(tmp_path: Path) -> None:
    for task in range(3):
        frame = pl.DataFrame(
            {"id": [f"{task}-{n}" for n in range(4)], "kept": [n != task for n in range(4)], "rule": ["x"] * 4}
        )
        frame.write_parquet(tmp_path / f"{task:05d}.parquet")
    (tmp_path / "extra.parquet").write_bytes(b"no table")
    ids, kept = read_kept(tmp_path, 3)
    assert ids == [f"{task}-{n}" for task in range(3) for n in range(4)]
    assert kept.tolist() == [n != task for task in range(3) for n in range(4)]
