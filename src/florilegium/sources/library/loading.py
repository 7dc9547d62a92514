"""A volume among files, loaded: its descriptor read, its pages opened one after the other."""

import posixpath
from collections.abc import Collection, Iterator
from typing import BinaryIO

from florilegium.sources.library.archives import BROKEN_ARCHIVE
from florilegium.sources.library.bundle import Bundle
from florilegium.sources.library.catalogue import merged
from florilegium.sources.library.didl import read_didl
from florilegium.sources.library.formats import HEAD, READABLE, Format, format_of, reader_of
from florilegium.sources.library.leaf import Leaf, Unreadable
from florilegium.sources.library.locate import DESCRIPTORS, Spot, home_of, is_noise, kind_of
from florilegium.sources.library.mets import read_mets, to_package
from florilegium.sources.library.olive import read_toc
from florilegium.sources.library.other_layouts import bag_catalogue, folder_package, read_bcul
from florilegium.sources.library.package import Names, Package, PageRef

#: Formats of pages, the richest first: of several files with the name of an image, that one is read.
READABLE_FIRST = ("alto", "page", "abbyy", "hocr", "djvu", "olive", "tei", "miniocr", "tetml", "pdf", "gutenberg")

#: Kinds of files that are known and hold no text of a document.
NO_TEXT = {
    "mods": "catalogue_record", "marc": "catalogue_record", "marcxml": "catalogue_record", "iiif": "catalogue_record",
    "record": "catalogue_record", "batch": "no_pages", "olive_page": "no_pages", "archive": "archive_in_package",
}  # fmt: skip


