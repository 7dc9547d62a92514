"""The stage ``signals``: text to numbers, one column for each signal of the groups named."""

import unicodedata
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from florilegium.codes import to_bcp47
from florilegium.documents import with_column
from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean
from florilegium.recipe.options import Options
from florilegium.run.decisions import RANGE
from florilegium.run.stage import Applied, Stage
from florilegium.signals.catalogue import GROUPS


class SignalOptions(Options):
    """Groups of signals, by name; also written as a bare list."""

    groups: tuple[str, ...] = Field(min_length=1)
    stop_words: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Stop words by language (BCP 47), instead of the shipped lists."
    )

    @model_validator(mode="before")
    @classmethod
    def _list(cls, written: Any) -> Any:
        return {"groups": written} if isinstance(written, list | tuple) else written

    @field_validator("groups")
    @classmethod
    def _known(cls, groups: tuple[str, ...]) -> tuple[str, ...]:
        for group in groups:
            if group not in GROUPS:
                raise ValueError(f"unknown signal group `{group}`{did_you_mean(group, list(GROUPS))}")
        return groups

    @field_validator("stop_words")
    @classmethod
    def _one_code_system(cls, lists: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        try:
            return {to_bcp47(language)[0]: words for language, words in lists.items()}
        except RecipeError as error:
            raise ValueError(str(error)) from None


class Signals(Stage):
    """Measure signals; a signal never knows its threshold."""

    kind = "signals"
    OPTIONS = SignalOptions
    compiled = ("florilegium.signals.measure",)

    @property
    def VERSION(self) -> dict[str, int | str]:  # type: ignore[override]
        """Give the version of each group, so that a changed group redoes only the recipes that use it, and of Unicode.

        What is a letter or a mark comes from the running Python: 3.11 knows Unicode 14.0, 3.13 knows 15.1.
        """
        groups = {group: GROUPS[group].version for group in self.options.groups}
        return groups | {"unicode": unicodedata.unidata_version}

    @property
    def reads(self) -> tuple[str, ...]:
        return ("text", "pages") if "print" in self.options.groups else ("text",)

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        return tuple(
            pa.field(signal.name, getattr(pa, signal.dtype)(), metadata={RANGE: f"{signal.low} {signal.high}"})
            for group in self.options.groups
            for signal in GROUPS[group].signals
        )

    def warm(self) -> None:
        """Compile the kernels once, before workers start."""
        self._measure(pa.array(["A few words, to compile the kernels."], pa.large_string()), None)

    def _measure(
        self, texts: pa.Array, languages: pa.Array | None, pages: pa.Array | None = None
    ) -> Mapping[str, pa.Array]:
        from florilegium.signals.measure import measure
        from florilegium.signals.stop_words import stop_words

        lists = stop_words() | {tag: frozenset(words) for tag, words in self.options.stop_words.items()}
        measured: Mapping[str, pa.Array] = measure(texts, languages, self.options.groups, lists, pages)
        return measured

    def apply(self, documents: pa.RecordBatch) -> Applied:
        languages, pages = (
            documents.column(name) if name in documents.schema.names else None for name in ("language", "pages")
        )
        measured = self._measure(documents.column("text"), languages, pages)
        for field in self.writes:
            documents = with_column(documents, field, measured[field.name])
        return documents, []
