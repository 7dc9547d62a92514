"""Zip and tar as bundles: members read where they lie; archives within archives to a depth of two.

Of several members of one name the last stands, as it would after unpacking; that is told.
"""

import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, BinaryIO, cast

from florilegium.sources.compressed import BROKEN
from florilegium.sources.library.bundle import FREE_BYTES, LARGEST_RATIO, Bundle, Refused, member_name
from florilegium.sources.library.formats import Format, archive_of
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.locate import is_noise

LARGEST_DEPTH = 2
#: An archive within an archive is held in memory, up to this.
LARGEST_INNER = 96 << 20
MOST_MEMBERS = 500_000

#: What reading a damaged archive raises.
BROKEN_ARCHIVE = (*BROKEN, zipfile.BadZipFile, tarfile.TarError, NotImplementedError, lzma.LZMAError, RuntimeError)

_ENCRYPTED = 0x1
_UTF8 = 0x800


class ArchiveBundle(Bundle):
    """A zip or tar, and the archives within it as folders of their names. Raises `Unreadable` where it is neither, is
    cut or is a bomb as a whole."""

    def __init__(self, location: str, file: BinaryIO, size: int) -> None:
        super().__init__(location)
        self._openers: dict[str, Callable[[], BinaryIO]] = {}
        self._file = file
        self._add(file, size, "", 1)
        if not self._openers and not self.refused:
            raise Unreadable("empty", "the archive has no members")

    def _raw(self, name: str) -> BinaryIO:
        try:
            return self._openers[name]()
        except BROKEN_ARCHIVE as error:
            raise Unreadable("damaged", f"{name}: {error}") from error

    def close(self) -> None:
        self._file.close()

    def _add(self, file: BinaryIO, size: int, prefix: str, depth: int) -> None:
        head = file.read(512)
        file.seek(0)
        members = _zip(file) if archive_of(head) is Format.ZIP else _tar(file, size)
        seen = 0
        try:
            for written, length, packed, refusal, opener in members:
                seen += 1
                if seen > MOST_MEMBERS:
                    raise Unreadable("too_many_members", f"more than {MOST_MEMBERS} members")
                name, reason = member_name(written)
                if not name:
                    continue
                reason = reason or refusal or ("bomb" if length > max(FREE_BYTES, LARGEST_RATIO * packed) else None)
                if reason:
                    self.refused.append(Refused(prefix + name, reason, f"{_REASONS[reason]}: {prefix + name}"))
                elif _is_archive(name, opener):
                    self._nested(prefix + name, length, opener, depth)
                else:
                    self._member(prefix + name, length, opener)
        except BROKEN_ARCHIVE as error:
            if not seen:
                raise Unreadable("broken_archive", f"it cannot be read as an archive: {error}") from error
            self.refused.append(Refused(prefix, "truncated", f"the archive breaks off after {seen} members: {error}"))

    def _member(self, name: str, length: int, opener: Callable[[], BinaryIO]) -> None:
        if name in self._openers:
            message = f"{name} is there more than once; the last one is read"
            self.refused.append(Refused(name, "duplicate_member", message))
        self._openers[name] = opener
        self._sizes[name] = length

    def _nested(self, name: str, length: int, opener: Callable[[], BinaryIO], depth: int) -> None:
        if depth >= LARGEST_DEPTH or length > LARGEST_INNER:
            reason = "nested_too_deep" if depth >= LARGEST_DEPTH else "nested_too_large"
            self.refused.append(Refused(name, reason, f"{_REASONS[reason]}: {name}"))
            return
        try:
            with opener() as inner:
                self._add(io.BytesIO(inner.read()), length, f"{name}/", depth + 1)
        except Unreadable as error:
            self.refused.append(Refused(name, error.reason, str(error)))


_REASONS = {
    "absolute_name": "its name is absolute",
    "leads_outside": "its name leads out of the archive",
    "odd_name": "its name has a NUL",
    "link": "it is a link",
    "not_a_file": "it is no file",
    "encrypted": "it is encrypted",
    "bomb": f"it unpacks to more than {FREE_BYTES >> 20} MB and more than {LARGEST_RATIO} times its size",
    "nested_too_deep": f"an archive {LARGEST_DEPTH + 1} deep",
    "nested_too_large": f"an archive of more than {LARGEST_INNER >> 20} MB in an archive",
}

