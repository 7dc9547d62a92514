"""The step ``deduplicate``: which copy stays, which key removed the others, and who stands for whom."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.dedup.decision import Deduplicate, DeduplicateOptions
from florilegium.run.decisions import Deciding, Verdict, list_reasons
from tests.run.measured import Row, columns

A, B, C = (letter * 16 for letter in (b"a", b"b", b"c"))


def step(name: str | None = None, **options: Any) -> Deduplicate:
    return Deduplicate(DeduplicateOptions.model_validate(options), name)


def state_of(folder: Path, *shards: list[Row]) -> Deciding:
    return Deciding(columns(folder, *([{"id": "x"} | row for row in rows] for rows in shards)))


def rules_of(state: Deciding) -> list[str | None]:
    """Give the rule that dropped each document."""
    return [state.rules[number][1] if number >= 0 else None for number in state.first]


def signature(bands: bytes, low: bytes) -> Row:
    """Two bands, eight minima."""
    return {"minhash.bands": bytes(7).join([b"", *(bytes([band]) for band in bands)]), "minhash.low": low}


@pytest.mark.parametrize(
    ("keep", "survivor"),
    [("longest", 3), ("earliest", 2), ({"best": "a.share"}, 1), ({"best": "a.count"}, 0)],
)
def test_the_copy_that_was_asked_for_stays(tmp_path: Path, keep: Any, survivor: int) -> None:
    state = state_of(
        tmp_path,
        [
            {"key.text": A, "date": None, "text_bytes": 5, "a.count": 7, "a.share": None},
            {"key.text": A, "date": "1900", "text_bytes": 5, "a.share": 0.9},
        ],
        [
            {"key.text": A, "date": "1850-01-02", "text_bytes": 5},
            {"key.text": A, "date": "1850-01-03", "text_bytes": 9, "a.share": 0.2},
        ],
    )
    step(by=["text"], keep=keep).apply(state)
    assert np.flatnonzero(state.alive).tolist() == [survivor]
    assert state.survivor.tolist() == [survivor] * 4


def test_of_equal_copies_the_first_stays(tmp_path: Path) -> None:
    state = state_of(tmp_path, [{"key.text": B}], [], [{"key.text": A}, {"key.text": B}, {"key.text": A}])
    step(by=["text"]).apply(state)
    assert state.alive.tolist() == [True, True, False, False] and state.survivor.tolist() == [0, 1, 0, 1]


def test_each_key_is_a_rule_and_the_first_that_matches_counts(tmp_path: Path) -> None:
    near, other = signature(b"\1\2", b"abcdefgh"), signature(b"\1\3", b"abcdefgx")
    state = state_of(
        tmp_path,
        [
            {"key.url": A, "key.text": A, "text_bytes": 99, **near},
            {"key.url": A, "key.text": A},
            {"key.url": B, "key.text": A},
            {"key.url": C, "key.text": C, **other},
            {},
        ],
    )
    deduplicate = step()
    assert deduplicate.reads == ("key.url", "key.text", "minhash.bands", "minhash.low", "text_bytes")
    deduplicate.apply(state)
    assert [rule for _, rule in state.rules] == ["deduplicate.url", "deduplicate.text", "deduplicate.minhash"]
    assert rules_of(state) == [None, "deduplicate.url", "deduplicate.text", "deduplicate.minhash", None]
    assert state.survivor.tolist() == [0, 0, 0, 0, 4]
    reason = {"value": 4.0, "bound": "cluster of 1"}
    assert list_reasons(state.verdicts, 5).to_pylist() == [
        [],
        [{"rule": "deduplicate.url", **reason}],
        [{"rule": "deduplicate.text", **reason}],
        [{"rule": "deduplicate.minhash", **reason}],
        [],
    ]


def test_near_copies_must_be_similar_enough(tmp_path: Path) -> None:
    """Seven of eight minima agree: an estimated Jaccard index of 0.87."""
    for bound, alive in ((0.8, [True, False]), (0.9, [True, True])):
        folder = tmp_path / str(bound)
        folder.mkdir()
        state = state_of(folder, [signature(b"\1\2", b"abcdefgh"), signature(b"\1\3", b"abcdefgx")])
        step(by=["minhash"], similarity_at_least=bound).apply(state)
        assert state.alive.tolist() == alive


def test_only_documents_that_are_still_in_have_copies(tmp_path: Path) -> None:
    state = state_of(tmp_path, [{"key.url": A, "text_bytes": 99}, {"key.url": A}, {"key.url": A}])
    state.fail("rules", Verdict("s.one", np.array([0]), np.array([1.0]), pa.array(["<= 0"])))
    step(by=["url"]).apply(state)
    assert rules_of(state) == ["s.one", None, "deduplicate.url"]
    assert state.survivor.tolist() == [0, 1, 1]
    assert state.verdicts[1].values.tolist() == [2.0]


def test_a_later_step_follows_what_an_earlier_one_said(tmp_path: Path) -> None:
    """0 goes to 1 by its address; then 1 goes to 2 by its words: 2 stands for both."""
    state = state_of(
        tmp_path,
        [{"key.url": A}, {"key.url": A, "key.text": B, "text_bytes": 20}, {"key.text": B, "text_bytes": 30}],
    )
    step(by=["url"]).apply(state)
    assert state.survivor.tolist() == [1, 1, 2]
    step("deduplicate.2", by=["text"]).apply(state)
    assert rules_of(state) == ["deduplicate.url", "deduplicate.2.text", None]
    assert state.survivor.tolist() == [2, 2, 2]


def test_nothing_to_deduplicate(tmp_path: Path) -> None:
    state = state_of(tmp_path, [], [])
    step().apply(state)
    assert [len(verdict.rows) for verdict in state.verdicts] == [0, 0, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": ["url", "url"]}, "names a key twice"),
        ({"by": []}, "at least 1 item"),
        ({"by": ["words"]}, "'url', 'text' or 'minhash'"),
        ({"keep": "shortest"}, "'longest' or 'earliest'"),
        ({"keep": {}}, "best"),
        ({"keep": {"worst": "a.share"}}, "worst"),
        ({"similarity_at_least": 1.1}, "less than or equal to 1"),
    ],
)
def test_mistakes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DeduplicateOptions.model_validate(options)


def test_options_read_back_as_they_were_written() -> None:
    options = DeduplicateOptions.model_validate({"keep": {"best": "a.share"}, "by": ["text"]})
    assert options.literal()["keep"] == {"best": "a.share"}
    assert DeduplicateOptions.model_validate(options.literal()) == options
    assert step(keep={"best": "a.share"}, by=["text"]).reads == ("key.text", "a.share")
