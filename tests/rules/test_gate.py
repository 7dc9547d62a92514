"""Gates: early decisions, with reasons, that do not depend on where batches end."""

from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.documents import SOURCE_SCHEMA, Outcome
from florilegium.rules.gate import Gate, GateOptions


def documents(languages: list[str | None], scores: list[float | None], counts: list[int]) -> pa.RecordBatch:
    rows = [{"id": f"s/{n}", "source": "s", "file": "f", "record": n, "text": "x"} for n in range(len(languages))]
    batch = pa.RecordBatch.from_pylist(rows, schema=SOURCE_SCHEMA)
    batch = batch.append_column("language", pa.array(languages, pa.string()))
    batch = batch.append_column("language_score", pa.array(scores, pa.float32()))
    return batch.append_column("a.count", pa.array(counts, pa.int32()))


BATCH = documents(["en", "de", None, "en", "en"], [0.9, 0.9, None, 0.64, 0.65], [1, 5, 5, 5, 5])


def passed(
    options: dict[str, Any], batch: pa.RecordBatch = BATCH
) -> tuple[list[str], list[tuple[str, str, str | None]]]:
    kept, left = Gate(GateOptions.model_validate(options)).apply(batch)
    assert all(item.outcome is Outcome.GATED and item.stage == "gate" for item in left)
    return kept.column("id").to_pylist(), [(item.id, item.rule, item.value) for item in left]


def test_language_and_score() -> None:
    kept, left = passed({"language": ["en"], "at_least": 0.65})
    assert kept == ["s/0", "s/4"]
    assert [(name, rule) for name, rule, _ in left] == [
        ("s/1", "language"),
        ("s/2", "language"),
        ("s/3", "language_score"),
    ]
    assert left[0][2] == "de" and left[2][2].startswith("0.63999")  # type: ignore[union-attr]


def test_languages_are_of_one_code_system() -> None:
    assert GateOptions(language=("eng", "deu_Latn")).language == ("en", "de")
    with pytest.raises(ValidationError, match="klingon"):
        GateOptions(language=("klingon",))


def test_rules_as_in_decide() -> None:
    options = {
        "rules": [{"id": "few", "signal": "a.count", "at_least": 2}, {"id": "best", "signal": "a.count", "below": 5}]
    }
    kept, left = passed(options)
    assert kept == [] and left[0] == ("s/0", "few", "1.0") and {rule for _, rule, _ in left[1:]} == {"best"}


def test_batch_limits_change_nothing() -> None:
    options = {"language": ["en"], "at_least": 0.65, "rules": [{"id": "few", "signal": "a.count", "at_least": 2}]}
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
    ],
)
def test_mistakes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GateOptions.model_validate(options)
