"""The embedded sample in a run: made when a recipe first names it, and held against its planted truth at the end."""

from collections.abc import Iterable

import polars as pl
import pyarrow.parquet as pq

from florilegium.recipe.load import Recipe
from florilegium.recipe.options import Place, cache_folder
from florilegium.report.sample import show_sample_score
from florilegium.sample.generate import generate
from florilegium.sample.loop import generate_loop
from florilegium.sample.truth import Outcome, SampleTruth

from .flow import Flow

FOLDER = "sample"
#: The part of the sample that ablations are tried on.
LOOP = "sample:loop/"


def uses_sample(recipe: Recipe) -> bool:
    """Say whether a source of the recipe lies in the part of the sample whose defects are listed."""
    places = [place for source in recipe.sources for place in getattr(source.options, "files", ())]
    return any(isinstance(place, Place) and place.is_sample and not place.written.startswith(LOOP) for place in places)


def generate_for(recipe: Recipe) -> None:
    """Make the parts of the sample that the recipe names; files that are there and right are left alone."""
    generate_named(place for source in recipe.sources for place in getattr(source.options, "files", ()))


def generate_named(places: Iterable[object]) -> None:
    """Make the parts of the sample that some places lie in."""
    named = {place.written for place in places if isinstance(place, Place) and place.is_sample}
    if any(each.startswith(LOOP) for each in named):
        generate_loop(cache_folder() / FOLDER)
    if any(not each.startswith(LOOP) for each in named):
        generate(cache_folder() / FOLDER)


def show_score(flow: Flow) -> None:
    """Print how many planted defects of each kind were caught and how many good documents were lost."""
    if not uses_sample(flow.recipe):
        return
    truth = SampleTruth.load(cache_folder() / FOLDER)
    outcomes, texts = _outcomes(flow, truth)
    show_sample_score(flow.console, truth, outcomes, texts)


def _outcomes(flow: Flow, truth: SampleTruth) -> tuple[dict[str, Outcome], dict[str, str]]:
    """Give what became of each document, and the released texts, by id."""
    count = len(flow.plan.tasks)
    measured, decided = flow.folder.measured(flow.plan), flow.folder.decided(flow.plan.decided)
    outcomes: dict[str, Outcome] = {}
    for task in range(count):
        left = pq.read_table(measured / f"{task:05d}.left.parquet")
        for row in left.to_pylist():
            # a broken record may have lost its id: its place tells which one it was
            place = -1 if row["offset"] is None else row["offset"]
            planted = truth.locate(f"{row['source']}/{row['file']}", place)
            outcomes.setdefault(planted.id if planted else row["id"], Outcome(False, f"{row['stage']}: {row['rule']}"))
        chosen = pl.DataFrame(pq.read_table(decided / f"{task:05d}.parquet", columns=["id", "kept", "rule"]))
        outcomes |= {row["id"]: Outcome(row["kept"], row["rule"] or "") for row in chosen.rows(named=True)}
    release = pq.read_table(flow.folder.release / "data", columns=["id", "text"])
    return outcomes, dict(zip(release["id"].to_pylist(), release["text"].to_pylist(), strict=True))
