"""The `florilegium` command: one function for each command, no logic."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from florilegium.errors import FlorilegiumError

app = typer.Typer(
    name="florilegium",
    help="Curate web crawls and digitised collections into corpus releases.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

RunsOption = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]
RecipeArgument = Annotated[str, typer.Argument(help="Path of a recipe, or the name of a shipped one.")]


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 80)


@app.command()
def curate(
    recipe: RecipeArgument,
    runs: RunsOption = Path("runs"),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: one for each core.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many records of each source.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Go on although recipe or inputs changed.")] = False,
) -> None:
    """Run a recipe from raw sources to a release."""
    from .curate import curate as run

    run(recipe, runs, _console(), workers=workers, limit=limit, dry_run=dry_run, redo=redo)


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

    wrong = list(check(release))
    if wrong:
        listed = "".join(f"\n  {line}" for line in wrong)
        raise FlorilegiumError(f"{release} is not what was published:{listed}")
    print(f"{release}: {len(read_manifest(release))} files agree with the manifest, rows agree with the ledger")


@app.command()
def explain(
    run: Annotated[Path, typer.Argument(help="Folder of a run, such as runs/demo.")],
    id: Annotated[str, typer.Argument(help="Id of a document, such as crawl/urn:uuid:...")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what happened to one document, from its source to the release or to the rule that dropped it."""
    from florilegium.report.explain import show_trace, trace
    from florilegium.run.folder import RunFolder

    folder = RunFolder(run)
    show_trace(_console(), trace(folder, folder.plan(), id), as_json=as_json)


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
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        app(arguments, standalone_mode=False)
    except FlorilegiumError as error:
        print(f"florilegium: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except _Stopped as stopped:
        print("florilegium: stopped; the same command again goes on from the finished tasks", file=sys.stderr)
        sys.exit(128 + stopped.number)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        print(
            f"florilegium: {error.strerror or error}{place}. Make room or mend the path, then run again.",
            file=sys.stderr,
        )
        sys.exit(2)
    except Exception as error:
        if hasattr(error, "format_message"):  # click's own: wrong options and the like
            print(f"florilegium: {error.format_message()} See `florilegium --help`.", file=sys.stderr)
            sys.exit(2)
        print(f"florilegium: a defect of ours: {type(error).__name__}: {error}; {_keep_traceback()}", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)


def _keep_traceback() -> str:
    """Write the traceback to a file, and say where."""
    from florilegium.recipe.options import cache_folder

    path = cache_folder() / "defects" / f"{os.getpid()}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return traceback.format_exc()
    return f"the traceback is in {path}"


class _Stopped(BaseException):
    """A signal asked us to stop. No ``Exception`` or ``KeyboardInterrupt``: libraries answer those themselves."""

    def __init__(self, number: int) -> None:
        self.number = number


def _stop(number: int, frame: FrameType | None) -> None:
    raise _Stopped(number)


if __name__ == "__main__":
    main()
