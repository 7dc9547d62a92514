"""The source kind ``library``: digitised collections as they are delivered, into volumes, pages or articles."""

import glob
import hashlib
import os
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, BinaryIO, Literal, cast

import fsspec
from pydantic import BeforeValidator, Field

from florilegium.documents import Input
from florilegium.errors import SourceError
from florilegium.recipe.options import PathOrUrl, Place
from florilegium.sources.finding import MAGIC
from florilegium.sources.library.archives import BROKEN_ARCHIVE, ArchiveBundle
from florilegium.sources.library.bundle import Bundle, FolderBundle, RemoteBundle, content
from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.compose import ComposeOptions
from florilegium.sources.library.documents import Volume, broken, told_once
from florilegium.sources.library.formats import HEAD
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.loading import Shelf
from florilegium.sources.library.locate import DESCRIPTORS, Spot, is_noise, kind_of, locate
from florilegium.sources.library.record_files import read_records
from florilegium.sources.source import (
    STRING_OR_LIST,
    FileSourceOptions,
    Flaw,
    Found,
    Refusal,
    Source,
    find_files,
    gather,
    listed,
    refuse_changed,
)


class LibraryOptions(FileSourceOptions, ComposeOptions):
    """What a document is, and how pages become text."""

    unit: Literal["page", "article", "volume"] = Field(
        "volume",
        description="What a document is; `article`: where a package has a logical structure, else volumes.",
    )
    catalogue: Annotated[tuple[PathOrUrl, ...], BeforeValidator(listed), STRING_OR_LIST] = Field(
        (), description="Files of MODS, MARC, MARCXML, Dublin Core or IIIF, joined to packages that share a number."
    )


