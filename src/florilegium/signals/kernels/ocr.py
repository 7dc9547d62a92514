"""Traces of bad recognition: stray letters, words that no spelling makes, symbols, and the lines of a printed page.

White space separates chunks; addresses (``://``, ``www.``, a full stop behind ``@``), code and markup (one of
``< > = _ { ` $``) and chunks of scripts written without spaces are left out. Dashes, slashes, ``--``, ``..`` and ``…``
cut a chunk into pieces, and what is left of a piece without the marks at its ends is a *word* when it holds a letter.
"""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import characters as ch
from florilegium.signals.kernels import kernel
from florilegium.signals.kernels.characters import Bytes, Classes, class_of, decode

Counts = npt.NDArray[np.int64]

COLUMNS = (
    "ocr_words", "single_letters", "mixed_words", "letter_words", "odd_words",
    "ink", "odd_symbols", "ocr_lines", "hyphen_lines", "line_characters", "unspaced_characters",
)  # fmt: skip
(
    WORDS, SINGLE_LETTERS, MIXED_WORDS, LETTER_WORDS, ODD_WORDS,
    INK, ODD_SYMBOLS, LINES, HYPHEN_LINES, LINE_CHARACTERS, UNSPACED_CHARACTERS,
) = range(len(COLUMNS))  # fmt: skip

HYPHEN, STOP, SLASH, COLON, AT = (ord(mark) for mark in "-./:@")
EQUALS, UNDERSCORE, BRACE, BACKTICK, DOLLAR = (ord(mark) for mark in "=_{`$")
EN_DASH, EM_DASH, BAR, ELLIPSIS = (ord(mark) for mark in "–—―…")
REAL_HYPHEN, SOFT_HYPHEN, NOT_SIGN = (ord(mark) for mark in "\u2010\xad¬")  # all found at line ends
STRAIGHT_QUOTE, LEFT_QUOTE, RIGHT_QUOTE, BULLET, LESS, GREATER, AND = (ord(mark) for mark in "'‘’•<>&")
CAPITAL_M, SMALL_A, SMALL_C, SMALL_H, SMALL_R, SMALL_S, SMALL_W = (ord(letter) for letter in "Machrsw")
TO_LOWER = 0x20  # the bit that makes an ASCII letter lower case
ABBREVIATED = 2  # letters before a full stop inside a word that make it an abbreviation
SAME_LETTERS, CONSONANTS, SHORTEST = 4, 6, 3


@kernel
def is_left_out(data: Bytes, start: int, end: int, bits: int) -> bool:
    """Say whether a chunk with characters of these classes has no words: an address, code or an unspaced script."""
    if bits & ch.UNSPACED:
        return True
    www = end - start > 4 and data[start] == data[start + 1] == data[start + 2] == SMALL_W
    if www and data[start + 3] == STOP:
        return True
    at_sign = False
    for at in range(start, end):
        byte = data[at]
        if byte == COLON and at + 2 < end and data[at + 1] == SLASH and data[at + 2] == SLASH:
            return True
        if byte in (LESS, GREATER, EQUALS, UNDERSCORE, BRACE, BACKTICK, DOLLAR):
            return True
        if byte == STOP and at_sign:
            return True
        at_sign = at_sign or byte == AT
    return False


@kernel
def cuts_here(data: Bytes, at: int, end: int, point: int) -> bool:
    """Say whether the character at ``at`` ends a piece: a dash, slash or ellipsis, or two hyphens or full stops."""
    if point in (HYPHEN, STOP):
        return at + 1 < end and data[at + 1] == point
    return point in (SLASH, EN_DASH, EM_DASH, BAR, ELLIPSIS)


@kernel
def stands_for_more(before: int, letter: int, behind: int) -> bool:
    """Say whether one letter between these marks is what is left of more: a full stop behind it (p. m., J. Smith).

    Also an apostrophe (’t is, th’), the ``•`` of an illegible letter; and ``&c``.
    """
    if behind == STOP or (before == AND and letter == SMALL_C):
        return True
    marks = (STRAIGHT_QUOTE, LEFT_QUOTE, RIGHT_QUOTE, BULLET)
    return before in marks or behind in marks


