"""The rows of the table: for each a job of ours and, where there is one, the job of a peer that it is held against."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from florilegium.errors import RecipeError
from florilegium.recipe.kinds import did_you_mean
from florilegium.speed import recipes
from florilegium.speed.job import Job

Need = Literal["pages", "texts", "copies", "decided"]

FILTERS = ("gopher_repetition", "gopher_quality", "c4", "fineweb")

#: Words of a document: for deduplication, and of the many that are decided again.
COPIES_WORDS, DECIDED_WORDS = 300, 40


@dataclass(frozen=True)
class Place:
    """Where the material of this machine lies; the folders that a row needs are there when its jobs are made."""

    scratch: Path
    pages: Path
    texts: Path
    copies: Path
    decided: Path
    full: bool
    round: int = 0

    @property
    def copies_count(self) -> int:
        """Give the number of documents made for deduplication."""
        return 100_000 if self.full else 10_000

    @property
    def decided_count(self) -> int:
        """Give the number of documents that are decided again."""
        return 1_000_000 if self.full else 100_000

    def ours(self, do: str, name: str, recipe: dict[str, Any], **values: Any) -> Job:
        """Make a job of ours about a recipe."""
        return Job(name, "ours", {"do": do, "recipe": recipes.write_recipe(self.scratch, name, recipe), **values})


Make = Callable[[Place], Job]


@dataclass(frozen=True)
class Row:
    """One comparison; ``unit`` is what the seconds are divided by before they are compared."""

    name: str
    unit: str
    needs: Need | None
    ours: Make
    peer: Make | None = None


def _stock(name: str, **values: Any) -> Job:
    return Job(name, "stock", values)


def _warc_in(extractor: str, english: bool) -> Row:
    name = f"warc_in.{'fineweb_en' if english else 'all_languages'}"
    steps = ["extract", "english" if english else "language", *FILTERS]

    def ours(place: Place) -> Job:
        made = recipes.fineweb([recipes.warc_source(place.pages)], extractor=extractor, english=english)
        return place.ours("flow", f"{name}.{extractor}", made)

    def stock(place: Place) -> Job:
        return _stock(name, do="pipeline", kind="warc", folder=str(place.pages), steps=steps, write="jsonl")

    return Row(f"{name}.{extractor}", "page", "pages", ours, stock)


def _text_in(kind: str) -> Row:
    name = f"text_in.{kind}"

    def ours(place: Place) -> Job:
        source = recipes.text_source(place.texts / f"texts.{kind}")
        return place.ours("flow", name, recipes.fineweb([source], extractor=None))

    def stock(place: Place) -> Job:
        return _on_texts(place, name, "pipeline", "texts", kind, steps=["english", *FILTERS], write="parquet")

    return Row(name, "document", "texts", ours, stock)


def _on_texts(place: Place, name: str, do: str, texts: str, kind: str = "jsonl", **values: Any) -> Job:
    return _stock(name, do=do, kind=kind, folder=str(place.texts), files=f"{texts}.{kind}", **values)


def _extract(extractor: str) -> Row:
    def ours(place: Place) -> Job:
        stage = {"extract": {"with": extractor, "favour": "precision"}}
        recipe = recipes.stages(recipes.warc_source(place.pages), stage)
        return place.ours("stages", f"extract.{extractor}", recipe, timed=1)

    def stock(place: Place) -> Job:
        return _stock("extract", do="stage", kind="warc", folder=str(place.pages), steps=["extract"])

    return Row(f"extract.{extractor}", "page", "pages", ours, stock)


def _language() -> Row:
    def ours(place: Place) -> Job:
        gate = {"gate": {"language": ["en"], "at_least": 0.65}}
        recipe = recipes.stages(recipes.text_source(place.texts / "texts.jsonl"), {"language": {}}, gate)
        return place.ours("stages", "language", recipe, timed=2)

    return Row(
        "language", "document", "texts", ours, lambda at: _on_texts(at, "language", "stage", "texts", steps=["english"])
    )


def _filter(name: str) -> Row:
    def ours(place: Place) -> Job:
        recipe = recipes.rules_alone(recipes.text_source(place.texts / "english.jsonl"), name)
        return place.ours("stages", name, recipe, timed=len(recipe["measure"]))

    return Row(name, "document", "texts", ours, lambda at: _on_texts(at, name, "stage", "english", steps=[name]))


def _write() -> Row:
    def ours(place: Place) -> Job:
        recipe = recipes.stages(recipes.text_source(place.texts / "texts.jsonl"), {"language": {}})
        return place.ours("stages", "write", recipe, write=True)

    def stock(place: Place) -> Job:
        return _on_texts(place, "write", "stage", "texts", steps=[], write="parquet")

    return Row("write", "document", "texts", ours, stock)


def _signals(name: str, groups: Sequence[str], peer: Make) -> Row:
    def ours(place: Place) -> Job:
        source = recipes.text_source(place.texts / "english.jsonl")
        return place.ours("stages", name, recipes.stages(source, {"signals": list(groups)}), timed=1)

    return Row(name, "document", "texts", ours, peer)


def _dolma(place: Place) -> Job:
    values = {"do": "taggers", "texts": str(place.texts / "english.jsonl"), "taggers": ["gopher_v2", "c4_v2"]}
    return Job("dolma", "dolma", values)


def _minhash() -> Row:
    def ours(place: Place) -> Job:
        return place.ours("flow", "minhash", recipes.deduplication(place.copies / "copies.jsonl"))

    def stock(place: Place) -> Job:
        return _stock("minhash", do="minhash", kind="jsonl", folder=str(place.copies), files="copies.jsonl")

    return Row("minhash", "document", "copies", ours, stock)


def _redecide() -> Row:
    def ours(place: Place) -> Job:
        other = recipes.many(place.decided / "decided.jsonl", 20 + place.round)  # bounds that no round had before
        path = recipes.write_recipe(place.scratch, "redecide", other)
        command = _florilegium("decide", str(place.decided / "runs" / "many"), "--recipe", path)
        values = {"do": "command", "command": command, "count": place.decided_count, "threads": "all"}
        return Job("redecide", "ours", values)

    return Row("redecide", "document", "decided", ours)


def _florilegium(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "florilegium.pipelines.cli", *arguments]


def _start_help() -> Row:
    values = {"do": "command", "command": _florilegium("--help"), "count": 1, "warm": True}
    return Row("start.help", "start", None, lambda at: Job("start.help", "ours", values))


def _start_worker() -> Row:
    def ours(place: Place) -> Job:
        asked = place.scratch / "load.json"
        asked.write_text('{"do": "load", "recipe": "demo"}')
        command = [sys.executable, "-m", "florilegium.pipelines.timed", str(asked), str(place.scratch / "loaded.json")]
        return Job("start.worker", "ours", {"do": "command", "command": command, "count": 1, "warm": True})

    return Row("start.worker", "start", None, ours)


def _demo() -> Row:
    def ours(place: Place) -> Job:
        runs = place.scratch / f"demo-{place.round}"
        values = {"do": "command", "command": _florilegium("curate", "demo", "--runs", str(runs)), "count": 1}
        return Job("demo", "ours", values | {"threads": "all"})

    return Row("demo", "run", None, ours)


ROWS = (
    *(_warc_in(extractor, english) for english in (True, False) for extractor in ("trafilatura", "resiliparse")),
    *(_text_in(kind) for kind in ("jsonl", "parquet")),
    _signals("signals", FILTERS, lambda at: _on_texts(at, "signals", "loops", "english", steps=list(FILTERS))),
    _signals("dolma", ["gopher_quality", "gopher_repetition", "c4"], _dolma),
    _extract("trafilatura"),
    _extract("resiliparse"),
    _language(),
    *(_filter(name) for name in FILTERS),
    _write(),
    _minhash(),
    _redecide(),
    _start_help(),
    _start_worker(),
    _demo(),
)

#: Rows about how ours grows: measured together, at so many times the input.
GROWTH, MEMORY = "growth", "memory"
TIMES = (1, 3, 10)
NAMES = (*(row.name for row in ROWS), GROWTH, MEMORY)


def growing(place: Place, pages: Path, times: int) -> Job:
    """Make the job that reads the same pages so many times, as so many sources."""
    sources = [recipes.warc_source(pages, f"copy{number}") for number in range(times)]
    return place.ours("flow", f"growth-{times}", recipes.fineweb(sources, extractor="resiliparse"))


def chosen(names: Sequence[str]) -> list[str]:
    """Give the rows named: by whole names or by what stands before a dot (`warc_in`); all, where none is named.

    Raises RecipeError for a name that is none.
    """
    wanted = [name for each in names for name in each.split(",") if name]
    found: list[str] = []
    for name in wanted:
        matching = [each for each in NAMES if each == name or each.startswith(f"{name}.")]
        if not matching:
            raise RecipeError(f"no row is called `{name}`{did_you_mean(name, list(NAMES))}")
        found += matching
    return [name for name in NAMES if name in found] if wanted else list(NAMES)
