"""A tuning is a file: which rules are tried, on how many tokens and seeds, judged by what.

::

    name: web
    question: Which of the published web rules help on our pages?
    hypothesis: ...                       # written before the run
    base: crawl                           # a recipe: its decisions are the baseline
    candidates:
      - {name: lines, about: ..., patch: [{add: {rules: [fineweb]}, to: decide}]}
      - name: letters                     # one candidate a bound: letters_0_7, letters_0_8
        patch: [{add: {name: letters, rules: [{id: words, signal: gopher.alphabetic_words, at_least: 0}]}, to: decide}]
        rule: decide.letters.words.at_least
        bounds: [0.7, 0.8]
    rungs: [{tokens: 300k, seeds: 2}, {tokens: 1M, seeds: 3}]
    benchmark: heldout
    decision: {smallest_effect: 0.01}

A step that a candidate adds and addresses has a ``name``: unnamed steps of one kind are numbered by who else is there.
"""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from florilegium.ablation.asked import BASELINE, Count, DecisionRule, ModelOptions, TrainingOptions
from florilegium.ablation.train import schedule
from florilegium.errors import RecipeError
from florilegium.recipe.kinds import Registry, did_you_mean
from florilegium.recipe.load import load_patched
from florilegium.recipe.options import Options
from florilegium.recipe.problems import Problems
from florilegium.recipe.shipped import find_base, find_shipped
from florilegium.recipe.tree import Address, Tree, read_tree
from florilegium.run.executors import RunOptions

#: The arm with all that is kept, and what precedes the name of a candidate in the arm that goes without it.
TUNED, WITHOUT = "tuned", "without_"
#: Longest name of a candidate: an arm may be called `random_without_NAME_again`.
_LONGEST = 38


class Rung(Options):
    """How much each candidate is trained on."""

    tokens: Count = Field(ge=1000, description="Tokens of a run.")
    seeds: int = Field(ge=2, le=100, description="Runs of each arm.")


