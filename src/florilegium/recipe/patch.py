"""Patches: edits of a recipe that address sources, stages and rules by name.

::

    patch:
      - {set: measure.extract.favour, to: recall}
      - {set: decide.rules.gopher_quality.words.at_least, to: 30}
      - {remove: decide.rules.c4}                        # a rule, a whole set, a stage, a source
      - {add: {clean: [fix_text]}, to: measure, after: extract}
"""

from copy import deepcopy
from typing import Any, Literal

from pydantic import ValidationError, model_validator

from florilegium.recipe.kinds import did_you_mean
from florilegium.recipe.options import Options


class Patch(Options):
    """One edit: exactly one of ``set`` (with ``to``), ``remove`` and ``add`` (with ``to``, a list)."""

    set: str | None = None
    remove: str | None = None
    add: Any = None
    to: Any = None
    after: str | None = None
    before: str | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> "Patch":
        if sum(value is not None for value in (self.set, self.remove, self.add)) != 1:
            raise ValueError("give exactly one of `set`, `remove` and `add`")
        if self.set is not None and "to" not in self.model_fields_set:
            raise ValueError("`set` needs `to`, the new value")
        if self.add is not None and not isinstance(self.to, str):
            raise ValueError("`add` needs `to`, the address of a list such as `measure` or `decide.rules`")
        return self


class PatchError(ValueError):
    """An address that leads nowhere."""


def step_kind(step: Any) -> str | None:
    """Give the kind of a step of measure or decide: the one key that is neither ``name`` nor ``expect``."""
    if not isinstance(step, dict):
        return None
    kinds = [key for key in step if key not in ("name", "expect")]
    return kinds[0] if len(kinds) == 1 else None


def step_names(steps: list[Any]) -> list[str]:
    """Give each step its name: as written, else its kind, numbered from the second on (`clean`, `clean.2`)."""
    seen: dict[str, int] = {}
    names = []
    for step in steps:
        name = step.get("name") if isinstance(step, dict) else None
        kind = step_kind(step) or "?"
        if name is None:
            seen[kind] = seen.get(kind, 0) + 1
            name = kind if seen[kind] == 1 else f"{kind}.{seen[kind]}"
        names.append(str(name))
    return names


def apply_patch(values: dict[str, Any], written: Any) -> None:
    """Edit ``values`` in place. Raises PatchError (also for a malformed patch)."""
    try:
        patch = Patch.model_validate(written)
    except ValidationError as error:
        raise PatchError("; ".join(map(_explained, error.errors()))) from None
    # what is put in may be edited by a later patch, and the same patch may stand in many recipes
    patch = patch.model_copy(update={"to": deepcopy(patch.to), "add": deepcopy(patch.add)})
    if patch.set is not None:
        _set(values, patch.set, patch.to)
    elif patch.remove is not None:
        _remove(values, patch.remove)
    else:
        _add(values, patch)


def _explained(item: Any) -> str:
    if item["type"] == "extra_forbidden":
        return f"unknown key `{item['loc'][-1]}`{did_you_mean(str(item['loc'][-1]), list(Patch.model_fields))}"
    if item["type"] == "model_type":
        return f"a patch is a mapping such as `{{set: ..., to: ...}}` (got {item['input']!r:.80})"
    return str(item["msg"]).removeprefix("Value error, ")


def _names(items: list[Any]) -> list[str]:
    if items and all(step_kind(item) and "id" not in item and "kind" not in item for item in items):
        return step_names(items)
    return [str(item.get("id", item.get("name", ""))) if isinstance(item, dict) else str(item) for item in items]


def _options(item: Any) -> Any:
    """Step into a stage: what stands under its kind."""
    kind = step_kind(item) if isinstance(item, dict) and "id" not in item and "kind" not in item else None
    return item[kind] if kind else item


def _find(values: Any, address: str) -> tuple[Any, str | int | list[int]]:
    """Give the container and the key, index or (for a whole rule set) indices that ``address`` names."""
    here, rest = values, address.split(".")
    while True:
        if isinstance(here, list):
            names = _names(here)
            for length in range(len(rest), 0, -1):
                joined = ".".join(rest[:length])
                if joined in names:
                    index = names.index(joined)
                    rest = rest[length:]
                    if not rest:
                        return here, index
                    here = _options(here[index])
                    break
            else:
                group = [n for n, name in enumerate(names) if name.startswith(".".join(rest) + ".")]
                if group:
                    return here, group
                raise PatchError(f"`{address}`: nothing is called `{'.'.join(rest)}`{did_you_mean(rest[0], names)}")
        elif isinstance(here, dict):
            if len(rest) == 1:
                return here, rest[0]
            if rest[0] not in here:
                raise PatchError(f"`{address}`: no key `{rest[0]}`{did_you_mean(rest[0], list(here))}")
            here, rest = here[rest[0]], rest[1:]
        else:
            raise PatchError(f"`{address}`: `{rest[0]}` does not lead on from here")


def _set(values: dict[str, Any], address: str, to: Any) -> None:
    container, key = _find(values, address)
    if isinstance(key, list):
        raise PatchError(f"`{address}` names {len(key)} rules; set one of them")
    if isinstance(container, dict) and isinstance(key, str) and key in ("at_least", "at_most", "above", "below"):
        for other in ("at_least", "above") if key in ("at_least", "above") else ("at_most", "below"):
            if other != key:
                container.pop(other, None)
    container[key] = to


def _remove(values: dict[str, Any], address: str) -> None:
    container, key = _find(values, address)
    if isinstance(key, list):
        for index in reversed(key):
            del container[index]
    elif isinstance(container, dict) and key not in container:
        raise PatchError(f"`{address}`: no key `{key}`{did_you_mean(str(key), list(container))}")
    else:
        del container[key]


def _add(values: dict[str, Any], patch: Patch) -> None:
    container, key = _find(values, str(patch.to))
    target = _options(container[key]) if not isinstance(key, list) and _has(container, key) else None
    if not isinstance(target, list):
        raise PatchError(f"`{patch.to}` is not a list; give `measure`, `decide`, `sources` or a list of rules")
    where: Literal["after", "before"] = "after" if patch.after else "before"
    mark = patch.after or patch.before
    position = len(target)
    if mark:
        names = _names(target)
        if mark not in names:
            raise PatchError(f"`{where}: {mark}`: nothing is called so in `{patch.to}`{did_you_mean(mark, names)}")
        position = names.index(mark) + (where == "after")
    target.insert(position, patch.add)


def _has(container: Any, key: Any) -> bool:
    return key in container if isinstance(container, dict) else True
