"""What a user sees while tasks run: a live bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from florilegium.errors import printable
from florilegium.run import clock
from florilegium.run.supervisor import Report

PLAIN_EVERY = 5.0
#: Width of a plain line, and of the columns of the bar that hold numbers.
WIDTH, BAR = 80, 52
#: Fewer characters than this say nothing of what a report said.
_LEAST = 28


@contextmanager
def watch(
    console: Console, movement: str, tasks: int, done: int, unit: str = "documents"
) -> Iterator[Callable[[Report], None]]:
    """Show the progress of a movement: tasks, documents (or another unit) and how many per second, and what the last
    report said. Give the listener for reports."""
    meter = _Meter(movement, tasks, done, unit)
    if not console.is_terminal:
        yield _plain(console, meter)
        console.print(meter.line(), highlight=False)
        return
    columns = [
        TextColumn("{task.description:<8}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[documents]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=console, transient=False) as bar:
        shown = bar.add_task(movement, total=tasks, completed=done, documents="")

        def listen(report: Report) -> None:
            note = meter.hear(report)
            if note:
                bar.console.print(printable(note), highlight=False, markup=False)
            bar.update(shown, completed=meter.finished, documents=meter.documents(console.width - BAR))

        yield listen


class _Meter:
    def __init__(self, movement: str, tasks: int, done: int, unit: str) -> None:
        self.movement, self.tasks, self.finished, self.unit = movement, tasks, done, unit
        self.said = ""
        self.rows_in = self.rows_out = 0
        self.preparing = False
        self.started = clock.now()

    def hear(self, report: Report) -> str:
        if report.kind == "preparing":
            self.preparing = True
        elif report.kind == "prepared":
            self.preparing = False
        elif report.kind == "progress":
            self.rows_in += report.rows_in
            self.rows_out += report.rows_out
            self.said = report.message or self.said
        elif report.kind == "finished":
            self.finished += 1
        elif report.kind == "retry":
            return f"{self.movement}: task {report.rank:05d} lost its worker ({report.message}); trying again"
        elif report.kind == "failed":
            return f"{self.movement}: task {report.rank:05d} failed: {report.message}"
        return ""

    def documents(self, room: int = WIDTH) -> str:
        """Say what was counted and what the last report said; where both are wider than ``room``, only the latter."""
        if self.preparing:
            return "loading models and kernels (long the first time)"
        seconds = max(clock.now() - self.started, 1e-6)
        counted = f"{self.rows_in:,} {self.unit}, {self.rows_in / seconds:,.0f}/s" if self.rows_in else ""
        if counted and self.said:
            counted = f"{self.rows_in / seconds:,.0f} {self.unit}/s"
            left = room - len(counted) - 2
            return f"{counted}, {_fitting(self.said, left)}" if left >= _LEAST else _fitting(self.said, room)
        return counted or _fitting(self.said, room)

    def line(self) -> str:
        done = f"{self.movement}: {self.finished} of {self.tasks} tasks"
        taken = f"{clock.now() - self.started:.0f} s"
        said = self.documents(WIDTH - len(done) - len(taken) - 4)
        return ", ".join(part for part in (done, said, taken) if part)


def _fitting(text: str, room: int) -> str:
    """Cut a text in its middle to ``room`` characters, at least `_LEAST`: its end has the numbers."""
    room = max(room, _LEAST)
    if len(text) <= room:
        return text
    end = min(2 * room // 3, room - 2)
    return f"{text[: room - 1 - end]}…{text[-end:]}"


def _plain(console: Console, meter: _Meter) -> Callable[[Report], None]:
    last = [meter.started]

    def listen(report: Report) -> None:
        note = meter.hear(report)
        if note:
            console.print(printable(note), highlight=False, markup=False)
        if clock.now() - last[0] >= PLAIN_EVERY:
            last[0] = clock.now()
            console.print(meter.line(), highlight=False)

    return listen
