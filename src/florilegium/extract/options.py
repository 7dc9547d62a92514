"""What a recipe says about extraction."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from florilegium.codes import to_bcp47
from florilegium.errors import RecipeError
from florilegium.recipe.options import Options


class GlanceOptions(Options):
    """What the whole text of a page must hold for its main text to be worth the search. A gate, counted as one."""

    language: tuple[str, ...] | None = Field(
        None, description="Languages (BCP 47, such as `de`) of which at least one is wanted.", min_length=1
    )
    at_least: float = Field(
        0.5, ge=0, le=1, description="Smallest probability of a wanted language in any piece of 500 characters."
    )
    words: int | None = Field(None, ge=1, description="Fewest words of the whole page.")

    @field_validator("language")
    @classmethod
    def _one_code_system(cls, languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            return languages and tuple(to_bcp47(language)[0] for language in languages)
        except RecipeError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _something(self) -> "GlanceOptions":
        if self.language is None and self.words is None:
            raise ValueError("a glance needs `language` or `words`")
        return self


class ExtractOptions(Options):
    """Options of the stage ``extract``."""

    with_: Literal["trafilatura", "resiliparse"] = Field(
        default="trafilatura", alias="with", description="The library that finds the main text of a page."
    )
    favour: Literal["precision", "balanced", "recall"] = Field(
        default="precision", description="trafilatura only: what to prefer where it is unsure."
    )
    fast: bool = Field(
        default=False, description="trafilatura only: leave out its comparison with readability and justext."
    )
    timeout: float = Field(default=10.0, gt=0, le=600, description="Seconds a page may take before it is set aside.")
    glance: GlanceOptions | None = Field(
        None,
        description="Drop pages before extraction of which no part can be wanted, by a glance at their whole text.",
    )

    def identity(self) -> Any:
        """Give what the result depends on; without a glance the same as before there were any."""
        literal = self.literal()
        return literal if self.glance else {key: value for key, value in literal.items() if key != "glance"}
