"""The questions that a tuning asks, as files of their own: each can be asked again with ``florilegium ablate``."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from florilegium.ablation.tuning.candidates import Candidate, Rung, Tuning
from florilegium.recipe.shipped import shipped

#: What every question of a tuning has as the tuning has it.
_SHARED = ("model", "training", "decision", "run")


@dataclass(frozen=True)
class Inquiry:
    """What one question of a tuning has of its own."""

    name: str
    question: str
    hypothesis: str
    arms: Mapping[str, Sequence[Candidate]]  # by name of the arm: what it lays on the base
    rung: Rung
    first_seed: int
    random_drop: Literal["all"] | Sequence[str] = "all"
    aa: str | float | None = None


def question_text(tuning: Tuning, inquiry: Inquiry, folder: Path) -> str:
    """Write the file of a question that will lie in ``folder``."""
    moved = Moved(tuning.path.parent, folder)
    benchmark = tuning.asked.benchmark
    arms = [
        {
            "name": name,
            "about": "; ".join(each.about or each.name for each in made),
            "patch": [moved.value(edit) for edit in tuning.patch_of(made)],
        }
        for name, made in inquiry.arms.items()
    ]
    body = {
        "name": inquiry.name,
        "question": inquiry.question,
        "hypothesis": inquiry.hypothesis,
        "base": base_from(tuning, folder),
        "baseline": [moved.value(edit) for edit in tuning.asked.baseline],
        "arms": arms,
        "controls": {"random_drop": inquiry.random_drop, **({} if inquiry.aa is None else {"aa": inquiry.aa})},
        "budget": {"tokens": inquiry.rung.tokens, "regime": tuning.asked.regime},
        "seeds": {"first": inquiry.first_seed, "looks": [inquiry.rung.seeds]},
        "benchmark": moved.path(benchmark) if benchmark.endswith((".yaml", ".yml")) else benchmark,
        **{key: tuning.values[key] for key in _SHARED if key in tuning.values},
    }
    return f"# Asked by the tuning `{tuning.name}`.\n{yaml_of(body)}"


def base_from(tuning: Tuning, folder: Path) -> str:
    """Give the base as a file in ``folder`` names it: a shipped recipe by name, another by its relative path."""
    named = tuning.asked.base
    beside = tuning.path.parent / f"{named}.yaml"
    if named in shipped() and not beside.is_file():
        return named
    return Moved(tuning.base.parent, folder).path(tuning.base.name)


@dataclass(frozen=True)
class Moved:
    """Relative paths of a file in ``old``, as a file in ``new`` writes them."""

    old: Path
    new: Path

    def path(self, written: str) -> str:
        """Give a relative path from the new folder; one that is absolute stays."""
        return written if os.path.isabs(written) else os.path.relpath(self.old / written, self.new)

    def value(self, value: Any) -> Any:
        """Give a value of a patch with those texts changed that name a file relative to the old folder."""
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in value]
        return self.path(str(value)) if isinstance(value, str) and self._names_a_file(value) else value

    def _names_a_file(self, text: str) -> bool:
        if os.path.splitext(text)[1] == "" and os.sep not in text:  # a word, even where a file is called so
            return False
        try:
            return (self.old / text).is_file()
        except OSError:  # longer than a path can be
            return False


def yaml_of(values: Any, *, block: bool = False) -> str:
    """Write plain values as YAML, in their order; with ``block``, what has no parts inside is not put on one line."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 118
    yaml.default_flow_style = False if block else None
    text = StringIO()
    yaml.dump(json.loads(json.dumps(values)), text)
    return text.getvalue()


def without_each(kept: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    """Give for each of some candidates all the others."""
    return {each.name: [other for other in kept if other is not each] for each in kept}


def wanted_controls(tuning: Tuning, still_in: Iterable[Candidate]) -> Literal["all"] | list[str]:
    """Give the candidates still in that get a random drop."""
    wanted = tuning.asked.controls.random_drop
    return "all" if wanted == "all" else [each.name for each in still_in if each.family in wanted]
