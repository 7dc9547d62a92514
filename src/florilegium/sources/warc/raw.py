"""The archive's bytes as stored, read in chunks, and the pieces that unpacking makes of them."""

from collections.abc import Callable
from dataclasses import dataclass

from florilegium.sources.warc.records import Damage

CHUNK = 64 * 1024
HELD_BEHIND = 256 * 1024
LARGEST_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """Unpacked bytes of one unit (gzip member, frame, or plain stretch), in order.

    ``offset`` is the unit's start in the file; of a plain piece, the place of its own first byte. ``last`` ends the
    unit, ``fault`` says that it ended badly.
    """

    data: bytes
    offset: int
    plain: bool = False
    last: bool = False
    fault: Damage | None = None


class Source:
    """A window on bytes that are read once: ``buffer[at]`` is the byte at ``position`` in the file."""

    __slots__ = ("_read", "at", "base", "buffer")

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self.buffer = b""
        self.base = 0
        self.at = 0

    @property
    def position(self) -> int:
        """Place in the file of the next byte."""
        return self.base + self.at

    def fill(self, keep: int | None = None) -> bool:
        """Read one more chunk, holding what lies behind from ``keep`` on (256 KiB at most). False at the end."""
        chunk = self._read(CHUNK)
        if not chunk:
            return False
        held = 0 if keep is None else min(self.position - keep, HELD_BEHIND, self.at)
        drop = self.at - held
        self.buffer = self.buffer[drop:] + chunk
        self.base += drop
        self.at = held
        return True

    def has(self, count: int, keep: int | None = None) -> bool:
        """Make sure that ``count`` bytes lie ahead; False where the file ends before."""
        while len(self.buffer) - self.at < count:
            if not self.fill(keep):
                return False
        return True

    def move(self, position: int) -> None:
        """Go to a place in the file, back as far as bytes are held."""
        self.at = max(position - self.base, 0)

    def put_back(self, data: bytes) -> None:
        """Take back plain bytes that were handed on and end at ``position``."""
        self.buffer = data + self.buffer[self.at :]
        self.base = self.position - len(data)
        self.at = 0
