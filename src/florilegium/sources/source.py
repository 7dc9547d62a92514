"""The contract of a source: it finds its inputs before the run, and reads one of them into records.

To add a format: write a module with a subclass of :class:`FileSource` that says what it ``provides`` and how to
``read`` an open file, and name it in ``registry.py``.
"""

import os
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any, BinaryIO, ClassVar

import fsspec
from pydantic import BeforeValidator, Field, WithJsonSchema

from florilegium.anchors import PageAnchor
from florilegium.documents import Input, Outcome
from florilegium.errors import SourceError
from florilegium.recipe.options import Options, PathOrUrl, Place
from florilegium.sources.finding import MAGIC, local_files


@dataclass(frozen=True, slots=True)
class Record:
    """One document as the source has it: either ``payload`` (bytes of a page) or ``text``."""

    key: str | None  # native key; None: `<path>#<record>`
    record: int
    offset: int | None = None
    url: str | None = None
    date: str | None = None
    language: str | None = None
    metadata: Mapping[str, Any] | None = None
    content_type: str | None = None
    payload: bytes | None = None
    text: str | None = None
    institution: str | None = None
    licence: str | None = None
    pages: Sequence[PageAnchor] | None = None  # a source that gives them `provides` "pages" too


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that is no document, with the reason; quarantined where it is broken."""

    key: str | None
    record: int
    rule: str
    value: str | None = None
    offset: int | None = None
    url: str | None = None
    outcome: Outcome = Outcome.REJECTED
    error: str | None = None
    payload: bytes | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the file itself: where, what kind, in words."""

    offset: int | None
    kind: str
    message: str


Found = Record | Refusal | Flaw


