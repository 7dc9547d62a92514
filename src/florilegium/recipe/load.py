"""From a YAML file to a checked recipe: base, patches, strict models, columns. All errors at once."""

import copy
import json
import re
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from florilegium.errors import RecipeError
from florilegium.recipe.checks import check_columns, check_names
from florilegium.recipe.kinds import DecisionPart, Kinds, Registry, SourcePart, StagePart, did_you_mean
from florilegium.recipe.patch import PatchError, apply_patch, step_kind, step_names
from florilegium.recipe.problems import Problems
from florilegium.recipe.shipped import find_base
from florilegium.recipe.tree import Address, Tree, merge, read_tree

TOP_KEYS = ("name", "about", "base", "patch", "sources", "measure", "decide", "release", "run")


@dataclass(frozen=True)
class Expectation:
    """The share of documents that a step is expected to remove; outside it the run stops before the release."""

    low: float
    high: float


@dataclass(frozen=True)
class Recipe:
    """A recipe, checked as a whole."""

    name: str
    about: str
    path: Path
    written: str
    resolved: dict[str, Any]
    sources: tuple[SourcePart, ...]
    measure: tuple[StagePart, ...]
    decide: tuple[DecisionPart, ...]
    expectations: dict[str, Expectation]  # by step name
    release: Any
    run: Any

    @property
    def hash(self) -> str:
        """Give the hash of the recipe as understood, ``run:`` left out (machines are not identity)."""
        return digest({key: value for key, value in self.resolved.items() if key != "run"})


