"""The step ``rules``: documents that violate any rule are dropped, with every reason."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import Field, RootModel, field_validator

from florilegium.rules.clamp import clamp
from florilegium.rules.evaluate import Evaluation, evaluate
from florilegium.rules.load import load_rule_set
from florilegium.rules.model import Rule, unique_ids
from florilegium.run.decisions import Deciding, Decision, Verdict


class RulesOptions(RootModel[tuple[Rule, ...]]):
    """A list of rule sets (a shipped name, or a file) and rules."""

    model_config = {"frozen": True}
    root: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("root")
    @classmethod
    def _unique(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        unique_ids(rules)
        return rules

    def literal(self) -> list[dict[str, Any]]:
        """Give the rules as JSON values."""
        return [rule_literal(rule) for rule in self.root]

    def identity(self) -> list[dict[str, Any]]:
        """Give what decisions depend on: prose about a rule is none of it."""
        return [{key: value for key, value in rule.items() if key not in ("source", "note")} for rule in self.literal()]


def rule_literal(rule: Rule) -> dict[str, Any]:
    """Give a rule as JSON values, without what is not set."""
    return rule.model_dump(mode="json", by_alias=True, exclude_none=True)


def expand(written: Any) -> Any:
    """Write out the rule sets that a list of rules names. Raises RecipeError for an unknown one."""
    if not isinstance(written, list):
        return written
    rules: list[Any] = []
    for item in written:
        if isinstance(item, str):
            rules += [rule_literal(rule) for rule in load_rule_set(item).rules]
        else:
            rules.append(item)
    return rules


class Rules(Decision):
    """Hold every document against every rule."""

    kind = "rules"
    OPTIONS = RulesOptions  # type: ignore[assignment]

    @staticmethod
    def expand(written: Any) -> Any:
        """Write out named rule sets."""
        return expand(written)

    @property
    def rules(self) -> Sequence[Rule]:
        """Give the rules, in order."""
        return tuple(self.options.root)

    @property
    def reads(self) -> tuple[str, ...]:
        return rules_read(self.rules)

    def apply(self, state: Deciding) -> None:
        languages = state.columns["language"] if "language" in self.reads else None
        columns = {rule.signal: state.columns[rule.signal] for rule in self.rules}
        rules, moved = clamp(self.rules, state.columns.ranges(columns))
        for item in moved:
            state.warn(
                f"rule `{item.rule}` ({item.language}): no value can reach the bound {item.given:g}; "
                f"{item.used:g} stands for it"
            )
        for verdict in verdicts(evaluate(rules, columns, languages, state.alive)):
            state.fail(self.name, verdict)


def rules_read(rules: Sequence[Rule]) -> tuple[str, ...]:
    """Give the columns that rules read: their signals, and the language where a bound depends on it."""
    by_language = any(rule.languages or list(rule.bounds) != ["default"] for rule in rules)
    return (*dict.fromkeys(rule.signal for rule in rules), *(("language",) if by_language else ()))


def verdicts(evaluation: Evaluation) -> list[Verdict]:
    """Give one verdict for each rule, in order."""
    made = []
    for outcome in evaluation.outcomes:
        rows = np.flatnonzero(outcome.failing)
        keys = np.full(len(rows), outcome.key) if isinstance(outcome.key, int) else outcome.key[rows]
        bounds = pa.array(outcome.bounds, pa.string()).take(pa.array(keys))
        made.append(Verdict(outcome.rule.id, rows, outcome.values[rows].astype(np.float64), bounds))
    return made
