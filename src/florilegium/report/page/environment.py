"""How pages are rendered: everything escaped, a missing name an error, filters from the modules that own them."""

from collections.abc import Sequence
from importlib.resources import files
from types import ModuleType

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(package: str, *filters: tuple[ModuleType, Sequence[str]]) -> Environment:
    """Give the environment of the templates that lie in a package; ``filters`` are functions of modules, by name."""
    made = Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({name: getattr(module, name) for module, names in filters for name in names})
    return made


def asset(package: str, name: str) -> str:
    """Give a file that goes into a page, such as its style."""
    return (files(package) / name).read_text(encoding="utf-8").strip()
