"""From the unpacked stream to records: headers, lengths, and going on after damage."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from florilegium.sources.warc.container import MAGICS
from florilegium.sources.warc.headers import HEADER_END, NEXT_RECORD, WARC_LINE, parse_fields, text
from florilegium.sources.warc.records import Damage, DamageKind
from florilegium.sources.warc.stream import Mark, Stream

_LONGEST_HEADER = 1024 * 1024
_START_OF_BLOCK = 1024 * 1024
_LARGEST_LENGTH = 1 << 40
_BOM = b"\xef\xbb\xbf"
_LINE_ENDS = re.compile(rb"[\r\n]*")
_MANY_LINE_ENDS = 64
_TYPE = re.compile(rb"\nWARC-Type[ \t]*:", re.IGNORECASE)
_LONGEST_WARC_LINE = 32
_PADDING = re.compile(rb"[\0\r\n]*")


@dataclass(frozen=True, slots=True)
class Head:
    """A parsed record header: ``length`` is None where it is missing or no number; the block begins at ``end``."""

    type: str | None
    url: str | None
    record_id: str | None
    date: str | None
    content_type: str | None
    length: int | None
    end: int
    line_ends: bytes
    cut: Mark | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record as framed: its block, or the first of it where it is ``too_large``; ``problem`` if not whole."""

    head: Head
    offset: int
    block: bytes = b""
    problem: str | None = None
    too_large: bool = False


def split(stream: Stream, largest_block: int) -> Iterator[Record | Damage]:
    """Give every record of the stream and every damage, in order; hold one block of at most ``largest_block`` bytes."""
    position = 0
    lost = False  # no record found since the last damage: what lies between belongs to it
    while True:
        more = stream.has(position)
        for fault in stream.pass_marks(position):
            lost = True
            yield fault
        if not more:
            return
        stream.trim(position)
        skipped = _LINE_ENDS.match(stream.buffer)
        if skipped and skipped.end():
            position += skipped.end()
        elif position == 0 and stream.has(2) and stream.buffer.startswith(_BOM):
            position = len(_BOM)
        elif stream.plain(position) and stream.has(position + 3) and stream.buffer.startswith(MAGICS):
            stream.reopen(position)
        elif head := _read_head(stream, position):
            lost = False
            record, damage, position = _read_record(stream, head, position, largest_block)
            yield record
            if damage:
                lost = True
                yield damage
        else:
            damage, position = _pass_junk(stream, position)
            if damage and not lost:
                yield damage
            lost = True


def _pass_junk(stream: Stream, position: int) -> tuple[Damage | None, int]:
    """Go on to the next place at which a record may begin. Padding up to the end of the file is no damage."""
    offset = stream.place(position)
    start = position
    while stream.has(position):
        padding = _PADDING.match(stream.buffer, position - stream.base)
        position = stream.base + padding.end() if padding else position
        if position < stream.end:
            break
        stream.trim(position)
    else:
        return None, position
    # "WAR" at the very end is a cut header
    cut = not stream.has(position + 5) and b"WARC/".startswith(stream.buffer[position - stream.base :])
    damage = Damage(offset, "truncated" if cut else "corrupt", "bytes that are no record header")
    return damage, position if position > start else stream.find_start(position + 1)


def _read_head(stream: Stream, position: int) -> Head | None:
    stream.has(position + 32)
    if WARC_LINE.match(stream.buffer, position - stream.base):
        end, cut = _head_end(stream, position)
        return _warc_head(stream.copy(position, end), end, cut)
    index = position - stream.base
    rest = stream.buffer[index : index + 32]
    if rest.startswith(b"WARC/") and b"\n" not in rest and len(rest) < 32:
        return _warc_head(b"", stream.end, Mark(stream.end, None))
    line = stream.arc_line(position)
    if line is None:
        return None
    return Head(
        type="arcinfo" if line.url.startswith(b"filedesc:") else "response",
        url=text(line.url),
        record_id=None,
        date=text(line.date),
        content_type=text(line.content_type),
        length=int(line.length) if line.length.isdigit() and len(line.length) < 20 else None,
        end=position + line.size,
        line_ends=b"\n",
    )


def _head_end(stream: Stream, position: int) -> tuple[int, Mark | None]:
    scanned = position
    while True:
        found = HEADER_END.search(stream.buffer, scanned - stream.base)
        end = stream.base + found.end() if found else stream.end
        cut = stream.reach(end)
        begins = _inner_record(stream, position, scanned, cut.position if cut else end)
        if begins is not None:
            return begins, Mark(begins, None)
        if cut or found:
            return (cut.position if cut else end), cut
        if end - position > _LONGEST_HEADER:
            return end, Mark(end, None)
        scanned = max(position, end - 2)
        if not stream.more():
            return end, Mark(end, None)