class Library(Source):
    """Packages (METS, DIDL, Olive, folders of pages), archives and single files, told by their content.

    A folder named by ``files`` is looked through for packages; a file that is named, or matches a pattern, stands alone
    unless a descriptor that also matches has it. Keys: the path of a volume, with ``#`` and a page's or article's id.
    """

    kind = "library"
    OPTIONS = LibraryOptions
    provides = ("text", "pages")

    def identity(self) -> dict[str, Any]:
        literal = super().identity()
        literal.pop("catalogue")  # where it lies; its stamp is part of the inputs'
        return literal

    def inputs(self) -> list[Input]:
        found = gather(self.name, self.options.files, self._in_pattern)
        stamp = self._catalogue_stamp()
        return [replace(item, stamp=f"{item.stamp}+{stamp}") for item in found] if stamp else found

    def _in_pattern(self, pattern: Place) -> list[Input]:
        """Give the volumes of a pattern; none where nothing matches."""
        matches, one_by_one = self._matches(pattern)
        volumes = list(self._volumes({item.path: item for item in matches}, one_by_one))
        if matches and not volumes:
            raise SourceError(
                f"source `{self.name}`: {pattern} leads to {len(matches)} files, none of which holds text "
                "(images, checksums and the like). Name the folder of the full text."
            )
        return volumes

    def _matches(self, pattern: Place) -> tuple[list[Input], frozenset[str]]:
        """Give the files of a pattern and all below the folders that it matches; and which were named one by one."""
        files = find_files(self.name, pattern)
        written = str(pattern)
        if pattern.is_url:
            whole = not MAGIC.search(written) and not (len(files) == 1 and files[0].location == written)
        else:
            whole = os.path.isdir(written)
        one_by_one = frozenset() if whole else frozenset(item.path for item in files)
        if whole or pattern.is_url or "**" in written:
            return files, one_by_one
        base = os.path.dirname(MAGIC.split(written, maxsplit=1)[0])
        for folder in sorted(path for path in glob.glob(written) if os.path.isdir(path)):
            inside = os.path.relpath(folder, base)
            below = find_files(self.name, Place(folder))
            files += [replace(item, path=posixpath.join(inside, item.path)) for item in below]
        return files, one_by_one

    def _volumes(self, matches: dict[str, Input], one_by_one: frozenset[str]) -> Iterator[Input]:
        """Make an input of each volume among files."""

        def used_by(path: str) -> frozenset[str]:
            shelf = Shelf(_folder(posixpath.dirname(matches[path].location)))
            folder = posixpath.dirname(path)
            return frozenset(posixpath.join(folder, name) for name in shelf.used_by(posixpath.basename(path)))

        kinds: Callable[[str], str | None] = lambda path: None if is_noise(path) else _kind(matches[path])  # noqa: E731
        spots, left = locate(matches, kinds, used_by, loose=one_by_one)
        for spot in spots:
            if spot.kind == "file":
                yield matches[spot.path]
                continue
            first = matches[spot.pages[0] if spot.kind == "folder" else spot.path]
            folder = posixpath.dirname(first.location)
            location = f"{folder}/" if spot.kind == "folder" else first.location
            path = spot.path.removesuffix("/")
            path = posixpath.basename(folder) if path == "." else path
            yield Input(self.name, path, location, *_state(location))
        yield from (matches[path] for path in left if not is_noise(path))

    def records(self, found: Input) -> Iterator[Found]:
        local = "://" not in found.location
        if local:
            refuse_changed(found, *self._now(found))
        yield from self._numbered(found)
        if local:
            refuse_changed(found, *self._now(found))

    def _now(self, found: Input) -> tuple[int, str]:
        if not hasattr(self, "_stamp_here"):  # once a worker: it is one for all inputs
            self._stamp_here = self._catalogue_stamp()
        size, stamp = _state(found.location)
        return size, f"{stamp}+{self._stamp_here}" if self._stamp_here else stamp

    def _numbered(self, found: Input) -> Iterator[Found]:
        number = 0
        for item in self._found(found):
            if isinstance(item, Flaw):
                yield item
            else:
                yield replace(item, record=number)
                number += 1

    def _found(self, found: Input) -> Iterator[Found]:
        location = found.location
        try:
            if location.endswith("/"):
                with _folder(location, flat=True) as bundle:
                    shelf = Shelf(bundle)
                    spots, _ = locate(shelf.names.all, shelf.kind, shelf.used_by)
                    pages = next((spot.pages for spot in spots if spot.kind == "folder"), ())
                    yield from self._volume(shelf, Spot("./", "folder", pages), found.path, f"{found.path}/")
                return
            kind = _kind(found)
            if kind == "archive":
                yield from self._archive(found)
            elif kind in DESCRIPTORS:
                with _folder(posixpath.dirname(location)) as bundle:
                    folder = posixpath.dirname(found.path)
                    spot = Spot(posixpath.basename(location), str(kind))
                    yield from self._volume(Shelf(bundle), spot, found.path, f"{folder}/" if folder else "")
            else:
                with _OneFile(found) as bundle:
                    yield from self._volume(Shelf(bundle), Spot(found.path, "file"), found.path, "")
        except Unreadable as error:
            yield broken(found.path, error)

    def _archive(self, found: Input) -> Iterator[Found]:
        """Read all volumes of an archive, and say what of it is not read."""
        with _open(found.location) as file, ArchiveBundle(found.location, file, found.size) as bundle:
            shelf = Shelf(bundle)
            spots, left = locate(shelf.names.all, shelf.kind, shelf.used_by)
            for spot in spots:
                inside = spot.path.removesuffix("/").removeprefix(".")
                key = posixpath.join(found.path, inside) if inside else found.path
                yield from self._volume(shelf, spot, key, f"{found.path}/")
            for name in left:
                if not is_noise(name):
                    yield Refusal(f"{found.path}/{name}", 0, "unknown_format", name)
            if not spots and not left:
                reasons = sorted({item.reason for item in bundle.refused}) or ["no_pages"]
                yield Refusal(found.path, 0, reasons[0], f"nothing in it can be read: {', '.join(reasons)}")
            yield from told_once((item.reason, item.message) for item in bundle.refused)

    def _volume(self, shelf: Shelf, spot: Spot, key: str, prefix: str) -> Iterator[Found]:
        try:
            package = shelf.load(spot)
        except Unreadable as error:
            yield broken(key, error)
            return
        volume = Volume(shelf, package, key, prefix, self.options, self._known)
        read = {"page": volume.by_page, "article": volume.by_article, "volume": volume.whole}[self.options.unit]
        yield from read()
        yield from volume.flaws()
        if spot.kind in DESCRIPTORS:
            yield from told_once(
                ("not_read", name) for name in shelf.unread(spot, frozenset(volume.used), package.also)
            )
            if isinstance(shelf.bundle, FolderBundle):
                yield from told_once((item.reason, item.message) for item in shelf.bundle.refused)

    def _known(self, about: Catalogue) -> list[Catalogue]:
        """Give the catalogue records that share a number with a package."""
        if not self.options.catalogue:
            return []
        if not hasattr(self, "_by_number"):
            self._by_number: dict[str, Catalogue] = {}
            for item in self._catalogue():
                for record in self._records_of(item):
                    for number in record.ids.values():
                        self._by_number.setdefault(number, record)
        numbers = dict.fromkeys(about.ids.values())
        return [self._by_number[number] for number in numbers if number in self._by_number]

    def _records_of(self, item: Input) -> Iterator[Catalogue]:
        try:
            with _open(item.location) as file:
                yield from read_records(content(file, item.size), item.path)
        except Unreadable as error:
            raise SourceError(
                f"source `{self.name}`: {item.location} in `catalogue` cannot be read: {error}. "
                "Mend it, or leave it out."
            ) from error

    def _catalogue(self) -> list[Input]:
        """Find the catalogue records. Raises SourceError for a pattern that nothing matches."""
        found: list[Input] = []
        for pattern in self.options.catalogue:
            matches = find_files(self.name, pattern)
            if not matches:
                raise SourceError(
                    f"source `{self.name}`: no file matches {pattern}. Check `catalogue` (relative to the recipe)."
                )
            found += matches
        return found

    def _catalogue_stamp(self) -> str:
        """Give what stands for all catalogue records; "" without any."""
        items = self._catalogue()
        return _digest([(item.path, item.size, item.stamp) for item in items]) if items else ""


