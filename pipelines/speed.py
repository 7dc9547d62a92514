"""Speed: stock datatrove, Dolma's taggers and this project on the same input, one worker each, in turn."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

import florilegium.speed
from florilegium.errors import FlorilegiumError, SourceError
from florilegium.speed import recipes, summary
from florilegium.speed.job import Answer, Job, NotInstalled, Side
from florilegium.speed.keep import dated, machine, store
from florilegium.speed.material import crawl_files, link, write_documents
from florilegium.speed.rows import (
    COPIES_WORDS,
    DECIDED_WORDS,
    GROWTH,
    MEMORY,
    ROWS,
    TIMES,
    Need,
    Place,
    Row,
    chosen,
    growing,
)
from florilegium.speed.summary import Entry
from florilegium.speed.table import show_table

#: Bytes of WARC files that are 1x when growth is measured.
ONCE = 64_000_000


def speed(
    data: str | None,
    console: Console,
    *,
    rounds: int = 3,
    rows: Sequence[str] = (),
    out: Path | None = None,
    ablations: Path = Path("ablations"),
    stock: Path = Path(".venv-stock"),
    dolma: Path = Path(".venv-dolma"),
    full: bool = False,
    processor: bool = False,
) -> Path:
    """Measure the rows named (all), print the table, keep it in a dated folder of ``ablations`` or in ``out``.

    ``data``: WARC files, as path, folder or pattern; without it, the embedded sample. ``stock`` and ``dolma`` are the
    peers' virtual environments. ``full``: 100,000 documents for MinHash, a million decided again. ``processor``: show
    ratios by processor time. Gives the folder. Raises FlorilegiumError.
    """
    names = chosen(rows)
    files = crawl_files(data)
    facts = machine() | {"rounds": rounds, "data": _described(data, files)}
    with TemporaryDirectory(prefix="florilegium-speed-") as folder:
        bench = _Bench(Path(folder), files, console, rounds, full, _sides(stock, dolma))
        entries = [entry for group in _groups(names) for entry in bench.compare(group)]
        if GROWTH in names or MEMORY in names:
            entries += [entry for entry in bench.grow() if entry.name in names]
    console.print()
    show_table(console, entries, processor=processor)
    kept = out or dated(ablations)
    page = StringIO()
    show_table(Console(file=page, width=80), entries, processor=processor)
    store(kept, entries, facts, page.getvalue())
    console.print(f"kept in {kept}", highlight=False, markup=False, soft_wrap=True)
    return kept


def _described(data: str | None, files: Sequence[Path]) -> dict[str, object]:
    """Say what was read, without saying where."""
    size = sum(file.stat().st_size for file in files)
    return {"kind": "given" if data else "embedded sample", "files": len(files), "bytes": size}


def _sides(stock: Path, dolma: Path) -> dict[str, Side]:
    room = Path(florilegium.speed.__file__).parent
    return {
        "ours": Side("ours", "ours", (sys.executable, "-m", "florilegium.pipelines.timed")),
        "stock": Side("stock", "stock datatrove", (_python(stock), "-m", "peers.stock"), room),
        "dolma": Side("dolma", "Dolma's taggers", (_python(dolma), "-m", "peers.dolma"), room),
    }


def _python(environment: Path) -> str:
    return str((environment / "bin" / "python").absolute())


def _groups(names: Sequence[str]) -> list[list[Row]]:
    """Put rows together that share a peer's job: what stands before the last dot is the same."""
    groups: dict[str, list[Row]] = {}
    for row in ROWS:
        if row.name in names:
            shared = row.name.rpartition(".")[0] if row.needs == "pages" else ""
            groups.setdefault(shared or row.name, []).append(row)
    return list(groups.values())


