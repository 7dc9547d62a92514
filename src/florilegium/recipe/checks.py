"""Checks of a recipe as a whole, before any work: names are unique, and every column that is read is written before."""

import re
from collections import Counter
from difflib import get_close_matches

import pyarrow as pa

from florilegium.documents import SOURCE_SCHEMA
from florilegium.recipe.kinds import DecisionPart, SourcePart, StagePart
from florilegium.recipe.problems import Problems


def check_names(measure: list[StagePart], decide: list[DecisionPart], problems: Problems) -> None:
    """Names of steps and rules are reasons in the ledger: each means one thing."""
    steps = {"read": "the reader"}
    rules: dict[str, str] = {}
    for section, parts in (("measure", measure), ("decide", decide)):
        for number, part in enumerate(parts):
            if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,63}", part.name):
                message = f"{part.name!r} must be lower-case letters, digits, `_`, `-` and `.`"
                problems.add((section, number, "name"), message)
            if part.name in steps:
                message = f"`{part.name}` is also the name of {steps[part.name]}; add `name: ...`"
                problems.add((section, number), message)
            steps[part.name] = f"a step of `{section}`"
            for rule in getattr(part, "rules", ()) if section == "decide" else ():
                if rule.id in rules:
                    message = f"rule `{rule.id}` stands in `{rules[rule.id]}` too; give it another `id`"
                    problems.add((section, number), message)
                rules[rule.id] = part.name


def check_columns(
    sources: list[SourcePart], measure: list[StagePart], decide: list[DecisionPart], problems: Problems
) -> None:
    """Follow the columns of each source through all steps: each is written before it is read, once if the recipe named
    it, and holds numbers where numbers are wanted."""
    _check_types(measure, decide, problems)
    times = Counter(field.name for stage in measure for field in stage.writes)
    for number, stage in enumerate(measure):
        for column in getattr(stage, "named", ()):
            if times[column] > 1:
                others = [other.name for other in measure if column in [field.name for field in other.writes]]
                message = (
                    f"`{column}` is written by {' and '.join(f'`{name}`' for name in others)}; give it another name"
                )
                problems.add(("measure", number), message)
    writers = {field.name: stage.name for stage in measure for field in stage.writes}
    for source in sources:
        have = (set(SOURCE_SCHEMA.names) - {"text"}) | set(source.provides)
        for section, steps in (("measure", measure), ("decide", decide)):
            for number, step in enumerate(steps):
                for column in step.reads:
                    if column not in have and not (section == "decide" and column == "text_bytes"):  # in every shard
                        problems.add((section, number), _unwritten(step.name, column, source, writers))
                have |= {field.name for field in getattr(step, "writes", ())}
        if "text" not in have:
            problems.add(("measure",), _unwritten("release", "text", source, writers))
        if "pages" in source.provides:
            _check_pages(source, measure, problems)


def _check_pages(source: SourcePart, measure: list[StagePart], problems: Problems) -> None:
    """A stage that rewrites text without saying where leaves page anchors that point anywhere: it is refused."""
    for number, stage in enumerate(measure):
        if "text" in [field.name for field in stage.writes] and not getattr(stage, "moves_pages", False):
            message = (
                f"`{stage.name}` rewrites texts without saying where, so the pages of source `{source.name}` "
                f"({source.kind}) could not be found in them any more. Use a step of `clean`, or take one of them out."
            )
            problems.add(("measure", number), message)


def _check_types(measure: list[StagePart], decide: list[DecisionPart], problems: Problems) -> None:
    types = {field.name: field.type for field in SOURCE_SCHEMA}
    for section, steps in (("measure", measure), ("decide", decide)):
        for number, step in enumerate(steps):
            for column in dict.fromkeys(getattr(step, "numbers", ())):
                kind = types.get(column)
                if kind is not None and not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
                    held = "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else str(kind)
                    message = f"`{step.name}` compares `{column}` with numbers, but it holds {held}; name a signal"
                    problems.add((section, number), message)
            types |= {field.name: field.type for field in getattr(step, "writes", ())}


def _unwritten(step: str, column: str, source: SourcePart, writers: dict[str, str]) -> str:
    if column in writers:
        return f"`{step}` reads `{column}`, which `{writers[column]}` writes only later. Move one of them."
    if column == "text":
        return (
            f"`{step}` reads `text`, but source `{source.name}` ({source.kind}) gives the bytes of pages. "
            "Add `- extract: {with: trafilatura}` before it."
        )
    group = column.split(".")[0]
    near = get_close_matches(column, writers, n=1, cutoff=0.8)
    hint = f"Did you mean `{near[0]}`?" if near else f"Add the stage that measures `{group}` to `measure`."
    return f"`{step}` reads `{column}`, which no stage writes. {hint}"
