"""The `florilegium` command: one function for each command, no logic."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.status import Status

from florilegium.errors import FlorilegiumError
from florilegium.run.stop import answering_signals

from .answering import answer

app = typer.Typer(
    name="florilegium",
    help="Curate web crawls and digitised collections into corpus releases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

RunsOption = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]
RUN_HELP = "Folder of a run, such as runs/demo; RUN@decided-HASH is another decision about it."
RunArgument = Annotated[str, typer.Argument(help=RUN_HELP)]
JsonOption = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
RecipeArgument = Annotated[str, typer.Argument(help="Path of a recipe, or the name of a shipped one.")]


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 80, emoji=False, highlight=False)


def _waiting(what: str) -> Status:
    """Show on a terminal that something takes its time; nothing elsewhere, and never on standard output."""
    return Console(stderr=True).status(what)


@app.command()
def curate(
    recipe: RecipeArgument,
    runs: RunsOption = Path("runs"),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one for each core.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many records of each source.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Go on although recipe or inputs changed.")] = False,
    profile: Annotated[bool, typer.Option("--profile", help="Say at the end where the time went.")] = False,
) -> None:
    """Run a recipe from raw sources to a release."""
    from .curate import curate as run

    run(recipe, runs, _console(), workers=workers, limit=limit, dry_run=dry_run, redo=redo, profile=profile)


@app.command()
def decide(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run, such as runs/demo.")],
    recipe: Annotated[str, typer.Option("--recipe", help="The recipe with the new decisions.")],
    release: Annotated[bool, typer.Option("--release", help="Also write the release anew.")] = False,
) -> None:
    """Decide a finished run again from its columns, without reading text."""
    from .redecide import redecide

    redecide(run, recipe, _console(), and_release=release)


@app.command()
def verify(release: Annotated[Path, typer.Argument(help="Folder of a release.")]) -> None:
    """Check a release against its manifest and its ledger."""
    from florilegium.release.manifest import read_manifest
    from florilegium.release.manifest import verify as check

    with _waiting("checking every byte"):
        wrong = list(check(release))
    if wrong:
        listed = "".join(f"\n  {line}" for line in wrong)
        raise FlorilegiumError(f"{release} is not what was published:{listed}")
    print(f"{release}: {len(read_manifest(release))} files agree with the manifest, rows agree with the ledger")


@app.command()
def explain(
    run: RunArgument,
    id: Annotated[str, typer.Argument(help="Id of a document, such as crawl/urn:uuid:...")],
    offset: Annotated[int | None, typer.Option(help="A character of its text, from 0: which page is it on?")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say what happened to one document, from its source to the release or to the rule that dropped it."""
    from florilegium.report.explain import show_trace, trace
    from florilegium.report.opening import open_run

    with _waiting("looking for the document"):
        found = trace(open_run(run), id, offset)
    show_trace(_console(), found, as_json=as_json)


@app.command()
def status(run: RunArgument, as_json: JsonOption = False) -> None:
    """Say how far a run is, who works on it, and what failed."""
    from florilegium.report.opening import open_run
    from florilegium.report.status import show_status
    from florilegium.report.status import status as look

    show_status(_console(), look(open_run(run)), as_json=as_json)


