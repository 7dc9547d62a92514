"""How a side reads its job and measures: a JSON file in, a JSON file out. The standard library alone.

The environments of the peers hold nothing of ours, so this module asks for the time itself.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


class Timing:
    """The seconds between the beginning and the end of a ``with`` block: on the clock, and of the processors.

    ``processor_s`` counts this process and those of its children that have ended by then.
    """

    def __enter__(self) -> "Timing":
        self._processor, self._began = _processor(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        self.processor_s = _processor() - self._processor


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_mb() -> float:
    """Give the most memory (MB, resident) that this process or the largest of its ended children has held."""
    unit = 1 if sys.platform == "darwin" else 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    status = Path("/proc/self/status")
    if not status.is_file():
        return max(children, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit) / 1e6
    # not ru_maxrss: it begins with what the process that started this one held
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return max(children, int(line.split()[1]) * 1024) / 1e6


def result(
    timing: Timing, count: int, kept: int | None = None, *, text_bytes: int = 0, peak: bool = False, **details: Any
) -> dict[str, Any]:
    """Give what a side answers: seconds, the units of work (``count``), what was kept of them, bytes of text."""
    return {
        "seconds": timing.seconds,
        "processor_s": timing.processor_s,
        "count": count,
        "kept": kept,
        "text_bytes": text_bytes,
        "peak_mb": peak_mb() if peak else None,
        "details": details,
    }


def serve(kinds: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]], arguments: list[str]) -> None:
    """Do the job in the file ``arguments[0]`` and write the answer to ``arguments[1]``."""
    job = json.loads(Path(arguments[0]).read_bytes())
    Path(arguments[1]).write_text(json.dumps(kinds[job["do"]](job)))
