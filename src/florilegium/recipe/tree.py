"""YAML as plain values that remember where each of them was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from florilegium.errors import RecipeError
from florilegium.recipe.options import Written

#: A place in the tree: keys of mappings and numbers of list items, from the top.
Address = tuple[str | int, ...]


@dataclass
class Tree:
    """Values of a YAML file, and file and line of each."""

    values: Any
    lines: dict[Address, tuple[str, int]] = field(default_factory=dict)

    def where(self, address: Address) -> str:
        """Give ``file:line`` of the nearest written ancestor of ``address``."""
        for length in range(len(address), -1, -1):
            if address[:length] in self.lines:
                file, line = self.lines[address[:length]]
                return f"{file}:{line}"
        return "recipe"


def read_tree(path: Path) -> Tree:
    """Read a YAML file (YAML 1.2: `no` is a string). Raises RecipeError with file and line, also for a repeated key."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such file. Give the path of a recipe, or the name of a shipped one.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    return parse_tree(text, str(_shown(path)), path.parent)


def parse_tree(text: str, file: str, folder: Path) -> Tree:
    """Parse YAML text; ``file`` is shown in errors, ``folder`` is what relative paths are relative to."""
    try:
        loaded = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = (error.problem or "").strip().splitlines()
        raise RecipeError(f"{file}:{line}: not valid YAML: {problem[0] if problem else error}") from None
    tree = Tree(None)
    tree.values = _plain(loaded, (), tree.lines, file, folder)
    tree.lines.setdefault((), (file, 1))
    return tree


def _plain(node: Any, address: Address, lines: dict[Address, tuple[str, int]], file: str, folder: Path) -> Any:
    if isinstance(node, CommentedMap):
        lines.setdefault(address, (file, node.lc.line + 1))
        for key in node:
            if key in node.lc.data:  # a merged key (`<<`) stands where its anchor stands
                lines[(*address, str(key))] = (file, node.lc.key(key)[0] + 1)
        return {str(key): _plain(value, (*address, str(key)), lines, file, folder) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        lines.setdefault(address, (file, node.lc.line + 1))
        for number in range(len(node)):
            lines[(*address, number)] = (file, node.lc.item(number)[0] + 1)
        return [_plain(value, (*address, number), lines, file, folder) for number, value in enumerate(node)]
    if isinstance(node, str):
        return Written(str(node), folder)
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return Written(str(node), folder)  # dates and the like stay text


def merge(base: Tree, over: Tree) -> Tree:
    """Lay ``over`` on ``base``: mappings key by key, everything else is replaced."""
    merged = Tree(None, {})
    merged.values = _merge(base, over, base.values, over.values, (), merged)
    return merged


def _merge(base: Tree, over: Tree, lower: Any, upper: Any, address: Address, merged: Tree) -> Any:
    if isinstance(lower, Mapping) and isinstance(upper, Mapping):
        merged.lines[address] = over.lines.get(address) or base.lines.get(address, ("recipe", 1))
        values = {}
        for key in [*lower, *(key for key in upper if key not in lower)]:
            below = (*address, key)
            if key in lower and key in upper:
                values[key] = _merge(base, over, lower[key], upper[key], below, merged)
            else:
                source = over if key in upper else base
                values[key] = (upper if key in upper else lower)[key]
                _copy_lines(source, below, merged)
        return values
    _copy_lines(over, address, merged)
    return upper


def _copy_lines(source: Tree, address: Address, target: Tree) -> None:
    target.lines.update({key: line for key, line in source.lines.items() if key[: len(address)] == address})


def _shown(path: Path) -> Path:
    """Give the path as a user would name it: relative to where they stand, if that is shorter."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path
