"""Edits applied, offsets moved: laws that hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from florilegium.clean.edits import Edit, apply_edits, changed, move_offsets
from florilegium.errors import ContractError


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text with sorted edits that do not overlap (insertions and empty replacements among them)."""
    text = draw(st.text("abc \n", max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [Edit(start, end, draw(st.text("XY", max_size=5)), "rule") for start, end in spans]


@given(edited())
def test_apply_replaces_the_spans_and_nothing_else(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    backwards = text
    for edit in reversed(edits):  # from the end, so that offsets in front stay right
        backwards = backwards[: edit.start] + edit.replacement + backwards[edit.end :]
    assert apply_edits(text, edits) == backwards


@given(edited())
def test_a_position_outside_the_edits_stays_at_its_character(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    result = apply_edits(text, edits)
    outside = [n for n in range(len(text)) if not any(edit.start <= n < edit.end or edit.start == n for edit in edits)]
    assert [result[n] for n in move_offsets(outside, edits)] == [text[n] for n in outside]


@given(edited())
def test_positions_keep_their_order_and_stay_in_the_text(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    moved = move_offsets(range(len(text) + 1), edits)
    assert moved == sorted(moved)
    assert moved[0] == 0 and moved[-1] <= len(apply_edits(text, edits))
    assert move_offsets(reversed(range(len(text) + 1)), edits) == moved[::-1]


@given(edited())
def test_a_position_inside_an_edit_stays_inside_its_replacement(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    for n, edit in enumerate(edits):
        start = len(apply_edits(text[: edit.start], edits[:n]))
        inside = range(1, edit.end - edit.start)
        expected = [start + min(distance, len(edit.replacement)) for distance in inside]
        assert move_offsets([edit.start + distance for distance in inside], edits) == expected


def test_insertion_comes_after_a_position_at_its_start() -> None:
    assert move_offsets([2, 3], [Edit(2, 2, "XX", "rule")]) == [2, 5]
    assert move_offsets([5], [Edit(5, 9, "", "rule")]) == [5]


@pytest.mark.parametrize("spans", [[(3, 5), (0, 2)], [(0, 3), (2, 5)], [(4, 2)], [(0, 11)], [(-1, 2)]])
def test_edits_that_contradict_each_other_are_refused(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ContractError, match="sorted edits"):
        apply_edits("0123456789", [Edit(start, end, "", "rule") for start, end in spans])


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_changed_is_the_shortest_replacement(before: str, after: str) -> None:
    edit = changed(7, before, after, "rule")
    assert apply_edits("-" * 7 + before, [edit]) == "-" * 7 + after
    removed = ("-" * 7 + before)[edit.start : edit.end]
    if removed and edit.replacement:
        assert removed[0] != edit.replacement[0] and removed[-1] != edit.replacement[-1]
