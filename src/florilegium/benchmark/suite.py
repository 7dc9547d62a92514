"""A suite is a file: tasks over data that stays where it lies, and which of them decide.

::

    name: heldout
    tasks:
      - name: heldout
        version: 1
        form: text                        # text, pair, choice, context_choice or last_word
        data: "${FLORILEGIUM_SHARED_DATA}/ablation/heldout-text.parquet"
        slices: {domain: domain, century: {from: year, every: 100}}
        cluster: [source, title]          # items of one work were sampled together
    decides: {tasks: [heldout], measure: bits_per_byte, balance: domain}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import fsspec
from pydantic import BeforeValidator, Field, field_validator

from florilegium.benchmark.scores import FORMS
from florilegium.documents import Input
from florilegium.errors import RecipeError, SourceError
from florilegium.recipe.kinds import did_you_mean
from florilegium.recipe.options import Options, PathOrUrl
from florilegium.recipe.problems import Problems
from florilegium.recipe.shipped import find_shipped
from florilegium.recipe.tree import read_tree
from florilegium.sources.source import find_files

#: Counts up where items are read or scored otherwise, so that older scores are not taken for newer ones.
VERSION = 1

#: Of a text that is longer than the context. With a half, 1.4 times as many tokens are read; bits per byte of models
#: of a million parameters, briefly trained, differed by 0.0006 at most (with 1, by 0.006).
STRIDE = 0.75

_NAME = r"^[a-z0-9][a-z0-9_]{0,59}$"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int | float | bool) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Value = str | int | float | bool


class Interval(Options):
    """A slice by a column of numbers: 1895 is in ``1800s`` with every: 100, in ``1890s`` with every: 10."""

    from_: str = Field(alias="from", description="Column with the number, such as a year.")
    every: int = Field(100, ge=1, description="Width of an interval.")


class Task(Options):
    """One task of a suite."""

    name: str = Field(pattern=_NAME, description="Lower-case letters, digits and `_`.")
    version: int = Field(ge=1, description="Counts up whenever items or scoring of the task change.")
    form: Literal["text", "pair", "choice", "context_choice", "last_word"]
    data: PathOrUrl = Field(description="JSON lines (plain, gzip or zstd) or Parquet; a path, a pattern or a URL.")
    about: str = ""
    columns: dict[str, str] = Field(
        default_factory=dict, description="Where the data names its columns otherwise, such as `{good: sentence_good}`."
    )
    where: dict[str, Annotated[tuple[Value, ...], BeforeValidator(_listed)]] = Field(
        default_factory=dict, description="Only items whose column has the value, or one of the values."
    )
    slices: dict[Annotated[str, Field(pattern=_NAME)], str | Interval] = Field(
        default_factory=dict, description="Parts that are looked at apart, such as `[domain]`."
    )
    cluster: Columns = Field((), description="Columns that name the unit that was sampled; default: the item.")
    weight: str | None = Field(None, description="Column with the item's weight; default: 1, for text its bytes.")
    join: str = Field(" ", description="Stands before an answer; nothing for Chinese and the like.")
    chance: float | None = Field(None, ge=0, le=1, description="Accuracy by chance; default: one over the answers.")
    limit: int | None = Field(None, ge=1, description="Only the first so many items.")
    stride: float = Field(
        STRIDE, gt=0, le=1, description="What each further window of a long text predicts, in contexts; less is dearer."
    )

    @field_validator("slices", mode="before")
    @classmethod
    def _named(cls, written: Any) -> Any:
        return {name: name for name in written} if isinstance(written, list | tuple) else written

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str]) -> dict[str, str]:
        for name in columns:
            if name not in FIELDS:
                raise ValueError(f"items have no `{name}`{did_you_mean(name, FIELDS)}")
        return columns

    def column(self, name: str) -> str:
        """Give the column of the data that holds the field."""
        return self.columns.get(name, name)


class Decides(Options):
    """What the verdict looks at; everything else in the suite is only shown."""

    tasks: Columns = Field(min_length=1, description="Names of tasks.")
    measure: str = Field(description="One that all of them have.")
    balance: str | None = Field(
        None, description="A slice of each of them: the score is the plain mean over its values."
    )
    overlap_at_most: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of an item's 13-grams that may stand in the pool; above it, it does not vote.",
    )


class _Written(Options):
    """A suite as it is written."""

    name: str = Field("", pattern=r"^[a-z0-9][a-z0-9_.-]{0,59}$|^$")
    about: str = ""
    tasks: tuple[Task, ...] = Field(min_length=1)
    decides: Decides | None = None


#: Fields of an item, by form; all have ``id``.
FORM_FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "pair": ("good", "bad"),
    "choice": ("query", "choices", "gold"),
    "context_choice": ("contexts", "continuation", "gold"),
    "last_word": ("context", "target"),
}
FIELDS = sorted({"id", *(name for fields in FORM_FIELDS.values() for name in fields)})


@dataclass(frozen=True)
class Suite:
    """A suite, checked as a whole."""

    name: str
    about: str
    path: Path
    tasks: tuple[Task, ...]
    decides: Decides | None

    @property
    def shown_only(self) -> tuple[str, ...]:
        """Name the tasks that never decide."""
        deciding = self.decides.tasks if self.decides else ()
        return tuple(task.name for task in self.tasks if task.name not in deciding)

    def task(self, name: str) -> Task:
        """Give the task of that name."""
        return next(task for task in self.tasks if task.name == name)

    def identity(self) -> dict[str, Any]:
        """Give what scores depend on: the tasks, and the content of their data in place of its path."""
        return {
            "VERSION": VERSION,
            "tasks": [
                {key: value for key, value in task.literal().items() if key not in ("data", "about")}
                | {"data": [_content(found) for found in data_files(task)]}
                for task in self.tasks
            ],
        }


def load_suite(path: Path) -> Suite:
    """Load and check a suite. Raises RecipeError naming every mistake with file and line."""
    tree = read_tree(path)
    if not isinstance(tree.values, dict):
        raise RecipeError(f"{path}:1: a suite is a mapping with `name` and `tasks`.")
    problems = Problems(tree, "suite")
    written = problems.validate(_Written, tree.values, ())
    if written is not None:
        _check_names(written, problems)
    problems.stop()
    return Suite(written.name or path.stem, written.about, path, written.tasks, written.decides)


def _check_names(suite: _Written, problems: Problems) -> None:
    """Note tasks of one name, and what ``decides`` names that is not there."""
    by_name: dict[str, Task] = {}
    for number, task in enumerate(suite.tasks):
        if by_name.setdefault(task.name, task) is not task:
            problems.add(("tasks", number, "name"), f"two tasks are called `{task.name}`")
    decides = suite.decides
    if decides is None:
        return
    for name in decides.tasks:
        if name not in by_name:
            problems.add(("decides", "tasks"), f"no task is called `{name}`{did_you_mean(name, list(by_name))}")
            continue
        task, measures = by_name[name], FORMS[by_name[name].form]
        if decides.measure not in measures:
            message = f"`{name}` ({task.form}) has no measure `{decides.measure}`. It has: {', '.join(measures)}"
            problems.add(("decides", "measure"), message)
        if decides.balance is not None and decides.balance not in task.slices:
            message = f"`{name}` has no slice `{decides.balance}`{did_you_mean(decides.balance, list(task.slices))}"
            problems.add(("decides", "balance"), message)


def find_suite(suite: str) -> Path:
    """Give the path of a suite: as given, or of a shipped one named without a path. Raises RecipeError."""
    return find_shipped(suite, "benchmark", "suite")


def data_files(task: Task) -> list[Input]:
    """Find the files of a task's data, sorted. Raises SourceError where there are none."""
    try:
        found = find_files("data", task.data)
    except SourceError as error:
        raise SourceError(f"task `{task.name}`: {str(error).removeprefix('source `data`: ')}") from None
    if not found:
        raise SourceError(f"task `{task.name}`: no file matches {task.data}. Check `data`.")
    return sorted(found, key=lambda item: item.path)


def _content(found: Input) -> str:
    return _hashed(found.location, found.size, found.stamp)


@cache
def _hashed(location: str, size: int, stamp: str) -> str:
    """Hash a file; once for each state of it."""
    digest = sha256()
    with fsspec.open(location, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]
