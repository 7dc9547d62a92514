"""What is cut off a chunk at its ends and cut out of its middle, and which chunks are addresses.

The rules are those of spaCy 3.8's English tokenizer (``lang/punctuation.py``, ``lang/en/punctuation.py``), with letters
and symbols taken from their Unicode categories instead of its lists. All functions look at the bytes ``start`` to
``end`` only.
"""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import characters as ch
from florilegium.signals.kernels import kernel
from florilegium.signals.kernels.characters import Bytes, Classes, class_of, decode, decode_before
from florilegium.signals.kernels.hashing import find, hash_bytes

ASTERISK, PLUS, COMMA, MINUS, STOP, SLASH, COLON, LESS, EQUALS, GREATER = (ord(mark) for mark in "*+,-./:<=>")
PERCENT, QUESTION, AT, CARET, UNDERSCORE, TILDE, DOLLAR, NUMBER_SIGN = (ord(mark) for mark in "%?@^_~$#")
SECTION, DEGREE, EN_DASH, EM_DASH, STRAIGHT_QUOTE, RIGHT_QUOTE, ELLIPSIS = (ord(mark) for mark in "§°–—'’…")
A, C, F, K, S, U, SMALL_S, ZERO, NINE = (ord(character) for character in "ACFKSUs09")
MARKS_AND_ICONS = ch.AFFIX | ch.ICON
LONGEST_UNIT = 4  # characters


@kernel
def class_at(data: Bytes, at: int, end: int, classes: Classes) -> int:
    """Give the classes of the code point at ``at``, none at the end."""
    return class_of(classes, decode(data, at)[0]) if at < end else 0


@kernel
def class_before(data: Bytes, start: int, at: int, classes: Classes) -> int:
    """Give the classes of the code point before ``at``, none at the start."""
    return class_of(classes, decode_before(data, at)[0]) if at > start else 0


@kernel
def stops_from(data: Bytes, at: int, end: int) -> int:
    """Count the full stops in a row from ``at``."""
    last = at
    while last < end and data[last] == STOP:
        last += 1
    return last - at


@kernel
def prefix_length(data: Bytes, start: int, end: int, classes: Classes) -> int:
    """Give how many bytes are cut off at the front, 0 for none.

    A mark, quote, icon or currency sign; § % = — –; a plus not before a digit; two or more full stops; US$, C$, A$.
    """
    point, width = decode(data, start)
    bits = class_of(classes, point)
    if bits & (MARKS_AND_ICONS | ch.CURRENCY) or point in (PERCENT, EQUALS, SECTION, EN_DASH, EM_DASH):
        return width
    if point == PLUS:
        return 0 if class_at(data, start + 1, end, classes) & ch.DIGIT else 1
    if point == STOP:
        stops = stops_from(data, start, end)
        return stops if stops > 1 else 0
    if point in (A, C) and start + 1 < end and data[start + 1] == DOLLAR:
        return 2
    if point == U and start + 2 < end and data[start + 1] == S and data[start + 2] == DOLLAR:
        return 3
    return 0


@kernel
def stop_is_suffix(data: Bytes, start: int, at: int, classes: Classes) -> bool:
    """Say whether the single final full stop at ``at`` is cut off.

    It is after a digit, mark, quote, % + - ² or lower-case letter, after two upper-case letters, or after °F and the
    like.
    """
    bits = class_before(data, start, at, classes)
    if bits & ch.BEFORE_STOP:
        return True
    if not bits & ch.UPPER:
        return False
    letter, width = decode_before(data, at)
    if class_before(data, start, at - width, classes) & ch.UPPER:
        return True
    degree = at - width > start and decode_before(data, at - width)[0] == DEGREE
    return degree and letter in (C, F, K)


@kernel
def unit_length(data: Bytes, start: int, end: int, classes: Classes, units: npt.NDArray[np.uint64]) -> int:
    """Give the bytes of the unit behind the last digit, 0 when what is there is not a unit."""
    at = end
    for _ in range(LONGEST_UNIT + 1):
        if at == start:
            return 0
        point, width = decode_before(data, at)
        if class_of(classes, point) & ch.DIGIT:
            return end - at if at < end and find(units, hash_bytes(data, at, end)) >= 0 else 0
        at -= width
    return 0


@kernel
def suffix_length(data: Bytes, start: int, end: int, classes: Classes, units: npt.NDArray[np.uint64]) -> int:
    """Give how many bytes are cut off at the back, 0 for none.

    A mark, quote, icon, — or –; two or more full stops, or one after certain characters; a pair of …; 's; after a digit
    also a plus, a currency sign or a unit.
    """
    if start == end:
        return 0
    point, width = decode_before(data, end)
    bits = class_of(classes, point)
    at = end - width
    if point == STOP:
        while at > start and data[at - 1] == STOP:
            at -= 1
        return end - at if end - at > 1 or stop_is_suffix(data, start, at, classes) else 0
    if point == ELLIPSIS:
        return 2 * width if at > start and decode_before(data, at)[0] == ELLIPSIS else width
    if bits & MARKS_AND_ICONS or point in (EN_DASH, EM_DASH):
        return width
    if point in (S, SMALL_S) and at > start:
        before, before_width = decode_before(data, at)
        if before in (STRAIGHT_QUOTE, RIGHT_QUOTE):
            return width + before_width
    if (bits & ch.CURRENCY or point == PLUS) and class_before(data, start, at, classes) & ch.DIGIT:
        return width
    return unit_length(data, start, end, classes, units)


