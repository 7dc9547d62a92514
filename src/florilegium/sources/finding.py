"""Local files by path, folder or glob pattern: every match is found or named, and links that lead back end there."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from florilegium.documents import Input
from florilegium.errors import SourceError

MAGIC = re.compile(r"[*?\[]")


def local_files(source: str, pattern: str) -> list[Input]:
    """Give the files of a path, a folder (all below it), or a pattern with ``*``, ``?``, ``[...]`` and ``**``.

    Raises SourceError for a match that is neither a file nor a folder, for a folder that cannot be listed, and for a
    name that is not UTF-8.
    """
    if os.path.isdir(pattern):
        base, found = pattern, _below(source, pattern, ("**", "*"), _real(pattern))
    elif not MAGIC.search(pattern) or os.path.lexists(pattern):
        base, found = os.path.dirname(pattern), iter([pattern] if os.path.lexists(pattern) else [])
    else:
        base = os.path.dirname(MAGIC.split(pattern, maxsplit=1)[0]) or "."
        parts = [part for part in os.path.relpath(pattern, base).split(os.sep) if part]
        found = _below(source, base, parts, _real(base)) if os.path.isdir(base) else iter(())
    return [_input(source, path, base) for path in sorted(set(found))]


def _real(path: str) -> frozenset[str]:
    return frozenset([os.path.realpath(path)])


def _below(source: str, folder: str, parts: Sequence[str], above: frozenset[str]) -> Iterator[str]:
    """Give the files below a folder that match; ``above``: the real folders on the way, which are not entered again."""
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _below(source, folder, rest or ("*",), above)
    elif not MAGIC.search(part):
        path = os.path.join(folder, part)
        if rest and os.path.isdir(path):
            yield from _below(source, path, rest, above | _real(path))
        elif not rest and os.path.lexists(path) and not os.path.isdir(path):
            yield path
        return
    for name in _listed(source, folder):
        path = os.path.join(folder, name)
        if not fnmatchcase(name, "*" if part == "**" else part) or (name.startswith(".") and not part.startswith(".")):
            continue
        if not os.path.isdir(path):
            if not rest and part != "**":
                yield path
        elif (rest or part == "**") and not _real(path) <= above:
            yield from _below(source, path, parts if part == "**" else rest, above | _real(path))


def _listed(source: str, folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        raise SourceError(
            f"source `{source}`: {folder} cannot be listed: {error.strerror}. Make it readable, or narrow `files`."
        ) from None


def _input(source: str, path: str, base: str) -> Input:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise SourceError(f"source `{source}`: the name {path!r} is not UTF-8; rename the file") from None
    try:
        state = os.stat(path)
    except OSError as error:
        raise SourceError(
            f"source `{source}`: {path} cannot be read: {error.strerror}. Mend it, or narrow `files`."
        ) from None
    if not stat.S_ISREG(state.st_mode):
        raise SourceError(f"source `{source}`: {path} is not a regular file. Take it out, or narrow `files`.")
    relative = PurePosixPath(Path(os.path.relpath(path, base or "."))).as_posix()
    return Input(source, relative, path, state.st_size, str(state.st_mtime_ns))
