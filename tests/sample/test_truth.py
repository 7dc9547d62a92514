"""Scoring a run against a truth of a few literal lines."""

from pathlib import Path

import pytest

from florilegium.errors import SourceError
from florilegium.sample.truth import ABSENT, Expect, Outcome, Planted, Row, SampleTruth, decoded, masked, score


def planted(name: str, kind: str, expect: Expect, variant: str = "", **detail: object) -> Planted:
    return Planted(name, kind, variant, expect, "crawl/crawl-00000.warc.gz", 0, 1, "", "", detail)


KEPT = Outcome(True, "")


def test_good_documents_lost_are_counted_by_reason() -> None:
    truth = SampleTruth(tuple(planted(f"crawl/{n}", "good", "keep") for n in range(5)))
    lost = {f"crawl/{n}": Outcome(False, "c4.sentences") for n in (1, 2)}
    rows = score(truth, {"crawl/0": KEPT, **lost, "crawl/3": Outcome(False, "gopher_quality.words")})
    reasons = (("c4.sentences", 2), (ABSENT, 1), ("gopher_quality.words", 1))
    assert rows == [Row("good", "", "keep", 5, 1, 4, reasons, ("crawl/1", "crawl/2", "crawl/3"))]


@pytest.mark.parametrize(
    ("original", "copy", "copy_caught", "good_held"),
    [(True, False, 1, 1), (False, True, 1, 1), (True, True, 0, 1), (False, False, 1, 0)],
)
def test_a_copy_is_caught_when_one_of_the_two_goes(
    original: bool, copy: bool, copy_caught: int, good_held: int
) -> None:
    truth = SampleTruth((planted("a/1", "good", "keep"), planted("a/2", "exact_duplicate", "drop", original="a/1")))
    duplicate, good = score(truth, {"a/1": Outcome(original, "text"), "a/2": Outcome(copy, "text")})
    assert (duplicate.kind, duplicate.planted, duplicate.caught, duplicate.missed) == (
        "exact_duplicate", 1, copy_caught, 1 - copy_caught,
    )  # fmt: skip
    assert (good.kind, good.caught) == ("good", good_held)


def test_what_should_go_is_missed_when_kept_and_when_nobody_accounts_for_it() -> None:
    truth = SampleTruth(tuple(planted(f"a/{n}", "http_error", "refuse") for n in range(3)))
    (row,) = score(truth, {"a/0": Outcome(False, "status"), "a/1": KEPT})
    assert row == Row("http_error", "", "refuse", 3, 1, 2, ((ABSENT, 1), ("status", 1)), ("a/1", "a/2"))


def test_variants_and_expectations_have_rows_of_their_own() -> None:
    truth = SampleTruth(
        (
            planted("a/1", "near_duplicate", "drop", "0.80-0.90"),
            planted("a/2", "near_duplicate", "either", "0.50-0.60"),
            planted("a/3", "broken_record", "refuse", "gzip_cut"),
        )
    )
    assert [(row.kind, row.variant, row.expect) for row in score(truth, {})] == [
        ("broken_record", "gzip_cut", "refuse"),
        ("near_duplicate", "0.50-0.60", "either"),
        ("near_duplicate", "0.80-0.90", "drop"),
    ]


def test_masking_is_judged_string_by_string() -> None:
    strings = {
        "email": ["a@b.example", "c@d.example"],
        "public_ip": ["81.2.3.4"],
        "private_ip": ["10.0.0.7"],
        "version": [],
    }
    truth = SampleTruth(
        (planted("a/1", "pii", "mask", strings=strings), planted("a/2", "pii", "mask", strings=strings))
    )
    assert masked(truth, {"a/1": "Write to c@d.example or to email@example.com."}) == [
        Row("pii", "email", "mask", 2, 1, 1, (), ("c@d.example",)),
        Row("pii", "public_ip", "mask", 1, 1, 0, (), ()),
        Row("pii", "private_ip", "keep", 1, 0, 1, (), ("10.0.0.7",)),
        Row("pii", "version", "keep", 0, 0, 0, (), ()),
    ]


def test_decoding_is_judged_by_literals() -> None:
    pages = [planted(f"a/{n}", "charset", "keep", "wrong", literals=["Zoë", "€12"]) for n in range(3)]
    texts = {"a/0": "Zoë paid €12.", "a/1": "ZoÃ« paid â‚¬12."}
    assert decoded(SampleTruth(tuple(pages)), texts) == [Row("charset", "wrong", "keep", 2, 1, 1, (), ("a/1",))]


def test_truth_survives_the_disk_and_its_absence_is_named(tmp_path: Path) -> None:
    truth = SampleTruth((planted("a/1", "ocr_noise", "either", "0.08", cer=0.0801, clean="sein Haus ſteht\nfest"),))
    with pytest.raises(SourceError, match=r"truth\.jsonl does not exist"):
        SampleTruth.load(tmp_path)
    (tmp_path / "truth.jsonl").write_text(truth.to_jsonl(), encoding="utf-8")
    assert SampleTruth.load(tmp_path) == truth
