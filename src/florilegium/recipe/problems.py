"""What is wrong with a recipe: all of it, each mistake with its place."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, RootModel, ValidationError

from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean
from florilegium.recipe.tree import Address, Tree

#: In the words of a recipe, where the library speaks of Python.
_WANTED = dict.fromkeys(("model_type", "dict_type", "model_attributes_type"), "a mapping is wanted: `{key: value}`")
_WANTED |= dict.fromkeys(("tuple_type", "list_type"), "a list is wanted: `[one, two]`")


def _shortened(value: Any) -> str:
    """Show a value as it was written, or its beginning."""
    try:
        shown = repr(value)
    except ValueError:  # an integer of thousands of digits
        shown = f"a number of {value.bit_length()} bits"
    return shown if len(shown) <= 80 else f"{shown[:80]}..."


class Problems:
    """Collects what is wrong, each with its place."""

    def __init__(self, tree: Tree, what: str = "recipe") -> None:
        self.tree, self.what = tree, what
        self.found: list[tuple[str, str]] = list(tree.found)

    def add(self, address: Address, message: str) -> None:
        shown = ".".join(str(part) for part in address)
        self.found.append((self.tree.where(address), f"{shown}: {message}" if shown else message))

    def validate(self, model: type[BaseModel], value: Any, address: Address) -> Any:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            items = error.errors()
            for item in items:
                # a list whose items were all refused is called too short as well
                follows = item["type"] == "too_short" and any(
                    other is not item and other["loc"][: len(item["loc"])] == item["loc"] for other in items
                )
                if not follows:
                    self._explain(model, item, address)
            return None

    def _explain(self, model: type[BaseModel], item: Any, address: Address) -> None:
        # the library names the branch of a union in between, such as `function-before[...]`
        place = tuple(part for part in item["loc"] if not (isinstance(part, str) and re.search(r"[\[\]():]", part)))
        if item["type"] == "extra_forbidden":
            place = (*(place[:-1] if place and place[-1] == item["loc"][-1] else place), item["loc"][-1])
            keys = _keys(model, place[:-1])
            message = f"unknown key `{place[-1]}`{did_you_mean(str(place[-1]), keys)}" if keys else "unknown key"
        elif item["type"] == "missing":
            message = "is missing and must be given"
        else:
            message = _WANTED.get(item["type"]) or str(item["msg"]).removeprefix("Value error, ")
            named = item["type"] == "value_error" and (
                isinstance(item["input"], dict | list) or str(item["input"]) in message
            )
            message += "" if named else f" (got {_shortened(item['input'])})"
        self.add((*address, *place), message)

    def stop(self) -> None:
        if self.found:
            ordered = sorted(set(self.found), key=lambda item: (_place_key(item[0]), item[1]))
            lines = [f"{where}: {message}" for where, message in ordered]
            count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
            raise RecipeError(f"{count} in the {self.what}:\n" + "\n".join(f"  {line}" for line in lines))


def _place_key(where: str) -> tuple[str, int]:
    file, _, line = where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (where, 0)


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Give the keys that a model knows at ``place``, following nested models and lists of them."""
    kinds = list(_models(model))
    for part in place:
        if isinstance(part, str):
            fields = [kind.model_fields[part] for kind in kinds if part in kind.model_fields]
            kinds = [inner for field in fields for inner in _models(field.annotation)]
    return [field.alias or name for kind in kinds for name, field in kind.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Give the models inside a type: of a list, a union, or a model that is a list."""
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _models(annotation.model_fields["root"].annotation)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)
