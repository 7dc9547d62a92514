"""``verdict.json`` as the report reads it: what must be there is asked for, what may be missing is None or empty."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from florilegium.errors import ContractError, printable

Interval = tuple[float, float]

#: An interval with an end beyond this has no bounds: one degree of freedom gives ends of 1e27.
_BOUNDLESS = 1e6
_AGAIN = "run `florilegium ablate` again, trained models are reused"


class Part(BaseModel):
    """A part of the verdict. Keys that the report does not show are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Effect(Part):
    """A difference from the baseline in the measure's unit; above 0 is better. No interval: it has no bounds."""

    effect: float
    interval: Interval | None = None
    p: float | None = None

    @field_validator("interval")
    @classmethod
    def _bounded(cls, interval: Interval | None) -> Interval | None:
        return interval if interval and max(map(abs, interval)) < _BOUNDLESS else None


class Slice(Effect):
    """The effect on one part of the benchmark, such as ``domain=newspapers``."""

    slice: str
    value: str
    items: int | None = None
    p_holm: float | None = None
    loses: bool = False
    gains: bool = False

    @property
    def name(self) -> str:
        """Name it as ``loses`` does."""
        return f"{self.slice}={self.value}"

    @property
    def words(self) -> str:
        """Name it for people: newspapers (domain)."""
        return f"{self.value} ({self.slice})"


class Versus(Effect):
    """An arm against the control that drops as many documents by lot."""

    arm: str = ""


class Check(Effect):
    """The same comparison, trained with another learning rate."""

    learning_rate: float | None = None
    agrees: bool = True


class Settle(Part):
    """What would settle an undecided arm."""

    seeds: int | None = None
    text: str = ""


class Arm(Effect):
    """One arm; a control has no verdict, except the A/A pair."""

    name: str
    about: str | None = None
    patch_summary: str | list[str] | None = None
    documents: int | None = None
    retention: float | None = None
    tokens_available: float | None = None
    repeats: float | None = None
    score: float | None = None
    by_seed: list[float] = []
    p_holm: float | None = None
    degrees_of_freedom: float | None = None
    minimum_detectable_effect: float | None = None
    verdict: str | None = None
    why: str | None = None
    versus_random_drop: Versus | None = None
    check: Check | None = None
    slices: list[Slice] = []
    loses: list[str] = []
    settle: Settle | None = None

    @property
    def open_ends(self) -> str:
        """Say what would settle an arm that is not settled."""
        if self.verdict in ("keep", "drop") or self.settle is None:
            return ""
        return self.settle.text or (f"{self.settle.seeds} seeds of each arm." if self.settle.seeds else "")

    @property
    def p_all(self) -> float | None:
        """Give the p-value corrected for the number of arms, where there is one."""
        return self.p if self.p_holm is None else self.p_holm

    @property
    def losers(self) -> list[Slice]:
        """Give the slices that are significantly worse, the worst first."""
        lost = [part for part in self.slices if part.loses or part.name in self.loses]
        return sorted(lost, key=lambda part: (part.effect, part.name))

    @property
    def lost(self) -> list[str]:
        """Name what loses, the worst first; also a part of which no effect is given."""
        known = [part.name for part in self.losers]
        if len(known) == len(self.slices) > 1:
            return ["every part"]
        return [part.words for part in self.losers] + [name for name in self.loses if name not in known]

    @property
    def gainers(self) -> list[Slice]:
        """Give the slices that are significantly better, the best first."""
        return sorted((part for part in self.slices if part.gains), key=lambda part: (-part.effect, part.name))


class Baseline(Part):
    """What every arm is compared with."""

    name: str = "baseline"
    score: float
    by_seed: list[float] = []
    documents: int | None = None
    tokens_available: float | None = None


class Measure(Part):
    """What decides."""

    name: str
    unit: str = ""
    higher_is_better: bool = True
    tasks: list[str] = []
    balanced_over: str | None = None


class Pair(Effect):
    """Two arms that are the same: what chance alone does."""

    arms: list[str] = []
    verdict: str | None = None


class NoiseFloor(Part):
    """How much one training differs from the next where nothing was changed."""

    seed_deviation: float | None = None
    degrees_of_freedom: float | None = None
    aa: Pair | None = None


class Look(Part):
    """One look at the results; more seeds may follow."""

    seeds: int
    alpha: float
    settled: bool = False


class Audit(Part):
    """Whether a task tells models apart at all, and therefore may vote."""

    task: str
    measure: str = ""
    votes: bool = True
    why: str | None = None
    above_chance: bool | float | None = None
    monotone: float | None = None
    signal_to_noise: float | None = None
    ordering: float | None = None


class Contamination(Part):
    """Items of the benchmark that stand in what was trained on."""

    checked: bool = False
    ngram: int | None = None
    items: int | None = None
    contaminated: int | None = None
    excluded: list[str] = []


class ShownOnly(Part):
    """A task and measure that is shown and never decides: effects by arm, above 0 is better."""

    task: str
    measure: str = ""
    baseline: float | None = None
    effects: dict[str, float | None] = {}


class Verdict(Part):
    """The answer to a question."""

    version: int
    name: str
    question: str
    hypothesis: str | None = None
    regime: str | None = None
    measure: Measure
    alpha: float = 0.05
    smallest_effect: float | None = None
    seeds: list[int]
    tokens: float | None = None
    parameters: int | None = None
    looks: list[Look] = []
    baseline: Baseline
    noise_floor: NoiseFloor = NoiseFloor()
    arms: list[Arm]
    controls: list[Arm] = []
    shown_only: list[ShownOnly] = []
    audit: list[Audit] = []
    contamination: Contamination | None = None
    warnings: list[str] = []

    @property
    def lot(self) -> list[Arm]:
        """Give the controls but the A/A pair, which is shown by itself."""
        pair = self.noise_floor.aa.arms if self.noise_floor.aa else []
        return [control for control in self.controls if control.name not in pair]

    @property
    def confidence(self) -> float:
        """Give the share of such intervals that hold the truth for all arms together, by the last look's alpha."""
        return 1 - (self.looks[-1].alpha if self.looks else self.alpha)


def read_verdict(verdict: dict[str, Any]) -> Verdict:
    """Read a verdict; raises ContractError naming the first key that is missing or of the wrong kind."""
    if not isinstance(verdict, dict):
        raise ContractError(f"verdict.json is not a JSON object; {_AGAIN}")
    if verdict.get("version") != 1:
        raise ContractError(f"verdict.json has version {printable(repr(verdict.get('version')))[:40]}, not 1; {_AGAIN}")
    try:
        return Verdict.model_validate(verdict)
    except ValidationError as error:
        first = error.errors()[0]
        place = printable(".".join(map(str, first["loc"])))
        raise ContractError(f"verdict.json: `{place}`: {printable(first['msg'])}; {_AGAIN}") from None
