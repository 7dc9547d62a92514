"""The coupled draw: which documents, in which order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.ablation.draw import (
    LENGTH_CLASSES,
    drop_at_random,
    in_order,
    keys_of,
    length_classes,
    positions,
    shares_kept,
    take,
)

IDS = [f"doc/{n}" for n in range(2000)]
KEYS = keys_of(IDS)
SIZES = np.random.default_rng(3).lognormal(5, 1, len(IDS)).astype(np.int64)
ALL = np.ones(len(IDS), bool)


def ordered_ids(kept: "np.ndarray[tuple[int], np.dtype[np.bool_]]", seed: int = 1) -> list[str]:
    return [IDS[row] for row in in_order(kept, KEYS, seed)]


def test_order_depends_on_ids_alone() -> None:
    shuffled = np.random.default_rng(0).permutation(len(IDS))
    ids = [IDS[row] for row in shuffled]
    again = [ids[row] for row in in_order(ALL, keys_of(ids), 1)]
    assert again == ordered_ids(ALL)
    few = IDS[::7]
    assert [few[row] for row in in_order(np.ones(len(few), bool), keys_of(few), 1)] == [
        i for i in again if i in set(few)
    ]


def test_order_differs_between_seeds_and_purposes() -> None:
    orders = [
        tuple(in_order(ALL, KEYS, seed, purpose))
        for seed in (0, 1, 2)
        for purpose in ("order", "random_a", "random_a_again")
    ]
    assert len(set(orders)) == 9
    first = [order[:1000] for order in orders]
    for a in range(9):
        for b in range(a):
            assert len(set(first[a]) & set(first[b])) == pytest.approx(500, abs=70)  # half, six deviations


def test_positions_spread_evenly_and_never_meet() -> None:
    where = positions(keys_of([f"{n}" for n in range(20_000)]), 1, "order")
    assert len(set(where.tolist())) == 20_000
    counts = np.histogram(where.astype(float), 16, (0, 2.0**64))[0]
    assert ((counts - 1250) ** 2 / 1250).sum() < 45  # chi-square, 15 degrees of freedom: p > 1e-4


def test_odd_ids_have_keys() -> None:
    assert len(set(keys_of(["", "a", "a ", "ä", "\ud800", "\0", "x" * 100_000]).tolist())) == 7


@given(st.sets(st.integers(0, len(IDS) - 1), min_size=1), st.sets(st.integers(0, len(IDS) - 1), min_size=1))
@settings(max_examples=30, deadline=None)
def test_arms_take_what_they_share_in_the_same_order(a: set[int], b: set[int]) -> None:
    masks = [np.isin(np.arange(len(IDS)), list(each)) for each in (a, b)]
    first, second = (ordered_ids(mask) for mask in masks)
    assert [i for i in first if i in set(second)] == [i for i in second if i in set(first)]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.97])
def test_random_drop_has_the_shares_of_the_arm_in_every_class_of_length(share: float) -> None:
    draw = np.random.default_rng(5)
    base = draw.random(len(IDS)) < 0.9
    arm = base & (draw.random(len(IDS)) < share * (np.median(SIZES) < SIZES) + 0.01)
    keep = shares_kept(base, SIZES, SIZES[arm])
    dropped = drop_at_random(base, SIZES, keep, KEYS, 1, "random_arm")
    assert not (dropped & ~base).any()
    classes = length_classes(SIZES, base)
    for each in range(LENGTH_CLASSES):
        assert abs(int((dropped & (classes == each)).sum()) - int((arm & (classes == each)).sum())) <= 1
    others = [drop_at_random(base, SIZES, keep, KEYS, *how) for how in ((2, "random_arm"), (1, "random_arm_again"))]
    assert len({dropped.tobytes(), *(other.tobytes() for other in others)}) == 3


def test_shares_with_equal_lengths_and_with_empty_classes() -> None:
    same = np.full(50, 7)
    base = np.ones(50, bool)
    keep = shares_kept(base, same, same[:20])
    kept = drop_at_random(base, same, keep, KEYS[:50], 1, "x")
    assert kept.sum() == 20
    assert (shares_kept(base, same, same) == 1).all()
    assert (shares_kept(np.zeros(50, bool), same, same[:0]) == 1).all()
    one = np.arange(50) == 4
    assert drop_at_random(one, same, shares_kept(one, same, same[one]), KEYS[:50], 1, "x").tolist() == one.tolist()


def test_take_by_hand() -> None:
    lengths = np.array([4, 9, 0, 2])  # with their start tokens 5, 10, 1, 3: 19 together
    order = np.array([1, 3, 2, 0])
    orders = {1: np.array([0, 2, 3, 1]), 2: np.array([0, 3, 1, 2])}
    for tokens, rows, repeats in [
        (1, [1], 1 / 19),
        (10, [1], 10 / 19),
        (11, [1, 3], 11 / 19),
        (14, [1, 3, 2], 14 / 19),
        (19, [1, 3, 2, 0], 1.0),
        (20, [1, 3, 2, 0, 0], 20 / 19),
        (38, [1, 3, 2, 0, 0, 2, 3, 1], 2.0),
        (49, [1, 3, 2, 0, 0, 2, 3, 1, 0, 3, 1], 49 / 19),
    ]:
        taken = take(order, lengths, tokens, orders.__getitem__)
        assert taken.rows.tolist() == rows and taken.repeats == pytest.approx(repeats)
    with pytest.raises(ValueError, match="no document"):
        take(order[:0], lengths, 5, orders.__getitem__)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(1, 500))
@settings(max_examples=200, deadline=None)
def test_what_is_taken_suffices_and_no_document_too_many(sizes: list[int], tokens: int) -> None:
    lengths = np.array(sizes)
    rows = take(np.arange(len(sizes)), lengths, tokens, lambda number: np.roll(np.arange(len(sizes)), number)).rows
    assert (lengths[rows] + 1).sum() >= tokens > (lengths[rows[:-1]] + 1).sum()
