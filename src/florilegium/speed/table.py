"""The table at 80 columns: two lines a row, plain text where the output is no terminal."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from rich.console import Console

from florilegium.speed.summary import Entry

HEAD = f"{'row':<34}{'ours s':>9}{'peer s':>9}{'ratio':>9}{'lowest - highest':>19}"


def show_table(console: Console, entries: Sequence[Entry], *, processor: bool = False) -> None:
    """Print the rows: seconds of both, the ratio for one unit of work with its range; below, counts and memory."""
    console.print(HEAD, style="bold", highlight=False, markup=False)
    for entry in entries:
        for number, line in enumerate(lines(entry, processor=processor)):
            console.print(line, style="dim" if number else None, highlight=False, markup=False, soft_wrap=True)
    clock = "in processor time" if processor else "by the clock"
    console.print(f"Seconds {clock}, medians over rounds; ratios are of seconds for one", highlight=False)
    console.print("page or document, lowest and highest those of single rounds.", highlight=False)


def lines(entry: Entry, *, processor: bool = False) -> Iterator[str]:
    """Give the lines of a row, each of at most 80 characters."""
    ours = entry.ours_processor_s if processor else entry.ours_s
    peer = entry.peer_processor_s if processor else entry.peer_s
    ratio, low, high = (
        (entry.ratio_processor, entry.low_processor, entry.high_processor)
        if processor
        else (entry.ratio, entry.low, entry.high)
    )
    exponent = entry.exponent_processor if processor else entry.exponent
    last = f"{'exponent':>18}{exponent:>10.3f}" if exponent is not None else ""
    if ratio is not None and low is not None and high is not None and peer is not None:
        last = f"{_number(peer):>9}{_number(ratio):>8}x{f'{_number(low)} - {_number(high)}':>19}"
    yield f"{entry.name:<34}{_number(ours):>9}{last}"
    about = [part for part in (_counts(entry), _memory(entry), _rate(entry, ours)) if part]
    if about:
        yield f"  {'; '.join(about)}"
    yield from wrap(entry.note or "", 80, initial_indent="  ", subsequent_indent="  ")


def _number(value: float) -> str:
    """Write three digits that count: 0.123, 1.23, 12.3, 123, 1,234."""
    for digits, below in ((3, 1), (2, 10), (1, 100)):
        if abs(value) < below:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def _counts(entry: Entry) -> str:
    if entry.unit in ("start", "run"):
        return ""
    said = f"{entry.ours_count:,} {entry.unit}s"
    if entry.peer_count is not None and entry.peer_count != entry.ours_count:
        said += f" ({entry.peer_count:,})"
    if entry.ours_kept is None:
        return said
    kept = f"{entry.ours_kept:,}" + (f" ({entry.peer_kept:,})" if entry.peer_kept is not None else "")
    return f"{said}, {kept} kept"


def _memory(entry: Entry) -> str:
    if entry.ours_mb is None:
        return ""
    return f"{entry.ours_mb:,.0f} MB" + (f" ({entry.peer_mb:,.0f})" if entry.peer_mb is not None else "")


def _rate(entry: Entry, seconds: float) -> str:
    return f"{_number(entry.text_bytes / max(seconds, 1e-9) / 1e6)} MB/s" if entry.text_bytes else ""
