"""MinHash: exact agreement with the plain signature, the statistics of the estimate, tiny texts, stability."""

import math
import random
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.dedup.signatures import Signatures, signatures
from florilegium.dedup.stars import estimated_jaccard
from florilegium.errors import RecipeError

Plain = Callable[[str, int, int, int, int], tuple[bytes, bytes] | None]
TEXTS = [
    " ".join(f"word{i % 37}" for i in range(300)),
    "Ein Text mit genau zwölf Wörtern, damit es acht verschiedene Folgen von fünf gibt hier",
    "我们今天去公园散步，天气很好，大家都很高兴。",
    "too short for it",
    "",
]


def pair(made: Signatures, row: int) -> tuple[bytes, bytes] | None:
    """Both values of one row, None where they are null."""
    bands, low = made.bands[row].as_py(), made.low[row].as_py()
    assert (bands is None) == (low is None)
    return None if bands is None else (bands, low)


@pytest.mark.parametrize(("ngram", "bands", "rows", "seed"), [(5, 14, 8, 1), (3, 4, 5, 7), (1, 1, 1, 0), (9, 20, 2, 3)])
def test_kernel_agrees_with_the_plain_signature(
    ngram: int, bands: int, rows: int, seed: int, signature_of: Plain
) -> None:
    made = signatures(pa.array(TEXTS), ngram=ngram, bands=bands, rows=rows, seed=seed)
    assert made.bands.type == pa.binary(8 * bands) and made.low.type == pa.binary(bands * rows)
    for row, text in enumerate(TEXTS):
        assert pair(made, row) == signature_of(text, ngram, bands, rows, seed)


@settings(deadline=None)
@given(texts=st.lists(st.text(alphabet="abC, \n\u00ad中Éß", max_size=60), max_size=4), ngram=st.integers(1, 4))
def test_kernel_agrees_on_generated_texts(texts: list[str], ngram: int, signature_of: Plain) -> None:
    made = signatures(pa.array(texts, type=pa.string()), ngram=ngram, bands=3, rows=2, seed=5)
    assert [pair(made, row) for row in range(len(texts))] == [signature_of(text, ngram, 3, 2, 5) for text in texts]


@settings(deadline=None, max_examples=30)
@given(shared=st.integers(20, 200), own=st.integers(0, 200), seed=st.integers(1, 10**6))
def test_estimate_is_near_the_exact_jaccard(
    shared: int, own: int, seed: int, ngrams_of: Callable[[str, int], set[tuple[str, ...]]]
) -> None:
    draw = random.Random(seed)
    words = [[f"w{draw.randrange(10**6)}" for _ in range(count)] for count in (shared, own, own)]
    texts = [" ".join(words[0] + words[1]), " ".join(words[0] + words[2])]
    first, second = (ngrams_of(text, 5) for text in texts)
    exact = len(first & second) / len(first | second)
    low = np.array([list(value.as_py()) for value in signatures(pa.array(texts), bands=100, rows=10, seed=seed).low])
    error = estimated_jaccard(low[0], low[1]) - exact
    assert abs(error) <= 5.5 * math.sqrt(exact * (1 - exact) / 1000) + 0.005


def test_estimate_has_no_bias_and_the_spread_of_theory() -> None:
    words = [f"w{number}" for number in range(400)]
    texts = pa.array([" ".join(words), " ".join(words[:300] + [f"other{number}" for number in range(100)])])
    exact = 296 / (2 * 396 - 296)
    estimates = []
    for seed in range(300):
        low = np.array([list(value.as_py()) for value in signatures(texts, seed=seed).low])
        estimates.append(estimated_jaccard(low[0], low[1]))
    spread = math.sqrt(exact * (1 - exact) / 112)
    assert abs(np.mean(estimates) - exact) < 4 * spread / math.sqrt(300)
    assert 0.85 < np.std(estimates) / spread < 1.2


def test_bands_meet_as_often_as_theory_says() -> None:
    words = [f"w{number}" for number in range(400)]
    texts = pa.array([" ".join(words), " ".join(words[:340] + [f"other{number}" for number in range(60)])])
    similarity = 336 / (2 * 396 - 336)
    expected = 1 - (1 - similarity**8) ** 14
    met = 0
    for seed in range(400):
        bands = [np.frombuffer(value.as_py(), dtype=np.uint64) for value in signatures(texts, seed=seed).bands]
        met += bool((bands[0] == bands[1]).any())
    assert abs(met / 400 - expected) < 4 * math.sqrt(expected * (1 - expected) / 400)


def test_tiny_texts_have_none() -> None:
    texts = ["a b c d", "a b c d e f g h i j k", "a b c d e f g h i j k l", "na " * 5000, None, "中" * 40]
    assert signatures(pa.array(texts)).bands.is_valid().to_pylist() == [False, False, True, False, False, False]


def test_signatures_are_stable() -> None:
    made = signatures(pa.array(["Tell me, O Muse, of that ingenious hero who travelled far and wide"]), bands=2, rows=3)
    assert made.bands[0].as_py().hex() == "c8d6a01af7276c4e8db2039278f124b1"
    assert made.low[0].as_py().hex() == "b37efdec232f"


def test_signatures_do_not_depend_on_the_batch() -> None:
    texts = pa.array(TEXTS)
    whole = signatures(texts)
    for row in range(len(TEXTS)):
        assert pair(signatures(texts[row : row + 1]), 0) == pair(whole, row)
    assert len(signatures(texts[:0]).bands) == 0


@pytest.mark.parametrize("option", ["ngram", "bands", "rows"])
def test_numbers_below_one_are_refused(option: str) -> None:
    with pytest.raises(RecipeError, match=f"{option} is 0"):
        signatures(pa.array(["a"]), **{option: 0})
