"""Tasks that failed, and what is said of them at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from florilegium.errors import FlorilegiumError

#: Different reasons that are told in full.
MOST_SAID = 3


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """A task that cannot be finished now: why, the exit code it asks for, and where more is written."""

    rank: int
    message: str
    exit_code: int
    log: str


def conclude(failures: Sequence[Failure], tasks: int, logs: Path) -> None:
    """Raise FlorilegiumError where tasks failed, with what each said; those that say the same are told once."""
    if not failures:
        return
    said: dict[str, list[Failure]] = {}
    for failure in sorted(failures):
        said.setdefault(failure.message, []).append(failure)
    lines = [
        f"{message} (task {same[0].rank:05d}{f' and {len(same) - 1} more' if len(same) > 1 else ''}, "
        f"{logs / same[0].log})"
        for message, same in said.items()
    ]
    if len(lines) > MOST_SAID:
        lines[MOST_SAID:] = [f"and {len(lines) - MOST_SAID} other reasons"]
    count = f"{len(failures)} of {tasks} tasks failed"
    error = FlorilegiumError(f"{count}: {lines[0]}" if len(lines) == 1 else "\n  ".join([f"{count}:", *lines]))
    error.exit_code = 1 if any(failure.exit_code == 1 for failure in failures) else 2
    raise error
