"""The unpacked bytes of an archive as one stream that knows, for every byte, where in the file it came from."""

from dataclasses import dataclass

from florilegium.sources.warc.container import MAGICS, NEXT_UNIT, open_container, unpack
from florilegium.sources.warc.headers import LONGEST_ARC_LINE, NEXT_RECORD, WARC_LINE, ArcLine, arc_line
from florilegium.sources.warc.raw import Source
from florilegium.sources.warc.records import Damage

_STEP = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the stream where a unit ended: cleanly, or with a fault, so that what follows does not join on."""

    position: int
    fault: Damage | None


class Stream:
    """A window on the unpacked bytes. Positions count unpacked bytes from the start of the file.

    ``buffer[0]`` is the byte at position ``base``; ``marks`` are the ends of units at or behind the place last trimmed
    to, in order.
    """

    __slots__ = ("_fresh", "_pieces", "_source", "_units", "base", "buffer", "marks")

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pieces = open_container(source)
        self._units: list[tuple[int, int, bool]] = []
        self._fresh = True
        self.buffer = bytearray()
        self.base = 0
        self.marks: list[Mark] = []

    @property
    def end(self) -> int:
        """Position behind the last byte read so far."""
        return self.base + len(self.buffer)

    def more(self) -> bool:
        """Take in one more piece or mark; False at the end of the file."""
        for piece in self._pieces:
            if self._fresh and piece.data:
                self._units.append((self.end, piece.offset, piece.plain))
                self._fresh = False
            self.buffer += piece.data
            ended = piece.fault is not None or (piece.last and not self._fresh)
            if ended:
                self.marks.append(Mark(self.end, piece.fault))
                self._fresh = True
            if piece.data or ended:
                return True
        return False

    def has(self, position: int) -> bool:
        """Read on until the byte at this position is there; False where the stream ends before."""
        while self.end <= position:
            if not self.more():
                return False
        return True

    def trim(self, position: int) -> None:
        """Forget the bytes before this position."""
        del self.buffer[: position - self.base]
        self.base = position
        while len(self._units) > 1 and self._units[1][0] <= position:
            del self._units[0]

    def copy(self, start: int, stop: int) -> bytes:
        """Give the bytes between two positions that are held."""
        with memoryview(self.buffer) as view:
            return bytes(view[start - self.base : stop - self.base])

    def pass_marks(self, position: int) -> list[Damage]:
        """Forget the marks up to this position; give the faults among them."""
        count = 0
        while count < len(self.marks) and self.marks[count].position <= position:
            count += 1
        passed, self.marks = self.marks[:count], self.marks[count:]
        return [mark.fault for mark in passed if mark.fault]

    def place(self, position: int) -> int:
        """Byte in the file as stored: of the unit that holds this position, or of the position itself if plain."""
        start, offset, plain = self._unit(position)
        return offset + position - start if plain else offset

    def plain(self, position: int) -> bool:
        """Say whether nothing compresses the bytes at this position."""
        return self._unit(position)[2]

    def _unit(self, position: int) -> tuple[int, int, bool]:
        found = (0, 0, False)
        for unit in self._units:
            if unit[0] > position:
                break
            found = unit
        return found

    def opens_record(self, position: int) -> bool:
        """Say whether a record header stands here, or a compressed unit among plain bytes."""
        self.has(position + len("WARC/1.0 \r\n") + 4)
        index = position - self.base
        if WARC_LINE.match(self.buffer, index):
            return True
        if self.buffer.startswith(MAGICS, index):
            return self.plain(position)
        return self.arc_line(position) is not None

    def arc_line(self, position: int) -> ArcLine | None:
        """Parse an ARC record line here, reading on as far as such a line may go."""
        if not self.buffer[position - self.base : position - self.base + 1].isalpha():
            return None
        while True:
            index = position - self.base
            if self.buffer.find(b"\n", index, index + LONGEST_ARC_LINE) >= 0:
                return arc_line(self.buffer, index)
            if len(self.buffer) - index >= LONGEST_ARC_LINE or not self.more():
                return None

    def reach(self, position: int) -> Mark | None:
        """Read on to this position. Give the mark at which the bytes before it break off, if they do.

        They break off at a fault, at the end of the file, and where a unit ends and the next begins with a record
        header: then whoever said that they go on was wrong.
        """
        seen = 0
        while True:
            while seen < len(self.marks) and self.marks[seen].position < position:
                mark = self.marks[seen]
                if mark.fault or self.opens_record(mark.position):
                    return mark
                seen += 1
            if self.end >= position:
                return None
            if not self.more():
                return Mark(self.end, None)

    def pass_over(self, position: int) -> Mark | None:
        """Do as ``reach`` does, holding next to nothing."""
        while True:
            target = min(position, self.end + _STEP)
            stop = self.reach(target)
            if stop or target == position:
                return stop
            self.trim(target)
            del self.marks[: sum(1 for mark in self.marks if mark.position < target)]

    def find_start(self, position: int) -> int:
        """Move on to the next place at which a record or unit may begin; the end of the stream if there is none."""
        plain = self.plain(position)
        while True:
            mark = next((mark.position for mark in self.marks if mark.position > position), None)
            stop = len(self.buffer) if mark is None else mark - self.base
            found = (NEXT_UNIT if plain else NEXT_RECORD).search(self.buffer, position - self.base, stop)
            if found and self.buffer.startswith(MAGICS, found.start()):
                return self.reopen(self.base + found.start(), search=True)
            if found:
                return self.base + found.start()
            if mark is not None:
                return mark
            position = max(position, self.end - LONGEST_ARC_LINE)
            if plain:
                return self.reopen(position, search=True)
            self.trim(position - 1)
            if not self.more():
                return self.end

    def reopen(self, position: int, search: bool = False) -> int:
        """Give the plain bytes from this position on back to the container, which may find another form there."""
        index = position - self.base
        self._source.put_back(self.copy(position, self.end))
        del self.buffer[index:]
        self._pieces = unpack(self._source, search)
        self._fresh = True
        return position