class Shelf:
    """A bundle with what its files are, each looked into once."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.names = Names(bundle.names())
        self._kinds: dict[str, str | None] = {}

    def kind(self, name: str) -> str | None:
        """Tell what a file is; None where it is unknown or cannot be opened."""
        if is_noise(name):
            return None
        if name not in self._kinds:
            try:
                with self.bundle.open(name) as file:
                    self._kinds[name] = kind_of(name, file.read(HEAD))
            except (Unreadable, OSError, *BROKEN_ARCHIVE):
                self._kinds[name] = "unreadable"  # told when it is read
        return self._kinds[name]

    def used_by(self, path: str) -> frozenset[str]:
        """Give the files that a descriptor leads to; none where it cannot be read."""
        try:
            package = self.load(Spot(path, self.kind(path) or ""))
        except Unreadable:
            return frozenset()
        return frozenset(name for page in package.pages for name in (*page.files, *page.pieces))

    def load(self, spot: Spot) -> Package:
        """Read what a descriptor says. Raises `Unreadable`."""
        if spot.kind == "folder":
            package = folder_package(spot.path, spot.pages)
        elif spot.kind == "file":
            package = Package(spot.path, "file", pages=[PageRef(None, None, (spot.path,), spot.path)])
        else:
            with self._opened(spot.path) as file:
                package = self._described(spot, file)
        info = self._bag_info(spot.path)
        if info is not None:
            with self._opened(info) as file:
                package.catalogue = merged(package.catalogue, bag_catalogue(file))
        return package

    def _described(self, spot: Spot, file: BinaryIO) -> Package:
        folder = posixpath.dirname(spot.path)
        if spot.kind == "didl":
            return read_didl(file, spot.path, self.names, folder)
        if spot.kind == "olive_toc":
            return read_toc(file, spot.path, self.names)
        if spot.kind == "bcul":
            beside = [name for name in self.names.all if posixpath.dirname(name) == folder]
            return read_bcul(file, spot.path, [name for name in beside if name.lower().endswith((".xml", ".xml.gz"))])
        mets = read_mets(file)
        structure = []
        for name in sorted(self.names.all):
            if posixpath.dirname(name) == posixpath.join(folder, "toc") and self.kind(name) == "mets":
                with self._opened(name) as other:
                    structure.append((name, read_mets(other)))
        return to_package(mets, spot.path, self.names, structure)

    def _bag_info(self, path: str) -> str | None:
        """Give the `bag-info.txt` of the bag that a path lies in."""
        folder = posixpath.dirname(path).removeprefix(".")
        while True:
            if posixpath.join(folder, "bagit.txt") in self.names.all:
                info = posixpath.join(folder, "bag-info.txt")
                return info if info in self.names.all else None
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def _opened(self, name: str) -> BinaryIO:
        try:
            return self.bundle.open(name)
        except OSError as error:
            raise Unreadable("unreadable", f"{name} cannot be opened: {error.strerror or error}") from error

    def leaves(self, name: str) -> Iterator[Leaf]:
        """Read the pages of one file, whatever its format. Raises `Unreadable`: also ``empty``, ``unknown_format``,
        ``catalogue_record``, ``no_pages``, ``truncated``, ``damaged``."""
        if self.bundle.size(name) == 0:
            raise Unreadable("empty", "the file is empty")
        try:
            with self._opened(name) as file:
                head = file.peek(HEAD)[:HEAD]  # type: ignore[attr-defined]
                kind = kind_of(name, head)
                if kind in NO_TEXT or kind in DESCRIPTORS:
                    raise Unreadable(NO_TEXT.get(kind, "no_pages"), f"it is of the kind {kind}, which has no text")
                reader = reader_of(Format(kind)) if kind in READABLE else None
                if reader is None:
                    if format_of(head) is Format.TEXT:  # and says itself what it is, where it is nothing known
                        raise Unreadable("plain_text", "plain text: a source of the kind `text` reads it")
                    raise Unreadable("unknown_format", f"it is of no kind that is read here: it begins {head[:24]!r}")
                yield from reader(file)
        except BROKEN_ARCHIVE as error:
            reason = "truncated" if isinstance(error, EOFError) else "damaged"
            raise Unreadable(reason, f"{name}: {error or type(error).__name__}") from error
        except OSError as error:
            raise Unreadable("unreadable", f"{name} cannot be read: {error}") from error

    def page(self, ref: PageRef, told: list[tuple[str, str]]) -> Iterator[tuple[str, Leaf]]:
        """Give the leaves of a page with the file that holds them; what cannot be read is ``told``, not raised.

        Of several files that hold the same page, the first that has words is read.
        """
        if ref.pieces:
            yield ref.files[0], self._together(ref, told)
            return
        files = self._readable(ref)
        if len(files) == 1:  # the common case, page by page
            yield from ((files[0], _named(leaf, ref)) for leaf in self._told(files[0], told))
            return
        first: list[tuple[str, Leaf]] = []
        for name in files:
            leaves = [(name, _named(leaf, ref)) for leaf in self._told(name, told)]
            first = first or leaves
            if any(line.words for _, leaf in leaves for block in leaf.blocks for line in block.lines):
                first = leaves
                break
        yield from first

    def _readable(self, ref: PageRef) -> list[str]:
        """Give the files that may hold a page, those of formats of pages first where they were guessed."""
        if len(ref.files) == 1:
            return list(ref.files)
        order = list(READABLE_FIRST)
        ranks = {name: order.index(kind) for name in ref.files if (kind := self.kind(name)) in order}
        if not ranks:
            return list(ref.files)  # what is wrong with them is told when they are read
        return sorted(ranks, key=ranks.__getitem__) if ref.guessed else list(ranks)

    def unread(self, spot: Spot, used: frozenset[str], also: Collection[str]) -> list[str]:
        """Give the files of a descriptor's package that nothing was read from, but for images and the like; ``also``
        are further descriptors of it. Where its folder has several, the first answers for what none of them uses."""
        folder = posixpath.dirname(spot.path)
        here = sorted(name for name in self.names.all if name not in also and self.kind(name) in DESCRIPTORS)
        others = [name for name in here if posixpath.dirname(name) == folder]
        if others[:1] != [spot.path]:
            return []
        used = used.union(*(self.used_by(name) for name in others[1:]))
        homes = {posixpath.dirname(name) for name in here}
        below = f"{folder}/" if folder else ""
        rest = [name for name in self.names.all if name.startswith(below) and name not in used and not is_noise(name)]
        rest = [name for name in rest if home_of(posixpath.dirname(name), homes) == folder and name not in here]
        return sorted(name for name in rest if len(others) == 1 or posixpath.dirname(name) != folder)

    def _told(self, name: str, told: list[tuple[str, str]]) -> Iterator[Leaf]:
        try:
            yield from self.leaves(name)
        except Unreadable as error:
            told.append((error.reason, f"{name}: {error}"))

    def _together(self, ref: PageRef, told: list[tuple[str, str]]) -> Leaf:
        whole = Leaf(id=ref.id, label=ref.label)
        for name in ref.pieces:
            for leaf in self._told(name, told):
                whole.blocks += leaf.blocks
                whole.language = whole.language or leaf.language
        return whole


def _named(leaf: Leaf, ref: PageRef) -> Leaf:
    """Give a leaf with the label of the catalogue, and its id where its file has none."""
    leaf.label = ref.label or leaf.label
    leaf.id = leaf.id or ref.id
    return leaf