@kernel
def read_piece(data: Bytes, at: int, end: int, classes: Classes, common_letters: Counts, counts: Counts) -> int:
    """Count the word of the piece that starts at ``at``; give where the next piece starts."""
    letters = numbers = vowels = romans = lowers = run = same = most_same = consonants = most_consonants = 0
    last = before = first = 0  # code points of the last letter, of the one before it, of the first one
    front = behind = 0  # what stands right before the first letter or number, right behind the last one
    only_latin, foreign, mixed, joined, last_lower = True, False, False, False, False
    while at < end:
        point, width = decode(data, at)
        if cuts_here(data, at, end, point):
            at += width
            break
        at += width
        bits = class_of(classes, point)
        if bits & ch.EXTEND:
            continue
        if bits & ch.LETTER:
            upper = bits & ch.LOWER == 0
            if letters:
                scottish = (letters == 2 and before == CAPITAL_M and last == SMALL_C) or (
                    letters == 3 and first == CAPITAL_M and before == SMALL_A and last == SMALL_C
                )
                mixed = mixed or foreign or (upper and last_lower and not joined and not scottish)
                # a mark or a number in the word, if only an apostrophe
                only_latin = only_latin and not joined
            else:
                first = point
            run = 1 if joined else run + 1
            same = same + 1 if point == last and not joined else 1
            most_same = max(most_same, same)
            letters += 1
            only_latin = only_latin and bits & ch.LATIN != 0 and not numbers
            lowers += not upper
            romans += bits & ch.ROMAN != 0
            if bits & ch.VOWEL:
                vowels += 1
                consonants = 0
            elif point | TO_LOWER != SMALL_H:  # `h` only changes the letter before it: witchcraft, lengths
                consonants += 1
                most_consonants = max(most_consonants, consonants)
            before, last = last, point
            last_lower = bits & ch.UPPER == 0
            joined = foreign = False
            behind = 0
        elif letters or numbers or bits & ch.NUMBER:
            if bits & ch.NUMBER:
                numbers += 1
                behind = 0
            elif behind == 0:
                behind = point
            foreign = foreign or not (bits & ch.JOINER or (point == STOP and 0 < run <= ABBREVIATED))
            joined = True
        else:
            front = point
    if letters == 0:
        return at
    counts[WORDS] += 1
    counts[MIXED_WORDS] += mixed
    if letters == 1 and numbers == 0:
        common = stands_for_more(front, last, behind)
        for letter in common_letters:
            common = common or letter == last
        counts[SINGLE_LETTERS] += not common
    if only_latin and numbers == 0 and letters >= SHORTEST:
        counts[LETTER_WORDS] += 1
        mrs = letters == 3 and first == CAPITAL_M and before == SMALL_R and last == SMALL_S
        unspoken = vowels == 0 and romans < letters and behind != STOP and not mrs
        counts[ODD_WORDS] += most_same >= SAME_LETTERS or (lowers > 0 and (unspoken or most_consonants >= CONSONANTS))
    return at


@kernel
def end_line(first: int, last: int, hyphen: bool, counts: Counts) -> None:
    """Count a line with text from its ``first`` to its ``last`` visible character."""
    counts[LINES] += 1
    counts[LINE_CHARACTERS] += last - first + 1
    counts[HYPHEN_LINES] += hyphen


@kernel
def count_document(data: Bytes, start: int, end: int, classes: Classes, common_letters: Counts, counts: Counts) -> None:
    """Count the ``COLUMNS`` of ``data[start:end]`` into ``counts`` (zeros at first)."""
    at = chunk = start
    place = last = 0
    first = -1  # places of characters in the line: the first visible one, the last
    met, previous = 0, 0  # classes met in the chunk, classes of the last character
    hyphen = False  # the last visible character is a hyphen behind a letter
    while at < end:
        point, width = decode(data, at)
        bits = class_of(classes, point)
        if bits & ch.SPACE:
            if met:
                read_chunk(data, chunk, at, met, classes, common_letters, counts)
            if bits & ch.LINE_END and first >= 0:
                end_line(first, last, hyphen, counts)
                first = -1
            chunk, met = at + width, 0
        else:
            first = place if first < 0 else first
            last = place
            hyphen = previous & ch.ALPHA != 0 and point in (HYPHEN, REAL_HYPHEN, SOFT_HYPHEN, NOT_SIGN)
            met |= bits | ch.COMMON  # not zero, whatever was met
            counts[INK] += 1
            counts[UNSPACED_CHARACTERS] += bits & ch.UNSPACED != 0
            counts[ODD_SYMBOLS] += bits & (ch.COMMON | ch.EXTEND) == 0
        previous = bits
        place += 1
        at += width
    if met:
        read_chunk(data, chunk, end, met, classes, common_letters, counts)
    if first >= 0:
        end_line(first, last, hyphen, counts)


@kernel
def read_chunk(
    data: Bytes, at: int, end: int, bits: int, classes: Classes, common_letters: Counts, counts: Counts
) -> None:
    """Count the words of a chunk."""
    if not bits & ch.LETTER or is_left_out(data, at, end, bits):
        return
    while at < end:
        at = read_piece(data, at, end, classes, common_letters, counts)


@kernel
def count_ocr(
    data: Bytes, offsets: Counts, classes: Classes, letters: Counts, letter_starts: Counts, lists: Counts,
    counts: Counts,
) -> None:  # fmt: skip
    """Write the ``COLUMNS`` of every document into its row of ``counts`` (zeros at first).

    The common one-letter words of document ``i`` are list ``lists[i]`` (-1: none), which is
    ``letters[letter_starts[list]:letter_starts[list + 1]]``.
    """
    for row in range(len(offsets) - 1):
        chosen = lists[row]
        first = letter_starts[chosen] if chosen >= 0 else 0
        last = letter_starts[chosen + 1] if chosen >= 0 else 0
        count_document(data, offsets[row], offsets[row + 1], classes, letters[first:last], counts[row])
