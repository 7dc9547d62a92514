"""The stage ``extract``: who stays with which columns, and who leaves for which reason."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from florilegium.documents import SOURCE_SCHEMA, Outcome
from florilegium.extract.guard import _long_pieces
from florilegium.extract.options import ExtractOptions
from florilegium.extract.page import Page, storable, tidy_title
from florilegium.extract.stage import ExtractStage, extract_documents

SENTENCE = "The gardener walked slowly through the old orchard, and counted the apples that the wind had left there. "
PAGE = (
    "<html><head><title> The\n orchard </title></head><body><nav><a href=/>Home</a></nav>"
    f"<article><h1>Apples</h1><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p></article></body></html>"
)


def documents(*rows: dict[str, Any]) -> pa.RecordBatch:
    """Make a batch as a source would."""
    filled = [
        {"id": f"s/{n}", "source": "s", "file": "f.warc.gz", "record": n, "content_type": "text/html", **row}
        for n, row in enumerate(rows)
    ]
    return pa.RecordBatch.from_pylist(filled, schema=SOURCE_SCHEMA)


def stage(**options: Any) -> ExtractStage:
    """Open a stage with these options."""
    made = ExtractStage(ExtractOptions(**options))
    made.open()
    return made


@pytest.mark.parametrize("library", ["trafilatura", "resiliparse"])
def test_main_text_and_title(library: str) -> None:
    kept, left = stage(**{"with": library}).apply(documents({"payload": PAGE.encode()}))
    (row,) = kept.to_pylist()
    assert "counted the apples" in row["text"] and "Home" not in row["text"]
    assert row["title"] == "The orchard"
    assert row["charset"] and row["charset_found_by"] and row["charset_suspect"] is None
    assert left == []


def test_writes_what_it_declares() -> None:
    made = stage()
    kept, _ = made.apply(documents({"payload": PAGE.encode()}))
    assert [kept.schema.field(column.name) for column in made.writes] == list(made.writes)


def test_given_text_passes_untouched() -> None:
    text = "  Given\r\nby the source\x00 "
    kept, left = stage().apply(documents({"text": text, "content_type": None}))
    (row,) = kept.to_pylist()
    assert row["text"] == text and row["charset"] is None and row["title"] is None
    assert left == []


def test_plain_text_is_decoded_and_kept_whole() -> None:
    payload = "<b>Grüße</b> aus dem Garten\r\nund zwei Zeilen".encode("iso-8859-15")
    kept, _ = stage().apply(documents({"payload": payload, "content_type": "text/plain; charset=iso-8859-15"}))
    assert kept.to_pylist()[0]["text"] == "<b>Grüße</b> aus dem Garten\nund zwei Zeilen"


def test_page_without_main_text_is_rejected() -> None:
    kept, left = stage().apply(
        documents({"payload": b"<html><body><script>x()</script></body></html>"}, {"payload": PAGE.encode()}, {})
    )
    assert kept.column("id").to_pylist() == ["s/1"]
    assert [(one.id, one.outcome, one.rule, one.stage) for one in left] == [
        ("s/0", Outcome.REJECTED, "no_text", "extract"),
        ("s/2", Outcome.REJECTED, "no_text", "extract"),
    ]


def test_undecodable_payload_is_quarantined_with_its_bytes() -> None:
    payload = b"%PDF-1.4\n" + bytes(range(256)) * 20
    kept, (left,) = stage().apply(documents({"payload": payload}))
    assert kept.num_rows == 0
    assert (left.outcome, left.rule, left.payload) == (Outcome.QUARANTINED, "undecodable", payload)
    assert left.error is not None and left.error.startswith("DocumentError: ")


def test_a_page_that_loops_or_raises_costs_only_itself() -> None:
    def hangs(html: str) -> Page:
        if "loop" in html:
            while True:
                pass
        if "raise" in html:
            raise RecursionError("too deep")
        return Page(html, None)

    pages = [b"<p>before</p>", b"<p>loop</p>", b"<p>raise</p>", b"<p>after</p>"]
    kept, left = extract_documents(documents(*({"payload": page} for page in pages)), hangs, 0.2, "extract")
    assert kept.column("text").to_pylist() == ["<p>before</p>", "<p>after</p>"]
    assert [(one.record, one.outcome, one.rule) for one in left] == [
        (1, Outcome.QUARANTINED, "timeout"),
        (2, Outcome.QUARANTINED, "RecursionError"),
    ]
    assert left[0].error == "timeout: not finished within 0.2 s"


HOSTILE = {
    "100,000 nested divs": "<div>" * 100_000 + "text" + "</div>" * 100_000,
    "100,000 open divs with paragraphs": "<div><p>some words are here" * 100_000,
    "five megabytes without a tag": "word and more words " * 250_000,
    "one word of five megabytes": "x" * 5_000_000,
    "a million attributes": "<p " + " ".join(f"a{n}=1" for n in range(1_000_000)) + ">text</p>",
    "100,000 scripts": "<script>for(;;){}</script>" * 100_000 + "<p>text</p>",
    "300,000 open scripts": "<p>text</p>" + "<script><!--" * 300_000,
    "half a million comments": "<p>text" + "<!-- x -->" * 500_000,
    "five million angle brackets": "<" * 5_000_000,
}


@pytest.mark.parametrize("library", ["trafilatura", "resiliparse"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_end_within_the_limit(library: str, name: str) -> None:
    """Without a supervisor nothing can stop compiled code, so that this ends at all is half of the assertion."""
    page = f"<html><body>{HOSTILE[name]}</body></html>".encode()
    kept, left = stage(**{"with": library, "timeout": 3}).apply(
        documents({"payload": page}, {"payload": PAGE.encode()})
    )
    assert "s/1" in kept.column("id").to_pylist()
    assert kept.num_rows + len(left) == 2
    assert {one.rule for one in left} <= {"no_text", "too_many_attributes", "too_deep", "timeout"}


def test_guards_name_what_they_found() -> None:
    attributes = "<html><body><p " + "a " * 5001 + "></p></body></html>"
    _, (left,) = stage().apply(documents({"payload": attributes.encode()}))
    assert left.rule == "too_many_attributes" and left.error is not None and "has 5001, at most 5000" in left.error
    _, (left,) = stage(**{"with": "resiliparse"}).apply(documents({"payload": b"<html><body>" + b"<div>" * 5000}))
    assert left.rule == "too_deep"


def test_long_quoted_values_are_not_attributes() -> None:
    page = PAGE.replace("<article>", f"<article style='{'a b ' * 20_000}'>")
    kept, left = stage().apply(documents({"payload": page.encode()}))
    assert kept.num_rows == 1 and left == []


def test_title_of_a_drawing_is_no_title() -> None:
    page = PAGE.replace("<title> The\n orchard </title>", "").replace("<nav>", "<svg><title>menu</title></svg><nav>")
    kept, _ = stage().apply(documents({"payload": page.encode()}))
    assert kept.to_pylist()[0]["title"] is None


@given(st.text())
def test_storable_text_is_utf_8_without_controls(text: str) -> None:
    stored = storable(text)
    stored.encode()
    assert not [c for c in stored if c < " " and c not in "\n\t"]
    assert storable(stored) == stored


def test_storable_keeps_words_apart() -> None:
    assert storable("a\r\nb\rc\x0cd\x0be\x00\ud800f") == "a\nb\nc\nd\nef"
    assert tidy_title("\x00 \n ") is None


def test_options_are_strict() -> None:
    assert ExtractOptions.model_validate({"with": "resiliparse"}).literal()["with"] == "resiliparse"
    for wrong in ({"with": "readability"}, {"favor": "recall"}, {"timeout": 0}):
        with pytest.raises(ValidationError):
            ExtractOptions.model_validate(wrong)


def test_every_option_of_the_library_is_recorded() -> None:
    recorded = stage(favour="recall", fast=True).recorded_options()
    wanted = {"library": "trafilatura", "focus": "recall", "fast": True, "comments": False, "dedup": False}
    assert recorded.items() >= wanted.items()
    assert stage(**{"with": "resiliparse"}).recorded_options()["main_content"] is True


@given(st.text(st.sampled_from("a>< ")), st.integers(1, 12))
def test_long_pieces_are_found_without_looking_at_each_end(text: str, size: int) -> None:
    assert list(_long_pieces(text, size)) == [piece for piece in text.split(">") if len(piece) > size]
