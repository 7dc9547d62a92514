"""The stage ``classifier``: any fastText model becomes a signal."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from florilegium.documents import with_column
from florilegium.errors import RecipeError
from florilegium.recipe.options import ModelPath, Options
from florilegium.run.stage import Applied, Stage

_PREFIX = "__label__"

#: What published two-label quality classifiers call good documents (DCLM: hq; others: pos or 1).
_GOOD = ("hq", "pos", "1")


class ClassifierOptions(Options):
    """Options of ``classifier``."""

    model: ModelPath = Field(description="A supervised fastText model: path, `hf://org/repo/file`, or fsspec URL.")
    as_: str = Field(
        alias="as", pattern=r"^[a-z][a-z0-9_]*$", description="The score is written to the column `classifier.<as>`."
    )
    label: str | None = Field(
        None,
        description="The label whose probability is the score, with or without `__label__`. May be left out where a "
        "model of two labels calls one of them `hq`, `pos` or `1`.",
    )
    score: Literal["probability", "expected"] = Field(
        "probability",
        description="`probability` of the label (0 to 1), or the `expected` value of labels that are all numbers: "
        "their mean, weighted by their probabilities (a model of grades 0 to 5 gives 0 to 5).",
    )
    lower: bool = Field(False, description="Lower-case the text first, for models that were trained on such text.")


class Classifier(Stage):
    """Score the text of each document with a fastText model.

    The score is null where the text is null or blank, or holds nothing that the model knows. The whole text is one line
    to the model: its newlines become spaces.
    """

    kind: ClassVar[str] = "classifier"
    OPTIONS = ClassifierOptions
    options: ClassifierOptions

    @property
    def reads(self) -> tuple[str, ...]:
        """The text."""
        return ("text",)

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        """The score."""
        return (pa.field(f"classifier.{self.options.as_}", pa.float32()),)

    @property
    def named(self) -> tuple[str, ...]:
        """Give the columns whose names the recipe chose: no other stage may write them."""
        return tuple(field.name for field in self.writes)

    def expects_models(self) -> Mapping[str, str]:
        """The model's path or URL."""
        return {"model": str(self.options.model)}

    def open(self) -> None:
        """Load the model and find out what its labels are worth.

        Raises:
            RecipeError: there is no such model, or its labels do not fit the options.
        """
        from florilegium.models.address import resolve_model
        from florilegium.models.fasttext import load

        self._model = load(resolve_model(str(self.options.model)))
        self._worth = worth(self._model.labels, self.options)

    def apply(self, documents: pa.RecordBatch) -> Applied:
        """Add the score."""
        texts = [text or "" for text in documents.column("text").to_pylist()]
        probabilities = self._model.probabilities([text.lower() for text in texts] if self.options.lower else texts)
        scores, total = probabilities @ self._worth, probabilities.sum(axis=1)
        unknown = (total == 0) | np.array([not text.strip() for text in texts], dtype=np.bool_)
        if self.options.score == "expected":  # the probabilities of some losses (one against all) do not add up to 1
            scores /= np.where(unknown, 1, total)
        return with_column(documents, self.writes[0], pa.array(scores, pa.float32(), mask=unknown)), []


def worth(labels: Sequence[str], options: ClassifierOptions) -> npt.NDArray[np.float32]:
    """Give what each label of a model adds to the score: its number, or 1 for the one label that counts.

    Raises:
        RecipeError: the options do not say which label counts, or name one that the model lacks.
    """
    names = [label.removeprefix(_PREFIX) for label in labels]
    known = ", ".join(f"`{name}`" for name in sorted(names)[:50])
    where = f"`classifier: {{as: {options.as_}}}`"
    if options.score == "expected":
        if options.label is not None:
            raise RecipeError(f"{where}: `label` and `score: expected` exclude each other: remove one of them")
        try:
            return np.array([float(name) for name in names], dtype=np.float32)
        except ValueError as error:
            raise RecipeError(
                f"{where}: `score: expected` needs labels that are numbers, this model has {known}: set `label` instead"
            ) from error
    if options.label is not None:
        wanted = options.label.removeprefix(_PREFIX)
        if wanted not in names:
            raise RecipeError(f"{where}: the model has no label `{options.label}`: choose one of {known}")
    else:
        good = [name for name in names if name in _GOOD]
        if len(names) != 2 or len(good) != 1:
            raise RecipeError(f"{where}: set `label`, the label whose probability is the score; the model has {known}")
        (wanted,) = good
    return np.array([name == wanted for name in names], dtype=np.float32)
