"""Looks share one alpha, and stop when all is settled."""

import pytest

from florilegium.ablation.sequential import plan_looks, settled
from florilegium.errors import RecipeError


@pytest.mark.parametrize("seeds", [(3,), (3, 5), (3, 5, 8), (2, 3, 4, 20)])
def test_alphas_add_up_and_the_last_has_half(seeds: tuple[int, ...]) -> None:
    looks = plan_looks(seeds, 0.05)
    assert sum(look.alpha for look in looks) == pytest.approx(0.05)
    assert looks[-1].alpha == pytest.approx(0.05 if len(seeds) == 1 else 0.025)
    assert all(look.alpha > 0 for look in looks)


@pytest.mark.parametrize("seeds", [(), (1, 3), (3, 3), (5, 3)])
def test_looks_that_do_not_rise_are_refused(seeds: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match="correct `looks`"):
        plan_looks(seeds, 0.05)


def test_settled_means_every_arm() -> None:
    kept = {"verdict": "keep", "interval": [0.1, 0.2]}
    small = {"verdict": "undecided", "interval": [-0.004, 0.004]}
    open_ = {"verdict": "undecided", "interval": [-0.004, 0.006]}
    assert settled([kept, small], 0.005)
    assert not settled([kept, small, open_], 0.005)
