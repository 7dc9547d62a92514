"""The stage ``gate``: a decision taken early to save work. It cannot be taken back by a later decide."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from florilegium.codes import to_bcp47
from florilegium.documents import Departure, Outcome, depart, only
from florilegium.errors import RecipeError
from florilegium.recipe.options import Options
from florilegium.rules.decision import RulesOptions, expand
from florilegium.rules.evaluate import columns_read, evaluate, language_tags, tag_columns
from florilegium.rules.model import nearest
from florilegium.run.decisions import Rows
from florilegium.run.stage import Applied, Stage


class GateOptions(Options):
    """Let only some documents on: by language, by rules over signals measured so far, or both."""

    language: tuple[str, ...] | None = Field(
        None, description="Languages (BCP 47, such as `de` or `sr-Cyrl`) that go on.", min_length=1
    )
    at_least: float | None = Field(None, ge=0, le=1, description="Smallest language_score that goes on.")
    rules: RulesOptions | None = Field(None, description="Rules, as in decide.")

    @field_validator("language")
    @classmethod
    def _one_code_system(cls, languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            return languages and tuple("-".join(filter(None, to_bcp47(language))) for language in languages)
        except RecipeError as error:
            raise ValueError(str(error)) from None

    @field_validator("rules")
    @classmethod
    def _no_quantile(cls, rules: RulesOptions | None) -> RulesOptions | None:
        for rule in rules.root if rules else ():
            if rule.kind == "keep_top":
                raise ValueError(f"rule `{rule.id}`: `keep_top` is about the whole run; it belongs in `decide`")
        return rules

    @model_validator(mode="after")
    def _something(self) -> "GateOptions":
        if self.language is None and self.at_least is None and self.rules is None:
            raise ValueError("a gate needs `language`, `at_least` or `rules`")
        return self

    def literal(self) -> dict[str, Any]:
        return super().literal() | {"rules": self.rules.literal() if self.rules else None}

    def identity(self) -> dict[str, Any]:
        return super().literal() | {"rules": self.rules.identity() if self.rules else None}


class Gate(Stage):
    """Drop documents now, with the first reason; counted as ``gated``."""

    kind = "gate"
    OPTIONS = GateOptions

    @staticmethod
    def expand(written: Any) -> Any:
        """Write out named rule sets."""
        has_rules = isinstance(written, dict) and "rules" in written
        return written | {"rules": expand(written["rules"])} if has_rules else written

    @property
    def reads(self) -> tuple[str, ...]:
        score = ("language_score",) if self.options.at_least is not None else ()
        rules = columns_read(self.options.rules.root) if self.options.rules else ()
        return tuple(dict.fromkeys((*tag_columns(self.options.language or ()), *score, *rules)))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Give the columns that must hold numbers."""
        return tuple(rule.signal for rule in self.options.rules.root) if self.options.rules else ()

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        return ()

    def apply(self, documents: pa.RecordBatch) -> Applied:
        inside = np.ones(documents.num_rows, dtype=np.bool_)
        departures: list[Departure] = []
        for rule, failing, values in self._failing(documents):
            first = inside[failing]
            departures += depart(
                documents,
                failing[first].tolist(),
                outcome=Outcome.GATED,
                stage=self.name,
                rules=[rule] * int(first.sum()),
                values=[value for value, counts in zip(values, first, strict=True) if counts],
            )
            inside[failing] = False
        return only(documents, inside), departures

    def _failing(self, documents: pa.RecordBatch) -> Iterator[tuple[str, Rows, list[str | None]]]:
        """Give for each rule its name, the rows that fail it, and their values as text."""
        if self.options.language:
            tags, codes = language_tags(documents, self.reads, documents.num_rows)
            foreign = np.array([nearest(tag, self.options.language) is None for tag in tags], dtype=np.bool_)
            rows = np.flatnonzero(foreign[codes])
            yield "language", rows, [tags[code] for code in codes[rows]]
        if self.options.at_least is not None:
            scores = documents.column("language_score")
            high = pc.fill_null(pc.greater_equal(scores, pa.scalar(self.options.at_least, scores.type)), False)
            rows = np.flatnonzero(~high.to_numpy(zero_copy_only=False))
            yield "language_score", rows, [_text(score) for score in scores.take(rows).to_pylist()]
        if self.options.rules:
            for verdict in evaluate(self.options.rules.root, documents, np.ones(documents.num_rows, dtype=np.bool_)):
                yield verdict.rule, verdict.rows, [_text(value) for value in verdict.values.tolist()]


def _text(value: float | None) -> str | None:
    """Write a number as far as float32 tells it apart: 0.64, 50, 1234567."""
    return None if value is None else f"{value:.7g}"
