"""A volume of pages through the real command: every character of the release leads back to its page."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from florilegium.anchors import cut
from florilegium.errors import FlorilegiumError, RecipeError
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.report.explain import show_trace, trace
from florilegium.report.offset import show_place
from florilegium.report.opening import open_run
from tests.flows.conftest import check_run, contents, run_command
from tests.report.conftest import shown

PAGES = 30

RECIPE = """\
name: {name}
sources:
  - {{name: books, kind: library, files: volume}}
  - {{name: notes, kind: jsonl, files: notes.jsonl}}
measure:
{measure}  - clean: [fix_text, mask_email]
  - signals: [print]
  - signatures: {{bands: 1, rows: 1}}
decide:
  - rules: [{{id: blank, signal: print.empty_pages, at_most: 0.9}}]
release: {{format: [mask_ip]}}
run: {{workers: 1}}
"""


def alto(number: int) -> str:
    """One page: a broken word over its end, two addresses that cleaning makes longer or shorter, a wrong letter."""

    def line(*words: str) -> str:
        strings = "".join(f'<String CONTENT="{word}" WC="0.{number % 8 + 1}5"/><SP/>' for word in words)
        return f"<TextLine>{strings}</TextLine>"

    half = '<TextLine><String CONTENT="Seite{0}" SUBS_TYPE="HypPart1" SUBS_CONTENT="Seite{0}teil"/><HYP CONTENT="-"/></TextLine>'
    begin = f'<String CONTENT="teil" SUBS_TYPE="HypPart2" SUBS_CONTENT="Seite{number - 1}teil"/>' if number > 1 else ""
    first = f"<TextLine>{begin}<SP/><String CONTENT='beginnt{number}'/></TextLine>"
    middle = line("schreib", "an", f"a{number}@b.org", "oder", f"82.50.72.{number},", "im", "cafÃ©,", f"mitten{number}")
    body = f'<TextBlock ID="b1">{first}{middle}</TextBlock><TextBlock ID="b2">{half.format(number)}</TextBlock>'
    if number == 7:
        body = ""
    page = f'<Page ID="p{number}" PHYSICAL_IMG_NR="{number}"><PrintSpace>{body}</PrintSpace></Page>'
    return f'<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Layout>{page}</Layout></alto>'


def write(folder: Path, name: str, measure: str = "") -> Path:
    (folder / "volume").mkdir(exist_ok=True)
    for number in range(1, PAGES + 1):
        (folder / "volume" / f"{number:04d}.xml").write_text(alto(number), encoding="utf-8")
    (folder / "notes.jsonl").write_text(json.dumps({"id": "n", "text": "A note by x@y.org, without pages."}) + "\n")
    recipe = folder / f"{name}.yaml"
    recipe.write_text(RECIPE.format(name=name, measure=measure))
    return recipe


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("volume")
    run_command("curate", write(folder, "volume"), folder=folder)
    return folder / "runs" / "volume"


def test_pages_of_the_release_are_the_pages_of_the_files(volume: Path) -> None:
    check_run(volume)
    (shard,) = (volume / "release" / "data").glob("*.parquet")
    rows = {row["id"]: row for row in pq.read_table(shard).to_pylist()}
    assert rows["notes/n"]["pages"] is None and rows["notes/n"]["text"] == "A note by email@example.com, without pages."
    (book,) = [row for name, row in rows.items() if name.startswith("books/")]
    pages = book["pages"]
    parts = cut(book["text"], [page["start"] for page in pages])
    assert "".join(parts) == book["text"]
    assert [page["file"].rsplit("/", 1)[-1] for page in pages] == [f"{n:04d}.xml" for n in range(1, PAGES + 1)]
    assert [page["id"] for page in pages] == [f"p{n}" for n in range(1, PAGES + 1)]
    for number, part in enumerate(parts, 1):
        if number == 7:
            assert part == "" and pages[6]["confidence"] is None
            continue
        middle = f"schreib an email@example.com oder 192.0.2.1, im café, mitten{number}\n\nSeite{number}"
        assert part.startswith("teil beginnt" if number not in (1, 8) else ("beginnt1" if number == 1 else "teil"))
        assert middle in part
        assert pages[number - 1]["confidence"] is not None
    assert book["print.empty_pages"] == pytest.approx(1 / PAGES)


def test_explain_leads_from_an_offset_to_its_page(volume: Path) -> None:
    (shard,) = (volume / "release" / "data").glob("*.parquet")
    (book,) = [row for row in pq.read_table(shard).to_pylist() if row["pages"]]
    run = open_run(str(volume))
    for number in (1, 8, PAGES):
        found = trace(run, book["id"], book["text"].index(f"mitten{number}"))
        place = found["at"]
        assert place["of"] == "released" and place["page"]["id"] == f"p{number}" and place["number"] == number
        assert place["after"].startswith(f"mitten{number}")
        assert f"page {number} of {PAGES}, paragraph 1" in shown(show_trace, found)
    assert trace(run, book["id"], book["text"].index("Seite3teil"))["at"]["paragraph"] == 2
    assert "the document has no pages" in shown(show_trace, trace(run, "notes/n", 3))
    with pytest.raises(FlorilegiumError, match=f"Give a number from 0 to {len(book['text']) - 1}"):
        trace(run, book["id"], len(book["text"]))


def test_what_stands_at_an_offset_is_shown_as_it_is() -> None:
    page = {"page": None, "number": None, "pages": 0, "paragraph": None}
    place = {"offset": 4, "of": "released", "characters": 12, "before": "see ", "after": "[sic] and", **page}
    assert "see [sic] and" in shown(lambda console, found, **_: show_place(console, found), place)


def test_the_same_bytes_again(volume: Path, tmp_path: Path) -> None:
    run_command("curate", write(tmp_path, "volume"), folder=tmp_path, env={"PYTHONHASHSEED": "7"})
    again = contents(tmp_path / "runs" / "volume" / "release" / "data")
    assert again == contents(volume / "release" / "data")


def test_a_block_that_rewrites_text_is_refused_for_a_source_with_pages(tmp_path: Path) -> None:
    step = "  - datatrove: {block: pipeline.formatters.FTFYFormatter}\n"
    with pytest.raises(
        RecipeError, match=r"`datatrove` rewrites texts without saying where.*source `books` \(library\)"
    ):
        load_recipe(write(tmp_path, "volume", step), registry())
    step = "  - datatrove: {block: pipeline.filters.GopherQualityFilter}\n"
    assert load_recipe(write(tmp_path, "volume", step), registry()).measure[0].kind == "datatrove"
