"""Hostile texts and hostile names: linear time, bounded memory, every document accounted for; nothing that a document says
reaches a path, a terminal or the markup of the card."""

import json
import re
import resource
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import orjson
import polars as pl
import pyarrow as pa
import pytest

from florilegium.clean.registry import CLEANERS
from florilegium.registry import STAGES
from florilegium.run.stage import Stage
from florilegium.signals.catalogue import GROUPS
from tests.flows.conftest import Command, check_run, contents

#: What a text is made of, again and again.
UNITS = {
    "no spaces": "a",
    "words": "word ",
    "combining marks": "\u0301",
    "stacked marks": "e\u0301\u0302\u0303",
    "NULs": "\0",
    "right-to-left overrides": "\u202ex",
    "line ends": "\n",
    "short lines": "a\n",
    "carriage returns": "\r\n",
    "line separators": "\u2028",
    "spaces": " ",
    "replacement characters": "\ufffd",
    "joined emoji": "\U0001f469\u200d",
    "angle brackets": "<",
    "entities": "&amp;",
    "open entities": "&#",
    "mojibake": "\u00c3\u00a9",
    "mojibake of mojibake": "\u00c3\u0192\u00c2\u00a9 ",
    "at signs": "a@",
    "open addresses": "a@b.c.d.",
    "numbers and dots": "1.1.",
    "colons": "a:",
    "open citations": "[1, ",
    "citations": " [1]",
    "terminal escapes": "\x1b[2J",
    "C1 controls": "\x80\x9b",
    "one ideograph": "\u4e2d",
    "bullets": "\u2022 x\n",
    "braces": "{",
}  # fmt: skip
SMALL, LARGE = 20_000, 160_000  # eight times: a quadratic loop takes 64 times as long


def stages() -> list[Stage]:
    """Give every stage that sees text and needs no model: each cleaner and each group of signals on its own."""
    options: list[tuple[str, dict[str, object]]] = [("language", {}), ("signatures", {})]
    options += [("clean", {"steps": [name]}) for name in CLEANERS]
    options += [("signals", {"groups": [name]}) for name in GROUPS]
    made = [STAGES[kind](STAGES[kind].OPTIONS.model_validate(given)) for kind, given in options]
    for stage in made:
        stage.open()
    return made


def seconds(stage: Stage, text: str) -> float:
    """Give the processor time of one document, the better of two."""
    fields = {"id": ["x"], "url": ["http://made.example/"], "language": ["en"], "script": ["Latn"]}
    documents = pa.RecordBatch.from_pydict({**fields, "text": pa.array([text], pa.large_string())})
    taken = []
    for _ in range(2):
        started = time.process_time()
        kept, left = stage.apply(documents)
        taken.append(time.process_time() - started)
        assert kept.num_rows + len(left) == 1
    return min(taken)


