"""Recipes that come with the package, by name."""

from importlib.resources import files
from pathlib import Path

from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean


def find_recipe(recipe: str) -> Path:
    """Give the path of a recipe: as given, or of a shipped one named without a path. Raises RecipeError."""
    return find_shipped(recipe, "curate", "recipe")


def find_shipped(named: str, room: str, what: str) -> Path:
    """Give the path of a file: as given, or of one shipped in ``configs/<room>``. ``what`` it is stands in errors.

    Raises RecipeError.
    """
    path, known = Path(named), shipped(room)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        if not path.is_file():
            wrong = "is a folder" if path.is_dir() else "no such file"
            raise RecipeError(f"{named}: {wrong}. Give the path of a {what}, or one of: {', '.join(known)}")
        return path
    if named not in known:
        raise RecipeError(f"no shipped {what} is called `{named}`{did_you_mean(named, known)}")
    return Path(str(files(f"florilegium.configs.{room}") / f"{named}.yaml"))


def find_base(base: str, named_in: Path) -> Path:
    """Give the path of a ``base``: a path relative to the recipe that names it, or the name of a recipe beside it, else
    of a shipped one. Raises RecipeError."""
    if base.endswith((".yaml", ".yml")):
        return named_in.parent / base
    beside = named_in.parent / f"{base}.yaml"
    return beside if beside.is_file() and beside.resolve() != named_in.resolve() else find_recipe(base)


def shipped(room: str = "curate") -> list[str]:
    """Name the shipped files of a room of ``configs``."""
    entries = files(f"florilegium.configs.{room}").iterdir()
    return sorted(entry.name.removesuffix(".yaml") for entry in entries if entry.name.endswith(".yaml"))
