"""What a command leaves with: an exit code, and on standard error what went wrong and what to do next."""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from florilegium.errors import FlorilegiumError, printable
from florilegium.run.stop import Stopped


def answer(app: Callable[..., object], arguments: Sequence[str] | None) -> NoReturn:
    """Run a command and leave with its exit code. An error of the user is a line (or a short list) on standard error, a
    defect of ours is a line and a file with the traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    try:
        app(arguments, standalone_mode=False)
    except FlorilegiumError as error:
        print(printable(f"florilegium: {error}", keep="\n"), file=sys.stderr)
        sys.exit(error.exit_code)
    except Stopped as stopped:
        print("florilegium: stopped; the same command again goes on from the finished tasks", file=sys.stderr)
        sys.exit(128 + stopped.number)
    except (BrokenPipeError, SystemExit) as error:
        if isinstance(error, SystemExit) and error.code != 1:
            raise
        # a closed pipe, which click answers by leaving with 1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        said = f"florilegium: {error.strerror or error}{place}. Make room or mend the path, then run again."
        print(printable(said), file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if hasattr(error, "format_message"):  # click's own: wrong options and the like
            said = error.format_message().rstrip(".")
            if said:  # nothing is said where the help was shown
                print(f"florilegium: {said}. See `florilegium --help`.", file=sys.stderr)
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