@app.command()
def inspect(
    run: RunArgument,
    rule: Annotated[str | None, typer.Option(help="What this rule, rule set, stage or outcome removed.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="One document.")] = None,
    source: Annotated[str | None, typer.Option(help="Only documents of this source.")] = None,
    near: Annotated[
        str | None,
        typer.Option(
            metavar="BOUND", help="Nearest to the bound of this rule, on either side; or to a value of --rule."
        ),
    ] = None,
    kept: Annotated[bool | None, typer.Option("--kept/--dropped", help="Only what is kept, or what is not.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many documents.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Look at documents: their text, values, bounds and reasons. Without options: every rule with what it took."""
    from florilegium.report.inspect import Choice
    from florilegium.report.inspect import inspect as look
    from florilegium.report.inspection import show_inspected
    from florilegium.report.opening import open_run

    choice = Choice(rule, id, source, near, kept, limit)
    with _waiting("looking at the run"):
        found = look(open_run(run), choice)
    show_inspected(_console(), found, as_json=as_json)


@app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="RUN_A", help=RUN_HELP)],
    b: Annotated[str, typer.Argument(metavar="RUN_B", help=RUN_HELP)],
    samples: Annotated[int, typer.Option(min=0, max=100, help="Documents to name for each reason.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Say what one run keeps that another does not, by rule, and what differs between their recipes."""
    from florilegium.report.compare import compare as look
    from florilegium.report.comparison import show_compared
    from florilegium.report.opening import open_run

    with _waiting("comparing"):
        found = look(open_run(a), open_run(b), samples)
    show_compared(_console(), found, as_json=as_json)


@app.command()
def quarantine(
    run: RunArgument,
    id: Annotated[str | None, typer.Option("--bytes", metavar="ID", help="Write what is kept of a document.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Process it again, after a fix, and finish the run.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what could not be processed, by cause, and where files are damaged."""
    from florilegium.report.opening import open_run
    from florilegium.report.quarantine import kept_bytes, show_quarantine
    from florilegium.report.quarantine import quarantine as look

    if (id is not None) + retry + as_json > 1:
        raise FlorilegiumError("--bytes writes bytes, --json a listing, --retry runs: give one of them.")
    if retry:
        from .retry import retry as run_again

        run_again(Path(run), _console())
        return
    opened = open_run(run)
    if id is None:
        show_quarantine(_console(), look(opened), as_json=as_json)
        return
    if sys.stdout.isatty():
        raise FlorilegiumError(
            "--bytes writes a document as it came, which may steer a terminal: pipe it or use > FILE."
        )
    sys.stdout.buffer.write(kept_bytes(opened, id))


@app.command()
def report(run: RunArgument) -> None:
    """Write report.html: what every rule did, with bounds, histograms and documents on either side."""
    from florilegium.report.opening import open_run
    from florilegium.report.page import write_report

    opened = open_run(run)
    if not opened.own:
        raise FlorilegiumError(
            f"{run}: the page shows the decisions of the run's own recipe; use `compare` for others."
        )
    with _waiting("writing the page"):
        page = write_report(opened.folder, opened.plan)
    print(page)


QuestionArgument = Annotated[str, typer.Argument(help="Path of a question, or the name of a shipped one.")]
AblationsOption = Annotated[Path, typer.Option("--ablations", help="Folder that keeps every question asked.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Processes; default: one for each core.")]


def _needs_ablate() -> None:
    """Raise FlorilegiumError where the libraries that train models are not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("torch", "transformers", "scipy") if find_spec(name) is None]
    if missing:
        raise FlorilegiumError(
            f"training needs {', '.join(missing)}: install `florilegium[ablate]`, or use `make ablate`, which does."
        )


@app.command()
def ablate(
    question: QuestionArgument,
    runs: RunsOption = Path("runs"),
    ablations: AblationsOption = Path("ablations"),
    workers: WorkersOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be trained, and train nothing.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Measure the base recipe anew where it changed.")] = False,
) -> None:
    """Answer a question: train small models on what each arm keeps, score them, and give the verdict."""
    _needs_ablate()
    from .ablate import ablate as run

    run(question, runs, _console(), ablations=ablations, workers=workers, dry_run=dry_run, redo=redo)


@app.command()
def tune(
    tuning: Annotated[str, typer.Argument(help="Path of a tuning, or the name of a shipped one.")],
    runs: RunsOption = Path("runs"),
    ablations: AblationsOption = Path("ablations"),
    workers: WorkersOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked, and train nothing.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Measure the base recipe anew where it changed.")] = False,
) -> None:
    """Search rules and bounds by successive halving; leave a tuned recipe with the evidence for each rule."""
    _needs_ablate()
    from .tune import tune as run

    run(tuning, runs, _console(), ablations=ablations, workers=workers, dry_run=dry_run, redo=redo)


@app.command()
def benchmark(
    model: Annotated[Path, typer.Argument(help="Folder of a Hugging Face model.")],
    suite: Annotated[str, typer.Argument(help="Path of a benchmark suite, or the name of a shipped one.")],
    as_json: JsonOption = False,
) -> None:
    """Score a model on a suite: each task and measure with its interval and what chance would give."""
    _needs_ablate()
    from .benchmark import benchmark as run

    run(model, suite, _console(), json=as_json)


@app.command()
def ablations(
    folder: Annotated[Path, typer.Argument(help="Folder that keeps every question asked.")] = Path("ablations"),
    compare: Annotated[
        tuple[str, str] | None, typer.Option(help="Two questions, by folder or name (its newest answer).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List every question ever asked with its verdicts, or compare two of them."""
    from .asked import compare_asked, list_asked

    if compare is not None:
        compare_asked(_console(), folder, *compare, as_json=as_json)
    else:
        list_asked(_console(), folder, as_json=as_json)


@app.command()
def speed(
    data: Annotated[str | None, typer.Option(help="WARC files: path, folder or pattern; default: the sample.")] = None,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="How often each side runs.")] = 3,
    rows: Annotated[list[str] | None, typer.Option(help="Rows by name or group, such as `warc_in,signals`.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; default: a dated one.")] = None,
    ablations: AblationsOption = Path("ablations"),
    stock: Annotated[Path, typer.Option(help="Virtual environment of stock datatrove.")] = Path(".venv-stock"),
    dolma: Annotated[Path, typer.Option(help="Virtual environment of Dolma.")] = Path(".venv-dolma"),
    full: Annotated[bool, typer.Option("--full", help="MinHash of 100,000, a million decided again.")] = False,
    processor: Annotated[bool, typer.Option("--processor", help="Show processor time instead of the clock.")] = False,
) -> None:
    """Measure this project beside stock datatrove and Dolma's taggers, on the same input, in turn."""
    from .speed import speed as run

    run(data, _console(), rounds=rounds, rows=rows or (), out=out, ablations=ablations, stock=stock, dolma=dolma,
        full=full, processor=processor)  # fmt: skip


@app.command()
def schema() -> None:
    """Print the JSON Schema of a recipe, for editors."""
    from florilegium.recipe.schema import recipe_schema
    from florilegium.registry import registry

    print(json.dumps(recipe_schema(registry()), indent=2))


@app.command()
def sample(folder: Annotated[Path, typer.Argument(help="Folder to write the sample to.")]) -> None:
    """Write the embedded sample: a small crawl and collection with planted defects."""
    from florilegium.sample.generate import generate

    generate(folder)
    print(folder)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command; errors of the user end in one line (or a short list) and exit code 2, without a traceback."""
    with answering_signals():
        answer(app, arguments)


if __name__ == "__main__":
    main()
