"""Does the rule keep its word? Draws of made-up scores with known effects, judged as real ones are.

``python -m florilegium.ablation.simulate`` prints a table: coverage of the 95 % interval (against the arm's own
differences alone, the noise of all arms pooled, a normal interval and a percentile bootstrap over seeds), the smallest
effect that a design finds, and the error of looking several times. The variance and the width of intervals come from
the functions that judge.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from florilegium.ablation.effects import half_width, variance_parts
from florilegium.ablation.family import noise, residual
from florilegium.ablation.panel import Floats
from florilegium.ablation.power import POWER
from florilegium.ablation.sequential import Look, plan_looks

ALPHA = 0.05
CHUNK = 2000
RESAMPLES = 500


@dataclass(frozen=True)
class World:
    """How scores come about, in units of one run's standard deviation over seeds.

    score[arm, seed] = effect + noise of the run + mean over clusters of (what the arm does to a cluster + residual).
    """

    seeds: int
    arms: int = 4
    """Arms beside the baseline, each with its own controls."""
    family: int = 3
    """Baseline, arm and so many controls: 2 for none, 3 for a random drop, 4 for its twin as well."""
    arm: float = 1.0
    """Deviation of an arm's runs."""
    control: float = 1.0
    """Deviation of a random drop's runs: more than 1 where the pool is gone through once, so that all seeds of the
    other arms see the same documents."""
    coupled: float = 0.0
    """Share of a run's variance that all families but the last have in common with the baseline."""
    clusters: int = 0
    """Clusters of items; 0: the benchmark is fixed."""
    item: float = 0.0
    """Standard deviation that the choice of clusters gives to a score."""
    residual: float = 0.0
    """The same of what is new to each run and cluster."""


@dataclass(frozen=True)
class Draws:
    """Effects and the two parts of their variances (draws, arms), the scores of each arm's family (draws, arms, family,
    seeds) with baseline and arm first, and degrees of freedom."""

    effect: Floats
    seed: Floats
    own: Floats
    """Noise of seeds from the arm's own differences alone."""
    item: Floats
    scores: Floats
    seed_freedom: NDArray[np.int64]
    item_freedom: int

    def half(self, alpha: float) -> Floats:
        """Give half the width of the intervals."""
        return half_width(self.seed, self.item, self.seed_freedom, self.item_freedom, alpha)


def scores(world: World, rng: np.random.Generator, draws: int) -> tuple[Floats, Floats]:
    """Draw scores where there is no effect: (draws, arms, family, seeds), and beside them by cluster the differences
    of arm and baseline: (draws, arms, seeds, clusters)."""
    clusters = max(world.clusters, 1)
    base = rng.standard_normal((draws, 1, 1, world.seeds))
    runs = rng.standard_normal((draws, world.arms, world.family - 1, world.seeds))
    runs[:, :, 0] *= world.arm
    runs[:, :, 1:] *= world.control
    runs[:, :-1] = np.sqrt(world.coupled) * base + np.sqrt(1 - world.coupled) * runs[:, :-1]

    def by_cluster(runs: Floats) -> Floats:
        if not world.clusters:
            return runs[..., None]
        parts = world.item * np.sqrt(clusters) * rng.standard_normal((*runs.shape[:-1], 1, clusters))
        if world.residual:
            parts = parts + world.residual * np.sqrt(clusters) * rng.standard_normal((*runs.shape, clusters))
        return np.asarray(runs[..., None] + parts)

    baseline, others = by_cluster(base), by_cluster(runs)
    everyone = np.broadcast_to(baseline.mean(axis=-1), (draws, world.arms, 1, world.seeds))
    families = np.concatenate([everyone, others.mean(axis=-1)], axis=2)
    return families, (others[:, :, 0] - baseline[:, :, 0])[..., : world.clusters]


