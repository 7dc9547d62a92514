"""What both sides read: crawl files under names of their own, and documents made for deduplication."""

import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson

from florilegium.errors import SourceError
from florilegium.recipe.options import cache_folder
from florilegium.sample.generate import generate, write_file
from florilegium.sample.stock import articles
from florilegium.sample.truth import Planted
from florilegium.sources.finding import local_files

WARC = re.compile(r"\.w?arc(\.(gz|zst|bz2|xz))?$")
#: How many times larger than that of `make pipeline` the sample is that is measured by default (1,000 pages).
SAMPLE_SCALE = 4.0
#: Of the documents made, this share are near copies of earlier ones, with this share of other words (likeness 0.8).
COPIES, CHANGED = 0.2, 0.02


def crawl_files(data: str | None) -> list[Path]:
    """Give the WARC files of a folder, a file or a glob pattern; without one, of the embedded sample.

    Raises SourceError where there are none.
    """
    if data is None:
        return sample_files(cache_folder() / "speed" / "sample", SAMPLE_SCALE)
    found = [Path(each.location) for each in local_files("data", data) if WARC.search(each.path)]
    if not found:
        raise SourceError(f"{data}: no WARC file there. Give a file, a folder or a pattern such as 'crawl/*.warc.gz'.")
    return found


def sample_files(folder: Path, scale: float) -> list[Path]:
    """Make the sample's crawl without its broken records, at which stock datatrove stops, and give its files."""
    whole: dict[str, list[Planted]] = {}
    for record in generate(folder, scale=scale).planted:
        if record.file.startswith("crawl/") and record.kind != "broken_record":
            whole.setdefault(record.file, []).append(record)
    files = []
    for name, records in sorted(whole.items()):
        stored = (folder / name).read_bytes()
        files.append(folder / "whole" / name)
        write_file(files[-1], b"".join(stored[record.offset : record.offset + record.size] for record in records))
    return files


def link(files: list[Path], folder: Path) -> Path:
    """Give a folder with links to the files and nothing else, in their order."""
    folder.mkdir(parents=True)
    for number, file in enumerate(files):
        (folder / f"{number:05d}-{file.name}").symlink_to(file.absolute())
    return folder


def write_documents(path: Path, documents: int, words: int) -> None:
    """Write documents of about ``words`` words drawn from the sample's articles, a fifth of them near copies.

    The same numbers give the same bytes, under one version of numpy.
    """
    with path.open("wb") as file:
        for number, text in enumerate(_texts(documents, words)):
            file.write(orjson.dumps({"id": f"{number}", "url": f"https://made.example/{number}", "text": text}) + b"\n")


def _texts(documents: int, words: int) -> Iterator[str]:
    draw = np.random.Generator(np.random.PCG64(13))
    said = (word for article in articles() for part in article.paragraphs for one in part for word in one.split())
    vocabulary = np.array(list(dict.fromkeys(said)), dtype=object)  # common words come early
    chances = 1 / np.arange(3, len(vocabulary) + 3)
    chances /= chances.sum()
    earlier: deque[np.ndarray[tuple[int], np.dtype[np.object_]]] = deque(maxlen=1000)
    for _ in range(documents):
        if earlier and draw.random() < COPIES:
            chosen = earlier[draw.integers(len(earlier))].copy()
            places = draw.random(len(chosen)) < CHANGED
            chosen[places] = draw.choice(vocabulary, int(places.sum()), p=chances)
        else:
            size = max(12, int(draw.normal(words, words / 4)))
            chosen = draw.choice(vocabulary, size, p=chances)
            earlier.append(chosen)
        lines = (" ".join(chosen[start : start + 60]) for start in range(0, len(chosen), 60))
        yield "\n".join(lines)
