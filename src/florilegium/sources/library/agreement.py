"""How much a page is like the rest of its volume: the cosine of their counts of character trigrams.

A page in another script or language, a wrong leaf, or a page that recognition failed on stands out as low. Lower case,
white space as one blank; trigrams are counted in 4,096 buckets. Own definition; no published bound.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_BUCKETS = 4096
#: Pages with fewer trigrams say too little.
LEAST = 100


def agreement(pages: Sequence[str]) -> list[float | None]:
    """Give for each page its cosine with all the others, 0 to 1; None where either is too short."""
    rows = [_counts(page).astype(np.int32) for page in pages]  # 16 KB a page
    total = np.zeros(_BUCKETS, dtype=np.int64)
    for row in rows:
        total += row
    found: list[float | None] = []
    for row in rows:
        own = row.astype(np.int64)
        rest = total - own
        if own.sum() < LEAST or rest.sum() < LEAST:
            found.append(None)
            continue
        across, a, b = (float(left @ right) for left, right in ((own, rest), (own, own), (rest, rest)))
        found.append(across / (a * b) ** 0.5)
    return found


def _counts(text: str) -> npt.NDArray[np.int64]:
    characters = " ".join(text.lower().split()).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(characters, dtype=np.uint32)
    if len(codes) < 3:
        return np.zeros(_BUCKETS, dtype=np.int64)
    mixed = codes[:-2] * np.uint32(0x9E3779B1) + codes[1:-1] * np.uint32(0x85EBCA77) + codes[2:] * np.uint32(0xC2B2AE3D)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x27D4EB2F)
    return np.bincount(mixed >> np.uint32(20), minlength=_BUCKETS)
