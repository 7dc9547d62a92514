"""All cleaners by name, how a recipe names them, and a text's way through several."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, create_model

from florilegium.clean.c4_lines import C4Lines
from florilegium.clean.citations import Citations
from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit, apply_edits
from florilegium.clean.fix_text import FixText
from florilegium.clean.masks import MaskEmail, MaskIp
from florilegium.recipe.options import Options

#: To add a cleaner, write a subclass of ``Cleaner`` and name it here.
AnyCleaner = FixText | C4Lines | Citations | MaskEmail | MaskIp

#: Every cleaner by the name that a recipe gives it.
CLEANERS: dict[str, type[Cleaner]] = {cleaner.model_fields["step"].default: cleaner for cleaner in get_args(AnyCleaner)}

#: For the JSON Schema only: a name, or a name with its options.
_AsWritten: Any = Literal[tuple(CLEANERS)] | create_model("StepByName", **dict[str, Any](CLEANERS), __base__=Options)


def _written_out(value: Any) -> Any:
    """Turn ``c4_lines`` and ``{c4_lines: {words_at_least: 4}}`` into ``{step: c4_lines, words_at_least: 4}``."""
    if isinstance(value, str):
        value = {value: None}
    if not isinstance(value, dict) or "step" in value:
        return value
    if len(value) != 1:
        raise ValueError(f"one step has one name, here are {len(value)}: {', '.join(map(str, value))}; make it a list")
    ((name, options),) = value.items()
    if name not in CLEANERS:
        raise ValueError(f"no cleaner is called {name!r}; there are {', '.join(CLEANERS)}")
    if not isinstance(options, dict | None):
        raise ValueError(f"{name} is followed by {options!r}; write its options as a mapping, or the name alone")
    return {"step": name, **(options or {})}


#: One step as a recipe writes it: a name, or a name with options. Resolved recipes hold ``{step: name, ...}``.
Step = Annotated[
    AnyCleaner, Field(discriminator="step"), BeforeValidator(_written_out, json_schema_input_type=_AsWritten)
]


def clean(text: str, steps: Iterable[Cleaner]) -> tuple[str, list[list[Edit]]]:
    """Edit a text step by step: the text at the end, and for each step its edits, in offsets of the text it was given.

    >>> clean("A cafÃ©. [1] Ask a@b.org", [FixText(), Citations(), MaskEmail()])[0]
    'A café.  Ask email@example.com'
    """
    made = []
    for step in steps:
        edits = step(text)
        made.append(edits)
        text = apply_edits(text, edits)
    return text, made
