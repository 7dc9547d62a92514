"""The base of everything that can be written in a recipe."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

SAMPLE = "sample:"


def cache_folder() -> Path:
    """Give the folder for what can be made again: ``FLORILEGIUM_CACHE``, else ``~/.cache/florilegium``."""
    return Path(os.environ.get("FLORILEGIUM_CACHE") or Path.home() / ".cache" / "florilegium").expanduser()


class Written(str):
    """A string of a recipe that remembers the folder of the file in which it was written."""

    folder: Path

    def __new__(cls, value: str, folder: Path) -> "Written":
        made = super().__new__(cls, value)
        made.folder = folder
        return made

    def __reduce__(self) -> tuple[type["Written"], tuple[str, Path]]:
        return Written, (str(self), self.folder)


_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Place(os.PathLike[str]):
    """A path or URL of a recipe: as written (identity) and as found on this machine (never identity).

    Relative paths are relative to the file in which they stand; anything with ``://`` is an fsspec URL; ``sample:``
    leads into the embedded sample; ``${NAME}`` is an environment variable, which names a place of this machine and so
    is no part of what is written.
    """

    def __init__(self, written: str, folder: Path | None = None) -> None:
        self.written = str(written)
        self._folder = folder or Path()

    @property
    def is_url(self) -> bool:
        """Whether fsspec opens it by its protocol."""
        return "://" in self._expanded()

    @property
    def is_sample(self) -> bool:
        """Whether it lies in the embedded sample, which is generated when it is first needed."""
        return self.written.startswith(SAMPLE)

    def __str__(self) -> str:
        if self.is_sample:
            return str(cache_folder() / "sample" / self.written.removeprefix(SAMPLE))
        if self.is_url:
            return self._expanded()
        return os.path.normpath(self._folder.absolute() / Path(self._expanded()).expanduser())

    def _expanded(self) -> str:
        return _VARIABLE.sub(lambda found: os.environ[found[1]], self.written) if "${" in self.written else self.written

    def __fspath__(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"Place({self.written!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))


def _place(value: object) -> Place:
    if isinstance(value, Place):
        return value
    for name in _VARIABLE.findall(value) if isinstance(value, str) else ():
        if not os.environ.get(name):
            raise ValueError(f"the environment variable {name} is not set; set it to the folder that it stands for")
    if isinstance(value, Written) and value:
        return Place(value, value.folder)
    if isinstance(value, str | os.PathLike) and os.fspath(value):
        return Place(os.fspath(value))
    raise ValueError("a path or URL is wanted")


class ModelFile:
    """Marks a path whose *content* is identity: the hash of the file goes into a folder's hash."""


PathOrUrl = Annotated[
    Place,
    BeforeValidator(_place),
    PlainSerializer(lambda place: place.written, return_type=str),
    WithJsonSchema({"type": "string"}),
]
ModelPath = Annotated[
    Place,
    ModelFile(),
    BeforeValidator(_place),
    PlainSerializer(lambda place: place.written, return_type=str),
    WithJsonSchema({"type": "string"}),
]


class Options(BaseModel):
    """Options of a stage or section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True, arbitrary_types_allowed=True
    )

    def literal(self) -> dict[str, Any]:
        """Give the options as JSON values, as a recipe could write them."""
        return self.model_dump(mode="json", by_alias=True)

    def identity(self) -> Any:
        """Give what the result depends on; the hashes of folders are made of it."""
        return self.literal()
