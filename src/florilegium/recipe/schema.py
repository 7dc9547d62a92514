"""The JSON Schema of a recipe, so that editors complete keys and mark mistakes while typing."""

from typing import Any

from florilegium.recipe.kinds import Kinds, Registry
from florilegium.recipe.patch import Patch


def recipe_schema(registry: Registry) -> dict[str, Any]:
    """Assemble the schema from the models of all sources, stages, decisions and sections."""
    definitions: dict[str, Any] = {}

    def of(model: Any) -> dict[str, Any]:
        schema = model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        return dict(schema)

    sources = []
    for kind, source in registry.sources.items():
        schema = of(source.OPTIONS)
        schema["properties"] = schema["properties"] | {"kind": {"const": kind}}
        sources.append(schema)
    properties = {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$", "description": "Names the run's folder."},
        "about": {"type": "string", "description": "What this recipe is for; goes to the card."},
        "base": {"type": "string", "description": "A recipe that this one inherits from."},
        "patch": {"type": "array", "items": of(Patch), "description": "Edits of the inherited recipe, by name."},
        "sources": {"type": "array", "items": {"anyOf": sources}, "minItems": 1},
        "measure": {"type": "array", "items": {"anyOf": _steps(registry.stages, of)}},
        "decide": {"type": "array", "items": {"anyOf": _steps(registry.decisions, of)}},
        **{name: of(model) for name, model in registry.sections.items()},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Florilegium recipe",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _steps(kinds: Kinds, of: Any) -> list[dict[str, Any]]:
    expect = {
        "type": "object",
        "properties": {
            "removed": {
                "type": "array",
                "items": {"type": "number", "minimum": 0, "maximum": 1},
                "minItems": 2,
                "maxItems": 2,
            }
        },
        "required": ["removed"],
        "additionalProperties": False,
        "description": "Share of documents that the step is expected to remove.",
    }
    made = []
    for kind, step in kinds.items():
        options = of(step.OPTIONS)
        lists = {"type": "array", "items": {}} if kind in ("rules", "signals", "clean") else None
        made.append(
            {
                "type": "object",
                "properties": {
                    kind: {"anyOf": [options, lists]} if lists else options,
                    "name": {"type": "string"},
                    "expect": expect,
                },
                "required": [kind],
                "additionalProperties": False,
                "description": (step.__doc__ or "").strip().splitlines()[0],
            }
        )
    return made
