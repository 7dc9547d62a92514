"""The exact measures that the sample's truth records: word 5-gram Jaccard and character error rate."""

import re

WORD = re.compile(r"\w+")


def shingles(text: str, n: int = 5) -> frozenset[tuple[str, ...]]:
    """Give the set of word n-grams of a text; words are the runs of ``\\w`` in lower case.

    A text of fewer than ``n`` words has none.
    """
    words = WORD.findall(text.lower())
    return frozenset(zip(*(words[i:] for i in range(n)), strict=False))


def jaccard(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Give |A ∩ B| / |A ∪ B|, from 0 to 1; two empty sets give 0."""
    shared = len(one & other)
    union = len(one) + len(other) - shared
    return shared / union if union else 0.0


def edit_distance(one: str, other: str) -> int:
    """Count the fewest insertions, deletions and substitutions of characters that turn one text into the other.

    Myers' bit-vector algorithm in Hyyrö's form (G. Myers, J. ACM 46(3), 1999; H. Hyyrö, 2001): one column of the table
    is held as two integers of ``len(one)`` bits, so that a page takes milliseconds in plain Python.
    """
    if not one:
        return len(other)
    places: dict[str, int] = {}
    for index, character in enumerate(one):
        places[character] = places.get(character, 0) | 1 << index
    full = (1 << len(one)) - 1
    last = 1 << (len(one) - 1)
    rises, falls, distance = full, 0, len(one)
    for character in other:
        match = places.get(character, 0)
        diagonal = (((match & rises) + rises) ^ rises) | match | falls
        rise = falls | ~(diagonal | rises) & full
        fall = rises & diagonal
        distance += bool(rise & last) - bool(fall & last)
        rise = (rise << 1 | 1) & full
        rises = (fall << 1 & full) | ~(diagonal | rise) & full
        falls = rise & diagonal
    return distance


def character_error_rate(noisy: str, clean: str) -> float:
    """Give the edit distance divided by the length of the clean text in characters (0 is perfect, may exceed 1)."""
    return edit_distance(clean, noisy) / len(clean)
