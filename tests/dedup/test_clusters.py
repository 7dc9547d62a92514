"""Survivors, cluster sizes, masks and ties on literal keys."""

import numpy as np
import pyarrow as pa
import pytest

from florilegium.dedup.arrays import fixed_binary
from florilegium.dedup.clusters import By, Clusters, Keep, Keys, find_duplicates, preference
from florilegium.dedup.signatures import signatures
from florilegium.dedup.textkey import text_key
from florilegium.errors import ContractError, RecipeError

PROSE = "the ship left the harbour at dawn and the crew sang while gulls followed it far out over the grey water"


def keys(values: list[int | None]) -> pa.FixedSizeBinaryArray:
    """A column of 16-byte keys."""
    return pa.array([None if value is None else value.to_bytes(16, "big") for value in values], type=pa.binary(16))


def rows(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Row numbers."""
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("keep", "column", "order"),
    [
        ("longest", pa.array([3, 9, None, 9, 5]), [1, 3, 4, 0, 2]),
        ("earliest", pa.array(["2024-05-06", None, "2020-01-01", "2024-05-06", "2020-01-01"]), [2, 4, 0, 3, 1]),
        ("best", pa.array([0.5, float("nan"), None, 0.9, 0.5]), [3, 0, 4, 1, 2]),
        ("longest", pa.chunked_array([[1, 2], [2]]), [1, 2, 0]),
    ],
)
def test_preference_puts_ties_in_row_order_and_nulls_last(keep: Keep, column: pa.Array, order: list[int]) -> None:
    assert preference(keep, column).tolist() == order


def test_an_unknown_preference_is_refused() -> None:
    with pytest.raises(RecipeError, match="newest"):
        preference("newest", pa.array([1]))  # type: ignore[arg-type]


def test_equal_keys_are_one_cluster_and_the_preferred_survives() -> None:
    found = find_duplicates(Keys(text=keys([1, 2, 1, None, None, 1])), rows(5, 4, 3, 2, 1, 0), by=["text"])
    assert found.survivor.tolist() == [5, 1, 5, 3, 4, 5]
    assert found.cluster.tolist() == [5, -1, 5, -1, -1, 5]
    assert found.size.tolist() == [3, 1, 3, 1, 1, 3]
    assert found.removed_by.tolist() == [0, -1, 0, -1, -1, -1]
    assert found.kept.tolist() == [False, True, False, True, True, True]


def test_keys_that_differ_in_one_half_are_different() -> None:
    found = find_duplicates(Keys(url=keys([1, 2**64 + 1, 2**64, 1])), rows(0, 1, 2, 3), by=["url"])
    assert found.survivor.tolist() == [0, 1, 2, 0]


def test_documents_outside_the_mask_take_no_part() -> None:
    among = np.array([False, True, True, True])
    found = find_duplicates(Keys(text=keys([1, 1, 1, 2])), rows(0, 1, 2, 3), by=["text"], among=among)
    assert found.survivor.tolist() == [-1, 1, 1, 3]
    assert found.cluster.tolist() == [-1, 1, 1, -1]
    assert found.size.tolist() == [0, 2, 2, 1]
    assert found.kept.tolist() == [False, True, False, True]


def test_each_key_sees_what_the_keys_before_left_and_survivors_are_followed_to_the_end() -> None:
    both = Keys(url=keys([1, 1, 2, 3]), text=keys([7, 8, 7, 8]))
    found = find_duplicates(both, rows(2, 0, 1, 3), by=["url", "text"])
    assert found.survivor.tolist() == [2, 2, 2, 3]  # row 1 fell to row 0 by url, row 0 to row 2 by text
    assert found.removed_by.tolist() == [1, 0, -1, -1]
    assert found.size.tolist() == [3, 3, 3, 1]
    turned = find_duplicates(both, rows(2, 0, 1, 3), by=["text", "url"])
    assert turned.survivor.tolist() == [2, 1, 2, 1]


def near_copies(texts: list[str], keep: Keep, column: pa.Array, bound: float = 0.55) -> Clusters:
    """Cluster texts by their words and signatures."""
    made = signatures(pa.array(texts))
    measured = Keys(text=text_key(pa.array(texts)), bands=made.bands, low=made.low)
    return find_duplicates(measured, preference(keep, column), by=["text", "minhash"], similarity_at_least=bound)


def test_near_copies_fall_to_the_survivor_of_each_preference() -> None:
    other = "another text about quite other things that nobody has ever written before now"
    texts = [PROSE, PROSE + " that day", other]
    for keep, column, survivor in (
        ("longest", [len(text) for text in texts], [1, 1, 2]),
        ("earliest", ["2020", "2021", "2022"], [0, 0, 2]),
        ("best", [0.1, 0.3, 0.2], [1, 1, 2]),
        ("best", [0.1, 0.1, 0.1], [0, 0, 2]),
    ):
        found = near_copies(texts, keep, pa.array(column))  # type: ignore[arg-type]
        assert found.survivor.tolist() == survivor
        assert found.size.tolist() == [2, 2, 1]


def test_the_bound_decides() -> None:
    lengths = pa.array([1, 1])
    texts = [PROSE, PROSE + " that day"]  # 16 of 18 n-grams
    assert near_copies(texts, "longest", lengths, bound=0.99).kept.tolist() == [True, True]


def test_tiny_texts_are_removed_only_as_exact_copies() -> None:
    texts = [
        "na na na na na",
        "na " * 400,
        "Na, na: na na na!",
        "write to us by mail or phone",
        "write to us by mail or fax",
    ]
    found = near_copies(texts, "longest", pa.array([1] * 5))
    assert found.survivor.tolist() == [0, 1, 0, 3, 4]


def test_the_result_does_not_hang_on_row_order() -> None:
    draw = np.random.default_rng(3)
    words = [f"w{number}" for number in range(60)]
    texts = []
    for _ in range(300):
        chosen = list(words) if draw.random() < 0.7 else [f"x{draw.integers(10**6)}" for _ in words]
        for place in draw.integers(0, len(words), draw.integers(0, 6)):
            chosen[place] = f"y{draw.integers(10**6)}"
        texts.append(" ".join(chosen))
    likes = draw.permutation(len(texts))
    plain = near_copies(texts, "best", pa.array(likes))
    shuffle = draw.permutation(len(texts))
    turned = near_copies([texts[row] for row in shuffle], "best", pa.array(likes[shuffle]))
    assert (~plain.kept).sum() > 100
    assert (shuffle[turned.survivor] == plain.survivor[shuffle]).all()
    again = near_copies(texts, "best", pa.array(likes))
    assert (again.survivor == plain.survivor).all()


def test_chunked_and_sliced_columns_give_the_same() -> None:
    made = signatures(pa.array(["cut off", PROSE, "short", PROSE + " again"]))
    whole = find_duplicates(Keys(bands=made.bands[1:], low=made.low[1:]), rows(0, 1, 2), by=["minhash"])
    parts = [pa.chunked_array([column[1:2], column[2:]]) for column in (made.bands, made.low)]
    chunked = find_duplicates(Keys(bands=parts[0], low=parts[1]), rows(0, 1, 2), by=["minhash"])
    assert whole.survivor.tolist() == chunked.survivor.tolist() == [0, 1, 0]


def test_no_documents() -> None:
    empty = fixed_binary(np.zeros((0, 2), dtype=np.uint64), np.zeros(0, dtype=np.bool_))
    found = find_duplicates(Keys(url=empty, text=empty, bands=empty, low=empty), rows())
    assert found.survivor.tolist() == []


@pytest.mark.parametrize(("by", "named"), [(["minhash"], "bands"), (["url"], "url"), (["sound"], "sound")])
def test_missing_and_unknown_keys_are_refused(by: list[By], named: str) -> None:
    with pytest.raises(RecipeError, match=named):
        find_duplicates(Keys(text=keys([1])), rows(0), by=by)


def test_columns_of_another_length_or_type_are_refused() -> None:
    with pytest.raises(ContractError, match="1 rows for 2 documents"):
        find_duplicates(Keys(text=keys([1])), rows(0, 1), by=["text"])
    with pytest.raises(ContractError, match="found string"):
        find_duplicates(Keys(text=pa.array(["a"])), rows(0), by=["text"])


def test_the_package_and_the_decision_are_light() -> None:
    import subprocess
    import sys

    code = "import sys, florilegium.dedup.clusters; print('numba' in sys.modules, 'pyarrow.compute' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]
