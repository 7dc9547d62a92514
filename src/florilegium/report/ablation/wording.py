"""Effects in plain words: how much, in which direction, between what and what."""

import math
from dataclasses import dataclass

from florilegium.report.ablation.verdict import Arm, Effect, Interval, Measure, Verdict

#: Measures that are shares of right answers, or probabilities: told in points of a hundred.
_POINTS = {
    "accuracy": "right answers in a hundred",
    "accuracy_norm": "right answers in a hundred",
    "probability": "points in a hundred for the right letters",
    "probability_norm": "points in a hundred for the right answer",
}
VERDICTS = {"keep": "Keep", "drop": "Drop", "undecided": "Undecided"}


@dataclass(frozen=True)
class Scale:
    """How effects of a measure are told: times ``factor``, with so many decimals, as more or less of ``noun``."""

    factor: float
    decimals: int
    sign: str  # what follows the number: " %" or nothing
    noun: str
    better: str
    worse: str
    verb: str  # "a model needs", "a model gives"

    def value(self, effect: float) -> float:
        """Give an effect on the scale that is shown."""
        return effect * self.factor

    def size(self, effect: float) -> str:
        """Write how large an effect is, without its direction."""
        return f"{abs(self.value(effect)):,.{self.decimals}f}{self.sign}"

    def signed(self, effect: float) -> str:
        """Write an effect with its sign, for tables; what rounds to nothing has none."""
        text = f"{self.value(effect):+,.{self.decimals}f}".replace("-", "−")
        return ("0" + text[2:] if self.nothing(effect) else text) + self.sign

    def nothing(self, effect: float) -> bool:
        """Say whether an effect rounds to nothing."""
        return round(abs(self.value(effect)), self.decimals) == 0

    def direction(self, effect: float) -> str:
        """Say ``fewer`` or ``more``."""
        return self.better if effect > 0 else self.worse

    def said(self, effect: float) -> str:
        """Say an effect: ``1.2 % fewer bits per byte``."""
        if self.nothing(effect):
            return f"as many {self.noun}"
        return f"{self.size(effect)} {self.direction(effect)} {self.noun}"

    def sentence(self, effect: float) -> str:
        """Say it of a model: ``a model needs 1.2 % fewer bits per byte``."""
        return f"a model {self.verb} {self.said(effect)}"

    def between(self, interval: Interval) -> str:
        """Say an interval, the better end last: ``between 0.9 % and 1.5 % fewer``."""
        low, high = interval
        if low > 0 or high < 0:
            near, far = sorted((low, high), key=abs)
            return f"between {self.size(near)} and {self.size(far)} {self.direction(high if low > 0 else low)}"
        ends = (f"{self.size(end)} {self.direction(end)}" if not self.nothing(end) else "nothing" for end in interval)
        return "between " + " and ".join(ends)


def scale(verdict: Verdict) -> Scale:
    """Choose how effects of the verdict's measure are told; decimals come from the smallest effect that matters."""
    measure = verdict.measure
    baseline = abs(verdict.baseline.score)
    return _scale(measure, baseline, verdict.smallest_effect or _largest(verdict.arms))


def _scale(measure: Measure, baseline: float, typical: float) -> Scale:
    if measure.name in _POINTS:
        noun = _POINTS[measure.name]
        return Scale(100, _decimals(100 * typical), "", noun, "more", "fewer", "gives")
    if not measure.higher_is_better and baseline > 0:
        factor = 100 / baseline
        noun = measure.unit or measure.name
        return Scale(factor, _decimals(factor * typical), " %", noun, "fewer", "more", "needs")
    better, worse, verb = ("more", "less", "gains") if measure.higher_is_better else ("less", "more", "needs")
    return Scale(1, _decimals(typical), "", f"{measure.unit} of {measure.name}".strip(), better, worse, verb)


def _decimals(typical: float) -> int:
    """Show two digits of a typical effect."""
    if not typical or not math.isfinite(typical):
        return 3
    return min(max(1 - math.floor(math.log10(abs(typical))), 0), 6)


def _largest(effects: list[Arm]) -> float:
    return max((abs(arm.effect) for arm in effects), default=0.0)


def negligible(arm: Effect, smallest: float | None) -> bool:
    """Say whether all that an effect may be is too small to matter."""
    return bool(smallest and arm.interval and -smallest <= arm.interval[0] and arm.interval[1] <= smallest)


def outcome(arm: Arm, smallest: float | None) -> str:
    """Say the verdict in two or three words."""
    if arm.verdict == "undecided" and negligible(arm, smallest):
        return "Too small to matter"
    return VERDICTS.get(arm.verdict or "", arm.verdict or "no verdict")


def meaning(arm: Arm, smallest: float | None) -> str:
    """Say what the verdict asks the reader to do."""
    if arm.verdict == "keep":
        return "the change helps: keep it in the recipe"
    if arm.verdict == "drop":
        return "the change harms: leave it out of the recipe"
    if negligible(arm, smallest):
        return "whatever the change does is too small to matter"
    if arm.interval and (arm.interval[0] > 0 or arm.interval[1] < 0):
        return "a difference is there, but something else speaks against a verdict"
    return "this measurement cannot tell whether the change helps"


def summary(verdict: Verdict, told: Scale) -> str:
    """Give the answer in one line: which arms help or harm, by how much, who loses, and which stay open."""
    said: list[str] = []
    small: list[str] = []
    undecided: list[str] = []
    for arm in verdict.arms:
        if arm.verdict in ("keep", "drop"):
            lost = f", but it harms {', '.join(arm.lost)}" if arm.verdict == "keep" and arm.lost else ""
            said.append(f"{arm.name} {'helps' if arm.verdict == 'keep' else 'harms'} ({told.said(arm.effect)}){lost}")
        else:
            (small if negligible(arm, verdict.smallest_effect) else undecided).append(arm.name)
    for names, one, many in ((small, "does", "do"), (undecided, "is", "are")):
        if names:
            verb = many if len(names) > 1 else one
            said.append(f"{', '.join(names)} {verb} {'too little to matter' if names is small else 'not decided'}")
    return "; ".join(said) or "no arm was compared"


def percent(part: float | None) -> str:
    """Write a share between 0 and 1 in per cent."""
    if part is None:
        return "–"
    shown = f"{100 * part:.1f}".removesuffix(".0")
    return f"{shown} %"


def probability(p: float | None) -> str:
    """Write a p-value."""
    if p is None or math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def amount(number: float | None, unit: str = "") -> str:
    """Write a large number in words: 5.2 million tokens."""
    if number is None:
        return "–"
    value, word = float(number), ""
    for size, name in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if abs(number) >= size:
            value, word = number / size, name
            break
    shown = f"{value:,.1f}".removesuffix(".0") if word else f"{value:,.0f}"
    return f"{shown}{word} {unit}".strip()


def regime(name: str | None) -> str:
    """Say how training was made comparable."""
    known = {
        "equal_tokens": "every model trained on the same number of tokens",
        "one_epoch": "every model read what its arm kept exactly once",
    }
    return known.get(name or "", name or "–")
