"""The stage ``gate``: a decision taken early to save work. It cannot be taken back by a later decide."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from florilegium.codes import to_bcp47
from florilegium.documents import Departure, Outcome, depart, only
from florilegium.errors import RecipeError
from florilegium.recipe.options import Options
from florilegium.rules.decision import RulesOptions, expand, rules_read, verdicts
from florilegium.rules.evaluate import evaluate
from florilegium.run.stage import Applied, Stage


class GateOptions(Options):
    """Let only some documents on: by language, by rules over signals measured so far, or both."""

    language: tuple[str, ...] | None = Field(None, description="Languages (BCP 47) that go on.", min_length=1)
    at_least: float | None = Field(None, ge=0, le=1, description="Smallest language_score that goes on.")
    rules: RulesOptions | None = Field(None, description="Rules, as in decide.")

    @field_validator("language")
    @classmethod
    def _one_code_system(cls, languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            return languages and tuple(to_bcp47(language)[0] for language in languages)
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
    """Drop documents now, with the reason; counted as ``gated``."""

    kind = "gate"
    OPTIONS = GateOptions

    @staticmethod
    def expand(written: Any) -> Any:
        """Write out named rule sets."""
        return (
            written | {"rules": expand(written["rules"])}
            if isinstance(written, dict) and "rules" in written
            else written
        )

    @property
    def reads(self) -> tuple[str, ...]:
        return (
            *(("language",) if self.options.language else ()),
            *(("language_score",) if self.options.at_least is not None else ()),
            *(rules_read(self.options.rules.root) if self.options.rules else ()),
        )

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        return ()

    def apply(self, documents: pa.RecordBatch) -> Applied:
        keep = np.ones(documents.num_rows, dtype=np.bool_)
        departures: list[Departure] = []

        def drop(failing: "np.ndarray[Any, np.dtype[np.bool_]]", rule: str, values: Any) -> None:
            rows = np.flatnonzero(failing & keep)
            shown = [None if (value := values[int(row)]) is None else str(value) for row in rows]
            departures.extend(
                depart(
                    documents,
                    rows.tolist(),
                    outcome=Outcome.GATED,
                    stage=self.name,
                    rules=[rule] * len(rows),
                    values=shown,
                )
            )
            keep[rows] = False

        if self.options.language:
            column = documents.column("language")
            inside = pc.is_in(column, value_set=pa.array(self.options.language, column.type))
            drop(~inside.to_numpy(zero_copy_only=False), "language", column.to_pylist())
        if self.options.at_least is not None:
            scores = documents.column("language_score")
            low = pc.fill_null(pc.less(scores, pa.scalar(self.options.at_least, scores.type)), True)
            drop(low.to_numpy(zero_copy_only=False), "language_score", scores.to_pylist())
        if self.options.rules:
            rules = self.options.rules.root
            columns = {rule.signal: documents.column(rule.signal) for rule in rules}
            languages = documents.column("language") if "language" in self.reads else None
            for verdict in verdicts(evaluate(rules, columns, languages, keep)):
                failing = np.zeros(documents.num_rows, dtype=np.bool_)
                failing[verdict.rows] = True
                drop(failing, verdict.rule, dict(zip(verdict.rows.tolist(), verdict.values.tolist(), strict=True)))
        return only(documents, keep), departures
