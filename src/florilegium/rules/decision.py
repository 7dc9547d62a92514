"""The step ``rules``: documents that violate any rule are dropped, with every reason."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, RootModel, field_validator

from florilegium.errors import RecipeError
from florilegium.rules.clamp import clamp
from florilegium.rules.evaluate import columns_read, evaluate
from florilegium.rules.load import load_rule_set
from florilegium.rules.model import Rule, unique_ids
from florilegium.run.decisions import Deciding, Decision


def _not_expanded(item: Any) -> Any:
    """Say what is wrong with the name of a rule set that ``expand`` had to leave."""
    if isinstance(item, str):
        try:
            load_rule_set(item)
        except RecipeError as error:
            raise ValueError(str(error)) from None
        raise ValueError(f"the rule set `{item}` stands where one rule is wanted")
    return item


class RulesOptions(RootModel[tuple[Annotated[Rule, BeforeValidator(_not_expanded)], ...]]):
    """A list of rule sets (a shipped name, or a file) and rules."""

    model_config = {"frozen": True}
    root: tuple[Annotated[Rule, BeforeValidator(_not_expanded)], ...] = Field(min_length=1)

    @field_validator("root")
    @classmethod
    def _unique(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        unique_ids(rules)
        return rules

    def literal(self) -> list[dict[str, Any]]:
        """Give the rules as JSON values."""
        return [_written(rule) for rule in self.root]

    def identity(self) -> list[dict[str, Any]]:
        """Give what decisions depend on: prose about a rule is none of it."""
        return [{key: value for key, value in rule.items() if key not in ("source", "note")} for rule in self.literal()]


def _written(rule: Rule) -> dict[str, Any]:
    """Give a rule as JSON values, without what is not set."""
    return rule.model_dump(mode="json", by_alias=True, exclude_none=True)


def expand(written: Any) -> Any:
    """Write out the rule sets that a list of rules names; one that cannot be loaded stays, for validation to name."""
    if not isinstance(written, list):
        return written
    rules: list[Any] = []
    for item in written:
        try:
            rules += [_written(rule) for rule in load_rule_set(item).rules] if isinstance(item, str) else [item]
        except RecipeError:
            rules.append(item)
    return rules


class Rules(Decision):
    """Hold every document against every rule."""

    kind = "rules"
    OPTIONS = RulesOptions  # type: ignore[assignment]
    expand = staticmethod(expand)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Give the rules, in order."""
        return tuple(self.options.root)

    @property
    def reads(self) -> tuple[str, ...]:
        return columns_read(self.rules)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Give the columns that must hold numbers."""
        return tuple(rule.signal for rule in self.rules)

    def apply(self, state: Deciding) -> None:
        rules, moved = clamp(self.rules, state.columns.ranges(rule.signal for rule in self.rules))
        for item in moved:
            state.warn(
                f"rule `{item.rule}` ({item.language}): no value can reach the bound {item.given:g}; "
                f"{item.used:g} stands for it"
            )
        for verdict in evaluate(rules, state.columns, state.alive):
            state.fail(self.name, verdict)
