"""What is compared: names, recipes of our side, material that is the same each time."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from florilegium.errors import FlorilegiumError, RecipeError, SourceError
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.sample.truth import SampleTruth
from florilegium.speed import recipes
from florilegium.speed.job import Job, Side
from florilegium.speed.material import crawl_files, link, sample_files, write_documents
from florilegium.speed.rows import NAMES, ROWS, TIMES, Place, chosen, growing


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folders = [tmp_path / name for name in ("pages", "texts", "copies", "decided")]
    for folder in folders:
        folder.mkdir()
    return Place(tmp_path, *folders, full=False)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_makes_jobs_whose_recipe_is_understood(row: object, place: Place) -> None:
    ours = row.ours(place)  # type: ignore[attr-defined]
    assert ours.side == "ours"
    if "recipe" in ours.values:
        load_recipe(Path(ours.values["recipe"]), registry())
    peer = row.peer and row.peer(place)  # type: ignore[attr-defined]
    assert peer is None or json.dumps(dict(peer.values))


def test_fineweb_leaves_out_what_stock_leaves_out(place: Place) -> None:
    jobs = {row.name: row.ours(place) for row in ROWS if row.name.startswith(("warc_in", "text_in"))}
    made = {name: load_recipe(Path(job.values["recipe"]), registry()) for name, job in jobs.items()}
    stages = {name: [stage.kind for stage in recipe.measure] for name, recipe in made.items()}
    for kinds in stages.values():
        assert "signatures" not in kinds and "datatrove" not in kinds and kinds.count("signals") == 2
    assert "gate" in stages["warc_in.fineweb_en.trafilatura"]
    assert "gate" not in stages["warc_in.all_languages.resiliparse"]
    assert made["warc_in.fineweb_en.trafilatura"].measure[0].options.glance.language == ("en",)
    assert made["warc_in.all_languages.trafilatura"].measure[0].options.glance is None
    assert stages["text_in.jsonl"][0] == "language"
    assert made["warc_in.all_languages.resiliparse"].measure[0].options.with_ == "resiliparse"
    assert all([step.kind for step in recipe.decide] == ["rules"] for recipe in made.values())


def test_growth_reads_the_same_pages_as_other_sources(place: Place) -> None:
    for times in TIMES:
        recipe = load_recipe(Path(growing(place, place.pages, times).values["recipe"]), registry())
        assert len({source.name for source in recipe.sources}) == times


def test_a_round_decides_by_bounds_of_its_own(place: Place) -> None:
    def identity(number: int) -> object:
        row = next(row for row in ROWS if row.name == "redecide")
        job = row.ours(replace(place, round=number))
        recipe = load_recipe(Path(job.values["command"][-1]), registry())
        return [step.options.identity() for step in recipe.decide]

    assert identity(0) != identity(1)


def test_rows_are_chosen_by_name_or_group() -> None:
    assert chosen([]) == list(NAMES)
    assert chosen(["text_in", "c4,signals"]) == ["text_in.jsonl", "text_in.parquet", "signals", "c4"]
    with pytest.raises(RecipeError, match="did you mean `signals`"):
        chosen(["signal"])


def test_documents_are_the_same_each_time_and_hold_copies(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_documents(tmp_path / name, 200, 300)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    texts = [json.loads(line)["text"].split() for line in (tmp_path / "a").read_bytes().splitlines()]
    grams = [set(zip(*(words[n:] for n in range(5)), strict=False)) for words in texts]
    near = sum(any(len(one & other) / len(one | other) > 0.6 for other in grams[:n]) for n, one in enumerate(grams))
    assert len(texts) == 200 and 20 <= near <= 60


def test_only_warc_files_are_linked(tmp_path: Path) -> None:
    for name in ("b.warc.gz", "a.warc", "notes.md", "index.jsonl.gz"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / name).write_text(name)
    folder = link(crawl_files(str(tmp_path / "data")), tmp_path / "links")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "00000-a.warc": "a.warc",
        "00001-b.warc.gz": "b.warc.gz",
    }


def test_sample_has_every_record_that_is_not_broken(tmp_path: Path) -> None:
    from fastwarc.warc import ArchiveIterator

    files = sample_files(tmp_path, 0.2)
    ids = [record.record_id for file in files for record in ArchiveIterator(file.open("rb"), strict_mode=True)]
    truth = SampleTruth.load(tmp_path).planted
    right = [each for each in truth if each.file.startswith("crawl/") and each.kind != "broken_record"]
    assert [f"crawl/{each.strip('<>')}" for each in ids] == [each.id for each in right] and len(right) > 40
    places = [file.stat().st_ino for file in files]  # written again it would be another
    assert [file.stat().st_ino for file in sample_files(tmp_path, 0.2)] == places


def test_data_without_a_warc_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere.*no WARC file there"):
        crawl_files(str(tmp_path / "nowhere"))


def test_side_that_is_not_there(tmp_path: Path) -> None:
    side = Side("stock", "stock datatrove", (str(tmp_path / "bin" / "python"), "-m", "peers.stock"))
    with pytest.raises(FlorilegiumError, match="stock datatrove: not installed"):
        side.run(Job("c4", "stock", {"do": "stage"}), tmp_path)


def test_side_whose_library_is_missing_and_one_that_fails(tmp_path: Path) -> None:
    import sys

    for said, expected in (("import nothing_of_this_name", "not installed"), ("raise ValueError('no')", "failed")):
        side = Side("dolma", "Dolma's taggers", (sys.executable, "-c", said))
        with pytest.raises(FlorilegiumError, match=expected):
            side.run(Job("dolma", "dolma", {"do": "taggers"}), tmp_path)


def test_recipe_is_written_as_yaml_of_json(tmp_path: Path) -> None:
    path = recipes.write_recipe(tmp_path, "x", recipes.deduplication(tmp_path / "a.jsonl"))
    assert load_recipe(Path(path), registry()).run.workers == 1