def test_time_grows_with_the_text_and_not_with_its_square() -> None:
    slow = []
    for stage in stages():
        for name, unit in UNITS.items():
            small, large = (seconds(stage, unit * (size // len(unit))) for size in (SMALL, LARGE))
            if large > 24 * max(small, 0.001):
                slow.append(f"{stage.kind} {stage.options}: {name}: {small:.4f} s, {large:.4f} s")
    assert slow == []


RECIPE = """\
name: hostile
sources: [{name: odd, kind: jsonl, files: "texts*.jsonl"}]
measure:
  - language: {with: py3langid}
  - clean: [fix_text, c4_lines, citations]
  - signals: [gopher_quality, gopher_repetition, c4, fineweb]
  - signatures: {}
decide:
  - rules: [{id: words, signal: gopher.words, at_least: 1}]
  - deduplicate: {by: [url, text, minhash], keep: longest}
release: {format: [mask_email, mask_ip]}
run: {workers: 1, memory: 8GB}
"""


def write_texts(folder: Path, texts: Iterator[str]) -> int:
    """Write documents as JSON lines; give their number."""
    number = 0
    with (folder / "texts.jsonl").open("wb") as file:
        for number, text in enumerate(texts, 1):
            file.write(json.dumps({"id": str(number), "text": text}).encode() + b"\n")
    (folder / "hostile.yaml").write_text(RECIPE)
    return number


def accounted(run: Path, written: int) -> None:
    """Check that every document written is in the decisions or has left by name."""
    ledger = check_run(run)
    came = ledger.filter(pl.col("stage") == "read")["documents_in"][0]
    assert came == written
    decided = pl.concat([pl.read_parquet(path) for path in run.glob("decided-*/?????.parquet")]).height
    left = pl.concat([pl.read_parquet(path) for path in run.glob("measured-*/*.left.parquet")])
    assert decided + left.height == written
    assert left.filter(pl.col("outcome") == "quarantined").height == 0


def test_hostile_texts_go_through_a_run(florilegium: Command, tmp_path: Path) -> None:
    repeated = [unit * (100_000 // len(unit)) for unit in UNITS.values()]
    surrogates = ["lone \ud800 surrogate", "\udfff" * 1000, "\ud83d \ude00 parted"]
    mixed = ["".join(UNITS.values()), *(f"a good sentence {unit} and another." for unit in UNITS.values())]
    written = write_texts(tmp_path, iter([*repeated, *surrogates, *mixed]))
    done = florilegium("curate", "hostile.yaml", folder=tmp_path)
    accounted(tmp_path / "runs" / "hostile", written)
    assert harmless(done.stdout) and harmless(done.stderr)


@pytest.mark.long
def test_hundred_megabytes_on_one_line_and_a_million_lines(florilegium: Command, tmp_path: Path) -> None:
    size = 100_000_000
    texts = [
        "a" * size,
        "word " * (size // 5),
        "a line of words\n" * 1_000_000,
        "\n" * 1_000_000,
        "e\u0301" * (size // 10),
    ]
    written = write_texts(tmp_path, iter(texts))
    florilegium("curate", "hostile.yaml", folder=tmp_path)
    accounted(tmp_path / "runs" / "hostile", written)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 60 * size


HOSTILE = [
    "line\nbreak",
    "quotes \"'`",
    "../../../../outside",
    "/etc/outside",
    "escape \x1b[2J\x1b]0;title\x07",
    "C1 \x9b2J and DEL \x7f",
    "NUL \0",
    "override \u202egnp.exe",
    "carriage\rreturn",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[bold red]rich[/bold red] [link=http://bad.example]x[/link]",
    "| table | cell |",
    "![image](http://bad.example/x.png) [link](javascript:alert(1))",
    "---\nlicense: mit\n---",
    "{{ 7 * 7 }} ${HOME} %s",
    "x" * 100_000,
]  # fmt: skip
FORBIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def harmless(said: str) -> bool:
    """Say whether a terminal shows this as it stands: printable letters and line ends only."""
    return not [letter for letter in said if letter != "\n" and unicodedata.category(letter) in FORBIDDEN]


def hostile_run(florilegium: Command, folder: Path, **fields: str) -> tuple[Path, list[str]]:
    """Run over documents whose ids are hostile, in files whose names are; ``fields`` say which other fields are too."""
    sentence = "A plain sentence about rivers and bridges stands here, number"
    for number, name in enumerate(HOSTILE):
        row = {"id": name, "text": f"{sentence} {number} of them.", **{field: name for field in fields}}
        file = "f" + name.replace("/", "-").replace("\0", "0")[:60]
        (folder / "data").mkdir(exist_ok=True)
        (folder / "data" / f"{file}.jsonl").write_bytes(
            orjson.dumps(row) + b"\n" + orjson.dumps({**row, "text": ""}) + b"\n{\n"
        )
    rows = "".join(f", {key}: {value}" for key, value in fields.items() if key != value)
    recipe = f"""\
name: names
sources: [{{name: odd, kind: jsonl, files: data{rows}}}]
measure:
  - signals: [gopher_quality]
decide:
  - rules: [{{id: words, signal: gopher.words, at_least: 1}}]
run: {{quarantine_at_most: 1}}
"""
    (folder / "names.yaml").write_text(recipe)
    dry = florilegium("curate", "names.yaml", "--dry-run", folder=folder)
    done = florilegium("curate", "names.yaml", folder=folder)
    return folder / "runs" / "names", [dry.stdout, dry.stderr, done.stdout, done.stderr]


def test_hostile_names_stay_names(florilegium: Command, tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    folder = tmp_path / "deep" / "er"
    run, said = hostile_run(florilegium, folder, url="url", date="date")
    check_run(run)
    assert all(map(harmless, said))
    assert sorted(path.name for path in folder.iterdir()) == ["data", "names.yaml", "runs"]
    assert sorted(path.name for path in tmp_path.rglob("*outside*")) == [
        "f-etc-outside.jsonl",
        "f..-..-..-..-outside.jsonl",
    ]
    names = "".join(contents(run))
    assert names.isascii() and names.isprintable() and "script" not in names


def test_hostile_ids_are_explained_without_harm(florilegium: Command, tmp_path: Path) -> None:
    hostile_run(florilegium, tmp_path, url="url")
    for name in HOSTILE[:6]:
        done = florilegium("explain", "runs/names", f"odd/{name}", folder=tmp_path)
        assert "kept" in done.stdout and harmless(done.stdout) and harmless(done.stderr)
        answer = florilegium("explain", "runs/names", f"odd/{name}", "--json", folder=tmp_path).stdout
        assert json.loads(answer)["id"] == f"odd/{name}"
    absent = florilegium("explain", "runs/names", "odd/\x1b[2Jabsent\n", folder=tmp_path, code=2)
    assert harmless(absent.stderr) and len(absent.stderr.strip().splitlines()) == 1


def test_hostile_licences_break_no_table_of_the_card(florilegium: Command, tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    run, _ = hostile_run(florilegium, tmp_path, licence_column="licence", licence="licence")
    card = (run / "release" / "README.md").read_bytes().decode()
    _, front, body = card.split("---\n", 2)
    assert set(YAML(typ="safe").load(front)) >= {"license", "configs"}
    assert "<script" not in body and "<img" not in body
    rows = [line for line in body.split("\n") if line.startswith("| odd |")]
    assert len(rows) == len(HOSTILE)
    assert {line.count("|") for line in rows} == {6}
    assert harmless(card) and not re.search(r"(?<!\\)\]\(", body)  # an escaped bracket makes no link
