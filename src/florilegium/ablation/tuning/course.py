"""The course of a tuning: what every rung said, what the kept rules are worth together, and the final comparison."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from florilegium.ablation.tuning.candidates import Candidate, Rung, Tuning
from florilegium.ablation.tuning.halving import Fate, Removal, Standing
from florilegium.ablation.tuning.questions import Moved, base_from, yaml_of
from florilegium.ablation.verdict import rounded
from florilegium.errors import printable

VERSION = 1


@dataclass(frozen=True)
class Asked:
    """A question that was asked on the way: its name, and how much its verdict rests on."""

    question: str
    tokens: int
    seeds: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def shown(self) -> str:
        """Say how much it rests on."""
        return f"{len(self.seeds)} seeds of {self.tokens:,} tokens"


def asked_of(verdict: Mapping[str, Any]) -> Asked:
    """Read the question from its verdict."""
    return Asked(verdict["name"], verdict["tokens"], tuple(verdict["seeds"]), tuple(verdict["warnings"]))


@dataclass(frozen=True)
class Climbed:
    """A rung, with what became of each candidate."""

    asked: Asked
    fates: tuple[Fate, ...]

    @property
    def still_in(self) -> list[str]:
        """Name those that stay."""
        return [fate.standing.name for fate in self.fates if fate.stays]


@dataclass(frozen=True)
class Together:
    """Some candidates together, and without each of them in turn."""

    asked: Asked
    full: Standing  # the full set over the base
    removals: tuple[Removal, ...]
    left: str | None  # who leaves after it


@dataclass(frozen=True)
class Final:
    """All that is left, over the base and over a random drop of as much, on seeds that nothing was chosen by."""

    asked: Asked
    standing: Standing
    why: str
    versus_random_drop: Mapping[str, Any] | None


@dataclass
class Course:
    """Everything that happened."""

    tuning: Tuning
    unit: str = ""
    rungs: list[Climbed] = field(default_factory=list)
    together: list[Together] = field(default_factory=list)
    final: Final | None = None

    @property
    def tuned(self) -> list[Candidate]:
        """Give the candidates that are left after the rungs so far and what followed."""
        kept = self.rungs[-1].still_in if self.rungs else []
        names = set(kept) - {each.left for each in self.together}
        return [each for each in self.tuning.candidates if each.name in names]

    def alone(self, name: str) -> tuple[Climbed, Standing]:
        """Give the last rung that a candidate was in, and how it stood there."""
        found = [
            (rung, fate.standing) for rung in self.rungs for fate in rung.fates if fate.standing.name == name
        ]  # fmt: skip
        return found[-1]

    def in_company(self, name: str) -> tuple[Together, Removal] | None:
        """Give the last question about a candidate in the full set, if there was one."""
        found = [(each, removal) for each in self.together for removal in each.removals if removal.name == name]
        return found[-1] if found else None

    @property
    def next_seed(self) -> int:
        """Give the first seed that nothing was trained with."""
        asked = [*(each.asked for each in self.rungs), *(each.asked for each in self.together)]
        return max((each.seeds[-1] + 1 for each in asked), default=self.tuning.asked.first_seed)

    def literal(self) -> dict[str, Any]:
        """Give it as plain values, as ``tuning.json`` has it."""
        tuning = self.tuning
        found: dict[str, Any] = rounded(
            {
                "version": VERSION, "name": tuning.name, "question": tuning.asked.question,
                "hypothesis": tuning.asked.hypothesis, "base": tuning.asked.base, "unit": self.unit,
                "rule": {"keep_undecided": tuning.asked.keep_undecided, "keep_redundant": tuning.asked.keep_redundant},
                "candidates": [asdict(each) for each in tuning.candidates],
                "rungs": [asdict(each) for each in self.rungs],
                "together": [asdict(each) for each in self.together],
                "interactions": [asdict(each) for each in interactions(self)],
                "final": asdict(self.final) if self.final else None,
                "tuned": [each.name for each in self.tuned],
                "verdict": self.final.standing.verdict if self.final else "nothing kept",
            }
        )  # fmt: skip
        return found

    def to_json(self) -> bytes:
        """Give the bytes of ``tuning.json``: keys sorted, the same for the same course."""
        return orjson.dumps(self.literal(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


@dataclass(frozen=True)
class Interaction:
    """What a candidate is worth alone, and among the other kept ones."""

    name: str
    alone: float
    alone_interval: tuple[float, float]
    in_company: float
    in_company_interval: tuple[float, float]
    clear: bool  # the two intervals share no value


def interactions(course: Course) -> list[Interaction]:
    """Compare what each kept candidate was worth alone with what it is worth in the first full set."""
    found = []
    for removal in course.together[0].removals if course.together else ():
        alone = course.alone(removal.name)[1]
        low, high = 0.0 - removal.interval[1], 0.0 - removal.interval[0]  # not -0.0
        clear = high < alone.interval[0] or low > alone.interval[1]
        found.append(Interaction(removal.name, alone.effect, alone.interval, 0.0 - removal.effect, (low, high), clear))
    return found


def shown_effect(effect: float, interval: Sequence[float], unit: str) -> str:
    """Write an effect with its interval."""
    return f"{effect:+.4g} {unit} ({interval[0]:+.4g} to {interval[1]:+.4g})"


def tuned_recipe(course: Course, folder: Path) -> str:
    """Write the tuned recipe that will lie in ``folder``: the base, and each kept edit with its evidence."""
    tuning = course.tuning
    lines = [f"# The recipe `{tuning.asked.base}` as tuned by `{tuning.name}`: {tuning.asked.question}"]
    if course.final is None:
        lines.append("# No candidate was better than the base beyond noise: this is the base as it is.")
    else:
        said = shown_effect(course.final.standing.effect, course.final.standing.interval, course.unit)
        lines.append(f"# All of it against the base, on new seeds ({course.final.asked.shown}): {said}.")
        lines.append(f"# Verdict: {course.final.standing.verdict}. {course.final.why}")
    lines = [_comment(line) for line in lines]
    lines += [yaml_of({"base": base_from(tuning, folder), "name": f"tuned-{tuning.name}"}, block=True).rstrip()]
    moved = Moved(tuning.path.parent, folder)
    if not tuning.asked.baseline and not course.tuned:
        return "\n".join(lines) + "\n"
    lines.append("patch:")
    if tuning.asked.baseline:
        lines.append(_comment("  # edits of the base that every arm had"))
        lines += _items([moved.value(edit) for edit in tuning.asked.baseline])
    for each in course.tuned:
        lines += [_comment(f"  # {line}") for line in evidence(course, each)]
        lines += _items([moved.value(edit) for edit in each.patch])
    return "\n".join(lines) + "\n"


def evidence(course: Course, candidate: Candidate) -> list[str]:
    """Say what is known of a kept candidate, one line a fact."""
    rung, standing = course.alone(candidate.name)
    said = f"{candidate.name}: {candidate.about}" if candidate.about else candidate.name
    alone = shown_effect(standing.effect, standing.interval, course.unit)
    lines = [said, f"alone {alone}, {rung.asked.shown}: {standing.verdict}"]
    found = course.in_company(candidate.name)
    if found:
        together, removal = found
        without = shown_effect(removal.effect, removal.interval, course.unit)
        among = f", while `{together.left}` was in" if together.left else ""
        lines.append(f"without it the rest does {without}, {together.asked.shown}: {removal.role}{among}")
    return lines


def _items(edits: Sequence[Any]) -> list[str]:
    return [f"  {line}" for line in yaml_of(list(edits)).rstrip().splitlines()]


def _comment(text: str) -> str:
    """Keep a comment on its line, whatever a name or a text has in it."""
    indent = text[: len(text) - len(text.lstrip(" "))]
    return indent + " ".join(printable(text).split())


def steps_of(rungs: Sequence[Rung], candidates: int, families: int, final: Rung) -> list[tuple[str, int, int]]:
    """Give what is trained at most: for each question its name, runs and tokens a run, were nobody to leave early."""
    found = [(f"{number + 1}", (2 * candidates + 2) * rung.seeds, rung.tokens) for number, rung in enumerate(rungs)]
    last = rungs[-1]
    for number, left in enumerate(range(families, 1, -1)):
        found.append((f"without_{number + 1}", (left + (4 if number == 0 else 2)) * last.seeds, last.tokens))
    return [*found, ("final", 4 * final.seeds, final.tokens)]