_Member = tuple[str, int, int, str | None, Callable[[], BinaryIO]]


def _zip(file: BinaryIO) -> Iterator[_Member]:
    archive = zipfile.ZipFile(file)
    for info in archive.infolist():
        mode = info.external_attr >> 16
        if info.is_dir():
            continue
        refusal = "encrypted" if info.flag_bits & _ENCRYPTED else None
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            refusal = "link" if stat.S_ISLNK(mode) else "not_a_file"
        name = info.orig_filename
        if not info.flag_bits & _UTF8:
            with suppress(UnicodeError):  # most writers put UTF-8 without saying so
                name = name.encode("cp437").decode("utf-8")
        yield name, info.file_size, info.compress_size, refusal, partial(_opened_zip, archive, info)


def _tar(file: BinaryIO, size: int) -> Iterator[_Member]:
    """Give the members of a tar, plain or in gzip; one in gzip is scanned to its end, against the limit of a bomb."""
    plain = file if file.read(2) != b"\x1f\x8b" else cast(BinaryIO, io.BufferedReader(SeekableGzip(file, size)))
    plain.seek(0)
    archive = tarfile.open(fileobj=plain, mode="r:")  # noqa: SIM115
    for info in archive:
        if info.isdir():
            continue
        refusal = None if info.isreg() else "link" if info.issym() or info.islnk() else "not_a_file"
        yield info.name, info.size, info.size, refusal, partial(_opened_tar, archive, info)


def _opened_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast(BinaryIO, archive.open(info))


def _opened_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    return cast(BinaryIO, archive.extractfile(info))


def _is_archive(name: str, opener: Callable[[], BinaryIO]) -> bool:
    """Whether a member is an archive itself; only those are opened whose names do not say that they are text."""
    if is_noise(name) or name.lower().endswith((".xml", ".txt", ".json", ".html", ".htm", ".hocr", ".pdf")):
        return False
    try:
        with opener() as member:
            head = member.read(512)
    except BROKEN_ARCHIVE:
        return False  # told when it is read
    packed = head.startswith(b"\x1f\x8b") and name.lower().endswith((".tgz", ".tar.gz"))
    return packed or archive_of(head) is not None


class SeekableGzip(io.RawIOBase):
    """What is inside gzip, with a way back: the state of the decompressor is kept every 4 MB of what it gives."""

    STEP = 4 << 20

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._limit = max(FREE_BYTES, LARGEST_RATIO * size)
        self._points: list[tuple[int, int, Any]] = [(0, 0, zlib.decompressobj(31))]
        self._wanted = 0
        self._restore(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._wanted

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            while self._step():
                self._pending = b""
            offset += self._at
        elif whence == io.SEEK_CUR:
            offset += self._wanted
        self._wanted = max(0, offset)
        return self._wanted

    def readinto(self, buffer: Any) -> int:
        if self._wanted < self._at - len(self._pending):
            point = max(n for n, (at, _, _) in enumerate(self._points) if at <= self._wanted)
            self._restore(point)
        while self._wanted >= self._at:
            if not self._step():
                return 0
        start = self._wanted - (self._at - len(self._pending))
        data = self._pending[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._wanted += len(data)
        return len(data)

    def _restore(self, point: int) -> None:
        self._at, self._from, kept = self._points[point]
        self._inflate = kept.copy()
        self._pending = b""

    def _step(self) -> bool:
        """Unpack a little more into ``_pending``; False at the end. ``_at`` is where that ends in what is inside."""
        if self._at - self._points[-1][0] >= self.STEP:
            self._points.append((self._at, self._from, self._inflate.copy()))
        while True:
            if self._inflate.eof:  # another member may follow
                start = self._from - len(self._inflate.unused_data)
                self._file.seek(start)
                if self._file.read(2) != b"\x1f\x8b":
                    return False
                self._from, self._inflate = start, zlib.decompressobj(31)
            waiting = self._inflate.unconsumed_tail
            if not waiting:
                self._file.seek(self._from)
                waiting = self._file.read(1 << 16)
                self._from += len(waiting)
            self._pending = self._inflate.decompress(waiting, 1 << 18)
            self._at += len(self._pending)
            if self._at > self._limit:
                raise Unreadable("bomb", f"it unpacks to more than {self._limit} bytes")
            if self._pending:
                return True
            if not waiting and not self._inflate.eof:
                raise EOFError("the gzip file is cut short")
