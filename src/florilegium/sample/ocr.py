"""A noisy channel that spoils clean text as optical character recognition does."""

from florilegium.sample.draw import Draw
from florilegium.sample.measures import edit_distance

CONFUSIONS: dict[str, tuple[str, ...]] = {
    "a": ("o", "n"), "b": ("h", "6"), "c": ("e", "o"), "cl": ("d",), "d": ("cl", "a"), "e": ("c", "o"),
    "f": ("t", "ſ"), "g": ("q", "9"), "h": ("b", "li"), "i": ("l", "j"), "k": ("h", "lc"), "l": ("1", "i"),
    "li": ("h",), "m": ("rn", "in"), "n": ("u", "ri"), "o": ("0", "c"), "p": ("y", "n"), "r": ("i", "t"),
    "ri": ("n",), "rn": ("m",), "s": ("ſ", "5"), "t": ("f", "l"), "u": ("n", "ii"), "v": ("y", "r"),
    "w": ("vv", "iv"), "y": ("v", "g"), ".": (",",), ",": (".",),
}  # fmt: skip
"""Printed letters and what a recogniser makes of them; two-letter keys are tried before one-letter ones."""

SPECKS = ".'`^~*|"


def spoil(clean: str, rate: float, draw: Draw) -> str:
    """Spoil a text until its edits cost ``rate`` (0 to 0.4) of its characters.

    Confused letters make most of the edits; the rest are words broken by a space or by a hyphen and a line end, lost
    letters, words run together and specks of dirt. Edits never overlap, but the cheapest way back may be a little
    cheaper than the way here, so the exact error rate has to be measured; it comes out close to ``rate``.
    """
    budget = rate * len(clean)
    edits: dict[int, tuple[int, str]] = {}
    touched = [False] * (len(clean) + 2)
    for place in draw.shuffled(range(len(clean))):
        if budget <= 0:
            break
        found = _edit(clean, place, draw)
        if found is None:
            continue
        width, becomes = found
        if any(touched[place : place + max(width, 1)]):
            continue
        touched[place : place + max(width, 1)] = [True] * max(width, 1)
        edits[place] = (width, becomes)
        budget -= edit_distance(clean[place : place + width], becomes)
    pieces, done = [], 0
    for place in sorted(edits):
        width, becomes = edits[place]
        pieces += [clean[done:place], becomes]
        done = place + width
    return "".join([*pieces, clean[done:]])


def _edit(clean: str, place: int, draw: Draw) -> tuple[int, str] | None:
    """Draw an edit for this place: how many characters go, and what comes instead; None where the roll does not fit."""
    here, inside = clean[place], clean[place - 1 : place + 1].isalpha()
    roll = draw.below(100)
    if roll < 80:
        key = clean[place : place + 2] if clean[place : place + 2] in CONFUSIONS else here
        return (len(key), draw.pick(CONFUSIONS[key])) if key in CONFUSIONS else None
    if roll < 87:
        return (0, " ") if inside else None
    if roll < 89:
        return (0, "-\n") if inside else None
    if roll < 93:
        return (1, "") if inside else None
    if roll < 96:
        return (1, "") if here == " " else None
    return (0, draw.pick(SPECKS)) if here == " " else None
