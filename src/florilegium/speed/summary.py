"""From the answers of all rounds to the rows of ``speed.json``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from florilegium.speed.job import Answer
from florilegium.speed.pairing import Ratio, exponent, paired

#: Name of the package whose version a peer goes by.
PEERS = {"stock": "datatrove", "dolma": "dolma"}


@dataclass(frozen=True)
class Entry:
    """One row of ``speed.json``. Seconds are medians over rounds; ratios are of seconds for one unit of work.

    ``ratio``, ``low`` and ``high`` are by the clock, the same with ``_processor`` by seconds of processor time, which
    says more where other processes want the cores too. Memory is in MB of 10^6 bytes; for rows about a single stage it
    is null, because the documents are in memory before the clock starts.
    """

    name: str
    unit: str
    rounds: int
    ours_s: float
    ours_processor_s: float
    ours_count: int
    ours_kept: int | None
    ours_mb: float | None
    text_bytes: int | None  # what our side worked on, where that is text
    peer: str | None = None
    version: str | None = None
    peer_s: float | None = None
    peer_processor_s: float | None = None
    peer_count: int | None = None
    peer_kept: int | None = None
    peer_mb: float | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    ratio_processor: float | None = None
    low_processor: float | None = None
    high_processor: float | None = None
    exponent: float | None = None
    exponent_processor: float | None = None
    note: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


def _each(answers: Sequence[Answer], of: Callable[[Answer], float]) -> list[float]:
    """Give seconds for one unit of work, by round."""
    return [of(answer) / answer.count for answer in answers]


def _most(answers: Sequence[Answer]) -> float | None:
    peaks = [answer.peak_mb for answer in answers if answer.peak_mb is not None]
    return round(max(peaks), 1) if peaks else None


def summed(name: str, unit: str, ours: Sequence[Answer]) -> dict[str, Any]:
    """Give what an entry says of our side."""
    last = ours[-1]
    return {
        "name": name,
        "unit": unit,
        "rounds": len(ours),
        "ours_s": median(answer.seconds for answer in ours),
        "ours_processor_s": median(answer.processor_s for answer in ours),
        "ours_count": last.count,
        "ours_kept": last.kept,
        "ours_mb": _most(ours),
        "text_bytes": last.text_bytes or None,
        "details": dict(last.details),
    }


def compared(name: str, unit: str, ours: Sequence[Answer], side: str, peer: Sequence[Answer], note: str = "") -> Entry:
    """Give the entry of a row; ``peer`` has as many rounds as ours, or none, and ``note`` says why."""
    said = summed(name, unit, ours)
    if not peer:
        return Entry(**said, peer=side or None, note=note or None)
    said["details"] |= {"peer_versions": peer[-1].details["versions"]}
    if not all(answer.count for answer in (*ours, *peer)):
        return Entry(**said, peer=side, note="a side read nothing: nothing to compare")
    by_clock = paired(_each(ours, lambda one: one.seconds), _each(peer, lambda one: one.seconds))
    by_processor = paired(_each(ours, lambda one: one.processor_s), _each(peer, lambda one: one.processor_s))
    return Entry(
        **said,
        peer=side,
        version=f"{PEERS[side]} {peer[-1].details['versions'][PEERS[side]]}",
        peer_s=median(answer.seconds for answer in peer),
        peer_processor_s=median(answer.processor_s for answer in peer),
        peer_count=peer[-1].count,
        peer_kept=peer[-1].kept,
        peer_mb=_most(peer),
        note=note or None,
        **_named(by_clock, ""),
        **_named(by_processor, "_processor"),
    )


def _named(ratio: Ratio, suffix: str) -> dict[str, Any]:
    return {f"{name}{suffix}": value for name, value in ratio._asdict().items()}


def growth(name: str, rounds: Sequence[Sequence[Answer]]) -> Entry:
    """Give the entry of how time grows: the answers of each round are those at growing inputs."""
    by_clock = [exponent([one.count for one in row], [one.seconds for one in row]) for row in rounds]
    by_processor = [exponent([one.count for one in row], [one.processor_s for one in row]) for row in rounds]
    said = summed(name, "page", [row[-1] for row in rounds])
    said["details"] = {
        "counts": [one.count for one in rounds[-1]],
        "seconds": [median(one.seconds for one in same) for same in zip(*rounds, strict=True)],
        "processor_s": [median(one.processor_s for one in same) for same in zip(*rounds, strict=True)],
    }
    return Entry(
        **said,
        exponent=median(by_clock),
        exponent_processor=median(by_processor),
        note=f"exponents of the rounds from {min(by_clock):.3f} to {max(by_clock):.3f} (clock)",
    )


def memory(name: str, rounds: Sequence[Sequence[Answer]]) -> Entry:
    """Give the entry of the most memory that measuring took, which is what a worker does, at growing inputs."""
    peaks = [max(float(one.details["measure_mb"]) for one in same) for same in zip(*rounds, strict=True)]
    said = summed(name, "page", [row[-1] for row in rounds]) | {"ours_mb": round(max(peaks), 1)}
    said["details"] = {"counts": [one.count for one in rounds[-1]], "measure_mb": peaks}
    return Entry(**said)
