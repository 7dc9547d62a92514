"""The rule keeps its word on drawn scores; normal and bootstrap intervals do not. Bounds are three standard errors."""

import math

import numpy as np
import pytest

from florilegium.ablation.effects import compare
from florilegium.ablation.panel import Panel
from florilegium.ablation.sequential import Look, plan_looks
from florilegium.ablation.simulate import (
    World,
    coverage,
    detectable,
    found,
    measure,
    scores,
    sequential,
    simulate,
    table,
)

DRAWS = 4000
ITEMS = {"clusters": 30, "item": 0.5, "residual": 0.5}


def slack(share: float) -> float:
    return 3 * math.sqrt(share * (1 - share) / DRAWS)


@pytest.mark.parametrize(
    "options", [{}, {"coupled": 0.9}, ITEMS, {"family": 4}, {"control": 1.5}, {"family": 2, "arm": 2.0}],
    ids=["alike", "coupled", "items", "twin", "control", "alone"],
)  # fmt: skip
@pytest.mark.parametrize("seeds", [3, 8])
def test_intervals_cover(options: dict[str, float], seeds: int) -> None:
    held = coverage(World(seeds, **options), DRAWS, 1)  # type: ignore[arg-type]
    assert held["used"] > 0.95 - slack(0.05)
    assert held["z"] < held["used"] and held["bootstrap"] < 0.95 - slack(0.05)


@pytest.mark.parametrize(("deviation", "least"), [(1.5, 0.935), (2.0, 0.915)])
@pytest.mark.parametrize("seeds", [3, 5, 8])
def test_an_arm_that_varies_more_than_its_family_is_covered_almost(deviation: float, least: float, seeds: int) -> None:
    """As far as the docstring of ``family`` says, with a twin that makes it worse."""
    assert coverage(World(seeds, family=4, arm=deviation), DRAWS, 1)["used"] > least - slack(0.05)


def test_pooling_over_all_arms_does_not_cover_where_others_are_coupled() -> None:
    assert coverage(World(5, coupled=0.9), DRAWS, 1)["pooled"] < 0.9


@pytest.mark.parametrize("seeds", [3, 5])
def test_a_family_sees_smaller_effects(seeds: int) -> None:
    seen = [detectable(simulate(World(seeds, 1, family), DRAWS, 2), 0.05 / 3) for family in (2, 3, 4)]
    assert seen[0] > 1.15 * seen[1] and seen[1] > seen[2]


@pytest.mark.parametrize("level", [0.05, 0.0125, 0.00625])
@pytest.mark.parametrize("item", [0.15, 0.5])
@pytest.mark.parametrize("family", [2, 3])
def test_few_seeds_and_items_keep_the_error_far_out(level: float, item: float, family: int) -> None:
    """Satterthwaite's t errs 4 times too often here at the lowest level without a control."""
    drawn = simulate(World(3, 1, family, clusters=30, item=item, residual=0.1), DRAWS, 3)
    assert found(drawn, 0.0, level) < level + slack(level)


@pytest.mark.parametrize("options", [{}, ITEMS], ids=["seeds", "items"])
def test_twice_the_detectable_effect_is_found(options: dict[str, float]) -> None:
    drawn = simulate(World(5, **options), DRAWS, 1)  # type: ignore[arg-type]
    seen = detectable(drawn, 0.05)
    assert found(drawn, seen, 0.05) == pytest.approx(0.8, abs=0.01)
    assert found(drawn, 2 * seen, 0.05) > 0.99


@pytest.mark.parametrize("options", [{}, ITEMS], ids=["seeds", "items"])
@pytest.mark.parametrize("counts", [(3,), (3, 5), (3, 5, 8)])
def test_looking_several_times_keeps_the_error(options: dict[str, float], counts: tuple[int, ...]) -> None:
    world = World(8, **options)  # type: ignore[arg-type]
    wrong, _ = sequential(world, plan_looks(counts, 0.05), 0.0, DRAWS, 4, any_arm=True)
    assert wrong < 0.05 + slack(0.05)


def test_looking_without_sharing_alpha_does_not() -> None:
    looks = tuple(Look(count, 0.05) for count in (3, 5, 8))
    assert sequential(World(8), looks, 0.0, DRAWS, 4, any_arm=True)[0] > 0.05 + slack(0.05)


@pytest.mark.parametrize("family", [2, 3, 4])
def test_what_is_simulated_is_what_judges(family: int) -> None:
    """The scores of a family as a panel: `compare` gives what `measure` does."""
    world = World(4, 2, family, clusters=6, item=0.5, residual=0.5)
    families, by_cluster = scores(world, np.random.default_rng(1), 1)
    drawn = measure(world, families, by_cluster)
    names = ("baseline", "arm", "random_arm", "again")[:family]
    for number in range(2):
        values = np.repeat(families[0, number][..., None], 6, axis=2)  # controls: what their items do is not asked for
        values[1] = values[0] + by_cluster[0, number]
        panel = Panel(names, (1, 2, 3, 4), values, np.ones(6), np.zeros(6, np.int64), np.arange(6))
        estimate = compare(panel, "arm", "baseline", family=names)
        assert estimate.effect == pytest.approx(drawn.effect[0, number])
        assert estimate.half(0.01) == pytest.approx(drawn.half(0.01)[0, number])


def test_the_table_fits_a_terminal() -> None:
    lines = list(table(200, 1))
    assert max(map(len, lines)) <= 80
    assert sum("%" in line for line in lines) > 20
