"""The verdict: which arms are kept, which dropped, which are undecided, and how sure that is.

An arm is kept if its interval lies above zero, its estimate reaches the smallest effect that matters, and it is better
than its own control, which drops as much at random. It is dropped if its interval lies below zero. All else is
undecided, and says why. Arms are held to one error rate together by Holm's step-down. The claim "better than baseline
and control" is tested by its larger p-value at the full level, the intersection-union test (Berger 1982): no correction
is needed for needing both. Controls and the A/A pair are no claims and are not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from florilegium.ablation.effects import Estimate, Layout, compare
from florilegium.ablation.family import noise_floor
from florilegium.ablation.multiplicity import holm, levels
from florilegium.ablation.panel import Panel
from florilegium.ablation.power import minimum_detectable_effect
from florilegium.ablation.reasons import Judged, settle, why
from florilegium.ablation.sequential import Look, look_at, settled
from florilegium.ablation.slices import Slices, single_clusters, slice_effects
from florilegium.errors import ContractError

VERSION = 1


@dataclass(frozen=True)
class Check:
    """The same arms trained at another learning rate; two seeds or more."""

    learning_rate: float
    panel: Panel


@dataclass(frozen=True)
class Design:
    """What was laid down before anything was trained.

    ``controls`` names the random drop of each arm that has one; ``aa`` the pair that differs in nothing but noise.
    ``unit`` and ``higher_is_better`` are the measure's. All other arms of the panel are judged.
    """

    looks: tuple[Look, ...]
    alpha: float
    smallest_effect: float
    unit: str
    higher_is_better: bool
    baseline: str = "baseline"
    controls: Mapping[str, str] = field(default_factory=dict)
    aa: tuple[str, str] | None = None

    def judged(self, panel: Panel) -> list[str]:
        """Give the arms that are judged."""
        aside = {self.baseline, *self.controls.values(), *(self.aa or ())}
        return [arm for arm in panel.arms if arm not in aside]

    def family(self, arm: str) -> tuple[str, ...]:
        """Give the arms that vary as a judged one does: the baseline, itself, its random drop and that one's twin."""
        control = self.controls.get(arm)
        if control is None:
            return self.baseline, arm
        twins = [name for name in self.aa or () if control in (self.aa or ()) and name != control]
        return self.baseline, arm, control, *twins

    def pair_family(self) -> tuple[str, ...]:
        """Give the family of the A/A pair: that of the arm whose random drop is in it, or with the baseline alone."""
        of = [arm for arm, control in self.controls.items() if control in (self.aa or ())]
        return self.family(of[0]) if of else (self.baseline, *(self.aa or ()))


