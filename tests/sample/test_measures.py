"""The exact measures against their definitions."""

from hypothesis import given
from hypothesis import strategies as st

from florilegium.sample.measures import character_error_rate, edit_distance, jaccard, shingles


def table_distance(one: str, other: str) -> int:
    table = {(row, 0): row for row in range(len(one) + 1)} | {(0, column): column for column in range(len(other) + 1)}
    for row in range(1, len(one) + 1):
        for column in range(1, len(other) + 1):
            table[row, column] = min(
                table[row - 1, column] + 1,
                table[row, column - 1] + 1,
                table[row - 1, column - 1] + (one[row - 1] != other[column - 1]),
            )
    return table[len(one), len(other)]


@given(st.text(alphabet="abc ſ", max_size=40), st.text(alphabet="abc ſ", max_size=40))
def test_edit_distance_equals_the_whole_table(one: str, other: str) -> None:
    assert edit_distance(one, other) == table_distance(one, other)


def test_character_error_rate_is_relative_to_the_clean_text() -> None:
    assert character_error_rate("tbe", "the") == 1 / 3
    assert character_error_rate("", "the") == 1.0


def test_shingles_fold_case_and_leave_out_punctuation() -> None:
    assert shingles("The cat, the dog; THE end!") == {
        ("the", "cat", "the", "dog", "the"),
        ("cat", "the", "dog", "the", "end"),
    }
    assert shingles("only four words here") == frozenset()


def test_jaccard() -> None:
    one, other = shingles("a b c d e f"), shingles("a b c d e g")
    assert jaccard(one, other) == 1 / 3
    assert jaccard(one, one) == 1.0
    assert jaccard(frozenset(), frozenset()) == 0.0
