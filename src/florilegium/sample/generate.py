"""Writes the embedded sample: a crawl, a collection, their truth, all from a seed."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from florilegium.errors import RecipeError
from florilegium.sample.awkward import awkward
from florilegium.sample.bed import Bed
from florilegium.sample.plant import readable
from florilegium.sample.press import Press, Printed
from florilegium.sample.truth import Planted, SampleTruth
from florilegium.sample.warc import member, warcinfo

VERSION = 1
"""Rises whenever the same seed and scale give other bytes, a change in the prose included."""

RECORDS_PER_FILE = 80
SCALES = (0.1, 10.0)


#: Modification time of every file (1 January 2026, UTC): a sample made again is the same input to a run.
WRITTEN = 1767225600


def generate(folder: Path, *, seed: int = 0, scale: float = 1.0) -> SampleTruth:
    """Bring a sample into a folder, and give its truth.

    At scale 1.0 the sample has 260 WARC records and 109 JSONL lines, 2 MB with the truth; scale, from 0.1 to 10,
    multiplies all numbers but those of empty and broken records. Written are ``crawl/crawl-NNNNN.warc.gz``,
    ``collection/collection-NNNNN.jsonl``, ``truth.jsonl`` (see `Planted`) and ``sample.json`` (generator version, seed,
    scale, SHA-256 of each file). The bytes depend on seed, scale and `VERSION` only, not on the Python version.

    Files that are there and right are left alone, other ones are written beside their place and renamed, and those of
    a larger sample that was in the folder before are removed. Raises `RecipeError` for a scale out of range.
    """
    if not SCALES[0] <= scale <= SCALES[1]:
        raise RecipeError(f"sample scale {scale} is out of range: give one from {SCALES[0]} to {SCALES[1]}")
    files, truth = _compose(seed, scale)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    label = {"generator": VERSION, "seed": seed, "scale": scale, "files": sums}
    files["sample.json"] = (json.dumps(label, indent=1) + "\n").encode()
    for name, content in files.items():
        write_file(folder / name, content)
    for path in [*folder.glob("crawl/crawl-*.warc.gz"), *folder.glob("collection/collection-*.jsonl")]:
        if path.relative_to(folder).as_posix() not in files:
            path.unlink()
    return truth


def _compose(seed: int, scale: float) -> tuple[dict[str, bytes], SampleTruth]:
    bed = Bed(seed, scale)
    planted = [*readable(bed), *awkward(bed)]
    files: dict[str, bytes] = {}
    truth: list[Planted] = []
    for source, pattern in (("collection", "{}.jsonl"), ("crawl", "{}.warc.gz")):
        queue = _in_order([printed for printed in planted if printed.id.startswith(f"{source}/")], bed, source)
        for number, start in enumerate(range(0, len(queue), RECORDS_PER_FILE)):
            name = f"{source}/" + pattern.format(f"{source}-{number:05d}")
            opening = _opening(bed.press, name) if source == "crawl" else b""
            files[name] = _lay(queue[start : start + RECORDS_PER_FILE], name, opening, truth)
    result = SampleTruth(tuple(truth))
    files["truth.jsonl"] = result.to_jsonl().encode()
    return files, result


def _in_order(planted: list[Printed], bed: Bed, source: str) -> list[Printed]:
    """Mix the documents; the record cut in mid-file gets whole ones behind it, the one cut by the end stands last."""
    cut = {printed.sort.variant: printed for printed in planted if printed.sort.variant in ("gzip_cut", "file_cut")}
    queue = bed.draw(f"order/{source}").shuffled([printed for printed in planted if printed not in cut.values()])
    if cut:
        queue.insert(min(len(queue), RECORDS_PER_FILE) // 3, cut["gzip_cut"])
        queue.append(cut["file_cut"])
    return queue


def _opening(press: Press, name: str) -> bytes:
    return member(warcinfo(press.urn(name), press.date(name), f"florilegium sample {VERSION}"))


def _lay(queue: Iterable[Printed], name: str, opening: bytes, truth: list[Planted]) -> bytes:
    """Lay the documents end to end into one file, and note in the truth where each lies."""
    content = bytearray(opening)
    for printed in queue:
        truth.append(printed.at(name, len(content)))
        content += printed.stored
    return bytes(content)


def write_file(path: Path, content: bytes) -> None:
    """Write a file of the sample, unless it is there and right."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.utime(temporary, (WRITTEN, WRITTEN))
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
