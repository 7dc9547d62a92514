"""Stars: near-copies gathered around the document that survives for them.

Documents that share a band are candidates. The usual next step, connected components, chains: A like B and B like C
puts A with C, whatever they share, and of a chain only one document is kept. Here documents come in order of
preference; each goes to the likest of the survivors it meets in its buckets, if their estimated likeness
(``estimated_jaccard``) reaches the bound, and else survives itself. So each removed document is a verified neighbour of
one that is kept, and two documents of a cluster are at most two steps apart: as 1 - Jaccard is a metric, they share at
least 2 * bound - 1 (both may be parts of their survivor without being like each other).

A bucket notes the survivors of its members, never more than 32 of them: a template on a million pages costs a million
short rows of comparisons. A second sweep in the same order lets a document find a survivor with which it shares no
bucket through a third that shares one with both (a third sweep changed nothing on the data below).

Measured on 4,021 real and edited web pages with exact Jaccard indices of all pairs (5-grams, 14 bands of 8, longest
kept; means over seeds 1 to 8). "Together": share of the pairs in one cluster; "one left": of which not both are kept.

====================================  =======  =======  =======  =======  =======  =============  ===============
together, by Jaccard of the pair      0.5-0.6  0.6-0.7  0.7-0.8  0.8-0.9  0.9-1    removed with    pairs below 0.3
                                                                                   Jaccard < 0.5   in one cluster
====================================  =======  =======  =======  =======  =======  =============  ===============
theory of the bands                   0.116    0.368    0.752    0.976    1.000
pairs sharing a band                  0.130    0.381    0.756    0.971    1.000
components                            0.224    0.478    0.815    0.979    1.000    26.4 of 556     4.6
components of pairs verified at 0.55  0.209    0.478    0.815    0.979    1.000    18.9 of 549     4.0
components of pairs verified at 0.7   0.079    0.283    0.759    0.979    1.000    5.8 of 490      1.4
stars at 0.5                          0.155    0.427    0.770    0.967    0.998    8.8 of 534      0.1
stars at 0.55, the default            0.121    0.413    0.756    0.963    0.998    5.8 of 526      0.2
stars at 0.6                          0.062    0.367    0.718    0.945    0.995    3.5 of 508      0.1
stars at 0.7                          0.011    0.153    0.580    0.913    0.994    2.8 of 454      0
stars at 0.55, one left               0.563    0.736    0.899    0.986    1.000
====================================  =======  =======  =======  =======  =======  =============  ===============

0.55 is the highest of these bounds at which pairs from 0.5 to 0.8 are together as often as theory says, on average over
seeds (the default seed alone: 0.717 for 0.752 between 0.7 and 0.8, where its bands meet in 0.704). From 0.8 on it is
slightly less often, as two copies may go to different survivors. "One left" is above theory everywhere, helped by pages
removed for a third. Pairs below 0.5 are parted on purpose.

With the default seed no pair below 0.3 is in one cluster, with seeds 3 to 6 and 8 neither. Seed 2 has one, Chinese,
where those exact indices count whole clauses as words and ours characters (so do three of the removed below 0.5). Seed
7 has one of 0.25, two Czech pages estimated at 0.59 and 0.73 to their survivor, really 0.47 and 0.73. From a bound of
0.65 there is none in eight seeds. At 0.7 fewer lists that share a template are taken for copies: on pages judged by
hand (chatnoir-copycat) precision 0.82 and recall 0.73, against 0.76 and 0.83 at 0.55.
"""

import math

import numba
import numpy as np
import numpy.typing as npt

from florilegium.dedup.equal import first_equal

CANDIDATES_AT_MOST = 32
SWEEPS = 2

Buckets = npt.NDArray[np.int32]
Low = npt.NDArray[np.uint8]