def measure(world: World, families: Floats, by_cluster: Floats) -> Draws:
    """Estimate the effects of draws as ``effects.compare`` does: one stratum, clusters of one weight."""
    clusters = world.clusters
    by_seed = families[:, :, 1] - families[:, :, 0]
    shift = by_cluster - by_seed[..., None] if clusters else by_cluster
    scale = 1 / np.sqrt(clusters * (clusters - 1)) if clusters > 1 else 1.0
    own, item, _ = variance_parts(by_seed, shift * scale)
    seed, degrees, _ = noise(families)
    return Draws(by_seed.mean(axis=-1), seed, own, item, families, degrees, max(clusters - 1, 1))


def simulate(world: World, draws: int, seed: int) -> Draws:
    """Draw and estimate, in pieces that fit into memory."""
    rng = np.random.default_rng(seed)
    pieces = [
        measure(world, *scores(world, rng, min(CHUNK, draws - start))) for start in range(0, draws, CHUNK)
    ]  # fmt: skip

    return Draws(
        effect=np.concatenate([piece.effect for piece in pieces]),
        seed=np.concatenate([piece.seed for piece in pieces]),
        own=np.concatenate([piece.own for piece in pieces]),
        item=np.concatenate([piece.item for piece in pieces]),
        scores=np.concatenate([piece.scores for piece in pieces]),
        seed_freedom=np.concatenate([piece.seed_freedom for piece in pieces]),
        item_freedom=pieces[0].item_freedom,
    )


def coverage(world: World, draws: int, seed: int) -> dict[str, float]:
    """Give how often 95 % intervals hold the truth, for the arm where they do so least: as judged (`used`), with the
    noise of seeds from the arm's `own` differences, `pooled` over all arms, with `z` for t, by `bootstrap` over
    seeds."""
    drawn, freedom = simulate(world, draws, seed), world.seeds - 1
    # all runs, each once: the first of every family is the baseline
    runs = drawn.scores[:, :, 1:].reshape(draws, -1, world.seeds)
    mean_square, degrees = residual(np.concatenate([drawn.scores[:, 0, :1], runs], axis=1))
    pooled = 2 * mean_square[:, None] / world.seeds
    by_seed = drawn.scores[:, :, 1] - drawn.scores[:, :, 0]
    rng = np.random.default_rng(seed + 1)
    picks = rng.multinomial(world.seeds, np.full(world.seeds, 1 / world.seeds), size=RESAMPLES) / world.seeds
    held = []
    for arm in range(world.arms):
        low, high = np.quantile(by_seed[:, arm] @ picks.T, [ALPHA / 2, 1 - ALPHA / 2], axis=-1)
        held.append(float(((low <= 0) & (high >= 0)).mean()))
    halves = {
        "used": drawn.half(ALPHA),
        "own": half_width(drawn.own, drawn.item, freedom, drawn.item_freedom, ALPHA),
        "pooled": half_width(pooled, drawn.item, degrees, drawn.item_freedom, ALPHA),
        "z": stats.norm.isf(ALPHA / 2) * np.sqrt(drawn.own + drawn.item),
    }
    worst = {name: float((np.abs(drawn.effect) <= half).mean(axis=0).min()) for name, half in halves.items()}
    return {**worst, "bootstrap": min(held)}


def found(drawn: Draws, effect: float, alpha: float) -> float:
    """Give how often an ``effect`` of the last arm is found, or wrongly where it is 0."""
    return float((np.abs(drawn.effect[:, -1] + effect) > drawn.half(alpha)[:, -1]).mean())


def detectable(drawn: Draws, alpha: float) -> float:
    """Give the smallest effect that is found in 80 % of draws."""
    # an effect > 0 is found where it is larger than half - error, or (hardly ever) smaller than -half - error
    return float(np.quantile(drawn.half(alpha)[:, -1] - drawn.effect[:, -1], POWER))


def sequential(
    world: World, looks: tuple[Look, ...], effect: float, draws: int, seed: int, *, any_arm: bool
) -> tuple[float, float]:  # fmt: skip
    """Give how often a look finds something (in any arm, Holm's first step; or in the first arm), and the mean number
    of seeds until it stops."""
    rng = np.random.default_rng(seed)
    hits, spent = 0, 0
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        families, by_cluster = scores(replace(world, seeds=looks[-1].seeds), rng, size)
        open_, stopped = np.ones(size, dtype=bool), np.full(size, looks[-1].seeds)
        for look in looks:
            drawn = measure(world, families[..., : look.seeds], by_cluster[..., : look.seeds, :])
            hit = np.abs(drawn.effect + effect) > drawn.half(look.alpha / world.arms)
            new = open_ & (hit.any(axis=1) if any_arm else hit[:, 0])
            stopped[new] = look.seeds
            open_ &= ~new
        hits += int((~open_).sum())
        spent += int(stopped.sum())
    return hits / draws, spent / draws


