"""What a recipe says about the release."""

from pydantic import Field

from florilegium.clean.registry import Step
from florilegium.recipe.options import Options
from florilegium.run.sizes import Size


class ReleaseOptions(Options):
    """Last formatters, shard size, and what the card says."""

    format: tuple[Step, ...] = Field((), description="Cleaners that mask what must not be published, in order.")
    shard_size: Size = Field(500 * 10**6, description="Bytes of text (UTF-8, before compression) in a shard.")
    title: str | None = Field(None, description="Title of the dataset card; default: the recipe's name.")
    licence: str | None = Field(
        None,
        description="Licence of the whole, a Hub identifier such as `cc0-1.0`; default: the sources' own, or `other`.",
    )
    description: str = Field("", description="What a reader of the card should know first.")