class _Bench:
    """Makes the material when it is first needed, and runs jobs in fresh processes."""

    def __init__(
        self, scratch: Path, files: list[Path], console: Console, rounds: int, full: bool, sides: dict[str, Side]
    ) -> None:
        self.files, self.console, self.rounds, self.sides = files, console, rounds, sides
        pages, texts, copies, decided = (scratch / name for name in ("pages", "texts", "copies", "decided"))
        self.place = Place(scratch, pages, texts, copies, decided, full)
        self.made: set[Need] = set()
        self.absent: dict[str, str] = {}  # side -> why it takes no part
        self.failed: dict[Job, str] = {}  # job of a peer -> what it said

    def run(self, job: Job, said: str) -> Answer:
        """Run a job, saying so before it and how long it took after it."""
        self.console.print(f"{said}: {job.name} by {self.sides[job.side].title} ... ", end="", highlight=False)
        try:
            answer = self.sides[job.side].run(job, self.place.scratch)
        except FlorilegiumError:
            self.console.print("failed", highlight=False)
            raise
        self.console.print(f"{answer.seconds:.2f} s", highlight=False)
        return answer

    def need(self, need: Need | None) -> None:
        """Make what rows read, once."""
        if need is None or need in self.made:
            return
        self.made.add(need)
        if need == "pages":
            link(self.files, self.place.pages)
        elif need == "texts":
            self.need("pages")
            self._texts()
        elif need == "copies":
            self._documents(self.place.copies, "copies", self.place.copies_count, COPIES_WORDS)
        else:
            self._documents(self.place.decided, "decided", self.place.decided_count, DECIDED_WORDS)
            recipe = recipes.many(self.place.decided / "decided.jsonl", 10)
            job = self.place.ours("keep", "many", recipe, runs=str(self.place.decided / "runs"))
            self.run(job, "once")

    def _documents(self, folder: Path, name: str, documents: int, words: int) -> None:
        folder.mkdir()
        self.console.print(f"once: {documents:,} documents are made ... ", end="", highlight=False)
        write_documents(folder / f"{name}.jsonl", documents, words)
        self.console.print("done", highlight=False)

    def _texts(self) -> None:
        source = recipes.warc_source(self.place.pages)
        recipe = recipes.stages(source, {"extract": {"with": "trafilatura", "favour": "precision"}}, {"language": {}})
        made = self.run(self.place.ours("texts", "texts", recipe), "once")
        if not made.count:
            raise SourceError("no page has English text: rows about texts cannot be measured with this data")
        self.place = replace(self.place, texts=Path(made.details["folder"]))

    def compare(self, rows: Sequence[Row]) -> Iterator[Entry]:
        """Run the jobs of some rows in turn, in the opposite order every other round; give their entries."""
        for row in rows:
            self.need(row.needs)
        answers: dict[Job, list[Answer]] = {}
        for number in range(self.rounds):
            place = replace(self.place, round=number)
            jobs = dict.fromkeys(job for row in rows for job in _jobs(row, place))
            for job in reversed(jobs) if number % 2 else jobs:
                if job.side not in self.absent and job not in self.failed:
                    self._measure(job, number, answers)
        for row in rows:
            mine, *peers = _jobs(row, self.place)
            note = next((self.absent.get(job.side) or self.failed.get(job, "") for job in peers), "")
            theirs = answers.get(peers[0], []) if peers and not note else []
            yield summary.compared(row.name, row.unit, answers[mine], peers[0].side if peers else "", theirs, note)

    def _measure(self, job: Job, number: int, answers: dict[Job, list[Answer]]) -> None:
        """Run a job. A peer that fails leaves its row, one that is not there leaves all; ours must not fail."""
        try:
            answer = self.run(job, f"round {number + 1} of {self.rounds}")
        except FlorilegiumError as error:
            if job.side == "ours":
                raise
            if isinstance(error, NotInstalled):
                self.absent[job.side] = str(error)
            else:
                self.failed[job] = str(error)
        else:
            answers.setdefault(job, []).append(answer)

    def grow(self) -> Iterable[Entry]:
        """Measure our side at 1x, 3x and 10x the input."""
        pages = link(_once(self.files), self.place.scratch / "once")
        jobs = [growing(self.place, pages, times) for times in TIMES]
        rounds = [[self.run(job, f"round {n + 1} of {self.rounds}") for job in jobs] for n in range(self.rounds)]
        return summary.growth(GROWTH, rounds), summary.memory(MEMORY, rounds)


def _jobs(row: Row, place: Place) -> list[Job]:
    return [make(place) for make in (row.ours, row.peer) if make is not None]


def _once(files: Sequence[Path]) -> list[Path]:
    """Give the first files, up to the size that is 1x."""
    taken: list[Path] = []
    size = 0
    for file in files:
        size += file.stat().st_size
        if taken and size > ONCE:
            break
        taken.append(file)
    return taken
