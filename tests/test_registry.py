"""What can be named in a recipe."""

from importlib import import_module

from florilegium.recipe.load import load_recipe
from florilegium.recipe.shipped import find_recipe
from florilegium.registry import registry


def test_modules_of_compiled_loops_are_there() -> None:
    """The server that imports them for all workers passes over a name that is none."""
    recipe = load_recipe(find_recipe("fineweb"), registry())
    named = {step.kind: step.compiled for step in (*recipe.measure, *recipe.decide) if step.compiled}
    assert set(named) == {"extract", "language", "signals", "signatures", "deduplicate"}
    for name in {name for names in named.values() for name in names}:
        import_module(name)
