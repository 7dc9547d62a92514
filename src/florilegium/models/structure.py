"""Whether a file is a whole fastText model, found out without loading it.

Loading anything else can hang (a file cut inside its words is read for ever) or give a model of noise (cut later).
Layout, as fastText 0.9.2 writes it (``args.cc``, ``dictionary.cc``, ``quantmatrix.cc``), little-endian: magic number
and version; twelve int32 and a double of arguments; sizes of the dictionary, then for each entry a NUL-ended word, a
count and a kind; the input matrix and the output matrix, each with a flag that says whether it is quantised.
"""

import mmap
import struct
from pathlib import Path

from florilegium.errors import RecipeError

_MAGIC = 793712314
_VERSIONS = (11, 12)
_SUPERVISED = 3  # the eighth argument
_CENTROIDS = 256  # of each part of a product quantiser
_NEXT = "name a supervised fastText model (`.bin` or `.ftz`), or fetch the file again"


def require_classifier(path: Path) -> None:
    """Return where ``path`` is a whole supervised fastText model.

    Raises:
        RecipeError: it is something else, an unsupervised model, of another version, or cut short.
    """
    if path.stat().st_size == 0:
        raise RecipeError(f"`{path}` is empty, no fastText model: {_NEXT}")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        reader = _Reader(data)
        try:
            magic, version = reader.take("<ii")
            if magic != _MAGIC:
                raise RecipeError(f"`{path}` is not a fastText model (wrong magic number): {_NEXT}")
            if version not in _VERSIONS:
                raise RecipeError(f"`{path}` has version {version} of the fastText format, 11 or 12 is wanted: {_NEXT}")
            if reader.take("<12id")[7] != _SUPERVISED:
                raise RecipeError(f"`{path}` holds word vectors (an unsupervised model), no classifier: {_NEXT}")
            reader.skip_dictionary()
            quantised = reader.skip_matrix(may_be_quantised=True)
            reader.skip_matrix(may_be_quantised=quantised)
        except EOFError as error:
            raise RecipeError(f"`{path}` is cut short or damaged after byte {reader.at}: {_NEXT}") from error


class _Reader:
    """A place in a file that only moves forward; ``EOFError`` where that would leave the file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.at = 0

    def skip(self, size: int) -> None:
        if size < 0 or self.at + size > len(self._data):
            raise EOFError
        self.at += size

    def take(self, layout: str) -> tuple[int, ...]:
        start = self.at
        self.skip(struct.calcsize(layout))
        return struct.unpack_from(layout, self._data, start)

    def skip_dictionary(self) -> None:
        entries, _, _, _, pruned = self.take("<iiiqq")
        for _ in range(entries):
            end = self._data.find(b"\0", self.at)
            if end < 0:
                raise EOFError
            self.skip(end + 1 - self.at + 9)
        self.skip(8 * max(pruned, 0))

    def skip_matrix(self, may_be_quantised: bool) -> bool:
        """Pass one matrix with its flag; give the flag."""
        (flag,) = self.take("<B")
        if not (flag and may_be_quantised):
            rows, columns = self.take("<qq")
            self.skip(4 * rows * columns)
            return False
        norms, rows, _, codes = self.take("<Bqqi")
        self.skip(codes)
        self._skip_quantiser()
        if norms:
            self.skip(rows)
            self._skip_quantiser()
        return True

    def _skip_quantiser(self) -> None:
        dimension, *_ = self.take("<4i")
        self.skip(4 * dimension * _CENTROIDS)
