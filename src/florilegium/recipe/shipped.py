"""Recipes that come with the package, by name."""

from importlib.resources import files
from pathlib import Path

from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean


def find_recipe(recipe: str) -> Path:
    """Give the path of a recipe: as given, or of a shipped one named without a path. Raises RecipeError."""
    path = Path(recipe)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if not path.is_file():
            raise RecipeError(f"{recipe}: no such file. Give the path of a recipe, or one of: {', '.join(shipped())}")
        return path
    if recipe not in shipped():
        raise RecipeError(f"no shipped recipe is called `{recipe}`{did_you_mean(recipe, shipped())}")
    return Path(str(files("florilegium.configs.curate") / f"{recipe}.yaml"))


def find_base(base: str, named_in: Path) -> Path:
    """Give the path of a ``base``: a path relative to the recipe that names it, or the name of a recipe beside it, else
    of a shipped one. Raises RecipeError."""
    if base.endswith((".yaml", ".yml")):
        return named_in.parent / base
    beside = named_in.parent / f"{base}.yaml"
    return beside if beside.is_file() and beside.resolve() != named_in.resolve() else find_recipe(base)


def shipped() -> list[str]:
    """Name the shipped recipes."""
    entries = files("florilegium.configs.curate").iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))
