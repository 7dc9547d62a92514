"""Lines as ``str.splitlines`` sees them, and the marks and phrases that Gopher's and C4's rules look for in them."""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import characters as ch
from florilegium.signals.kernels import kernel
from florilegium.signals.kernels.characters import Bytes, Classes, class_of, decode, decode_before

Counts = npt.NDArray[np.int64]

COLUMNS = (
    "characters",
    "newlines",
    "lines",
    "bullet_lines",
    "ellipsis_lines",
    "hashes",
    "ellipses",
    "curly_brackets",
    "lorem_ipsum",
    "javascript_lines",
    "policy_lines",
)
(
    CHARACTERS,
    NEWLINES,
    LINES,
    BULLET_LINES,
    ELLIPSIS_LINES,
    HASHES,
    ELLIPSES,
    CURLY_BRACKETS,
    LOREM_IPSUM,
    JAVASCRIPT_LINES,
    POLICY_LINES,
) = range(len(COLUMNS))

# datatrove 0.10 `c4_filters.py`, after the C4 code in tensorflow-datasets; found whatever the case of ASCII letters.
PHRASES = (
    ("lorem ipsum", LOREM_IPSUM),
    ("javascript", JAVASCRIPT_LINES),
    ("terms of use", POLICY_LINES),
    ("privacy policy", POLICY_LINES),
    ("cookie policy", POLICY_LINES),
    ("uses cookies", POLICY_LINES),
    ("use of cookies", POLICY_LINES),
    ("use cookies", POLICY_LINES),
)
_RARE_LETTERS = "jkvfm"  # each phrase has one: only there is it compared

NEWLINE, RETURN, HYPHEN, STOP, BULLET, ELLIPSIS = (ord(mark) for mark in "\n\r-.•…")
NUMBER_SIGN, CURLY_BRACKET, A, Z = (ord(mark) for mark in "#{AZ")
TO_LOWER = 0x20  # the bit that makes an ASCII letter lower case
PLAIN, LINE_END, PHRASE, OTHER_MARK = range(4)


def _phrase_tables() -> tuple[npt.NDArray[np.uint8], Counts, Counts, Counts]:
    """Phrases as zero-padded bytes, their lengths, the place of their rarest letter, their columns."""
    encoded = np.zeros((len(PHRASES), 16), dtype=np.uint8)
    for row, (phrase, _) in enumerate(PHRASES):
        encoded[row, : len(phrase)] = np.frombuffer(phrase.encode(), dtype=np.uint8)
    anchors = [phrase.index(next(letter for letter in _RARE_LETTERS if letter in phrase)) for phrase, _ in PHRASES]
    return encoded, np.array([len(p) for p, _ in PHRASES]), np.array(anchors), np.array([c for _, c in PHRASES])


def _byte_kinds() -> npt.NDArray[np.uint8]:
    """What to look at closer, by byte: nearly all bytes of a text are PLAIN."""
    kinds = np.zeros(256, dtype=np.uint8)
    kinds[list(b"\n\v\f\r\x1c\x1d\x1e\xc2\xe2")] = LINE_END
    kinds[list(b"#{.")] = OTHER_MARK
    kinds[list((_RARE_LETTERS + _RARE_LETTERS.upper()).encode())] = PHRASE
    return kinds


PHRASE_BYTES, PHRASE_LENGTHS, PHRASE_ANCHORS, PHRASE_COLUMNS = _phrase_tables()
BYTE_KINDS = _byte_kinds()


@kernel
def count_characters(data: Bytes, start: int, end: int) -> int:
    """Count the code points in valid UTF-8."""
    characters = 0
    for i in range(start, end):
        characters += (data[i] & 0xC0) != 0x80
    return characters


@kernel
def first_visible(data: Bytes, start: int, end: int, classes: Classes) -> int:
    """Give the place of the first character that is not white space, ``end`` if there is none."""
    while start < end:
        point, width = decode(data, start)
        if not class_of(classes, point) & ch.SPACE:
            break
        start += width
    return start


@kernel
def last_visible_end(data: Bytes, start: int, end: int, classes: Classes) -> int:
    """Give the end of the last character that is not white space, ``start`` if there is none."""
    while end > start:
        point, width = decode_before(data, end)
        if not class_of(classes, point) & ch.SPACE:
            break
        end -= width
    return end


@kernel
def stands_around(data: Bytes, at: int, start: int, end: int, phrase: int) -> bool:
    """Say whether the phrase stands where its rare letter is at ``at``, ASCII letters in either case."""
    first = at - PHRASE_ANCHORS[phrase]
    length = PHRASE_LENGTHS[phrase]
    if first < start or first + length > end:
        return False
    for i in range(length):
        byte = data[first + i]
        if A <= byte <= Z:
            byte |= TO_LOWER
        if byte != PHRASE_BYTES[phrase, i]:
            return False
    return True


@kernel
def end_line(data: Bytes, start: int, end: int, classes: Classes, counts: Counts) -> None:
    """Count the line ``data[start:end]``, its end mark left out."""
    counts[LINES] += 1
    first = first_visible(data, start, end, classes)
    if first == end:
        return
    if decode(data, first)[0] in (BULLET, HYPHEN):
        counts[BULLET_LINES] += 1
    last = last_visible_end(data, first, end, classes)
    dots = last - first >= 3 and data[last - 1] == STOP and data[last - 2] == STOP and data[last - 3] == STOP
    if dots or decode_before(data, last)[0] == ELLIPSIS:
        counts[ELLIPSIS_LINES] += 1


@kernel
def count_lines(data: Bytes, start: int, end: int, classes: Classes, counts: Counts) -> None:
    """Count the ``COLUMNS`` of ``data[start:end]`` into ``counts`` (zeros at first)."""
    counts[CHARACTERS] = count_characters(data, start, end)
    line = at = start
    javascript = policy = False
    while at < end:
        byte = data[at]
        kind = BYTE_KINDS[byte]
        if kind == PLAIN:
            at += 1
        elif kind == LINE_END:
            point, width = decode(data, at)
            if class_of(classes, point) & ch.LINE_END:
                end_line(data, line, at, classes, counts)
                counts[NEWLINES] += point == NEWLINE
                counts[JAVASCRIPT_LINES] += javascript
                counts[POLICY_LINES] += policy
                javascript = policy = False
                at += width
                if point == RETURN and at < end and data[at] == NEWLINE:
                    counts[NEWLINES] += 1
                    at += 1
                line = at
            else:
                counts[ELLIPSES] += point == ELLIPSIS
                at += width
        elif kind == PHRASE:
            for phrase in range(len(PHRASE_COLUMNS)):
                rare = PHRASE_BYTES[phrase, PHRASE_ANCHORS[phrase]]
                if byte | TO_LOWER == rare and stands_around(data, at, start, end, phrase):
                    column = PHRASE_COLUMNS[phrase]
                    counts[LOREM_IPSUM] += column == LOREM_IPSUM
                    javascript = javascript or column == JAVASCRIPT_LINES
                    policy = policy or column == POLICY_LINES
            at += 1
        elif byte == STOP:
            dots = at + 2 < end and data[at + 1] == STOP and data[at + 2] == STOP
            counts[ELLIPSES] += dots
            at += 3 if dots else 1
        else:
            counts[HASHES] += byte == NUMBER_SIGN
            counts[CURLY_BRACKETS] += byte == CURLY_BRACKET
            at += 1
    if line < end:
        end_line(data, line, end, classes, counts)
        counts[JAVASCRIPT_LINES] += javascript
        counts[POLICY_LINES] += policy
