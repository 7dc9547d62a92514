"""What belongs together: the pages of a volume in their order, its articles, and what the catalogue says of it."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.leaf import Block, Leaf
from florilegium.sources.library.values import Box


@dataclass(frozen=True, slots=True)
class Area:
    """A place that a descriptor points to: the whole of a file, a block by one of its possible ids, a range, a box."""

    file: str  # name in the bundle
    ids: tuple[str, ...] = ()  # the first that is known in the page counts; none: the whole page
    end: str | None = None  # id of the last block of a range
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """An article, an advertisement, a chapter: what stands on its own inside a volume."""

    id: str
    kind: str
    title: str | None
    areas: tuple[Area, ...]
    catalogue: Catalogue = field(default_factory=Catalogue)
    missing: int = 0  # areas on pages that are not there


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page as the descriptor names it. ``files``: names in the bundle that may hold its text, the best first; none:
    it is missing, and ``wanted`` says what was looked for. ``pieces``: the files that hold it together."""

    id: str | None
    label: str | None
    files: tuple[str, ...]
    wanted: str = ""
    pieces: tuple[str, ...] = ()
    guessed: bool = False  # the descriptor names images only: files are those of the same name


@dataclass(slots=True)
class Package:
    """A volume: ``path`` names it inside its bundle. ``flaws``: (kind, message) of a wrong descriptor."""

    path: str
    kind: str
    catalogue: Catalogue = field(default_factory=Catalogue)
    pages: list[PageRef] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    flaws: list[tuple[str, str]] = field(default_factory=list)
    also: tuple[str, ...] = ()  # further descriptors that were read


class Names:
    """The names of a bundle, to be found by whatever a descriptor calls them: only here, never elsewhere."""

    def __init__(self, names: Iterable[str]) -> None:
        self.all = frozenset(names)
        self._by_base: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.all):
            base = posixpath.basename(name).casefold()
            self._by_base[base].append(name)
            self._by_base[base.removesuffix(".gz")] += [name] if base.endswith(".gz") else []
            self._by_stem[base.partition(".")[0]].append(name)

    def find(self, href: str, base: str = "") -> str | None:
        """Give the name that an address means, as seen from the folder ``base``; None where there is none, or several
        fit equally well.

        First the path itself, then the file of that name whose folders agree best; with or without ``.gz``.
        """
        path = path_of(href)
        exact = posixpath.normpath(posixpath.join(base, path)) if path else ""
        for name in (exact, f"{exact}.gz"):
            if name in self.all:
                return name
        return self._nearest(self._by_base[posixpath.basename(path).casefold()] if path else [], path, base)

    def same_stem(self, href: str, base: str = "") -> list[str]:
        """Give the files below ``base`` whose names are that of ``href`` but for what follows the first dot."""
        stem = posixpath.basename(path_of(href)).casefold().partition(".")[0]
        below = f"{base}/" if base else ""
        return [name for name in self._by_stem[stem] if name.startswith(below)] if stem else []

    def _nearest(self, names: Sequence[str], path: str, base: str) -> str | None:
        below = [name for name in names if not base or name.startswith(f"{base}/")] or list(names)
        ranks = [_common_tail(name, path) for name in below]
        best = [name for name, rank in zip(below, ranks, strict=True) if rank == max(ranks)]
        return best[0] if len(best) == 1 else None


def path_of(href: str) -> str:
    r"""Give the path inside an address of any kind, without scheme, server and query.

    >>> path_of("file://./ALTO/1.xml"), path_of(".\\tif\\3.tif"), path_of("https://a.example/x/b%20c.xml?d=1#e")
    ('ALTO/1.xml', 'tif/3.tif', 'x/b c.xml')
    """
    written = href.strip().replace("\\", "/")
    try:
        split = urlsplit(written)
    except ValueError:
        return ""
    if split.scheme in ("http", "https", "ftp", "file"):
        host = split.netloc if split.netloc.startswith(".") else ""
        written = unquote(posixpath.join(host, split.path.lstrip("/")))
    elif not split.scheme:
        written = unquote(split.path)
    return posixpath.normpath(written.lstrip("/")) if written.strip("/") else ""


def _common_tail(name: str, path: str) -> int:
    """Give how many folders before the file name agree."""
    pairs = zip(reversed(name.casefold().split("/")[:-1]), reversed(path.casefold().split("/")[:-1]), strict=False)
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def select(leaf: Leaf, areas: Sequence[Area]) -> tuple[Leaf, int]:
    """Give a page with only what the areas point to, in their order, each block once; and how many led nowhere."""
    chosen: list[Block] = []
    nowhere = 0
    for area in areas:
        found = _blocks(leaf, area)
        nowhere += found is None
        chosen += [block for block in found or () if not any(block is other for other in chosen)]
    return replace(leaf, blocks=chosen), nowhere


def _blocks(leaf: Leaf, area: Area) -> list[Block] | None:
    if area.box is not None:
        return [block for block in leaf.blocks if block.box is not None and _inside(block.box, area.box)]
    if not area.ids or leaf.id in area.ids:
        return leaf.blocks
    for wanted in area.ids:
        at = [n for n, block in enumerate(leaf.blocks) if wanted == block.id or wanted in block.within]
        if at and area.end is not None and area.end != wanted:
            last = [n for n, block in enumerate(leaf.blocks) if area.end == block.id or area.end in block.within]
            return leaf.blocks[at[0] : last[-1] + 1] if last else [leaf.blocks[n] for n in at]
        if at:
            return [leaf.blocks[n] for n in at]
        for block in leaf.blocks:
            lines = [line for line in block.lines if line.id == wanted]
            if lines:
                return [replace(block, lines=lines)]
    return None


def _inside(box: Box, around: Box) -> bool:
    """Whether the middle of a block lies in an area."""
    middle, level = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return around[0] <= middle <= around[2] and around[1] <= level <= around[3]
