"""What stands in the file of a question: what is asked, what is expected, which arms, trained how, judged by what.

::

    name: ocr_noise
    question: Does dropping noisy recognition help a model of clean English?
    hypothesis: ...                       # written before the run
    base: ocr_pool                        # a recipe: its decisions are the baseline
    arms:
      - {name: strict, patch: [{add: {rules: [ocr_noise]}, to: decide}]}
    benchmark: heldout
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from florilegium.recipe.options import Options
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
            written = ", ".join(map(str, looks))
            raise ValueError(f"numbers of seeds rise, from 2 on: one run says nothing about noise (got {written})")
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
