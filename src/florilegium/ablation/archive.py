"""Every question ever asked stays: a dated folder with question, evidence and verdict, and a paragraph in LOG.md."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from florilegium.errors import FlorilegiumError
from florilegium.run import clock
from florilegium.run.shards import write_bytes

#: What a dated folder holds: numbers and verdicts, no text of a document.
KEPT = ("question.yaml", "verdict.json", "verdict.md", "report.html", "curves.parquet", "contamination.csv")
LOG = "LOG.md"
#: Name of a kept folder: date, question, and a number from its second answer of that day on.
DATED = r"(\d{4}-\d\d-\d\d)-([a-z0-9_]+)(?:-(\d+))?"
HEADING = "# Every question asked, newest first\n"
#: How the paragraph begins that stands in a log before the first question.
NONE_YET = "No question has been asked yet"


@dataclass(frozen=True)
class Kept:
    """A question that was answered."""

    folder: Path
    date: str
    verdict: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Give the name of the question."""
        return str(self.verdict["name"])


def archive(answered: Path, ablations: Path, verdict: Mapping[str, Any]) -> Path:
    """Keep an answered question; give its folder. The same answer to the same question is kept once.

    Raises FlorilegiumError where ``ablations`` cannot be written.
    """
    written = (answered / "verdict.json").read_bytes()
    for kept in questions(ablations):
        if kept.name == verdict["name"] and (kept.folder / "verdict.json").read_bytes() == written:
            folder = kept.folder
            break
    else:
        name = f"{clock.today()}-{verdict['name']}"
        folder = next(path for n in count(1) if not (path := ablations / _numbered(name, n)).exists())
    try:
        if not folder.is_dir():
            _copy(answered, folder)
        _log(ablations / LOG, folder.name, verdict)
    except OSError as error:
        raise _cannot_be_written(folder, error) from None
    return folder


def require_writable(ablations: Path) -> None:
    """Raise FlorilegiumError where no question can be kept: better before hours of training than after them."""
    try:
        ablations.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".", dir=ablations):
            pass
    except OSError as error:
        raise _cannot_be_written(ablations, error) from None


def _cannot_be_written(folder: Path, error: OSError) -> FlorilegiumError:
    return FlorilegiumError(f"{folder}: cannot be written ({error.strerror}). Give a folder with --ablations.")


def _copy(answered: Path, folder: Path) -> None:
    """Copy what is kept, whole or not at all."""
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)  # of a run that was killed
    temporary.mkdir(parents=True)
    for each in KEPT:
        if (answered / each).is_file():
            shutil.copyfile(answered / each, temporary / each)
    temporary.rename(folder)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _log(path: Path, folder: str, verdict: Mapping[str, Any]) -> None:
    """Put a paragraph on top of the log, once."""
    old = path.read_text(encoding="utf-8") if path.is_file() else HEADING
    if f"({folder}/verdict.md)" in old:
        return
    head, _, rest = old.partition("\n")
    kept = [each for each in re.split(r"\n{2,}", rest.strip("\n")) if each and not each.startswith(NONE_YET)]
    write_bytes(path, ("\n\n".join([head, paragraph(folder, verdict).rstrip("\n"), *kept]) + "\n").encode())


def paragraph(folder: str, verdict: Mapping[str, Any]) -> str:
    """Give the paragraph of a question: what was asked, what came out for each arm, how it was measured."""
    unit = verdict["measure"]["unit"]
    arms = [
        f"`{arm['name']}` {arm['verdict']} ({arm['effect']:+.4g} {unit}, {arm['interval'][0]:+.4g} to "
        f"{arm['interval'][1]:+.4g})"
        for arm in verdict["arms"]
    ]
    return (
        f"**[{folder}]({folder}/verdict.md)** {verdict['question'].strip()} {'; '.join(arms)}. "
        f"{len(verdict['seeds'])} seeds, {verdict['tokens']:,} tokens a run, {verdict['parameters']:,} parameters, "
        f"{verdict['regime']}; one run deviates by {verdict['noise_floor']['seed_deviation']:.3g}.\n"
    )


def questions(ablations: Path) -> Iterator[Kept]:
    """Give the answered questions of a folder, newest first."""
    folders = [path for path in ablations.iterdir() if path.is_dir()] if ablations.is_dir() else []
    found = {path: match for path in folders if (match := re.fullmatch(DATED, path.name))}
    newest = sorted(found, key=lambda path: (found[path][1], found[path][2], int(found[path][3] or 1)), reverse=True)
    for folder in newest:
        path = folder / "verdict.json"
        if path.is_file():
            try:
                verdict = json.loads(path.read_bytes())
                verdict["name"]
            except (ValueError, TypeError, KeyError) as error:
                raise FlorilegiumError(f"{path} is damaged ({error}). Take it from version control again.") from None
            yield Kept(folder, found[folder][1], verdict)
