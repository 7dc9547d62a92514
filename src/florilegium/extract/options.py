"""What a recipe says about extraction."""

from typing import Literal

from pydantic import Field

from florilegium.recipe.options import Options


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
