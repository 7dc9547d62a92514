"""The stage ``clean``: how a recipe names its steps, and what it writes."""

from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from florilegium.clean.c4_lines import C4Lines
from florilegium.clean.fix_text import FixText
from florilegium.clean.stage import CleanOptions, CleanStage


def read(value: Any) -> CleanOptions:
    return CleanOptions.model_validate(value)


def test_list_and_mapping_say_the_same() -> None:
    strict = C4Lines(terminal_punctuation=True)
    assert read(["fix_text"]) == read({"steps": ["fix_text"]}) == CleanOptions(steps=(FixText(),))
    assert read([{"c4_lines": {"terminal_punctuation": True}}, "fix_text"]).steps == (strict, FixText())
    assert read([{"c4_lines": None}]) == read(["c4_lines"])


def test_resolved_options_can_be_read_again() -> None:
    options = read(["fix_text", {"mask_ip": {"ipv4": "0.0.0.0"}}])
    assert read(options.literal()) == options
    assert options.literal()["steps"][1] == {"step": "mask_ip", "ipv4": "0.0.0.0", "ipv6": "2001:db8::1"}


@pytest.mark.parametrize(
    ("value", "place", "message"),
    [
        (["c4_linez"], ("steps", 0), "no cleaner is called 'c4_linez'; there are fix_text, c4_lines"),
        ([{"c4_lines": {"terminal": True}}], ("steps", 0, "c4_lines", "terminal"), "Extra inputs"),
        ([{"c4_lines": {"words_at_least": -1}}], ("steps", 0, "c4_lines", "words_at_least"), "greater than or equal"),
        ([{"c4_lines": {}, "fix_text": {}}], ("steps", 0), "one step has one name, here are 2: c4_lines, fix_text"),
        ([{"mask_ip": 3}], ("steps", 0), "mask_ip is followed by 3"),
        (["fix_text", "fix_text"], ("steps",), "fix_text stands here twice"),
        ([], ("steps",), "no step is named"),
        ({"steps": ["fix_text"], "stepz": 1}, ("stepz",), "Extra inputs"),
    ],
)
def test_mistakes_are_named_at_their_place(value: Any, place: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        read(value)
    (error,) = caught.value.errors()
    assert error["loc"] == place
    assert message in error["msg"]


def test_json_schema_knows_both_forms() -> None:
    whole, steps = CleanOptions.model_json_schema()["anyOf"]
    assert whole["properties"]["steps"] == steps
    names, by_name = steps["items"]["anyOf"]
    assert "c4_lines" in names["enum"]
    assert by_name["$ref"].endswith("StepByName")


def test_writes_text_and_counts() -> None:
    stage = CleanStage(read(["fix_text", "c4_lines", "mask_email"]))
    texts = ["The cafÃ© has an address.\nHome\nWrite to a@b.org or c@d.org now.", None, "Home"]
    documents = pa.RecordBatch.from_pydict({"id": ["1", "2", "3"], "text": pa.array(texts, pa.large_string())})
    cleaned, left = stage.apply(documents)
    assert left == []
    assert [cleaned.schema.field(column.name) for column in stage.writes] == list(stage.writes)
    assert cleaned.to_pydict() == {
        "id": ["1", "2", "3"],
        "text": ["The café has an address.\nWrite to email@example.com or email@example.com now.", None, ""],
        "clean.fix_text": [1, None, 0],
        "clean.c4_lines": [1, None, 1],
        "clean.mask_email": [2, None, 0],
    }
