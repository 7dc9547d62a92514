"""YAML as plain values that remember where each of them was written."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from florilegium.errors import RecipeError
from florilegium.recipe.options import Written

#: A place in the tree: keys of mappings and numbers of list items, from the top.
Address = tuple[str | int, ...]

#: Most values that a recipe may have, anchors written out: a few lines of nested anchors can stand for billions.
MOST_VALUES = 100_000


@dataclass
class Tree:
    """Values of a YAML file, and file and line of each."""

    values: Any
    lines: dict[Address, tuple[str, int]] = field(default_factory=dict)
    #: Mistakes found on the way to these values, each with its place.
    found: list[tuple[str, str]] = field(default_factory=list)

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
        with warnings.catch_warnings(action="ignore"):  # an anchor may be defined anew
            loaded = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = ((error.problem or "").strip().splitlines() or [str(error)])[0]
        hint = "; indent with spaces, not with tabs" if "'\\t'" in problem else ""
        raise RecipeError(f"{file}:{line}: not valid YAML: {problem:.200}{hint}") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = int(error.character) if isinstance(error.character, int) else ord(error.character)
        said = f"character U+{code:04X} may not stand in it. Take it out."
        raise RecipeError(f"{file}:{line}: not valid YAML: {said}") from None
    except RecursionError:
        raise RecipeError(f"{file}: lists or mappings are nested too deep; no recipe needs more than a few") from None
    except (YAMLError, ValueError) as error:  # a number of thousands of digits, a date that is none
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RecipeError(f"{file}: not valid YAML: {said:.200}. Mend that value, or put it in quotes.") from None
    except Exception as error:  # tags and merges that lead nowhere or to themselves break the library itself
        raise RecipeError(
            f"{file}: not valid YAML: a tag (`!!`), merge (`<<`) or anchor leads nowhere ({type(error).__name__})"
        ) from None
    tree = Tree(None)
    tree.values = _Plain(tree.lines, file, folder).values(loaded, ())
    tree.lines.setdefault((), (file, 1))
    return tree


class _Plain:
    """Turns what the YAML library gives into plain values, and notes the line of each."""

    def __init__(self, lines: dict[Address, tuple[str, int]], file: str, folder: Path) -> None:
        self.lines, self.file, self.folder = lines, file, folder
        self.left = MOST_VALUES

    def values(self, node: Any, address: Address) -> Any:
        self.left -= 1
        if self.left < 0:
            line = self.lines.get(address[:1], (self.file, 1))[1]
            raise RecipeError(
                f"{self.file}:{line}: with its anchors written out, the recipe has more than {MOST_VALUES:,} values. "
                "Take anchors that hold each other out."
            )
        if isinstance(node, CommentedMap):
            self.lines.setdefault(address, (self.file, node.lc.line + 1))
            for key in node:
                if key in node.lc.data:  # a merged key (`<<`) stands where its anchor stands
                    self.lines[(*address, str(key))] = (self.file, node.lc.key(key)[0] + 1)
            return {str(key): self.values(value, (*address, str(key))) for key, value in node.items()}
        if isinstance(node, CommentedSeq):
            self.lines.setdefault(address, (self.file, node.lc.line + 1))
            for number in range(len(node)):
                self.lines[(*address, number)] = (self.file, node.lc.item(number)[0] + 1)
            return [self.values(value, (*address, number)) for number, value in enumerate(node)]
        if isinstance(node, str):
            self._storable(node, address)
            return Written(str(node), self.folder)
        if isinstance(node, bool) or node is None:
            return node
        if isinstance(node, int):
            return int(node)
        if isinstance(node, float):
            return float(node)
        return Written(str(node), self.folder)  # dates and the like stay text

    def _storable(self, text: str, address: Address) -> None:
        """Refuse what no file and no path can hold: NUL, and halves of surrogate pairs."""
        odd = next((letter for letter in text if letter == "\0" or 0xD800 <= ord(letter) < 0xE000), None)
        if odd is not None:
            line = next(
                (self.lines[address[:n]][1] for n in range(len(address), 0, -1) if address[:n] in self.lines), 1
            )
            raise RecipeError(f"{self.file}:{line}: character U+{ord(odd):04X} may not stand in a value. Take it out.")


def merge(base: Tree, over: Tree) -> Tree:
    """Lay ``over`` on ``base``: mappings key by key, everything else is replaced."""
    merged = Tree(None, {}, [*base.found, *over.found])
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
