"""Small runs of the real command: good texts, short ones, copies, broken records, and hostile ids."""

import json
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.flows.conftest import run_command

HOSTILE = (
    "\x1b[31mred\x1b[0m\x9b2J",
    "[bold]markup[/bold] :bomb: [/nope]",
    "line\nbreak\ttab\u202eright to left",
    "../../etc/passwd; $(rm -rf x) `x` 'y' \"z\"",
    "語" * 90,
    "x" * 300,
)

RECIPE = """\
name: {name}
sources:
  - {{name: heap, kind: jsonl, files: "heap-*.jsonl"}}
  - {{name: side, kind: jsonl, files: "side.jsonl"}}
measure:
  - signals: [gopher_quality]
  - gate: {{rules: [{{id: tiny, signal: gopher.words, at_least: 3}}]}}
  - signatures: {{bands: 1, rows: 1}}
decide:
  - rules: [{{id: mine.words, signal: gopher.words, at_least: {words}}}, {{id: mine.long, signal: gopher.mean_word_length, at_most: 15}}]
  - deduplicate: {{by: [text]}}
  - {{name: late, rules: [{{id: late.words, signal: gopher.words, at_most: 60}}]}}
run: {{workers: 1, task_size: 1KB, quarantine_at_most: {budget}}}
"""


def _lines() -> list[str]:
    def text(number: int, words: int) -> str:
        return " ".join(f"word{number}x{place % 7}" for place in range(words))

    rows = [{"id": f"plain-{number:02d}", "text": text(number, 10 + number)} for number in range(30)]
    rows += [
        {"id": name, "text": "\x1b]0;title\x07[red] " + text(100 + number, 30)} for number, name in enumerate(HOSTILE)
    ]
    rows += [{"id": f"copy-{number}", "text": text(200, 80)} for number in range(3)]  # kept by none: too long, later
    rows += [{"id": f"twin-{number}", "text": text(201, 40)} for number in range(2)]
    rows += [{"id": "tiny", "text": "two words"}]
    rows += [{"id": "shouting", "text": " ".join(["incomprehensibilities"] * 12)}]  # fails two rules
    return [json.dumps(row) for row in rows] + ['{"id": "broken", "text": "\x01 control"}', '{"text": 3']


def write_sources(folder: Path) -> None:
    """Write the texts, in three files."""
    lines = _lines()
    (folder / "heap-0.jsonl").write_text("\n".join(lines[:20]) + "\n")
    (folder / "heap-1.jsonl").write_text("\n".join(lines[20:]) + "\n")
    (folder / "side.jsonl").write_text(json.dumps({"id": "one", "text": "A text of its own. " * 10}) + "\n")


def write_recipe(folder: Path, name: str, words: int = 20, budget: float = 0.2) -> Path:
    """Write a recipe beside them."""
    path = folder / f"{name}.yaml"
    path.write_text(RECIPE.format(name=name, words=words, budget=budget))
    return path


def refused(folder: Path, *arguments: object) -> str:
    """Run a command that the user must change: one line, exit code 2; give the line."""
    done = run_command(*arguments, folder=folder, code=2)
    assert not done.stdout and len(done.stderr.splitlines()) == 1
    return done.stderr.decode()


@pytest.fixture(scope="session")
def heap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the finished runs `heap` and `strict` (more words), and a second decision about `heap`."""
    folder = tmp_path_factory.mktemp("heap")
    write_sources(folder)
    run_command("curate", write_recipe(folder, "heap"), folder=folder)
    run_command("curate", write_recipe(folder, "strict", words=35), "--limit", "22", folder=folder)
    run_command("decide", "runs/heap", "--recipe", write_recipe(folder, "few", words=35), folder=folder)
    return folder / "runs" / "heap"


@pytest.fixture(scope="session")
def other_decision(heap: Path) -> str:
    """The second decision about `heap`, as a user names it."""
    own = json.loads((heap / "plan.json").read_bytes())["decided"]
    return f"{heap}@" + next(path.name for path in heap.glob("decided-*") if path.name != f"decided-{own}")


def shown(show: Callable[..., None], found: object) -> str:
    """Show something at 80 columns, and check that nothing in it can steer a terminal or is wider."""
    out = StringIO()
    show(Console(file=out, width=80, emoji=False, highlight=False), found, as_json=False)
    text = out.getvalue()
    check_lines(text.split("\n"))
    return text


def check_lines(lines: Sequence[str]) -> None:
    """Check that lines fit 80 columns and hold no control character."""
    assert not [line for line in lines if cell_len(line.rstrip()) > 80]
    assert not [line for line in lines if not line.isprintable()]
