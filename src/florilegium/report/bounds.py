"""The rules that a run was decided by, as its recipe has them: what a page draws and a list sorts by."""

import json
from typing import Any

from florilegium.errors import ContractError
from florilegium.rules.model import Rule
from florilegium.run.folder import RunFolder


def resolved_recipe(folder: RunFolder) -> dict[str, Any]:
    """Give ``recipe.resolved.json`` of a run. Raises ContractError where it cannot be read."""
    path = folder.path / "recipe.resolved.json"
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ContractError(f"{path} cannot be read ({error}); run `curate` again, finished tasks are reused") from None
    return dict(values)


def rules_of(recipe: dict[str, Any]) -> dict[str, Rule]:
    """Give every rule of *decide* by its id, in order; ids are those of reasons and of the ledger."""
    found = {}
    for step in recipe.get("decide", ()):
        for written in step.get("rules", ()):
            rule = Rule.model_validate(written)
            found[rule.id] = rule
    return found
