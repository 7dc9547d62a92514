"""report.html of small runs: everything in its place, nothing from a document as markup, the same bytes every time."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from florilegium.errors import FlorilegiumError
from florilegium.report.page import write_report
from florilegium.run.folder import RunFolder
from florilegium.run.view import View
from tests.flows.conftest import run_command
from tests.report.reading import Reader

PROSE = "The keeper of the lock wrote that the water had been high and that the boats have to wait with the horses. "
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> \u202eevil\u2066 \x07bell </style><b>bold</b> '
RECIPE = """\
name: {name}
about: Few documents, <b>some</b> of them hostile.
sources:
  - {{name: letters, kind: jsonl, files: "{files}", licence: CC0-1.0}}
measure:
{measure}
decide:
{decide}
release: {{title: "Letters & <i>papers</i>"}}
run: {{workers: 1, quarantine_at_most: 1}}
"""
MEASURE = "  - language: {}\n  - signals: [gopher_quality, gopher_repetition]\n  - signatures: {}\n"
DECIDE = """\
  - rules:
      - {id: mine.words, signal: gopher.words, at_least: 50, note: "fewer say `<nothing>`"}
      - {id: mine.length, signal: gopher.mean_word_length, between: {default: [3, 10], de: [3, 12]}}
      - {id: mine.letters, signal: gopher.alphabetic_words, keep_top: 0.9}
  - deduplicate: {}
"""
Make = Callable[..., RunFolder]


def _rows() -> list[str]:
    """Give lines of JSON: prose of growing length, copies, hostile text, ids and addresses, and lines that are broken."""
    rows: list[dict[str, object]] = [
        {
            "id": f"d{n}",
            "text": f"Letter {n} of the lock. " + PROSE.replace(" the ", f" the n{n}th ") * (n // 2 + 1),
            "url": f"https://host{n % 3}.example/{n}",
        }
        for n in range(24)
    ]
    rows += [
        {
            "id": "copy",
            "text": "Letter 20. " + PROSE.replace(" the ", " the n20th ") * 12 + "Amen.",
            "url": "https://host1.example/copy",
        },
        {"id": HOSTILE, "text": HOSTILE, "url": f"https://{HOSTILE}/"},
        {"id": "long", "text": HOSTILE + PROSE * 8, "url": 'javascript:alert("x")'},
        {"id": "german", "text": "Der Brief war an die Frau gerichtet und nicht an den Mann, der ihn las. " * 8},
        {"id": "empty", "text": " ", "url": "https://host0.example/empty"},
    ]
    return [*(json.dumps(row, ensure_ascii=False) for row in rows), HOSTILE, '{"text": ']


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Curate the letters by a recipe; give the run."""
    folder = tmp_path_factory.mktemp("letters")
    (folder / "letters<i>.jsonl").write_text("\n".join(_rows()) + "\n", encoding="utf-8")

    def curate(name: str, measure: str = MEASURE, decide: str = DECIDE, files: str = "letters*.jsonl") -> RunFolder:
        recipe = folder / f"{name}.yaml"
        recipe.write_text(RECIPE.format(name=name, measure=measure, decide=decide, files=files))
        run_command("curate", recipe, folder=folder)
        return RunFolder(folder / "runs" / name)

    return curate


def report(run: RunFolder) -> str:
    return write_report(run, run.plan()).read_text(encoding="utf-8")


def check(page: str) -> Reader:
    """Check what must hold for every page: well formed, headings in order, nothing asked for, nothing hostile."""
    read = Reader(page)
    assert read.open == []
    assert read.headings.count(1) == 1 and read.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(read.headings, read.headings[1:], strict=False))
    assert not read.named("img") and not read.named("iframe")
    assert len(read.named("script")) == 1 and len(read.named("style")) == 1
    for _, attributes in read.tags:
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "action", "data", "srcset", "poster"):
            assert (attributes.get(key) or "#").startswith(("#", "data:,")), attributes
    assert set(re.findall(r"url\(([^)]*)\)", page)) <= {"#hatch"} and "@import" not in page
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    linked = {(attributes["href"] or "")[1:] for attributes in read.named("a")}
    assert linked <= set(ids)
    unseen = [letter for letter in page if not letter.isprintable() and letter not in "\n\t"]
    assert unseen == []
    return read


@pytest.fixture(scope="module")
def full(make: Make) -> RunFolder:
    return make("full")


