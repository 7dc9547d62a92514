"""What is delivered together: a folder here or behind an address, a zip or a tar; read in place, nothing is unpacked.

Names are relative, with ``/``, in NFC. A member that leads out of its bundle, is a link, a device, encrypted or a bomb
is refused with one reason and the others are read.
"""

import bz2
import io
import os
import re
import shutil
import stat
import tempfile
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import fsspec

from florilegium.errors import SourceError
from florilegium.sources.compressed import BROKEN, CHUNK, decompressed
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.source import stamp_of

#: Something compressed may unpack to this much, or to this many times its size, whatever is more.
FREE_BYTES = 64 << 20
LARGEST_RATIO = 100

#: What machines leave behind; never part of a delivery.
_LITTER = re.compile(r"(?:^|/)(?:\.[^/]*|__MACOSX/.*|Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that is not read, and why."""

    name: str
    reason: str
    message: str


class Bundle(ABC):
    """Files by name. ``refused``: members that are not read."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.refused: list[Refused] = []
        self._sizes: dict[str, int] = {}

    def names(self) -> Sequence[str]:
        """Give all names, sorted so that 10 comes after 9."""
        return sorted(self._sizes, key=natural)

    def size(self, name: str) -> int:
        """Give the bytes of a file as it is stored."""
        return self._sizes[name]

    def open(self, name: str) -> BinaryIO:
        """Open a file; what is inside gzip, zstd or bzip2 is given. Reading raises `Unreadable` for a bomb."""
        return content(self._raw(name), self._sizes[name])

    @abstractmethod
    def _raw(self, name: str) -> BinaryIO:
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027 -- most bundles hold nothing open
        """Give back what is held open."""

    def __enter__(self) -> "Bundle":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FolderBundle(Bundle):
    """A folder on this machine; a link that leads out of it is refused. ``flat``: only the files directly in it."""

    def __init__(self, location: str, *, flat: bool = False) -> None:
        super().__init__(location)
        root = os.path.realpath(location)
        self.stamps: dict[str, str] = {}
        self._stored: dict[str, str] = {}
        for found in self._below("", flat=flat):
            name, reason = member_name(found)
            if not name:
                continue
            path = os.path.join(location, found)
            if reason is None and os.path.commonpath([root, os.path.realpath(path)]) != root:
                reason = "link_outside"
            try:
                state = os.stat(path)
            except OSError as error:
                self.refused.append(Refused(name, reason or "unreadable", str(error.strerror)))
                continue
            if reason or not stat.S_ISREG(state.st_mode):
                self.refused.append(Refused(name, reason or "not_a_file", f"{name} is not read"))
                continue
            self._sizes[name] = state.st_size
            self.stamps[name] = str(state.st_mtime_ns)
            self._stored[name] = found

    def _below(self, folder: str, *, flat: bool) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(os.path.join(self.location, folder)), key=lambda entry: entry.name)
        except OSError as error:
            raise SourceError(f"{os.path.join(self.location, folder)} cannot be listed: {error.strerror}") from None
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from () if flat or entry.name.startswith(".") else self._below(name, flat=False)
            elif not entry.is_symlink() or not os.path.isdir(entry.path):
                yield name
            else:
                self.refused.append(Refused(name, "link", f"{name} is a link to a folder"))

    def _raw(self, name: str) -> BinaryIO:
        return open(os.path.join(self.location, self._stored[name]), "rb")


class RemoteBundle(Bundle):
    """A folder behind an address, through fsspec. ``flat``: only the files directly in it."""

    def __init__(self, location: str, *, flat: bool = False) -> None:
        super().__init__(location)
        self._system, self._root = fsspec.core.url_to_fs(location)
        self.stamps: dict[str, str] = {}
        for path, info in self._system.find(self._root, maxdepth=1 if flat else None, detail=True).items():
            name, reason = member_name(path[len(self._root) :].lstrip("/"))
            if reason:
                self.refused.append(Refused(name, reason, f"{path} is not read"))
            elif name:
                self._sizes[name] = int(info.get("size") or 0)
                self.stamps[name] = stamp_of(info)

    def _raw(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._system.open(f"{self._root}/{name}", "rb"))


def member_name(written: str) -> tuple[str, str | None]:
    """Give a name with ``/`` and in NFC, "" for what is no part of a delivery, and why it is refused, else None.

    >>> member_name("..\\\\a.xml"), member_name("./ocr/1.xml"), member_name("C:\\\\a.xml")
    (('../a.xml', 'leads_outside'), ('ocr/1.xml', None), ('C:/a.xml', 'absolute_name'))
    """
    name = unicodedata.normalize("NFC", written.replace("\\", "/"))
    if "\0" in name:
        return name.replace("\0", "\N{REPLACEMENT CHARACTER}"), "odd_name"
    if name.startswith("/") or _DRIVE.match(name):
        return name, "absolute_name"
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        return name, "leads_outside"
    name = "/".join(parts)
    return ("" if _LITTER.search(name) else name), None


def natural(name: str) -> tuple[tuple[str, int, str], ...]:
    """Give a key that sorts numbers by value: page_9 before page_10."""
    return tuple((text, int(digits or 0), digits) for text, digits in re.findall(r"(\D*)(\d*)", name))


def content(file: BinaryIO, packed: int) -> BinaryIO:
    """Open what is inside gzip, zstd or bzip2, else the file itself; reading raises `Unreadable` where it is a bomb."""
    opened: Any = decompressed(file)
    if isinstance(opened, io.BufferedReader) and opened.peek(4)[:3] == b"BZh":
        opened = bz2.BZ2File(opened)
    if isinstance(opened, io.BufferedReader) and opened.raw is file:
        return cast(BinaryIO, opened)
    return cast(BinaryIO, io.BufferedReader(_Guarded(opened, file, max(FREE_BYTES, LARGEST_RATIO * packed)), CHUNK))


def seekable(file: BinaryIO) -> BinaryIO:
    """Give the file, or where it cannot be read twice a copy of it that can (on disk; it goes when it is closed)."""
    if file.seekable():
        return file
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    shutil.copyfileobj(file, copy, CHUNK)
    copy.seek(0)
    return cast(BinaryIO, copy)


class _Guarded(io.RawIOBase):
    """What a compressed file unpacks to, as long as it is no bomb; a damaged one raises `Unreadable`."""

    def __init__(self, opened: Any, file: BinaryIO, limit: int) -> None:
        self._opened = opened
        self._file = file
        self._left = self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._opened.read(len(buffer))
        except (*BROKEN, OSError, ValueError) as error:
            raise Unreadable("truncated" if isinstance(error, EOFError) else "damaged", str(error)) from error
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("bomb", f"it unpacks to more than {self._limit} bytes")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
