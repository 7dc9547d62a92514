"""The plan: which inputs there are, how they make tasks, and the hashes that say what may be reused.

A folder's hash covers what its content depends on and nothing else: the literal options and ``VERSION`` of each stage,
the content of model files, the inputs (path, size, etag or modification time), and the hash of what lies upstream.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from florilegium.documents import Input
from florilegium.models.address import resolve_model
from florilegium.recipe.load import Recipe, digest
from florilegium.run.shards import fingerprint

PLAN_VERSION = 1
#: Raised whenever the same documents would be published as other bytes: cleaners, writer, card.
RELEASE_VERSION = 2


@dataclass(frozen=True)
class Plan:
    """Fixed once written. ``tasks`` are runs of consecutive inputs of one source, as indices into ``inputs``."""

    name: str
    inputs: tuple[Input, ...]
    tasks: tuple[tuple[int, ...], ...]
    limit: int | None
    identity: dict[str, Any]
    measured: str
    decided: str
    released: str
    recipe: str = ""  # where it lay when the plan was made

    def task_inputs(self, index: int) -> list[Input]:
        """Give the inputs of one task."""
        return [self.inputs[number] for number in self.tasks[index]]

    def to_json(self) -> dict[str, Any]:
        """Give the plan as JSON values."""
        return {
            "version": PLAN_VERSION,
            "name": self.name,
            "inputs": [asdict(item) for item in self.inputs],
            "tasks": [list(task) for task in self.tasks],
            "limit": self.limit,
            "identity": self.identity,
            "measured": self.measured,
            "decided": self.decided,
            "released": self.released,
            "recipe": self.recipe,
        }


def plan_from_json(values: dict[str, Any]) -> Plan:
    """Read a plan back. Raises ValueError, KeyError or TypeError where it is none."""
    if not all(0 <= number < len(values["inputs"]) for task in values["tasks"] for number in task):
        raise ValueError("a task names an input that is not there")
    return Plan(
        values["name"],
        tuple(Input(**item) for item in values["inputs"]),
        tuple(tuple(task) for task in values["tasks"]),
        values["limit"],
        values["identity"],
        values["measured"],
        values["decided"],
        values["released"],
        values.get("recipe", ""),
    )


def make_plan(recipe: Recipe, inputs: Sequence[Input], limit: int | None = None) -> Plan:
    """Deal inputs to tasks and compute the identity of each movement."""
    task_size = recipe.run.task_size
    tasks: list[list[int]] = []
    size = 0
    for number, item in enumerate(inputs):
        previous = inputs[tasks[-1][-1]] if tasks else None
        if previous is None or previous.source != item.source or (limit is None and size + item.size > task_size):
            tasks.append([])
            size = 0
        tasks[-1].append(number)
        size += item.size
    literal = measure_identity(recipe)
    measure = {
        **literal,
        "inputs": [[item.source, item.path, item.size, item.stamp] for item in inputs],
        "tasks": tasks,
        "limit": limit,
    }
    measured = digest(measure)
    decide = decide_identity(recipe)
    decided = digest({"measured": measured, "steps": decide})
    release = recipe.release.literal()
    return Plan(
        recipe.name,
        tuple(inputs),
        tuple(tuple(task) for task in tasks),
        limit,
        {
            "measure": {**literal, "limit": limit},
            "decide": decide,
            "release": release,
        },
        measured,
        decided,
        released_hash(decided, recipe),
        str(recipe.path.resolve()),
    )


def released_hash(decided: str, recipe: Recipe) -> str:
    """Give the hash of a release: decisions, options, what the card says, and the version of the writer."""
    about = [recipe.about, recipe.name]
    return digest({"decided": decided, "release": recipe.release.literal(), "about": about, "VERSION": RELEASE_VERSION})


def measure_identity(recipe: Recipe) -> dict[str, Any]:
    """Give what measured documents depend on beside the inputs."""
    return {
        "sources": [source.identity() for source in recipe.sources],  # type: ignore[attr-defined]
        "stages": [_stage_identity(stage) for stage in recipe.measure],
    }


def decide_identity(recipe: Recipe) -> list[dict[str, Any]]:
    """Give what decisions depend on beside the measured columns."""
    return [{step.kind: step.options.identity(), "name": step.name, "VERSION": step.VERSION} for step in recipe.decide]


def _stage_identity(stage: Any) -> dict[str, Any]:
    literal = dict(stage.options.identity())
    for option, path in stage.expects_models().items():  # a model counts by its content, not by its place
        literal[option] = {"sha256": fingerprint(resolve_model(str(path)))["sha256"]}
    libraries = {name: version(name) for name in stage.libraries}
    return {stage.kind: literal, "name": stage.name, "VERSION": stage.VERSION, "libraries": libraries}


def differences(old: Any, new: Any, address: str = "") -> list[tuple[str, Any, Any]]:
    """Give (key, old, new) wherever two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in [*old, *(key for key in new if key not in old)]:
            found += differences(old.get(key), new.get(key), f"{address}.{key}" if address else str(key))
        return found
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            item for n, pair in enumerate(zip(old, new, strict=True)) for item in differences(*pair, f"{address}[{n}]")
        ]
    return [] if old == new else [(address, old, new)]


def changed_inputs(old: Plan, new: Plan) -> list[str]:
    """Say, file by file, what changed since the plan was made."""
    before = {(item.source, item.path): item for item in old.inputs}
    after = {(item.source, item.path): item for item in new.inputs}
    said = []
    for key, item in before.items():
        now = after.get(key)
        if now is None:
            said.append(f"{item.location}: has vanished")
        elif now.size != item.size:
            said.append(f"{item.location}: {item.size} bytes then, {now.size} bytes now")
        elif now.stamp != item.stamp:
            said.append(f"{item.location}: touched or replaced since (modification time or etag differs)")
    return said + [f"{item.location}: is new" for key, item in after.items() if key not in before]
