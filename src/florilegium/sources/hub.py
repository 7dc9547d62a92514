"""A dataset of the Hugging Face Hub (or a local folder that ``datasets`` can load), streamed through ``datasets``.

For Parquet or JSON lines files on the Hub, ``kind: parquet`` with ``files: hf://datasets/org/name/**/*.parquet`` reads
them directly, in parallel tasks.
"""

import os
from collections.abc import Iterator

from pydantic import Field

from florilegium.documents import Input
from florilegium.errors import SourceError
from florilegium.recipe.options import PathOrUrl
from florilegium.sources.rows import RowOptions, to_record
from florilegium.sources.source import Found, Source


class HubOptions(RowOptions):
    """A dataset by name; the revision makes it repeatable."""

    dataset: PathOrUrl = Field(description="`org/name` on the Hub, or a local folder.")
    config: str | None = None
    splits: tuple[str, ...] = ("train",)
    revision: str | None = Field(None, description="Commit or tag; wanted for a dataset on the Hub.")


class Hub(Source):
    """Stream the splits of a dataset; one input, and so one task, a split."""

    kind = "hub"
    OPTIONS = HubOptions

    @property
    def _dataset(self) -> str:
        local = str(self.options.dataset)
        return local if os.path.isdir(local) else str(self.options.dataset.written)

    def inputs(self) -> list[Input]:
        stamp = self.options.revision or _newest(self._dataset)
        return [Input(self.name, split, f"{self._dataset}:{split}", 0, stamp) for split in sorted(self.options.splits)]

    def records(self, found: Input) -> Iterator[Found]:
        from datasets import load_dataset

        options = self.options
        try:
            rows = load_dataset(
                self._dataset, options.config, split=found.path, streaming=True, revision=options.revision
            )
        except (OSError, ValueError) as error:
            raise SourceError(
                f"source `{self.name}`: dataset `{options.dataset.written}`, split `{found.path}` cannot be loaded: "
                f"{str(error).splitlines()[0]}. Check the name, the split and the network."
            ) from error
        for number, row in enumerate(rows):
            yield to_record(row, number, options)


def _newest(dataset: str) -> str:
    """Give the newest modification time inside a local dataset, so that a change is seen."""
    if not os.path.isdir(dataset):
        return "unpinned"
    times = [os.stat(os.path.join(top, name)).st_mtime_ns for top, _, names in os.walk(dataset) for name in names]
    return str(max(times, default=0))