@kernel
def infix_length(data: Bytes, start: int, at: int, end: int, before: int, classes: Classes) -> int:
    """Give how many bytes from ``at`` are cut out of the chunk, 0 for none.

    Two or more full stops; … and icons; between digits + - * ^; a full stop between lower and upper case; between
    letters a comma; between a letter or digit and a letter : < > = / and the hyphens - – — -- --- —— ~. ``before`` are
    the classes of the character before ``at``.
    """
    point, width = decode(data, at)
    if point == STOP:
        stops = stops_from(data, at, end)
        if stops > 1:
            return stops
        after = class_at(data, at + 1, end, classes)
        return 1 if before & (ch.LOWER | ch.QUOTE) and after & (ch.UPPER | ch.QUOTE) else 0
    bits = class_of(classes, point)
    if point == ELLIPSIS or bits & ch.ICON:
        return width
    if bits & (ch.ALPHA | ch.DIGIT):
        return 0
    after = class_at(data, at + width, end, classes)
    sign = point in (PLUS, MINUS, ASTERISK, CARET) and before & ch.DIGIT
    if sign and (after & ch.DIGIT or (at + 1 < end and data[at + 1] == MINUS)):
        return 1
    if point == COMMA:
        return 1 if before & ch.ALPHA and after & ch.ALPHA else 0
    if not before & (ch.ALPHA | ch.DIGIT):
        return 0
    if point in (COLON, LESS, GREATER, EQUALS, SLASH, TILDE, EN_DASH):
        return width if after & ch.ALPHA else 0
    if point in (MINUS, EM_DASH):
        length = width
        for _ in range(3 if point == MINUS else 2):
            if class_at(data, at + length, end, classes) & ch.ALPHA:
                return length
            if at + length >= end or decode(data, at + length)[0] != point:
                return 0
            length += width
    return 0


@kernel
def is_address_end(data: Bytes, at: int, end: int) -> bool:
    """Say whether a host may end at ``at``: nothing follows, or a port of 2 to 5 digits, or / ? # and anything."""
    if at < end and data[at] == COLON:
        digits = 0
        at += 1
        while at < end and ZERO <= data[at] <= NINE:
            at += 1
            digits += 1
        if not 2 <= digits <= 5:
            return False
    return at == end or data[at] in (SLASH, QUESTION, NUMBER_SIGN)


@kernel
def is_host(data: Bytes, at: int, end: int, classes: Classes) -> bool:
    """Say whether a host stands at ``at`` and reaches an :func:`is_address_end`.

    Labels of 1 to 64 characters that begin and end with a letter or digit, then a last one of 2 to 63 lower-case
    letters; or four numbers of 1 to 3 digits.
    """
    labels = length = 0
    ends_well = only_lower = only_numbers = True
    while at < end:
        point, width = decode(data, at)
        if point == STOP:
            if not ends_well or not 1 <= length <= 64:
                return False
            labels += 1
            length = 0
            only_lower = True
        else:
            bits = class_of(classes, point)
            ends_well = bits & ch.HOST != 0
            if not ends_well and (length == 0 or point not in (UNDERSCORE, MINUS)):
                break
            only_lower = only_lower and bits & ch.LOWER != 0
            only_numbers = only_numbers and bits & ch.DIGIT != 0 and length < 3
            length += 1
        at += width
    named = labels >= 1 and only_lower and 2 <= length <= 63
    numbered = labels == 3 and only_numbers and length >= 1
    return (named or numbered) and is_address_end(data, at, end)


@kernel
def is_address(data: Bytes, start: int, end: int, classes: Classes) -> bool:
    """Say whether the whole range is a web or mail address: a host, perhaps after ``scheme://`` and after ``user@``."""
    if is_host(data, start, end, classes):
        return True
    at, scheme = start, True
    while at < end:
        point, width = decode(data, at)
        if point == COLON and scheme:
            scheme = False
            slashes = at - start > 1 and end - at > 3 and data[at + 1] == SLASH and data[at + 2] == SLASH
            if slashes and is_host(data, at + 3, end, classes):
                return True
        elif point == AT and at > start and is_host(data, at + 1, end, classes):
            return True
        scheme = scheme and (class_of(classes, point) & ch.WORD != 0 or point in (PLUS, MINUS, STOP))
        at += width
    return False