def test_every_section_is_there_and_agrees_with_the_ledger(full: RunFolder) -> None:
    page = report(full)
    read = check(page)
    sections = [attributes["id"] for attributes in read.named("section")]
    assert sections == ["waterfall", "signals", "samples", "origins", "duplicates", "quarantine", "time", "made"]
    kept = pl.concat(
        [pl.DataFrame(pq.read_table(path, columns=["kept"])) for path in full.path.glob("decided-*/*.parquet")]
    )
    assert f"31 records in, {kept['kept'].sum()} documents kept" in read.text
    ledger = pl.DataFrame(pq.read_table(full.path / "ledger.parquet"))
    (failing,) = ledger.filter(pl.col("rule") == "mine.words")["failing"]
    assert failing > 0 and f"{failing} documents fail" in read.text
    for said in ("words ≥ 50", "length de ≤ 12", "the top 90 %", "host1.example", "not_json", "bound ≥ 50"):
        assert said in read.text
    assert read.named("ins") and read.named("del")
    assert all({"role": "img"}.items() <= svg.items() or svg.get("aria-hidden") for svg in read.named("svg"))


def test_hostile_text_is_shown_and_does_nothing(full: RunFolder) -> None:
    page = report(full)
    assert "<script>alert" not in page and "<img" not in page and "<b>bold" not in page and "<i>papers" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>' in page
    assert "\u202e" not in page and "\x07" not in page
    assert "letters&lt;i&gt;.jsonl" in page and "Letters &amp; &lt;i&gt;papers&lt;/i&gt;" in page


def test_the_same_run_gives_the_same_page(full: RunFolder, tmp_path: Path) -> None:
    assert report(full) == report(full)
    again = RunFolder(tmp_path / "full")
    shutil.copytree(full.path, again.path)
    assert report(again) == report(full)


def test_a_sample_lies_on_its_side_of_the_bound(full: RunFolder) -> None:
    page = report(full)
    rule = page[page.index('id="rule-1"') : page.index("</details>", page.index('id="rule-1"'))]
    passing, failing = rule.split("<h4>Fail, nearest the bound</h4>")
    values = re.compile(r'<b class="value">([\d.,]+)</b>')
    assert all(float(value) >= 50 for value in values.findall(passing)) and values.findall(passing)
    assert all(float(value) < 50 for value in values.findall(failing)) and values.findall(failing)


def test_a_run_that_keeps_nothing(make: Make) -> None:
    read = check(report(make("nothing", decide="  - rules: [{signal: gopher.words, at_least: 100000}]\n")))
    assert "0 documents kept (0 %)" in read.text and "No document passes." in read.text


def test_a_run_in_which_nothing_reaches_the_rules(make: Make) -> None:
    read = check(report(make("gated", measure=MEASURE.replace("}\n", "}\n  - gate: {language: [fi]}\n", 1))))
    assert "0 documents: no document has it." in read.text and "gated" in read.text


def test_a_run_without_deduplicate(make: Make) -> None:
    read = check(report(make("single", decide="  - rules: [{signal: gopher.words, at_least: 2}]\n")))
    assert "No document was removed as a copy of another." in read.text


def test_a_run_without_rules_or_language(make: Make) -> None:
    read = check(report(make("bare", measure="  - signatures: {}\n", decide="  - deduplicate: {by: [text]}\n")))
    assert "No rule of this run reads a signal." in read.text and "No document fails a rule." in read.text


def test_a_view_gives_reasons_and_row_groups(full: RunFolder) -> None:
    view = View(full, full.plan())
    listed = [
        (row, reason["rule"], reason["value"], reason["bound"])
        for row, reasons in enumerate(view.documents(["reasons"])["reasons"].to_list())
        for reason in reasons
    ]
    assert [tuple(row) for row in view.failures().iter_rows()] == listed and listed
    assert sum(rows for _, rows, _ in view.row_groups) == sum(view.lengths)
    assert view.row_groups[0][0] == 0 and all(size > 0 for _, _, size in view.row_groups)


def test_an_unfinished_run_is_refused(full: RunFolder, tmp_path: Path) -> None:
    half = RunFolder(tmp_path / "half")
    shutil.copytree(full.path, half.path)
    next(half.path.glob("decided-*/00000.done")).unlink()
    with pytest.raises(FlorilegiumError, match="task 00000 is not decided"):
        report(half)


def test_a_run_without_its_ledger_is_refused(full: RunFolder, tmp_path: Path) -> None:
    bare = RunFolder(tmp_path / "bare")
    shutil.copytree(full.path, bare.path)
    (bare.path / "ledger.parquet").unlink()
    with pytest.raises(FlorilegiumError, match="ledger.parquet cannot be read"):
        report(bare)
