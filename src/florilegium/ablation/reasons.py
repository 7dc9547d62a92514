"""Why an arm is kept, dropped or left undecided, in words, and what would settle it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from florilegium.ablation.effects import Estimate
from florilegium.ablation.power import SEEDS_AT_MOST, minimum_detectable_effect, seeds_needed, seeds_to_exclude
from florilegium.ablation.sequential import negligible


@dataclass(frozen=True)
class Judged:
    """An arm with all that decides about it. ``level`` is the error rate of its intervals."""

    estimate: Estimate
    control: Estimate | None
    check: Estimate | None
    level: float
    bonferroni: float
    """The look's alpha over the number of arms: what a design is planned for."""
    smallest_effect: float
    unit: str

    @property
    def interval(self) -> tuple[float, float]:
        """Give the interval of the effect."""
        return self.estimate.interval(self.level)

    @property
    def beats_control(self) -> bool:
        """Tell whether it is better than a random drop of as much (or has no such control)."""
        return self.control is None or self.control.interval(self.level)[0] > 0

    @property
    def agrees(self) -> bool:
        """Tell whether the effect has the same sign at the learning rate of the check (or there is none)."""
        return self.check is None or bool(np.sign(self.check.effect) == np.sign(self.estimate.effect))

    @property
    def ignoring_check(self) -> str:
        """Give the verdict that the check may overrule."""
        low, high = self.interval
        if high < 0:
            return "drop"
        kept = low > 0 and self.estimate.effect >= self.smallest_effect and self.beats_control
        return "keep" if kept else "undecided"

    @property
    def verdict(self) -> str:
        """Give `keep`, `drop` or `undecided`."""
        return self.ignoring_check if self.agrees else "undecided"


def why(judged: Judged) -> str:
    """Say in one sentence why the verdict is what it is."""
    low, high = judged.interval
    size = f"{abs(judged.estimate.effect):.3g} {judged.unit}"
    span = f"interval {low:.3g} to {high:.3g}"
    smallest = f"{judged.smallest_effect:.3g}"
    wanted = judged.ignoring_check
    if wanted != judged.verdict:
        return f"It looks like `{wanted}`, but at the learning rate of the check the effect has not the same sign."
    if wanted == "keep":
        beside = ", and better than dropping as much at random" if judged.control else ""
        return f"Better than the baseline by {size} ({span}){beside}."
    if wanted == "drop":
        return f"Worse than the baseline by {size} ({span})."
    if judged.estimate.variance == 0:
        return "It scores exactly as the baseline does: the arm changed nothing that the benchmark sees."
    if negligible((low, high), judged.smallest_effect):
        return f"Too small to matter: the whole interval ({low:.3g} to {high:.3g}) lies within {smallest} of zero."
    if low > 0 and judged.estimate.effect < judged.smallest_effect:
        return (
            f"Better than the baseline by {size} ({span}), which is less than the smallest that matters ({smallest})."
        )
    if low > 0:
        return (
            f"Better than the baseline by {size} ({span}), but not shown to be better than dropping as much at random."
        )
    seen = minimum_detectable_effect(judged.estimate, judged.bonferroni)
    return (
        f"Too noisy: {span}; only an effect of {seen:.3g} {judged.unit} or more would have been seen in 4 of 5 tries."
    )


def settle(judged: Judged) -> dict[str, Any]:
    """Say what would settle an undecided arm: a number of seeds, or that seeds will not."""
    low, high = judged.interval
    estimate, level = judged.estimate, judged.bonferroni
    if judged.verdict != "undecided":
        return {"seeds": None, "text": "It is settled."}
    if not judged.agrees and judged.ignoring_check != "undecided":
        return {"seeds": None, "text": "Ask again with the learning rate tuned for the baseline and for this arm."}
    if estimate.variance == 0 or negligible((low, high), judged.smallest_effect):
        return {"seeds": None, "text": "It is settled: no difference that matters."}
    against = ""
    if low > 0 and not judged.beats_control and judged.control and estimate.effect >= judged.smallest_effect:
        seeds = seeds_needed(judged.control, judged.control.effect, level) if judged.control.effect > 0 else None
        against = " of its difference to the random drop"
    elif abs(estimate.effect) >= judged.smallest_effect:
        seeds = seeds_needed(estimate, estimate.effect, level)
    else:
        seeds = seeds_to_exclude(estimate, judged.smallest_effect, level)
    if seeds is not None:
        return {"seeds": seeds, "text": f"About {seeds} seeds would, if the estimate{against} is right."}
    if estimate.item_variance > estimate.seed_variance:
        return {"seeds": None, "text": "More seeds will not: the benchmark has too few items for an effect this small."}
    return {"seeds": None, "text": f"Not even {SEEDS_AT_MOST} seeds would: train longer, or ask about a larger effect."}