def judge(
    panel: Panel,
    design: Design,
    *,
    slices: Slices | None = None,
    check: Check | None = None,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    setup: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Judge all arms of a panel at the look that its number of seeds says.

    ``facts`` (by arm: about, retention, tokens_available, repeats ...) and ``setup`` (name, question, measure, tokens
    ...) are passed through into the verdict; `warnings` of ``setup`` come first. Scores are in the measure's own
    direction, effects are positive where an arm is better. Arms keep the order of the panel.
    Raises RecipeError for a number of seeds at which no look is planned, ContractError where every seed of an arm
    differs from the baseline by exactly as much, which only copies do.
    """
    number = look_at(design.looks, len(panel.seeds))
    look, layout, names = design.looks[number], Layout.of(panel), design.judged(panel)
    if not names:
        raise ContractError(f"no arm but baseline and controls was scored ({', '.join(panel.arms)}): score the arms")
    facts, setup = facts or {}, dict(setup or {})
    narrow = single_clusters(panel, slices or {})
    warnings = [*setup.pop("warnings", ()), *_few_clusters(layout), *_narrow_slices(narrow)]
    estimates = {
        arm: _determined(compare(panel, arm, design.baseline, layout, design.family(arm)), arm) for arm in names
    }  # fmt: skip
    against = {
        arm: _determined(compare(panel, arm, control, layout, design.family(arm)), arm)
        for arm, control in design.controls.items()
    }
    warnings += [_odd(arm, design.baseline) for arm in names if estimates[arm].odd]
    warnings += [_odd(arm, design.controls[arm]) for arm, estimate in against.items() if estimate.odd]
    claims = [_claim(estimates[arm], against.get(arm)) for arm in names]
    arms = []
    for arm, adjusted, level in zip(names, holm(claims), levels(claims, look.alpha), strict=True):
        checked = compare(check.panel, arm, design.baseline) if check else None
        judged = Judged(
            estimates[arm], against.get(arm), checked, float(level), look.alpha / len(names), design.smallest_effect,
            design.unit,
        )  # fmt: skip
        row = {
            **facts.get(arm, {}), **_numbers(panel, design, arm, judged.estimate, float(level), judged.bonferroni),
            "p_holm": float(adjusted), "verdict": judged.verdict, "why": why(judged), "settle": settle(judged),
            "versus_random_drop": None, "check": None,
        }  # fmt: skip
        if judged.control:
            row["versus_random_drop"] = {"arm": design.controls[arm], **_short(judged.control, float(level))}
        if check and checked:
            row["check"] = {
                "learning_rate": check.learning_rate,
                "agrees": judged.agrees,
                **_short(checked, look.alpha),
            }
        row["slices"], left_out = slice_effects(
            panel, arm, design.baseline, slices or {}, look.alpha, design.family(arm)
        )  # fmt: skip
        row["loses"] = [f"{part['slice']}={part['value']}" for part in row["slices"] if part["loses"]]
        if left_out:
            warnings.append(f"{arm}: too few items to judge {', '.join(left_out)}.")
        arms.append(row)
    deviation, degrees = noise_floor(panel)
    pair = _pair(panel, design, layout, look.alpha)
    if pair and not pair["interval"][0] <= 0 <= pair["interval"][1]:
        warnings.append("The A/A pair, one recipe drawn twice, differs by more than noise: trust no verdict here.")
    done = settled(arms, design.smallest_effect)
    verdict: dict[str, Any] = rounded(
        {
            "version": VERSION, **setup, "alpha": design.alpha, "smallest_effect": design.smallest_effect,
            "seeds": list(panel.seeds), "warnings": warnings, "arms": arms,
            "looks": [
                {"seeds": each.seeds, "alpha": each.alpha, "settled": done and each is look}
                for each in design.looks[: number + 1]
            ],
            "baseline": {
                **facts.get(design.baseline, {}), "name": design.baseline, **_scores(panel, design, design.baseline),
            },
            "noise_floor": {"seed_deviation": deviation, "degrees_of_freedom": degrees, "aa": pair},
            "controls": _controls(panel, design, layout, look.alpha, facts, pair),
        }
    )  # fmt: skip
    return verdict


def _claim(estimate: Estimate, control: Estimate | None) -> float:
    """Give the p-value of what an arm claims: for a better one with a control, that it beats both."""
    if control is None or estimate.effect <= 0:
        return estimate.p
    return max(estimate.p, control.p) if control.effect > 0 else 1.0


def _determined(estimate: Estimate, arm: str) -> Estimate:
    if not estimate.determined:
        raise ContractError(
            f"arm {arm!r} differs by {estimate.effect:.6g} on every item in every seed: seeds are copies of each "
            "other, or the benchmark has one item; look at its scores"
        )
    return estimate


def _scores(panel: Panel, design: Design, arm: str) -> dict[str, Any]:
    scores = panel.scores[panel.arms.index(arm)] * (1 if design.higher_is_better else -1)
    return {"score": float(scores.mean()), "by_seed": scores.tolist()}


def _short(estimate: Estimate, alpha: float) -> dict[str, Any]:
    return {"effect": estimate.effect, "interval": list(estimate.interval(alpha)), "p": estimate.p}


def _numbers(
    panel: Panel, design: Design, arm: str, estimate: Estimate, level: float, planned: float
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": arm, **_scores(panel, design, arm), **_short(estimate, level), "degrees_of_freedom": estimate.freedom,
        "minimum_detectable_effect": minimum_detectable_effect(estimate, planned),
    }  # fmt: skip


def _pair(panel: Panel, design: Design, layout: Layout, alpha: float) -> dict[str, Any] | None:
    """Judge the A/A pair by the rule for arms, its first over its second."""
    if design.aa is None:
        return None
    estimate = compare(panel, *design.aa, layout, design.pair_family())
    judged = Judged(estimate, None, None, alpha, alpha, design.smallest_effect, design.unit)
    return {"arms": list(design.aa), **_short(estimate, alpha), "verdict": judged.verdict}


def _controls(
    panel: Panel, design: Design, layout: Layout, alpha: float, facts: Mapping[str, Mapping[str, Any]],
    pair: dict[str, Any] | None,
) -> list[dict[str, Any]]:  # fmt: skip
    rows = []
    for arm, control in design.controls.items():
        estimate = compare(panel, control, design.baseline, layout, design.family(arm))
        rows.append(
            {**facts.get(control, {}), "versus": design.baseline, "control_of": arm,
             **_numbers(panel, design, control, estimate, alpha, alpha)}
        )  # fmt: skip
    if design.aa and pair:
        first, second = design.aa
        estimate = compare(panel, first, second, layout, design.pair_family())
        rows.append(
            {**facts.get(first, {}), "versus": second, **_numbers(panel, design, first, estimate, alpha, alpha),
             "verdict": pair["verdict"]}
        )  # fmt: skip
    return rows


def _odd(arm: str, other: str) -> str:
    return (
        f"{arm} against {other}: one of the two varies more over seeds than the arms that drop as much, so their own "
        "differences alone say how sure the effect is; that takes more seeds."
    )


def _few_clusters(layout: Layout) -> list[str]:
    if not layout.single:
        return []
    return [
        f"{len(layout.single)} of {len(layout.stratum_freedom)} parts of the benchmark hold a single cluster (work): "
        "there single items stand for works, and intervals may be too narrow."
    ]


def _narrow_slices(narrow: list[str]) -> list[str]:
    if not narrow:
        return []
    return [
        f"Slices that rest on a single cluster (work), as a whole or in a part: {', '.join(narrow)}. There single "
        "items stand for works, and a gain or a loss is found too easily."
    ]


def rounded(value: Any) -> Any:
    """Give the same with floats of 6 significant digits, as they are written."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def to_json(verdict: Mapping[str, Any]) -> bytes:
    """Give the bytes of verdict.json: keys sorted, the same for the same verdict."""
    return orjson.dumps(dict(verdict), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
