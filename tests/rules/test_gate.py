"""Gates: early decisions, with the first reason, that do not depend on where batches end."""

from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.documents import SOURCE_SCHEMA, Outcome
from florilegium.rules.gate import Gate, GateOptions

FIELDS = [
    pa.field("language", pa.string()),
    pa.field("script", pa.string()),
    pa.field("language_score", pa.float32()),
    pa.field("a.count", pa.int32()),
]


def documents(*rows: tuple[str | None, str | None, float | None, int | None]) -> pa.RecordBatch:
    """Make documents `s/0`, `s/1`, ... of (language, script, score, count)."""
    names = [field.name for field in FIELDS]
    made = [
        {"id": f"s/{number}", "source": "s", "file": "f", "record": number, "text": "x"}
        | dict(zip(names, row, strict=True))
        for number, row in enumerate(rows)
    ]
    return pa.RecordBatch.from_pylist(made, schema=pa.schema([*SOURCE_SCHEMA, *FIELDS]))


BATCH = documents(
    ("en", "Latn", 0.9, 1),
    ("de", "Latn", 0.9, 5),
    (None, None, None, 5),
    ("en", "Latn", 0.64, 5),
    ("en", None, 0.65, None),
)


def gate(options: dict[str, Any]) -> Gate:
    return Gate(GateOptions.model_validate(options))


def passed(
    options: dict[str, Any], batch: pa.RecordBatch = BATCH
) -> tuple[list[str], list[tuple[str, str, str | None]]]:
    """Give the ids that go on, and id, rule and value of those that do not."""
    kept, left = gate(options).apply(batch)
    assert kept.schema == batch.schema
    assert all(item.outcome is Outcome.GATED and item.stage == "gate" for item in left)
    assert sorted([*kept.column("id").to_pylist(), *(item.id for item in left)]) == batch.column("id").to_pylist()
    return kept.column("id").to_pylist(), [(item.id, item.rule, item.value) for item in left]


def test_language_first_then_score() -> None:
    kept, left = passed({"language": ["en"], "at_least": 0.65})
    assert kept == ["s/0", "s/4"]
    assert left == [("s/1", "language", "de"), ("s/2", "language", None), ("s/3", "language_score", "0.64")]


def test_score_alone_drops_what_has_none() -> None:
    kept, left = passed({"at_least": 0.65})
    assert kept == ["s/0", "s/1", "s/4"]
    assert left == [("s/2", "language_score", None), ("s/3", "language_score", "0.64")]


def test_languages_are_of_one_code_system() -> None:
    assert GateOptions(language=("eng", "deu_Latn")).language == ("en", "de-Latn")
    with pytest.raises(ValidationError, match="klingon"):
        GateOptions(language=("klingon",))


def test_a_language_may_be_wanted_in_one_script() -> None:
    batch = documents(("sr", "Cyrl", 1, 1), ("sr", "Latn", 1, 1), ("sr", None, 1, 1), ("de", "Latn", 1, 1))
    assert passed({"language": ["srp_Cyrl", "de"]}, batch) == (
        ["s/0", "s/3"],
        [("s/1", "language", "sr-Latn"), ("s/2", "language", "sr")],
    )
    assert passed({"language": ["sr"]}, batch)[0] == ["s/0", "s/1", "s/2"]


def test_rules_as_in_decide() -> None:
    kept, left = passed(
        {
            "rules": [
                {"id": "s.few", "signal": "a.count", "at_least": {"default": 2, "de": 6}},
                {"id": "s.many", "signal": "a.count", "below": {"en": 5}},
            ]
        }
    )
    assert kept == ["s/2", "s/4"]
    assert left == [("s/0", "s.few", "1"), ("s/1", "s.few", "5"), ("s/3", "s.many", "5")]


def test_named_rule_sets_are_written_out() -> None:
    expanded = Gate.expand({"rules": ["c4"], "at_least": 0.5})
    assert [rule["id"] for rule in expanded["rules"]] == ["c4.lorem_ipsum", "c4.curly_brackets", "c4.sentences"]
    assert Gate.expand({"at_least": 0.5}) == {"at_least": 0.5}
    options = GateOptions.model_validate(expanded)
    assert options.literal()["rules"] == expanded["rules"]
    assert not any("source" in rule for rule in options.identity()["rules"])


@pytest.mark.parametrize(
    ("options", "reads"),
    [
        ({"language": ["en"]}, ("language",)),
        ({"language": ["sr-Cyrl"], "at_least": 0.5}, ("language", "script", "language_score")),
        ({"rules": [{"signal": "a.count", "at_least": {"de": 1}}]}, ("a.count", "language")),
        (
            {"language": ["en"], "rules": [{"signal": "a.count", "at_least": {"de": 1}}]},
            ("language", "a.count"),
        ),
    ],
)
def test_only_what_it_needs_is_read(options: dict[str, Any], reads: tuple[str, ...]) -> None:
    assert gate(options).reads == reads and gate(options).writes == ()


def test_batch_limits_change_nothing() -> None:
    options = {"language": ["en"], "at_least": 0.65, "rules": [{"id": "s.few", "signal": "a.count", "at_least": 2}]}
    whole = passed(options)
    parts = [passed(options, BATCH.slice(start, 1)) for start in range(BATCH.num_rows)]
    assert whole[0] == [name for kept, _ in parts for name in kept]
    assert sorted(whole[1]) == sorted(item for _, left in parts for item in left)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "a gate needs"),
        ({"rules": [{"signal": "a.count", "keep_top": 0.5}]}, "belongs in `decide`"),
        ({"at_least": 2}, "less than or equal to 1"),
        ({"language": []}, "at least 1 item"),
    ],
)
def test_mistakes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GateOptions.model_validate(options)
