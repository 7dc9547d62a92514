"""A question is a file; it is checked as a whole, with its recipes and its suite, before anything is done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from florilegium.ablation.asked import BASELINE, Asked
from florilegium.benchmark.suite import Suite, find_suite, load_suite
from florilegium.errors import RecipeError
from florilegium.recipe.kinds import Registry, did_you_mean
from florilegium.recipe.load import Recipe, load_patched
from florilegium.recipe.problems import Problems
from florilegium.recipe.shipped import find_base, find_shipped
from florilegium.recipe.tree import Tree, read_tree


@dataclass(frozen=True)
class Question:
    """A question, checked as a whole: what was asked, the recipe of the baseline and of each arm, and the suite."""

    asked: Asked
    path: Path
    written: str
    recipes: Mapping[str, Recipe]  # by arm, the baseline first
    suite: Suite

    @property
    def name(self) -> str:
        """Give the name."""
        return self.asked.name


def load_question(path: Path, registry: Registry) -> Question:
    """Load and check a question with its recipes and its suite. Raises RecipeError naming every mistake with file and
    line."""
    tree = read_tree(path)
    return build_question(tree, path, path.read_text(encoding="utf-8"), registry)


def build_question(tree: Tree, path: Path, written: str, registry: Registry) -> Question:
    """Check a question that was read from ``written``; paths in it are relative to the file ``path``. Raises
    RecipeError naming every mistake."""
    if not isinstance(tree.values, dict):
        raise RecipeError(f"{path}:1: a question is a mapping with keys such as `question`, `base` and `arms`.")
    problems = Problems(tree, "question")
    asked: Asked | None = problems.validate(Asked, tree.values, ())
    _check_names(tree.values, problems)
    suite = _suite(tree, path, problems)
    recipes = _recipes(tree, path, registry, problems)
    problems.stop()
    assert asked is not None and suite is not None
    return Question(asked, path, written, recipes, suite)


def find_question(question: str) -> Path:
    """Give the path of a question: as given, or of a shipped one named without a path. Raises RecipeError."""
    return find_shipped(question, "ablate", "question")


def _check_names(values: Mapping[str, Any], problems: Problems) -> None:
    """Note arms whose name is taken, and what ``controls`` names that is no arm. What is of a wrong type was noted."""
    names = [arm.get("name") if isinstance(arm, dict) else None for arm in _listed(values.get("arms"))]
    reserved = {BASELINE, "aa_1", "aa_2", *(f"random_{each}{end}" for each in names for end in ("", "_again"))}
    for number, name in enumerate(names):
        if name is not None and (name in names[:number] or name in reserved):
            said = "arms have names of their own, and not those of baseline and controls"
            problems.add(("arms", number, "name"), f"{said}: `{name}` is taken")
    controls = values.get("controls")
    if not isinstance(controls, dict):
        return
    wanted, twin = controls.get("random_drop", "all"), controls.get("aa")
    for key, named in (("random_drop", _listed(wanted)), ("aa", [twin] if isinstance(twin, str) else [])):
        for each in named:
            if each not in names:
                problems.add(("controls", key), f"`{each}` is no arm{did_you_mean(str(each), [str(n) for n in names])}")
    if isinstance(twin, int | float) and not 0 < twin < 1:
        problems.add(("controls", "aa"), f"write a share between 0 and 1, or the name of an arm (got {twin})")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _suite(tree: Tree, path: Path, problems: Problems) -> Suite | None:
    """Load the suite, a path relative to the question or the name of a shipped one; note what is wrong with it."""
    named = tree.values.get("benchmark")
    if not isinstance(named, str):
        return None
    try:
        suite = load_suite(find_suite(str(path.parent / named) if named.endswith((".yaml", ".yml")) else named))
    except RecipeError as error:
        problems.found += _mistakes(error, tree, "benchmark")
        return None
    if suite.decides is None:
        problems.add(("benchmark",), f"no task of {suite.path} decides; add `decides:` to the suite, or take another")
    return suite


def _recipes(tree: Tree, path: Path, registry: Registry, problems: Problems) -> dict[str, Recipe]:
    """Build the recipes of the baseline and of each arm; note what is wrong with them, what they share once."""
    named, recipes = tree.values.get("base"), {}
    if not isinstance(named, str):
        return {}
    try:
        base = find_base(named, path)
    except RecipeError as error:
        problems.add(("base",), str(error))
        return {}
    if not base.is_file():
        problems.add(("base",), f"{base}: no such file. Paths are relative to the question.")
        return {}
    if _is_question(base):
        problems.add(("base",), f"{base} is a question, not a recipe. Give the path of a recipe, or name another.")
        return {}
    shared = _listed(tree.values.get("baseline"))
    arms = [arm if isinstance(arm, dict) else {} for arm in _listed(tree.values.get("arms"))]
    for number in (None, *range(len(arms))):
        own = [] if number is None else _listed(arms[number].get("patch"))
        try:
            recipe = load_patched(_patched(tree, base, shared, own, number), path, registry)
        except RecipeError as error:
            for where, message in _mistakes(error, tree, "base"):
                problems.found.append((where, _readdressed(message, len(shared), number)))
        else:
            recipes[BASELINE if number is None else str(arms[number].get("name"))] = recipe
            if number is not None and BASELINE in recipes and _same(recipe, recipes[BASELINE]):
                said = "changes nothing of `sources`, `measure` or `decide`: the arm would be the baseline again"
                problems.add(("arms", number, "patch"), said)
    return recipes


def _same(one: Recipe, other: Recipe) -> bool:
    return all(one.resolved[part] == other.resolved[part] for part in ("sources", "measure", "decide"))


def _is_question(path: Path) -> bool:
    """Say whether a file holds a question: one that lies beside may have the name of a shipped recipe."""
    try:
        values = read_tree(path).values
    except RecipeError:  # said with its line where it is loaded
        return False
    return isinstance(values, dict) and "arms" in values


def _patched(tree: Tree, base: Path, shared: list[Any], own: list[Any], number: int | None) -> Tree:
    """Write the recipe of the baseline (None) or of one arm: the base with two lists of edits, each with its line."""
    lines = {("patch", *address[1:]): line for address, line in tree.lines.items() if address[:1] == ("baseline",)}
    here = ("arms", number, "patch")
    for address, line in tree.lines.items():
        if address[:3] == here and len(address) > 3:
            lines["patch", len(shared) + int(address[3]), *address[4:]] = line
    lines[()] = tree.lines[()]
    return Tree({"base": str(base.resolve()), "patch": [*shared, *own]}, lines)


def _mistakes(error: RecipeError, tree: Tree, key: str) -> list[tuple[str, str]]:
    """Take a list of mistakes apart: the place of each, and what it is; one without a place is about ``key``."""
    first, *more = str(error).splitlines()
    found = []
    for line in more or [first]:
        match = re.fullmatch(r"(.+?:\d+): (.*)", line.strip())
        found.append((match[1], match[2]) if match else (tree.where((key,)), f"{key}: {line.strip()}"))
    return found


def _readdressed(message: str, shared: int, number: int | None) -> str:
    """Say of an edit where the question has it: the first of a recipe are shared, the rest are of arm ``number``."""
    found = re.match(r"patch\.(\d+)", message)
    if found is None:
        return message
    at = int(found[1])
    place = f"baseline.{at}" if at < shared else f"arms.{number}.patch.{at - shared}"
    return place + message[found.end() :]
