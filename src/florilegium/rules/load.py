"""Rule sets by name or from a file."""

import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean
from florilegium.recipe.options import Place, Written
from florilegium.recipe.tree import Tree, parse_tree
from florilegium.rules.model import Rule, RuleSet

_SHIPPED = files("florilegium.rules") / "rulesets"


def shipped() -> tuple[str, ...]:
    """Name the rule sets that come with the package."""
    names = [entry.name for entry in _SHIPPED.iterdir()]
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def load_rule_set(name_or_path: str | os.PathLike[str]) -> RuleSet:
    """Load a shipped rule set by its name, or one from a YAML file (a path or fsspec URL ending in .yaml or .yml).

    A relative path is relative to the recipe in which it stands. Raises RecipeError with file and line for
    each mistake.

    >>> load_rule_set("c4").rules[-1].id
    'c4.sentences'
    """
    written = os.fspath(name_or_path)
    if written.endswith((".yaml", ".yml")):
        place = name_or_path if isinstance(name_or_path, Place) else None
        return _parse(_read(place or Place(written, written.folder if isinstance(written, Written) else None)))
    if written not in shipped():
        known = did_you_mean(written, list(shipped()))
        raise RecipeError(f"no rule set is called `{written}` (a file of your own ends in `.yaml`){known}")
    return _load_shipped(str(written))


@cache
def _load_shipped(name: str) -> RuleSet:
    text = (_SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    return _parse(parse_tree(text, f"rulesets/{name}.yaml", Path()))


def _read(place: Place) -> Tree:
    import fsspec

    try:
        with fsspec.open(str(place), "rb") as file:
            text = file.read().decode()
    except FileNotFoundError:
        raise RecipeError(f"{place}: no such rule set. Give a file, or one of: {', '.join(shipped())}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{place}: cannot be read as UTF-8 text: {error}") from None
    return parse_tree(text, str(place), Path(str(place)).parent)


def _parse(tree: Tree) -> RuleSet:
    try:
        return RuleSet.model_validate(tree.values)
    except ValidationError as error:
        lines = []
        for item in error.errors():
            address = tuple(part for part in item["loc"] if part != "[key]")
            message = str(item["msg"]).removeprefix("Value error, ")
            if item["type"] == "extra_forbidden":
                known = (Rule if address[0] == "rules" else RuleSet).model_fields
                message = f"unknown key{did_you_mean(str(address[-1]), list(known))}"
            lines.append(f"  {tree.where(address)}: {'.'.join(map(str, address)) or 'rule set'}: {message}")
        raise RecipeError("mistakes in a rule set:\n" + "\n".join(lines)) from None
