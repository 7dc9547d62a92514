"""The stage ``clean``: the text of every document through a list of cleaners."""

from typing import Any

import pyarrow as pa
from pydantic import Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit
from florilegium.clean.pages import move_pages
from florilegium.clean.registry import CLEANERS, Step, clean
from florilegium.documents import with_column
from florilegium.recipe.options import Options
from florilegium.run.stage import Applied, Stage


class CleanOptions(Options):
    """Options of the stage ``clean``; a bare list stands for ``steps``."""

    steps: tuple[Step, ...] = Field(description="Cleaners in the order in which they edit the text.")

    @model_validator(mode="before")
    @classmethod
    def _list_of_steps(cls, value: Any) -> Any:
        return {"steps": value} if isinstance(value, list | tuple) else value

    @field_validator("steps")
    @classmethod
    def _each_once(cls, steps: tuple[Cleaner, ...]) -> tuple[Cleaner, ...]:
        if not steps:
            raise ValueError(f"no step is named; there are {', '.join(CLEANERS)}")
        names = [one.step for one in steps]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)} stands here twice; a step has one column of counts, so name it once")
        return steps

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written_out = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [written_out, written_out["properties"]["steps"]]}


class CleanStage(Stage):
    """Edit texts, and count for each step how many edits it made (a line dropped or changed, an address masked)."""

    kind = "clean"
    OPTIONS = CleanOptions
    libraries = ("ftfy",)
    moves_pages = True

    @property
    def reads(self) -> tuple[str, ...]:
        """The text as it is so far."""
        return ("text",)

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        """The edited text, and ``clean.<step>``: edits made, int32, null where there is no text."""
        return (
            pa.field("text", pa.large_string()),
            *(pa.field(f"clean.{step.step}", pa.int32()) for step in self.options.steps),
        )

    def apply(self, documents: pa.RecordBatch) -> Applied:
        """Clean every text. One that loses all its lines stays, empty: whether it goes is for the rules to say."""
        rows: list[tuple[str | int | None, ...]] = []
        made: list[list[list[Edit]]] = []
        for text in documents.column("text").to_pylist():
            cleaned, edits = clean(text, self.options.steps) if text is not None else (None, [])
            made.append(edits)
            rows.append((cleaned, *map(len, edits)) if text is not None else (None,) * len(self.writes))
        documents = move_pages(documents, made)
        for column, values in zip(self.writes, zip(*rows, strict=True), strict=True):
            documents = with_column(documents, column, pa.array(values, column.type))
        return documents, []