def _inner_record(stream: Stream, position: int, scanned: int, end: int) -> int | None:
    """Find the place at which a header broke off: the next record's would be taken for its end.

    In mid-line, `WARC/1.1` may also be the end of a URL: there, a second WARC-Type has to follow.
    """
    start, stop = max(position + 1, scanned - _LONGEST_WARC_LINE) - stream.base, end - stream.base
    for inner in WARC_LINE.finditer(stream.buffer, start, stop):
        if stream.buffer[inner.start() - 1] == ord("\n"):
            return stream.base + inner.start()
        before = _TYPE.search(stream.buffer, position - stream.base, inner.start())
        if before and _TYPE.search(stream.buffer, inner.end() - 1, stop):
            return stream.base + inner.start()
    return None


def _warc_head(head: bytes, end: int, cut: Mark | None) -> Head:
    fields = parse_fields(head)
    length = fields.get(b"content-length", b"")
    kind, url = text(fields.get(b"warc-type")), text(fields.get(b"warc-target-uri"))
    return Head(
        type=kind.lower() if kind else None,
        url=url.removeprefix("<").removesuffix(">") if url else None,
        record_id=text(fields.get(b"warc-record-id")),
        date=text(fields.get(b"warc-date")),
        content_type=text(fields.get(b"content-type")),
        length=int(length) if length.isdigit() and len(length) < 20 else None,
        end=end,
        line_ends=b"\r\n\r\n" if head.endswith(b"\r\n\r\n") else b"\n\n",
        cut=cut,
    )


def _read_record(stream: Stream, head: Head, position: int, largest: int) -> tuple[Record, Damage | None, int]:
    """Give the record, what is wrong with its length, and the position to go on from."""
    offset = stream.place(position)
    if head.cut:
        problem, go_on = "the record header is cut", head.cut.position
        if head.cut.fault:
            return Record(head, offset, problem=problem), None, go_on
        return _damaged(head, offset, problem, "corrupt" if stream.has(go_on) else "truncated", go_on)
    if head.length is None or head.length > _LARGEST_LENGTH:
        return _damaged(head, offset, "Content-Length is missing, no number or beyond a tebibyte", "corrupt", head.end)
    need = head.end + head.length
    too_large = head.length > largest
    stop = stream.reach(head.end + _START_OF_BLOCK if too_large else need)
    start = b""
    if too_large and stop is None:
        start = stream.copy(head.end, stream.end)
        stop = stream.pass_over(need)
    if stop and stop.fault:
        return Record(head, offset, problem="the block is cut by damage"), None, stop.position
    if stop and stream.has(stop.position):
        return _damaged(head, offset, "Content-Length runs past the compressed unit", "corrupt", stop.position)
    if stop:
        if stream.base <= head.end and NEXT_RECORD.search(stream.buffer, head.end - stream.base):
            return _damaged(head, offset, "Content-Length runs past the next record", "corrupt", head.end)
        return _damaged(head, offset, "the block is shorter than Content-Length", "truncated", stop.position)
    closed, fault = _close(stream, need, head.line_ends)
    if fault:
        return Record(head, offset, problem="the compressed unit of the record is damaged"), None, need
    if closed:
        return Record(head, offset, start or stream.copy(head.end, need), too_large=too_large), None, need
    if too_large:
        return _damaged(head, offset, "Content-Length is wrong", "corrupt", need)
    inside = NEXT_RECORD.search(stream.buffer, head.end - stream.base, need - stream.base)
    problem = "Content-Length runs into the next record" if inside else "Content-Length is too short"
    return _damaged(head, offset, problem, "corrupt", head.end)


def _damaged(head: Head, offset: int, problem: str, kind: DamageKind, go_on: int) -> tuple[Record, Damage, int]:
    damage = Damage(offset, kind, f"{problem} ({head.type or 'no type'} {head.url or 'without URL'})")
    return Record(head, offset, problem=problem), damage, go_on


def _close(stream: Stream, need: int, line_ends: bytes) -> tuple[bool, bool]:
    """Say whether a record that should end at ``need`` does end there, and whether its unit ends in a fault.

    It ends there if a unit or the file ends, the next record begins, perhaps behind line ends, or if the line ends that
    the format asks for stand there, whatever follows.
    """
    behind = need
    while True:
        skipped = _LINE_ENDS.match(stream.buffer, behind - stream.base)
        behind = stream.base + skipped.end() if skipped else behind
        mark = next((mark for mark in stream.marks if mark.position >= need), None)
        if mark and mark.position <= behind:
            return True, mark.fault is not None
        if behind < stream.end or behind - need > _MANY_LINE_ENDS:
            break
        if not stream.more():
            return True, False
    gap = stream.copy(need, behind)
    return gap.startswith(line_ends) or stream.opens_record(behind), False