class _OneFile(Bundle):
    """A single file as a bundle of one."""

    def __init__(self, found: Input) -> None:
        super().__init__(found.location)
        self._sizes = {found.path: found.size}

    def _raw(self, name: str) -> BinaryIO:
        return _open(self.location)


def _open(location: str) -> BinaryIO:
    opened = open(location, "rb") if "://" not in location else fsspec.open(location, "rb").open()  # noqa: SIM115
    return cast(BinaryIO, opened)


def _folder(location: str, *, flat: bool = False) -> FolderBundle | RemoteBundle:
    return (RemoteBundle if "://" in location else FolderBundle)(location or ".", flat=flat)


def _kind(item: Input) -> str | None:
    """Tell what a file is from its first bytes; "unreadable" where those cannot be read."""
    try:
        with _open(item.location) as file:
            return kind_of(item.path, content(file, item.size).read(HEAD))
    except (OSError, Unreadable, *BROKEN_ARCHIVE):
        return "unreadable"


def _state(location: str) -> tuple[int, str]:
    """Give size and stamp of an input: of the file, or of all files that a package may hold."""
    if location.endswith("/"):
        bundle = _folder(location, flat=True)
    elif (
        "://" not in location and _kind(Input("", location, location, os.stat(location).st_size, "")) not in DESCRIPTORS
    ):
        state = os.stat(location)
        return state.st_size, str(state.st_mtime_ns)
    elif "://" in location and _kind(Input("", location, location, 0, "")) not in DESCRIPTORS:
        return 0, ""
    else:
        bundle = _folder(posixpath.dirname(location))
    names = sorted(bundle.names())
    sizes = [bundle.size(name) for name in names]
    stamps = [bundle.stamps[name] for name in names]
    return sum(sizes), _digest(list(zip(names, sizes, stamps, strict=True)))


def _digest(facts: list[tuple[str, int, str]]) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