class Written(Options):
    """A candidate as written: a patch, or one rule at several bounds."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=_LONGEST)
    about: str = Field("", description="What it does, in words.")
    patch: tuple[dict[str, Any], ...] = Field((), description="Edits of the base recipe, as in a recipe.")
    rule: str | None = Field(None, description="Address of a bound, after `patch`: `decide.rules.ID.at_most`.")
    bounds: tuple[Any, ...] = Field((), description="Values of that bound; each is a candidate of its own.")

    @model_validator(mode="after")
    def _whole(self) -> "Written":
        if (self.rule is None) != (not self.bounds):
            raise ValueError("`rule`, the address of a bound, and `bounds`, its values, go together")
        if not self.patch and self.rule is None:
            raise ValueError("give a `patch`, or a `rule` with `bounds`")
        return self


class Controls(Options):
    """What candidates are held against beside the base."""

    random_drop: Literal["all"] | tuple[str, ...] = Field("all", description="Candidates that get a random drop.")
    aa: float | None = Field(None, gt=0, lt=1, description="Share that both arms of the A/A pair drop at random.")


class Asked(Options):
    """What stands in the file of a tuning."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")
    question: str = Field(min_length=10, description="The question in words.")
    hypothesis: str = Field(min_length=10, description="What is expected and why, written before the run.")
    base: str = Field(description="The recipe, by name or path. What it decides is the baseline.")
    baseline: tuple[dict[str, Any], ...] = Field((), description="Edits of the base that all arms share.")
    candidates: tuple[Written, ...] = Field(min_length=1)
    controls: Controls = Field(default_factory=lambda: Controls.model_validate({}))
    model: ModelOptions = Field(default_factory=lambda: ModelOptions.model_validate({}))
    training: TrainingOptions = Field(default_factory=lambda: TrainingOptions.model_validate({}))
    regime: Literal["equal_tokens", "one_epoch"] = Field("equal_tokens", description="As in a question.")
    first_seed: int = Field(1, ge=0, le=2**31 - 10_000, description="Every rung takes new seeds, from this one on.")
    rungs: tuple[Rung, ...] = Field(min_length=1)
    final: Rung | None = Field(None, description="The final comparison, on new seeds; default: as the last rung.")
    keep_undecided: bool = Field(False, description="An undecided candidate that could still be best goes on.")
    keep_redundant: bool = Field(False, description="A rule that helped alone stays where others make it needless.")
    benchmark: str = Field(description="The suite, by name or path.")
    decision: DecisionRule
    run: RunOptions = Field(default_factory=lambda: RunOptions.model_validate({}))

    @field_validator("rungs")
    @classmethod
    def _rising(cls, rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
        if any(later.tokens < sooner.tokens for sooner, later in pairwise(rungs)):
            raise ValueError("later rungs have no fewer tokens: a rung is a closer look at those still in")
        return rungs

    @property
    def last(self) -> Rung:
        """Give the size of the final comparison."""
        return self.final or self.rungs[-1]


@dataclass(frozen=True)
class Candidate:
    """One edit of the base that is tried: a patch as written, or one bound of a rule."""

    name: str
    family: str  # the written candidate that it is a bound of
    about: str
    patch: tuple[dict[str, Any], ...]


def expand(written: Iterable[Written]) -> list[Candidate]:
    """Give every candidate: one for each patch, one for each bound of a rule."""
    found = []
    for each in written:
        if each.rule is None:
            found.append(Candidate(each.name, each.name, each.about, each.patch))
            continue
        for number, bound in enumerate(each.bounds):
            name = f"{each.name}_{_bound_name(bound, number)}"
            about = f"{each.about + '; ' if each.about else ''}{each.rule.split('.')[-1]} {_shown(bound)}"
            found.append(Candidate(name, each.name, about, (*each.patch, {"set": each.rule, "to": bound})))
    return found


def _bound_name(bound: Any, number: int) -> str:
    """Write a bound as part of a name: 0.67 as `0_67`; what is no number by its place."""
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        return f"bound_{number + 1}"
    return re.sub(r"[^0-9a-z]+", "_", f"{bound:.12g}".replace("-", "minus_").replace("e+", "e"))


def _shown(bound: Any) -> str:
    return f"{bound:.12g}" if isinstance(bound, float) else str(bound)


@dataclass(frozen=True)
class Tuning:
    """A tuning, checked as a whole."""

    asked: Asked
    path: Path
    written: str
    values: Mapping[str, Any]  # as written
    candidates: tuple[Candidate, ...]
    base: Path

    @property
    def name(self) -> str:
        """Give the name."""
        return self.asked.name

    def patch_of(self, candidates: Iterable[Candidate]) -> list[dict[str, Any]]:
        """Give the edits of some candidates together, in the order in which they are written."""
        names = {each.name for each in candidates}
        edits = [edit for each in self.candidates if each.name in names for edit in each.patch]
        return copy.deepcopy(edits)  # what is laid on a recipe is edited with it


def load_tuning(path: Path, registry: Registry) -> Tuning:
    """Load and check a tuning: each candidate alone, and one of each family together. Raises RecipeError."""
    tree = read_tree(path)
    if not isinstance(tree.values, dict):
        raise RecipeError(f"{path}:1: a tuning is a mapping with keys such as `question`, `base` and `candidates`.")
    problems = Problems(tree, "tuning")
    asked: Asked | None = problems.validate(Asked, tree.values, ())
    if asked is not None:
        _check_names(asked, problems)
        _check_budgets(asked, problems)
    problems.stop()
    assert asked is not None
    try:
        base = find_base(asked.base, path)
    except RecipeError as error:
        raise RecipeError(f"{tree.where(('base',))}: {error}") from None
    if not base.is_file():
        raise RecipeError(f"{tree.where(('base',))}: base: {base}: no such file. Paths are relative to the tuning.")
    candidates = tuple(expand(asked.candidates))
    tuning = Tuning(asked, path, path.read_text(encoding="utf-8"), tree.values, candidates, base)
    for candidate in candidates:
        _try(tuning, [candidate], tree, registry)
    firsts = {each.family: each for each in reversed(candidates)}
    try:
        _try(tuning, list(firsts.values()), tree, registry)
    except RecipeError as error:
        raise RecipeError(
            f"{tree.where(('candidates',))}: the candidates do not go together; give steps that they add a `name` and "
            f"rules an `id` of their own. {error}"
        ) from None
    return tuning


def _check_names(asked: Asked, problems: Problems) -> None:
    """Note candidates whose name is taken or too long, and controls of what is no candidate."""
    seen: set[str] = set()
    for number, written in enumerate(asked.candidates):
        place: Address = ("candidates", number, "name")
        for name in [each.name for each in expand([written])]:
            if name in seen or name in (BASELINE, TUNED) or name.startswith(("random_", "aa_", WITHOUT)):
                said = "candidates have names of their own, and not those of other arms"
                problems.add(place, f"{said}: `{name}` is taken")
            if len(name) > _LONGEST:
                problems.add(place, f"`{name}` is longer than {_LONGEST} characters; give a shorter name")
            seen.add(name)
    wanted = () if asked.controls.random_drop == "all" else asked.controls.random_drop
    names = [each.name for each in asked.candidates]
    for each in wanted:
        if each not in names:
            problems.add(("controls", "random_drop"), f"`{each}` is no candidate{did_you_mean(each, names)}")


def _check_budgets(asked: Asked, problems: Problems) -> None:
    """Note rungs that are too small for their checkpoints."""
    places: list[tuple[Address, Rung]] = [(("rungs", number), rung) for number, rung in enumerate(asked.rungs)]
    for address, rung in [*places, *([(("final",), asked.final)] if asked.final else [])]:
        try:
            schedule(rung.tokens, asked.model, asked.training)
        except RecipeError as error:
            problems.add(address, str(error))


def find_tuning(tuning: str) -> Path:
    """Give the path of a tuning: as given, or of a shipped one named without a path. Raises RecipeError."""
    return find_shipped(tuning, "tune", "tuning")


def _try(tuning: Tuning, candidates: Sequence[Candidate], tree: Tree, registry: Registry) -> None:
    """Build the recipe of some candidates together. Raises RecipeError with the lines of the tuning."""
    shared = list(tuning.asked.baseline)
    lines = {("patch", *address[1:]): line for address, line in tree.lines.items() if address[:1] == ("baseline",)}
    lines[()] = tree.lines.get((), (str(tuning.path), 1))
    position = len(shared)
    for number, written in enumerate(tuning.asked.candidates):
        here = [each for each in candidates if each.family == written.name]
        for place in range(sum(len(each.patch) for each in here)):
            named: tuple[str | int, ...] = ("patch", place) if place < len(written.patch) else ("rule",)
            file, _, line = tree.where(("candidates", number, *named)).rpartition(":")
            lines[("patch", position + place)] = (file, int(line))
        position += sum(len(each.patch) for each in here)
    edits = [*copy.deepcopy(shared), *tuning.patch_of(candidates)]
    load_patched(Tree({"base": str(tuning.base.resolve()), "patch": edits}, lines), tuning.path, registry)