#: What the JSON Schema says of such options.
STRING_OR_LIST = WithJsonSchema(
    {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)


def listed(value: object) -> object:
    """Make one value a list of one, for options that take either."""
    return value if isinstance(value, list | tuple) else [value]


class SourceOptions(Options):
    """What every source can say about itself."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")] = Field(
        description="Short name; the first part of every document id."
    )
    kind: str = Field(description="The format.")
    licence: str | None = Field(None, description="Licence of the texts; goes to every document and the card.")
    institution: str | None = Field(None, description="Who holds the originals; goes to every document and the card.")
    language: str | None = Field(
        None, description="Declared language, where the source does not say (column language_src)."
    )
    metadata: dict[str, Any] = Field(default_factory=dict, description="Default metadata; a record's own values win.")


class FileSourceOptions(SourceOptions):
    """Options of a source that reads files."""

    files: Annotated[tuple[PathOrUrl, ...], BeforeValidator(listed), STRING_OR_LIST] = Field(
        description="Paths, glob patterns (`**` too) or fsspec URLs; relative to the recipe's file.", min_length=1
    )


class Source:
    """Finds inputs and reads them."""

    kind: ClassVar[str]
    VERSION: ClassVar[int] = 1
    OPTIONS: ClassVar[type[SourceOptions]] = SourceOptions
    provides: tuple[str, ...] = ("text",)

    def __init__(self, options: Any) -> None:
        self.options = options

    @property
    def name(self) -> str:
        """Give the source's name."""
        return str(self.options.name)

    def identity(self) -> dict[str, Any]:
        """Give what the records depend on beside the inputs: the options without the places of files."""
        literal: dict[str, Any] = self.options.literal()
        literal.pop("files", None)
        return literal | {"VERSION": self.VERSION}

    @abstractmethod
    def inputs(self) -> list[Input]:
        """Find the inputs, sorted by path. Raises SourceError where there are none."""
        raise NotImplementedError

    @abstractmethod
    def records(self, found: Input) -> Iterator[Found]:
        """Read one input. Raises SourceError where it cannot be opened at all."""
        raise NotImplementedError


def find_files(name: str, pattern: Place) -> list[Input]:
    """Give the files of a path, folder or pattern, on this machine or at a URL; none where nothing matches. ``name`` is
    the source that they are for. Raises SourceError for what cannot be listed."""
    return (_url_files if pattern.is_url else local_files)(name, str(pattern))


def gather(source: str, patterns: Iterable[Place], find: Callable[[Place], Iterable[Input]]) -> list[Input]:
    """Give what is found for the patterns of a source, sorted by path.

    Raises SourceError for a pattern that nothing matches, and for two inputs that would have one path.
    """
    found: dict[str, Input] = {}
    for pattern in patterns:
        matches = list(find(pattern))
        if not matches:
            raise SourceError(f"source `{source}`: no file matches {pattern}. Check `files` (relative to the recipe).")
        for item in matches:
            other = found.setdefault(item.path, item)
            if other.location != item.location:
                raise SourceError(
                    f"source `{source}`: {other.location} and {item.location} are both `{item.path}` inside "
                    "their patterns, so ids would collide. Make two sources of them."
                )
    return [found[path] for path in sorted(found)]


class FileSource(Source):
    """A source made of files, found by pattern on any fsspec file system."""

    OPTIONS: ClassVar[type[SourceOptions]] = FileSourceOptions

    def inputs(self) -> list[Input]:
        return gather(self.name, self.options.files, partial(find_files, self.name))

    def records(self, found: Input) -> Iterator[Found]:
        local = "://" not in found.location
        try:
            file = open(found.location, "rb") if local else fsspec.open(found.location, "rb").open()  # noqa: SIM115
        except Exception as error:  # every file system has errors of its own
            said = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
            hint = "" if local else ". Check the address and the network."
            raise SourceError(f"source `{self.name}`: {found.location} cannot be opened: {said}{hint}") from error
        with file:
            if local:
                refuse_changed(found, *_size_and_stamp(os.fstat(file.fileno())))
            yield from self.read(file, found)
            if local:
                refuse_changed(found, *_size_and_stamp(os.stat(found.location)))

    @abstractmethod
    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        """Read an open file. Damage is a :class:`Flaw`, a bad record a :class:`Refusal`; nothing is lost silently."""
        raise NotImplementedError


def _size_and_stamp(state: os.stat_result) -> tuple[int, str]:
    return state.st_size, str(state.st_mtime_ns)


def refuse_changed(found: Input, size: int, stamp: str) -> None:
    """Raise SourceError where an input is no longer the one that was planned."""
    if (found.size, found.stamp) != (size, stamp):
        raise SourceError(
            f"source `{found.source}`: {found.location} was changed after the run was planned. "
            "Put it back, or run again with --redo to plan anew."
        )


#: What file systems call a number that changes with the content, the surest first.
_STAMPS = (
    "ETag", "etag", "md5Hash", "blob_id", "checksum", "mtime", "LastModified", "Last-Modified", "last_modified",
    "created", "Content-MD5", "Digest",
)  # fmt: skip


def stamp_of(info: Mapping[str, Any]) -> str:
    """Give what fsspec knows of a file that changes when the content may have; "" where that is nothing."""
    return next((str(info[key]) for key in _STAMPS if info.get(key)), "")


def _url_files(source: str, pattern: str) -> list[Input]:
    protocol = pattern.split("://", 1)[0]
    try:
        system, path = fsspec.core.url_to_fs(pattern)
        listed = system.glob(path, detail=True) if MAGIC.search(path) else {path: system.info(path)}
        if len(listed) == 1 and next(iter(listed.values())).get("type") == "directory":
            listed = system.find(path, detail=True)
    except Exception as error:  # every file system has errors of its own
        reason: BaseException = error
        if isinstance(error, FileNotFoundError):
            if not isinstance(error.__cause__, OSError):
                return []
            reason = error.__cause__  # over HTTP, a server that cannot be reached looks like a file that is not there
        said = (str(reason) or type(reason).__name__).splitlines()[0]
        raise SourceError(
            f"source `{source}`: {pattern} cannot be listed: {said}. "
            f"Check the address, the network and that the `{protocol}` file system is installed."
        ) from error
    base = str(PurePosixPath(MAGIC.split(path, maxsplit=1)[0] + "x").parent)
    made = []
    for name, info in listed.items():
        if info.get("type") == "file":
            relative = name.removeprefix(base).lstrip("/") if base not in ("", ".") else name
            made.append(
                Input(source, relative, str(system.unstrip_protocol(name)), int(info.get("size") or 0), stamp_of(info))
            )
    return made
