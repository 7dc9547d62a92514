"""A question is a file: what is asked, what is expected, which arms, trained how, judged by what.

::

    name: ocr_noise
    question: Does dropping noisy recognition help a model of clean English?
    hypothesis: ...                       # written before the run
    base: ocr_pool                        # a recipe: its decisions are the baseline
    arms:
      - {name: strict, patch: [{add: {rules: [ocr_noise]}, to: decide}]}
    benchmark: heldout
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from florilegium.benchmark.suite import Suite, find_suite, load_suite
from florilegium.errors import RecipeError
from florilegium.recipe.kinds import Registry, did_you_mean
from florilegium.recipe.load import Recipe, load_patched
from florilegium.recipe.options import Options
from florilegium.recipe.problems import Problems
from florilegium.recipe.shipped import find_base, find_shipped
from florilegium.recipe.tree import Tree, read_tree
from florilegium.run.executors import RunOptions

NAME = r"^[a-z0-9][a-z0-9_]{0,59}$"
BASELINE = "baseline"


def _count(value: object) -> object:
    """Read `5M`, `300k` and `1.5B` as numbers."""
    if isinstance(value, str) and value[-1:].lower() in ("k", "m", "b"):
        try:
            return round(float(value[:-1]) * {"k": 1e3, "m": 1e6, "b": 1e9}[value[-1].lower()])
        except (ValueError, OverflowError):
            return value
    return value


Count = Annotated[int, BeforeValidator(_count)]


class Arm(Options):
    """One arm: what is patched into the base recipe."""

    name: str = Field(pattern=NAME, description="The arm's name; lower-case letters, digits and `_`.")
    about: str = Field("", description="What it does, in words.")
    patch: tuple[dict[str, Any], ...] = Field(min_length=1, description="Edits of the base recipe, as in a recipe.")


class Controls(Options):
    """What the arms are held against beside the baseline."""

    random_drop: Literal["all"] | tuple[str, ...] = Field(
        "all", description="Arms that get a control which drops as much, in the same lengths, at random."
    )
    aa: str | float | None = Field(
        None, description="Share (0 to 1) that both arms of the A/A pair drop at random, or the arm whose share it is."
    )


class ModelOptions(Options):
    """A Llama-shaped decoder; the defaults give 1.05 million parameters."""

    vocabulary: int = Field(2048, ge=257, le=262_144, description="Entries of the byte-level BPE, trained on the pool.")
    context: int = Field(256, ge=16, le=131_072, description="Tokens of a training sequence.")
    hidden: int = Field(128, ge=8, le=16_384, description="Width of the residual stream.")
    layers: int = Field(4, ge=1, le=200, description="Blocks of attention and feed-forward.")
    heads: int = Field(2, ge=1, le=256, description="Attention heads; `hidden` is a multiple of twice this.")
    feed_forward: int | None = Field(
        None, ge=8, le=131_072, description="Width inside the feed-forward; default: 8/3 of `hidden`."
    )
    tie: bool = Field(True, description="Input and output embedding are one matrix.")

    @model_validator(mode="after")
    def _heads_fit(self) -> "ModelOptions":
        if self.hidden % (2 * self.heads):
            raise ValueError(f"`hidden` ({self.hidden}) must be a multiple of twice `heads` ({self.heads})")
        return self


class TrainingOptions(Options):
    """How a model is trained: AdamW, linear warm-up, cosine to a tenth."""

    batch: Count = Field(4096, ge=16, description="Tokens of a step.")
    learning_rate: float = Field(4e-3, gt=0, le=1)
    warmup: float = Field(0.05, ge=0, lt=1, description="Share of the steps.")
    weight_decay: float = Field(0.1, ge=0, le=10)
    clip: float = Field(1.0, gt=0, description="Largest norm of the gradient.")
    checkpoints: int = Field(4, ge=1, le=100, description="Times that the model is scored on the way.")
    score_last: int = Field(2, ge=1, le=100, description="The score is the mean of so many last checkpoints.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="`auto`: a GPU where there is one.")
    precision: Literal["auto", "float32", "bfloat16"] = Field("auto", description="`auto`: bfloat16 on a GPU only.")
    compile: Literal["auto", "yes", "no"] = Field("auto", description="torch.compile; `auto`: on a GPU only.")
    threads: int = Field(1, ge=1, le=256, description="Threads of a run on a CPU, where runs are trained side by side.")

    @model_validator(mode="after")
    def _last(self) -> "TrainingOptions":
        if self.score_last > self.checkpoints:
            raise ValueError(f"`score_last` ({self.score_last}) is more than `checkpoints` ({self.checkpoints})")
        return self


class Budget(Options):
    """How much each arm is trained on."""

    tokens: Count = Field(ge=1000, description="Tokens of a run; with `one_epoch`, at most so many.")
    regime: Literal["equal_tokens", "one_epoch"] = Field(
        "equal_tokens",
        description="`equal_tokens`: all arms train on as many tokens, from an ample pool; `one_epoch`: each goes once "
        "through what it keeps.",
    )
    coupled: bool = Field(
        True, description="Arms share order and initial weights; `false` only to see what that is worth."
    )


class Seeds(Options):
    """Which seeds, and after how many of them the answer is looked at."""

    first: int = Field(1, ge=0, le=2**31 - 1)
    looks: tuple[int, ...] = Field((3,), min_length=1, description="Numbers of seeds at which it may stop.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, written: Any) -> Any:
        return {"looks": [written]} if isinstance(written, int) and not isinstance(written, bool) else written

    @field_validator("looks")
    @classmethod
    def _rising(cls, looks: tuple[int, ...]) -> tuple[int, ...]:
        if looks[0] < 2 or any(later <= sooner for sooner, later in pairwise(looks)):
            raise ValueError("numbers of seeds rise, from 2 on: one run says nothing about noise")
        return looks


class DecisionRule(Options):
    """When an arm is kept or dropped."""

    smallest_effect: float = Field(ge=0, description="The smallest effect that matters, in the unit of the measure.")
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Error rate of the whole question.")


class LearningRateCheck(Options):
    """Ask again at a tiny learning rate: a fixed rate alone can flip a ranking (arXiv 2512.24503)."""

    learning_rate: float = Field(1e-5, gt=0, le=1)


class Asked(Options):
    """What stands in the file of a question."""

    name: str = Field(pattern=NAME)
    question: str = Field(min_length=10, description="The question in words.")
    hypothesis: str = Field(min_length=10, description="What is expected and why, written before the run.")
    base: str = Field(description="The recipe, by name or path. What it decides is the baseline.")
    baseline: tuple[dict[str, Any], ...] = Field((), description="Edits of the base that all arms share.")
    arms: tuple[Arm, ...] = Field(min_length=1)
    controls: Controls = Field(default_factory=lambda: Controls.model_validate({}))
    model: ModelOptions = Field(default_factory=lambda: ModelOptions.model_validate({}))
    training: TrainingOptions = Field(default_factory=lambda: TrainingOptions.model_validate({}))
    budget: Budget
    seeds: Seeds = Field(default_factory=lambda: Seeds.model_validate({}))
    benchmark: str = Field(description="The suite, by name or path.")
    decision: DecisionRule
    check: LearningRateCheck | None = None
    run: RunOptions = Field(default_factory=lambda: RunOptions.model_validate({}))

    @field_validator("check", mode="before")
    @classmethod
    def _by_name(cls, written: Any) -> Any:
        return {} if written == "learning_rate" else written


@dataclass(frozen=True)
class Question:
    """A question, checked as a whole: what was asked, the recipe of the baseline and of each arm, and the suite."""

    asked: Asked
    path: Path
    written: str
    recipes: Mapping[str, Recipe]  # by arm, the baseline first
    suite: Suite

    @property
    def name(self) -> str:
        """Give the name."""
        return self.asked.name


def load_question(path: Path, registry: Registry) -> Question:
    """Load and check a question with its recipes and its suite. Raises RecipeError naming every mistake with file and
    line."""
    tree = read_tree(path)
    return build_question(tree, path, path.read_text(encoding="utf-8"), registry)


def build_question(tree: Tree, path: Path, written: str, registry: Registry) -> Question:
    """Check a question that was read from ``written``; paths in it are relative to the file ``path``. Raises
    RecipeError naming every mistake."""
    if not isinstance(tree.values, dict):
        raise RecipeError(f"{path}:1: a question is a mapping with keys such as `question`, `base` and `arms`.")
    problems = Problems(tree)
    asked: Asked | None = problems.validate(Asked, tree.values, ())
    _check_names(tree.values, problems)
    suite = _suite(tree, path, problems)
    recipes = _recipes(tree, path, registry, problems)
    try:
        problems.stop()
    except RecipeError as error:
        raise RecipeError(str(error).replace(" in the recipe:", " in the question:", 1)) from None
    assert asked is not None and suite is not None
    return Question(asked, path, written, recipes, suite)


def find_question(question: str) -> Path:
    """Give the path of a question: as given, or of a shipped one named without a path. Raises RecipeError."""
    return find_shipped(question, "ablate", "question")


def _check_names(values: Mapping[str, Any], problems: Problems) -> None:
    """Note arms whose name is taken, and what ``controls`` names that is no arm. What is of a wrong type was noted."""
    names = [arm.get("name") if isinstance(arm, dict) else None for arm in _listed(values.get("arms"))]
    reserved = {BASELINE, "aa_1", "aa_2", *(f"random_{each}{end}" for each in names for end in ("", "_again"))}
    for number, name in enumerate(names):
        if name is not None and (name in names[:number] or name in reserved):
            said = "arms have names of their own, and not those of baseline and controls"
            problems.add(("arms", number, "name"), f"{said}: `{name}` is taken")
    controls = values.get("controls")
    if not isinstance(controls, dict):
        return
    wanted, twin = controls.get("random_drop", "all"), controls.get("aa")
    for key, named in (("random_drop", _listed(wanted)), ("aa", [twin] if isinstance(twin, str) else [])):
        for each in named:
            if each not in names:
                problems.add(("controls", key), f"`{each}` is no arm{did_you_mean(str(each), [str(n) for n in names])}")
    if isinstance(twin, int | float) and not 0 < twin < 1:
        problems.add(("controls", "aa"), f"write a share between 0 and 1, or the name of an arm (got {twin})")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _suite(tree: Tree, path: Path, problems: Problems) -> Suite | None:
    """Load the suite, a path relative to the question or the name of a shipped one; note what is wrong with it."""
    named = tree.values.get("benchmark")
    if not isinstance(named, str):
        return None
    try:
        suite = load_suite(find_suite(str(path.parent / named) if named.endswith((".yaml", ".yml")) else named))
    except RecipeError as error:
        problems.found += _mistakes(error, tree, "benchmark")
        return None
    if suite.decides is None:
        problems.add(("benchmark",), f"no task of {suite.path} decides; add `decides:` to the suite, or take another")
    return suite


def _recipes(tree: Tree, path: Path, registry: Registry, problems: Problems) -> dict[str, Recipe]:
    """Build the recipes of the baseline and of each arm; note what is wrong with them, what they share once."""
    named, recipes = tree.values.get("base"), {}
    if not isinstance(named, str):
        return {}
    try:
        base = find_base(named, path)
    except RecipeError as error:
        problems.add(("base",), str(error))
        return {}
    if not base.is_file():
        problems.add(("base",), f"{base}: no such file. Paths are relative to the question.")
        return {}
    shared = _listed(tree.values.get("baseline"))
    arms = [arm if isinstance(arm, dict) else {} for arm in _listed(tree.values.get("arms"))]
    for number in (None, *range(len(arms))):
        own = [] if number is None else _listed(arms[number].get("patch"))
        try:
            recipe = load_patched(_patched(tree, base, shared, own, number), path, registry)
        except RecipeError as error:
            for where, message in _mistakes(error, tree, "base"):
                problems.found.append((where, _readdressed(message, len(shared), number)))
        else:
            recipes[BASELINE if number is None else str(arms[number].get("name"))] = recipe
    return recipes


def _patched(tree: Tree, base: Path, shared: list[Any], own: list[Any], number: int | None) -> Tree:
    """Write the recipe of the baseline (None) or of one arm: the base with two lists of edits, each with its line."""
    lines = {("patch", *address[1:]): line for address, line in tree.lines.items() if address[:1] == ("baseline",)}
    here = ("arms", number, "patch")
    for address, line in tree.lines.items():
        if address[:3] == here and len(address) > 3:
            lines["patch", len(shared) + int(address[3]), *address[4:]] = line
    lines[()] = tree.lines[()]
    return Tree({"base": str(base.resolve()), "patch": [*shared, *own]}, lines)


def _mistakes(error: RecipeError, tree: Tree, key: str) -> list[tuple[str, str]]:
    """Take a list of mistakes apart: the place of each, and what it is; one without a place is about ``key``."""
    first, *more = str(error).splitlines()
    found = []
    for line in more or [first]:
        match = re.fullmatch(r"(.+?:\d+): (.*)", line.strip())
        found.append((match[1], match[2]) if match else (tree.where((key,)), f"{key}: {line.strip()}"))
    return found


def _readdressed(message: str, shared: int, number: int | None) -> str:
    """Say of an edit where the question has it: the first of a recipe are shared, the rest are of arm ``number``."""
    found = re.match(r"patch\.(\d+)", message)
    if found is None:
        return message
    at = int(found[1])
    place = f"baseline.{at}" if at < shared else f"arms.{number}.patch.{at - shared}"
    return place + message[found.end() :]
