import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from florilegium.benchmark.contamination import contamination
from florilegium.benchmark.items import Item, Request

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
SHORT = "A sentence of exactly seven words, here."


def item(text: str, number: int = 0) -> Item:
    return Item("t", "text", str(number), (Request("", text, text),), 0, 1.0, "", {})


def test_planted_text_is_found_whatever_its_case_and_punctuation() -> None:
    words = LONG.split()
    planted = "Before it: " + ", ".join(words[1:14]).upper() + "! And after."
    pool = [pa.array(["nothing here", None]), pa.array(["x " * 50, planted])]
    found = contamination([item(LONG), item(SHORT, 1)], pool)
    assert found["ngrams"].to_list() == [3, 1] and found["found"].to_list() == [1, 0]
    assert found["contaminated"].to_list() == [True, False]
    assert contamination([item(LONG)], pool, at_most=0.5)["contaminated"].to_list() == [False]


def test_what_is_near_is_not_found() -> None:
    words = LONG.split()
    near = " ".join([*words[:7], "other", *words[7:]])  # never thirteen in a row
    assert contamination([item(LONG)], [pa.array([near])])["found"].to_list() == [0]
    across = pa.array([" ".join(words[:7]), " ".join(words[7:])])  # two texts do not make one
    assert contamination([item(LONG)], [across])["found"].to_list() == [0]


def test_short_items_are_looked_for_as_a_whole() -> None:
    pool = [pa.array(["He wrote: a sentence of exactly seven words here, and then four words only"])]
    found = contamination([item(SHORT), item("four words only then", 1), item("of exactly seven words then", 2)], pool)
    assert found["ngrams"].to_list() == [1, 0, 1]
    assert found["contaminated"].to_list() == [True, False, False]


def test_the_right_answer_belongs_to_the_item() -> None:
    requests = (
        Request("The capital of the country is", " Paris", "Paris"),
        Request("The capital of the country is", " Rome", "Rome"),
    )
    asked = Item("t", "choice", "1", requests, 1, 1.0, "", {})
    assert contamination([asked], [pa.array(["the capital of the country is Paris"])])["found"].to_list() == [0]
    assert contamination([asked], [pa.array(["the capital of the country is Rome"])])["found"].to_list() == [1]


Words = st.lists(st.sampled_from("ab"), max_size=24)


@given(st.lists(Words, min_size=1, max_size=4), st.lists(Words, min_size=1, max_size=4))
def test_agrees_with_sets_of_words(texts: list[list[str]], pool: list[list[str]]) -> None:
    found = contamination(
        [item(" ".join(words) or "-") for words in texts], [pa.array([" ".join(words) for words in pool])]
    )
    for row, words in zip(found.rows(named=True), texts, strict=True):
        size = min(len(words), 13)
        grams = {tuple(words[at : at + size]) for at in range(len(words) - size + 1)} if size >= 5 else set()
        there = {tuple(other[at : at + size]) for other in pool for at in range(len(other) - size + 1)}
        assert (row["ngrams"], row["found"]) == (len(grams), len(grams & there))