WORLDS = {
    "all alike": World(3),
    "arms vary 1.5 times as much": World(3, arm=1.5),
    "arms vary twice as much": World(3, arm=2.0),
    "twice, controls with twins": World(3, arm=2.0, family=4),
    "random drops 1.5 times": World(3, control=1.5),
    "others coupled to baseline": World(3, coupled=0.9),
    "30 clusters, half the noise": World(3, clusters=30, item=0.5, residual=0.5),
}


def table(draws: int, seed: int) -> Iterator[str]:
    """Give the lines of the report."""
    yield f"Coverage of the {1 - ALPHA:.0%} interval of arm and baseline ({draws:,} draws; the worst"
    yield "of four arms, each with a random drop, some with its twin)"
    yield f"{'':29}{'seeds':>6}{'used':>8}{'own':>8}{'pooled':>9}{'z':>8}{'bootstrap':>11}"
    for name, world in WORLDS.items():
        for seeds in (3, 5, 8):
            held = coverage(replace(world, seeds=seeds), draws, seed)
            cells = (f"{held[way]:>{width}.1%}" for way, width in
                     (("used", 8), ("own", 8), ("pooled", 9), ("z", 8), ("bootstrap", 11)))  # fmt: skip
            yield f"  {name:27}{seeds:>6}{''.join(cells)}"
    yield ""
    yield f"Smallest effect found with {POWER:.0%} power, in deviations of a run, alpha {ALPHA}"
    yield "over the arms; how often nothing is called an effect, and twice that effect"
    yield f"{'':29}{'seeds':>6}{'1 arm':>8}{'3 arms':>9}{'wrong':>9}{'twice':>9}"
    families = {2: "no random drop", 3: "random drop", 4: "random drop and its twin"}
    for family, name in families.items():
        for seeds in (3, 5, 8):
            drawn = simulate(World(seeds, arms=1, family=family), draws, seed)
            one, three = detectable(drawn, ALPHA), detectable(drawn, ALPHA / 3)
            yield (
                f"  {name:27}{seeds:>6}{one:>8.2f}{three:>9.2f}{found(drawn, 0.0, ALPHA):>9.1%}"
                f"{found(drawn, 2 * one, ALPHA):>9.1%}"
            )
    yield ""
    yield "Looks after 3, 5 and 8 seeds, four arms: chance of any wrong keep or drop;"
    yield "one arm with an effect of 2 deviations: how often found, mean seeds needed"
    yield f"{'':46}{'wrong':>9}{'found':>9}{'seeds':>9}"
    counts, world = (3, 5, 8), World(8)
    plans = {"half at the end (used)": plan_looks(counts, ALPHA),
             "equal": tuple(Look(count, ALPHA / 3) for count in counts),
             "by new seeds": tuple(Look(count, ALPHA * new / 8) for count, new in zip(counts, (3, 2, 3), strict=True)),
             "only the end": (Look(8, ALPHA),),
             "uncorrected": tuple(Look(count, ALPHA) for count in counts)}  # fmt: skip
    for name, looks in plans.items():
        wrong_any, _ = sequential(world, looks, 0.0, draws, seed, any_arm=True)
        power, spent = sequential(world, looks, 2.0, draws, seed, any_arm=False)
        yield f"  {name:44}{wrong_any:>9.1%}{power:>9.1%}{spent:>9.2f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m florilegium.ablation.simulate", description="Check the rule.")
    parser.add_argument("--draws", type=int, default=10_000, help="draws of each line")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draws")
    options = parser.parse_args()
    for line in table(options.draws, options.seed):
        print(line, flush=True)


if __name__ == "__main__":
    main()
