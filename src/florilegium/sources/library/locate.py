"""Which volumes there are among files: the packages of descriptors, folders of pages, files that stand alone."""

import io
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from florilegium.sources.library.bundle import natural
from florilegium.sources.library.formats import READABLE, Format, format_of
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.xml import root_of, unicode_chunks

#: Kinds of descriptors, and what stands alone beside them.
DESCRIPTORS = frozenset(["mets", "didl", "olive_toc", "bcul"])
#: Formats with one page a file as a rule: loose in a folder, they are the pages of one volume.
PAGED = frozenset(["alto", "page"])

#: Roots that `format_of` does not know, and those of Olive, by what they hold.
_ROOTS = {
    "Xmd_toc": "olive_toc", "XMD-PAGE": "olive_page", "XMD-entity": "olive", "batch": "batch",
    "searchRetrieveResponse": "marcxml", "OAI-PMH": "marcxml", "lido": "record", "lidoWrap": "record", "ead": "record",
}  # fmt: skip
_BCUL = re.compile(rb'\s*\{"source":\s*\{"type":\s*"abbyy"')
_AS_NAMED = frozenset([Format.METS, Format.DIDL, Format.MODS, Format.MARC, Format.MARCXML, Format.IIIF, *READABLE])
#: Never text of its own: told by name, because a delivery holds thousands.
_NO_TEXT = re.compile(
    r"\.(?:jpe?g|jp2|jpx|tiff?|png|gif|webp|bmp|mp[34]|wav|mpe?g|mov|md5|sha\d*|ini|log)$"
    r"|(?:^|/)(?:bagit|bag-info|fetch|(?:tag)?manifest-\w+)\.txt$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A volume: by its descriptor, its folder (ends in ``/``; "./" the bundle itself) or its only file."""

    path: str
    kind: str  # one of DESCRIPTORS, "folder", "file"
    pages: tuple[str, ...] = ()  # of a folder


def kind_of(name: str, head: bytes) -> str | None:
    """Tell what a file is from its first `HEAD` bytes, unpacked: a descriptor, a record, ``archive``, a format of
    pages; ``empty``; ``unreadable`` where its encoding is not known; None for all else."""
    if is_noise(name):
        return None
    if _BCUL.match(head):
        return "bcul"
    try:
        kind = format_of(head)
    except Unreadable as error:
        if error.reason != "unknown_format":
            return "empty" if error.reason == "empty" else "unreadable"
        root = root_of(next(unicode_chunks(io.BytesIO(head)), b"")) if b"<" in head[:4] + head.lstrip()[:1] else None
        return _ROOTS.get(root or "")
    if kind is Format.OLIVE:
        return _ROOTS.get(root_of(next(unicode_chunks(io.BytesIO(head)))) or "")
    if kind in (Format.ZIP, Format.TAR):
        return "archive"
    return kind.value if kind in _AS_NAMED else None


def is_noise(name: str) -> bool:
    """Whether a name says that the file is an image, sound, checksum or the like: never text, not told one by one."""
    return _NO_TEXT.search(name) is not None


def locate(
    names: Iterable[str],
    kinds: Callable[[str], str | None],
    used_by: Callable[[str], frozenset[str]],
    *,
    loose: frozenset[str] = frozenset(),
) -> tuple[list[Spot], list[str]]:
    """Give the volumes among ``names``, sorted, and the names that belong to none.

    A descriptor has all that lies in its folder and below, up to the next descriptor. Where a folder holds several
    descriptors, the files right in it are only those of the volumes that use them (``used_by``). Pages without one are
    a volume a folder, or each on its own where they are ``loose``: those that the user named one by one.
    """
    names = sorted(names, key=natural)
    found = {name: kinds(name) for name in names}
    homes: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if found[name] in DESCRIPTORS:
            homes[posixpath.dirname(name)].append(name)
    for folder in [folder for folder in homes if posixpath.basename(folder) == "toc"]:
        if posixpath.dirname(folder) in homes:  # the logical structure of the package above
            del homes[folder]
    spots = [Spot(name, str(found[name])) for described in homes.values() for name in described]
    left: list[str] = []
    folders: dict[str, list[str]] = defaultdict(list)
    inside = {folder: frozenset[str]().union(*map(used_by, group)) for folder, group in homes.items() if len(group) > 1}
    for name in names:
        folder = posixpath.dirname(name)
        home = home_of(folder, homes)
        if home is not None and (found[name] in DESCRIPTORS or folder != home or home not in inside):
            continue
        if home is not None and name in inside[home]:
            continue
        if (found[name] in PAGED or found[name] == "empty") and name not in loose and home is None:
            folders[folder].append(name)
        elif found[name] is not None or name in loose:
            spots.append(Spot(name, "file"))
        else:
            left.append(name)
    for folder, pages in folders.items():  # a page that cannot be read is still a page
        blank = [spot.path for spot in spots if spot.kind == "file" and found[spot.path] == "unreadable"]
        pages += [name for name in blank if posixpath.dirname(name) == folder and name not in loose]
    in_folders = frozenset[str]().union(*folders.values())
    spots = [spot for spot in spots if spot.path not in in_folders]
    spots += [Spot(f"{folder or '.'}/", "folder", tuple(pages)) for folder, pages in folders.items()]
    return sorted(spots, key=lambda spot: natural(spot.path)), left


def home_of(folder: str, homes: Container[str]) -> str | None:
    """Give the nearest folder on the way up that holds a descriptor."""
    while folder not in homes:
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return folder
