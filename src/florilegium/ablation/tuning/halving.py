"""Who goes on to the next rung: successive halving (Jamieson & Talwalkar 2016) that listens to verdicts.

After a rung, candidates that it ``keep``s go on and those that it ``drop``s leave. Of the undecided the better half by
estimate goes on (of an odd number, the half rounded up). With ``keep_undecided`` an undecided candidate of the worse
half also goes on while its interval reaches above the median estimate of the rung: it could still be among the best.

After the last rung only what it ``keep``s stays, and of several bounds of one rule only the one with the best estimate.
Ties go to the candidate that is written first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

Verdict = Literal["keep", "drop", "undecided"]


@dataclass(frozen=True)
class Standing:
    """A candidate after a rung. Effects are positive where it is better than the base."""

    name: str
    family: str  # the rule of which it is one bound; else its own name
    effect: float
    interval: tuple[float, float]
    verdict: Verdict


@dataclass(frozen=True)
class Fate:
    """Whether a candidate goes on, and why."""

    standing: Standing
    stays: bool
    why: str


def standings(arms: Iterable[Mapping[str, Any]], families: Mapping[str, str]) -> list[Standing]:
    """Read the standings of candidates from the arms of a verdict, in their order."""
    return [
        Standing(arm["name"], families[arm["name"]], arm["effect"], (arm["interval"][0], arm["interval"][1]),
                 arm["verdict"])
        for arm in arms
    ]  # fmt: skip


def halve(rung: Sequence[Standing], *, keep_undecided: bool) -> list[Fate]:
    """Say of each candidate whether it goes on to the next rung.

    >>> rung = [Standing(name, name, effect, (effect - 1, effect + 1), "undecided") for name, effect in
    ...         [("a", 0.0), ("b", 0.5), ("c", -2.0)]]
    >>> [fate.standing.name for fate in halve(rung, keep_undecided=False) if fate.stays]
    ['a', 'b']
    """
    undecided = sorted((each for each in rung if each.verdict == "undecided"), key=lambda each: -each.effect)
    better = {each.name for each in undecided[: (len(undecided) + 1) // 2]}
    middle = median(each.effect for each in rung) if rung else 0.0
    fates = []
    for each in rung:
        if each.verdict == "keep":
            fates.append(Fate(each, True, "better than the base beyond noise"))
        elif each.verdict == "drop":
            fates.append(Fate(each, False, "worse than the base beyond noise"))
        elif each.name in better:
            fates.append(Fate(each, True, "undecided, in the better half of the undecided"))
        elif keep_undecided and each.interval[1] > middle:
            fates.append(Fate(each, True, f"undecided, and its interval reaches above the median ({middle:+.3g})"))
        else:
            fates.append(Fate(each, False, "undecided, in the worse half of the undecided"))
    return fates


def finish(rung: Sequence[Standing]) -> list[Fate]:
    """Say of each candidate whether it is kept after the last rung."""
    best: dict[str, Standing] = {}
    for each in rung:
        if each.verdict == "keep" and (each.family not in best or each.effect > best[each.family].effect):
            best[each.family] = each
    fates = []
    for each in rung:
        if each.verdict == "drop":
            fates.append(Fate(each, False, "worse than the base beyond noise"))
        elif each.verdict == "undecided":
            fates.append(Fate(each, False, "still undecided after the last rung"))
        elif best[each.family] is each:
            fates.append(Fate(each, True, "better than the base beyond noise"))
        else:
            why = f"better than the base, but `{best[each.family].name}` is the better bound of the same rule"
            fates.append(Fate(each, False, why))
    return fates


Role = Literal["needed", "redundant", "harmful"]
_ROLES: Mapping[Verdict, Role] = {"drop": "needed", "undecided": "redundant", "keep": "harmful"}


@dataclass(frozen=True)
class Removal:
    """What it does to the full set to go without one of its candidates; positive where the rest does better."""

    name: str
    effect: float
    interval: tuple[float, float]
    role: Role


def removals(arms: Iterable[Mapping[str, Any]], of: Mapping[str, str]) -> list[Removal]:
    """Read removals from the arms of a verdict; ``of`` gives the candidate that each arm goes without."""
    return [
        Removal(of[arm["name"]], arm["effect"], (arm["interval"][0], arm["interval"][1]), _ROLES[arm["verdict"]])
        for arm in arms
    ]


def next_to_leave(found: Sequence[Removal], *, keep_redundant: bool) -> Removal | None:
    """Give the candidate that leaves the full set next, if any: the one without which the rest does best.

    Only one leaves at a time: of two rules that drop the same documents each is redundant, both are not.
    """
    leaving = [each for each in found if each.role == "harmful" or (each.role == "redundant" and not keep_redundant)]
    return max(leaving, key=lambda each: each.effect, default=None)