def matches_at_least(similarity: float, minima: int) -> int:
    """How many of ``minima`` lowest bytes must agree for an ``estimated_jaccard`` of at least ``similarity``."""
    return math.ceil(minima * (1 / 256 + similarity * 255 / 256) - 1e-9)


def estimated_jaccard(first: Low, second: Low) -> float:
    """Estimate the Jaccard index of two texts from the lowest bytes of their minima.

    (m - 1/256) / (1 - 1/256), not below 0: m is the share of equal bytes, of others 1/256 agree by chance (Li and
    Koenig 2010).
    """
    return max(0.0, (float(np.mean(first == second)) - 1 / 256) / (1 - 1 / 256))


def band_buckets(bands: npt.NDArray[np.uint64]) -> Buckets:
    """For each document (row) and band: where its bucket starts; -1 where it is alone.

    The buckets of a band, in the order of their first documents, stand one behind the other.
    """
    buckets = np.empty(bands.shape, dtype=np.int32)
    for band in range(bands.shape[1]):
        _bucket_starts(first_equal(bands[:, band : band + 1]), buckets[:, band])
    return buckets


@numba.njit(cache=True, nogil=True)
def _bucket_starts(first: npt.NDArray[np.int64], starts: Buckets) -> None:
    """Write the start of each document's bucket, named by its ``first`` document; -1 for buckets of one."""
    members = np.zeros(len(first), dtype=np.int32)
    for document in first:
        members[document] += 1
    free = 0
    for document in range(len(first)):
        if members[first[document]] == 1:
            starts[document] = -1
        elif first[document] == document:
            starts[document] = free
            free += members[document]
        else:
            starts[document] = starts[first[document]]


def join_stars(buckets: Buckets, low: Low, similarity_at_least: float) -> npt.NDArray[np.int64]:
    """For each document (best first) give the index of its star's centre: itself where it survives.

    ``buckets`` is from ``band_buckets``; ``low`` has a byte a minimum. A centre comes before what it is the centre of.
    """
    return _join(buckets, np.ascontiguousarray(low), matches_at_least(similarity_at_least, low.shape[1]))


@numba.njit(cache=True, nogil=True)
def _join(buckets: Buckets, low: Low, matches: int) -> npt.NDArray[np.int64]:
    """Give each document to the likest centre in its buckets, or make it a centre there."""
    documents, bands = buckets.shape
    centres = np.empty(documents, dtype=np.int64)
    slots = np.empty((bands, SWEEPS * documents), dtype=np.int32)  # a bucket notes at most its size in each sweep
    filled = np.zeros((bands, documents), dtype=np.uint8)
    for _ in range(SWEEPS):
        for document in range(documents):
            best, most = document, matches
            for band in range(bands):
                start = buckets[document, band]
                if start < 0:
                    continue
                for slot in range(SWEEPS * start, SWEEPS * start + filled[band, start]):
                    centre = slots[band, slot]
                    if centre < document and centre != best and centres[centre] == centre:
                        same = _equal_bytes(low[document], low[centre])
                        if same > most or (same == most and centre < best):
                            best, most = centre, same
            centres[document] = best
            for band in range(bands):
                if buckets[document, band] >= 0:
                    _register(slots[band], filled[band], buckets[document, band], best)
    return centres


@numba.njit(cache=True, nogil=True, inline="always")
def _register(slots: Buckets, filled: npt.NDArray[np.uint8], start: int, centre: int) -> None:
    """Note a centre in a bucket where it is not yet noted and the bucket has room."""
    first = SWEEPS * start
    end = first + filled[start]
    if end - first == CANDIDATES_AT_MOST:
        return
    for slot in range(first, end):
        if slots[slot] == centre:
            return
    slots[end] = centre
    filled[start] += 1


@numba.njit(cache=True, nogil=True, inline="always")
def _equal_bytes(first: Low, second: Low) -> int:
    """Count the places at which two rows agree."""
    same = 0
    for index in range(len(first)):
        same += first[index] == second[index]
    return same