def digest(value: Any) -> str:
    """Hash a JSON value: 16 hexadecimal digits of SHA-256 over its canonical form. Refuses what has no stable form."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(canonical.encode()).hexdigest()[:16]


def load_recipe(path: Path, registry: Registry) -> Recipe:
    """Load, inherit, patch and check a recipe. Raises RecipeError naming every mistake."""
    tree = _load_tree(path, registry, ())
    return build(tree, path, path.read_text(encoding="utf-8"), registry)


def _load_tree(path: Path, registry: Registry, above: tuple[Path, ...]) -> Tree:
    if path.resolve() in above:
        chain = " -> ".join(str(file.name) for file in [*above, path])
        raise RecipeError(f"{path}: `base` goes round in a circle: {chain}. Take one `base` out.")
    tree = read_tree(path)
    if not isinstance(tree.values, dict):
        raise RecipeError(f"{path}:1: a recipe is a mapping with keys such as `name`, `sources` and `measure`.")
    return _inherit(tree, path, registry, above)


def load_patched(tree: Tree, path: Path, registry: Registry) -> Recipe:
    """Build a recipe that stands in no file of its own: ``tree`` holds ``base``, ``patch`` and perhaps ``name``, as
    written in the file ``path``. Raises RecipeError naming every mistake."""
    written = _writing(tree.values)
    return build(_inherit(tree, path, registry, ()), path, written, registry)


def _writing(values: Any) -> str:
    """Write plain values as YAML."""
    text = StringIO()
    YAML(typ="safe", pure=True).dump(json.loads(json.dumps(values)), text)
    return text.getvalue()


def _inherit(tree: Tree, path: Path, registry: Registry, above: tuple[Path, ...]) -> Tree:
    """Lay what is written on its base and apply its patches."""
    base, patches = tree.values.pop("base", None), tree.values.pop("patch", [])
    lines = tree.lines
    if base is not None:
        tree = merge(_load_tree(_base(base, tree, path), registry, (*above, path.resolve())), tree)
    _expand(tree, registry)
    problems = Problems(Tree(None, lines))
    for number, patch in enumerate(patches if isinstance(patches, list) else [patches]):
        before = copy.deepcopy(tree.values)
        try:
            apply_patch(tree.values, patch)
            _expand(tree, registry)
        except PatchError as error:
            tree.values = before
            problems.add(("patch", number), str(error))
        if tree.values != before:  # line numbers of moved items no longer hold: show the patch instead
            for section in ("sources", "measure", "decide"):
                if tree.values.get(section) != before.get(section):
                    tree.lines = {a: line for a, line in tree.lines.items() if a[:1] != (section,) or len(a) == 1}
                    tree.lines[(section,)] = lines.get(("patch", number), tree.lines.get((section,), (str(path), 1)))
    tree.found += problems.found
    return tree


def _base(base: Any, tree: Tree, path: Path) -> Path:
    """Find the file of a base. Raises RecipeError with the line that names it."""
    if not isinstance(base, str):
        raise RecipeError(f"{tree.where(('base',))}: base: write the name or the path of one recipe (got {base!r:.80})")
    try:
        found = find_base(base, path)
    except RecipeError as error:
        raise RecipeError(f"{tree.where(('base',))}: base: {error}") from None
    if not found.is_file():
        raise RecipeError(f"{tree.where(('base',))}: base: {found}: no such file. Paths are relative to the recipe.")
    return found


def _expand(tree: Tree, registry: Registry) -> None:
    """Let steps write out what they name (rule sets become rules), so that patches can address the parts."""
    for section, kinds in (("measure", registry.stages), ("decide", registry.decisions)):
        steps = tree.values.get(section)
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            kind = step_kind(step)
            if kind is not None and kind in kinds and hasattr(kinds[kind], "expand"):
                try:
                    step[kind] = kinds[kind].expand(step[kind])
                except RecipeError as error:
                    raise RecipeError(f"{tree.where((section, number, kind))}: {error}") from None


def build(tree: Tree, path: Path, written: str, registry: Registry) -> Recipe:
    """Turn a tree into a recipe. Raises RecipeError naming every mistake."""
    values, problems = tree.values, Problems(tree)
    for key in values:
        if key not in TOP_KEYS:
            problems.add((key,), f"unknown key `{key}`{did_you_mean(key, list(TOP_KEYS))}")
    name = values.get("name", path.stem)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", name):
        problems.add(("name",), f"{name!r} must be lower-case letters, digits, `-`, `_` and `.` (it names a folder)")
    if not isinstance(values.get("about", ""), str | None):
        problems.add(("about",), f"a text is wanted (got {values['about']!r:.80})")
    sources = _sources(values.get("sources"), registry.sources, problems)
    measure, expect_measure = _steps("measure", values.get("measure"), registry.stages, problems)
    decide, expect_decide = _steps("decide", values.get("decide", []), registry.decisions, problems)
    sections = {
        key: problems.validate(model, values.get(key) if values.get(key) is not None else {}, (key,))
        for key, model in registry.sections.items()
    }
    check_names(measure, decide, problems)
    # where a part was not understood, its columns are missing anyway
    listed = [values.get("sources"), values.get("measure"), values.get("decide", [])]
    parts: list[list[Any]] = [sources, measure, decide]
    if all(isinstance(items, list) and len(items) == len(made) for items, made in zip(listed, parts, strict=True)):
        check_columns(sources, measure, decide, problems)
    problems.stop()
    resolved = {
        "name": str(name),
        "about": str(values.get("about") or ""),
        "sources": [source.options.literal() for source in sources],
        "measure": [_resolved_step(part) for part in measure],
        "decide": [_resolved_step(part) for part in decide],
        **{key: options.literal() for key, options in sections.items()},
    }
    expectations = expect_measure | expect_decide
    for step in [*resolved["measure"], *resolved["decide"]]:
        if (expected := expectations.get(step["name"])) is not None:
            step["expect"] = {"removed": [expected.low, expected.high]}
    return Recipe(
        str(name), resolved["about"], path, written, resolved, tuple(sources), tuple(measure), tuple(decide),
        expectations, sections["release"], sections["run"],
    )  # fmt: skip


def _resolved_step(part: StagePart | DecisionPart) -> dict[str, Any]:
    return {part.kind: part.options.literal(), "name": part.name}


def _sources(written: Any, kinds: Kinds, problems: Problems) -> list[SourcePart]:
    if not isinstance(written, list) or not written:
        problems.add(
            ("sources",), "a recipe needs at least one source: `sources: [{name: ..., kind: ..., files: ...}]`"
        )
        return []
    made: list[SourcePart] = []
    for number, item in enumerate(written):
        address: Address = ("sources", number)
        if not isinstance(item, dict) or "kind" not in item:
            problems.add(address, f"a source is a mapping with `name` and `kind`. Kinds: {', '.join(sorted(kinds))}")
        elif not isinstance(item["kind"], str) or item["kind"] not in kinds:
            problems.add((*address, "kind"), f"unknown kind `{item['kind']}`{did_you_mean(str(item['kind']), kinds)}")
        else:
            kind = kinds[item["kind"]]
            options = problems.validate(kind.OPTIONS, item, address)
            if options is not None:
                if options.name in [source.name for source in made]:
                    problems.add((*address, "name"), f"two sources are called `{options.name}`; ids would collide")
                made.append(kind(options))
    return made


def _steps(section: str, written: Any, kinds: Kinds, problems: Problems) -> tuple[list[Any], dict[str, Expectation]]:
    if not isinstance(written, list):
        problems.add((section,), f"`{section}` is a list of steps. Kinds: {', '.join(sorted(kinds))}")
        return [], {}
    made: list[Any] = []
    expectations = {}
    names = step_names(written)
    for number, (step, name) in enumerate(zip(written, names, strict=True)):
        address: Address = (section, number)
        kind = step_kind(step)
        if kind is None:
            problems.add(address, f"a step is one key with its options, such as `{next(iter(kinds))}: {{...}}`")
            continue
        if kind not in kinds:
            problems.add((*address, kind), f"unknown step `{kind}`{did_you_mean(kind, kinds)}")
            continue
        expected = step.get("expect")
        if expected is not None:
            parsed = _expectation(expected)
            if parsed is None:
                problems.add(
                    (*address, "expect"),
                    f"write `expect: {{removed: [low, high]}}`, shares from 0 to 1 (got {expected!r})",
                )
            else:
                expectations[name] = parsed
        options = problems.validate(kinds[kind].OPTIONS, step[kind] if step[kind] is not None else {}, (*address, kind))
        if options is not None:
            try:
                part = kinds[kind](options, name)
                for option, path in getattr(part, "expects_models", dict)().items():
                    if "://" not in str(path) and not Path(path).is_file():
                        problems.add((*address, kind, option), f"no such model file: {path}. Give a file or an address")
                made.append(part)
            except RecipeError as error:
                problems.add((*address, kind), str(error))
    return made, expectations


def _expectation(written: Any) -> Expectation | None:
    bounds = written.get("removed") if isinstance(written, dict) and set(written) == {"removed"} else None
    if not (isinstance(bounds, list) and len(bounds) == 2 and all(type(b) in (int, float) for b in bounds)):
        return None
    low, high = bounds
    return Expectation(float(low), float(high)) if 0 <= low <= high <= 1 else None
