"""What is wrong with a recipe: all of it, each mistake with its place."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean
from florilegium.recipe.tree import Address, Tree


class Problems:
    """Collects what is wrong, each with its place."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: list[tuple[str, str]] = []

    def add(self, address: Address, message: str) -> None:
        shown = ".".join(str(part) for part in address)
        self.found.append((self.tree.where(address), f"{shown}: {message}" if shown else message))

    def validate(self, model: type[BaseModel], value: Any, address: Address) -> Any:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for item in error.errors():
                self._explain(model, item, address)
            return None

    def _explain(self, model: type[BaseModel], item: Any, address: Address) -> None:
        place = tuple(part for part in item["loc"] if not (isinstance(part, str) and re.search(r"[\[\]():]", part)))
        if item["type"] == "extra_forbidden":
            keys = _keys(model, place[:-1])
            message = f"unknown key `{place[-1]}`{did_you_mean(str(place[-1]), keys)}" if keys else "unknown key"
        elif item["type"] == "missing":
            message = "is missing and must be given"
        else:
            message = str(item["msg"]).removeprefix("Value error, ")
            if item["type"] != "value_error" or not isinstance(item["input"], dict | list):
                message += f" (got {item['input']!r:.80})"
        self.add((*address, *place), message)

    def stop(self) -> None:
        if self.found:
            ordered = sorted(set(self.found), key=lambda item: (_place_key(item[0]), item[1]))
            lines = [f"{where}: {message}" for where, message in ordered]
            count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
            raise RecipeError(f"{count} in the recipe:\n" + "\n".join(f"  {line}" for line in lines))


def _place_key(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (where, 0)


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Give the keys that a model knows at ``place``, following nested models."""
    current: Any = model
    for part in place:
        info = getattr(current, "model_fields", {}).get(part) if isinstance(part, str) else None
        nested = [info.annotation, *getattr(info.annotation, "__args__", ())] if info else []
        current = next((kind for kind in nested if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    fields = getattr(current, "model_fields", {})
    return [info.alias or name for name, info in fields.items()]
