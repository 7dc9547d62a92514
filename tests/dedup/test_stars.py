"""Stars: agreement with a plain version, chains, hot buckets."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.dedup.stars import band_buckets, estimated_jaccard, join_stars, matches_at_least

Bands = npt.NDArray[np.uint64]
Low = npt.NDArray[np.uint8]


def plain_stars(bands: Bands, low: Low, similarity_at_least: float) -> list[int]:
    """What the docstring of the module says, over dictionaries."""
    matches = matches_at_least(similarity_at_least, low.shape[1])
    noted: dict[tuple[int, int], list[int]] = {}
    centres = list(range(len(bands)))
    for _ in range(2):
        for document in range(len(bands)):
            met = {centre for place in enumerate(bands[document]) for centre in noted.get(place, [])}
            near = [
                (-int((low[document] == low[centre]).sum()), centre)
                for centre in met
                if centre < document and centres[centre] == centre
            ]
            likest = min(near, default=(0, document))
            centres[document] = likest[1] if -likest[0] >= matches else document
            for place in enumerate(bands[document]):
                bucket = noted.setdefault(place, [])
                if centres[document] not in bucket and len(bucket) < 32:
                    bucket.append(centres[document])
    return centres


@settings(deadline=None, max_examples=200)
@given(
    documents=st.integers(0, 80),
    values=st.integers(1, 6),
    bound=st.sampled_from([0.0, 0.3, 0.6, 1.0]),
    seed=st.integers(0, 99),
)
def test_kernel_agrees_with_the_plain_version(documents: int, values: int, bound: float, seed: int) -> None:
    draw = np.random.default_rng(seed)
    bands = draw.integers(0, values, (documents, 3)).astype(np.uint64)
    low = draw.integers(0, values, (documents, 12)).astype(np.uint8)
    assert join_stars(band_buckets(bands), low, bound).tolist() == plain_stars(bands, low, bound)


def test_buckets_give_the_place_of_the_first_and_minus_one_for_those_alone() -> None:
    bands = np.array([[7, 1], [5, 2], [7, 3], [5, 4], [9, 1]], dtype=np.uint64)
    assert band_buckets(bands).tolist() == [[0, 0], [2, -1], [0, -1], [2, -1], [-1, 0]]


@pytest.mark.parametrize(("equal", "estimate"), [(256, 1.0), (128, 127 / 255), (1, 0.0), (0, 0.0)])
def test_estimate_takes_chance_off(equal: int, estimate: float) -> None:
    first = np.zeros(256, dtype=np.uint8)
    second = np.ones(256, dtype=np.uint8)
    second[:equal] = 0
    assert estimated_jaccard(first, second) == pytest.approx(estimate)
    assert matches_at_least(estimate, 256) <= max(equal, 1)


def test_a_bound_is_reached_exactly() -> None:
    low = np.zeros((2, 256), dtype=np.uint8)
    low[1, 128:] = 1
    buckets = band_buckets(np.zeros((2, 1), dtype=np.uint64))
    assert join_stars(buckets, low, 127 / 255).tolist() == [0, 0]
    assert join_stars(buckets, low, 127 / 255 + 0.001).tolist() == [0, 1]


def test_a_chain_does_not_become_one_cluster() -> None:
    steps = 12
    low = np.zeros((steps, 112), dtype=np.uint8)
    for step in range(steps):
        low[step, : 24 * step] = 1 + step  # the next one differs in 24 more places
    bands = np.zeros((steps, 14), dtype=np.uint64)
    centres = join_stars(band_buckets(bands), low, 0.7)
    assert [estimated_jaccard(low[0], low[step]) >= 0.7 for step in (1, 2)] == [True, False]
    assert centres[1] == 0
    assert centres[2] == 2
    for document, centre in enumerate(centres):
        assert document == centre or estimated_jaccard(low[document], low[centre]) >= 0.7


def test_a_survivor_is_found_through_a_third_document() -> None:
    low = np.zeros((3, 112), dtype=np.uint8)
    bands = np.array([[1, 10], [2, 20], [1, 20]], dtype=np.uint64)  # the third shares a band with both
    assert join_stars(band_buckets(bands), low, 0.55).tolist() == [0, 0, 0]


def test_a_document_goes_to_its_likest_survivor() -> None:
    low = np.zeros((3, 112), dtype=np.uint8)
    low[1, :60] = 1
    low[2, :40] = 1
    buckets = band_buckets(np.zeros((3, 2), dtype=np.uint64))
    assert join_stars(buckets, low, 0.6).tolist() == [0, 1, 1]


@pytest.mark.parametrize("alike", [True, False])
def test_a_hot_bucket_stays_linear(alike: bool) -> None:
    documents = 300_000  # all pairs would be 45 thousand million comparisons: the time limit of the test run
    low = np.zeros((documents, 112), dtype=np.uint8)
    if not alike:
        low[:] = np.random.default_rng(0).integers(0, 256, low.shape, dtype=np.uint8)
    centres = join_stars(band_buckets(np.zeros((documents, 1), dtype=np.uint64)), low, 0.55)
    assert (centres == (0 if alike else np.arange(documents))).all()
