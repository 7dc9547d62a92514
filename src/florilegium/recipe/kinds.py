"""Names that a recipe may use, and the classes behind them, imported when first needed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Protocol

import pyarrow as pa
from pydantic import BaseModel


class Part(Protocol):
    """A source, stage or decision as the recipe sees it."""

    kind: str
    VERSION: int
    name: str
    options: Any


class StagePart(Part, Protocol):
    """A stage of *measure*: reads and writes columns."""

    @property
    def reads(self) -> tuple[str, ...]: ...
    @property
    def writes(self) -> tuple[pa.Field, ...]: ...

    # also, where they apply: `numbers`, columns read that must hold numbers; `named`, columns written whose names the
    # recipe chose; `moves_pages`, whether rewritten texts take their page anchors along


class SourcePart(Part, Protocol):
    """A source: gives ``payload`` (bytes of a page) or ``text``."""

    @property
    def provides(self) -> tuple[str, ...]: ...


class DecisionPart(Part, Protocol):
    """A step of *decide*: reads columns of numbers."""

    @property
    def reads(self) -> tuple[str, ...]: ...


class Kinds(Mapping[str, Any]):
    """Kind -> class, from ``module:Class`` strings."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = dict(places)

    def __getitem__(self, kind: str) -> Any:
        module, _, name = self._places[kind].partition(":")
        return getattr(import_module(module), name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True)
class Registry:
    """All that can be named in a recipe."""

    sources: Kinds
    stages: Kinds
    decisions: Kinds
    sections: Mapping[str, type[BaseModel]]  # release, run


def did_you_mean(wrong: str, known: Mapping[str, Any] | list[str]) -> str:
    """Give ``; did you mean `x`?`` or a list of what is known; nothing where nothing is."""
    names = sorted(known)
    near = get_close_matches(str(wrong), names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f". Known: {', '.join(names)}" if any(names) else "; there is none"
