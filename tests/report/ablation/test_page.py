"""report.html of a question: complete, well formed, without a script, and hostile text does nothing."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from florilegium.errors import ContractError
from florilegium.report.ablation import write_question_report
from florilegium.report.ablation.curves import curves as draw
from florilegium.report.ablation.strips import forest
from florilegium.report.ablation.verdict import read_verdict
from florilegium.report.ablation.wording import scale
from tests.report.reading import Reader

Curves = Callable[[dict[str, Any]], pl.DataFrame]
EVIL = '<script>alert(1)</script> "><img src=x onerror=alert(2)> \u202eevil \x07 </style><b>bold</b>'


def check(page: str) -> Reader:
    """Check what holds for every page."""
    read = Reader(page)
    assert read.open == []
    assert read.headings[0] == 1 and read.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(read.headings, read.headings[1:], strict=False))
    names = {tag for tag, _ in read.tags}
    assert not names & {"script", "img", "iframe", "object", "form", "base"}
    for _, attributes in read.tags:
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "action", "data", "srcset"):
            assert (attributes.get(key) or "#").startswith(("#", "data:,")), attributes
    policy = next(attributes["content"] for tag, attributes in read.tags if "http-equiv" in attributes)
    assert policy and policy.startswith("default-src 'none'") and "script-src" not in policy
    assert "@import" not in page and set(re.findall(r"url\(([^)]*)\)", page)) <= {"#hatch"}
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [attributes.get("aria-labelledby") for _, attributes in read.tags if "aria-labelledby" in attributes]
    linked = [(attributes["href"] or "")[1:] for tag, attributes in read.tags if tag == "a"]
    assert {*named, *linked} <= set(ids)
    assert [letter for letter in page if not letter.isprintable() and letter not in "\n\t"] == []
    return read


def page_of(folder: Path, verdict: dict[str, Any], curves: Curves) -> str:
    path = write_question_report(folder, verdict, curves(verdict))
    assert path == folder / "report.html"
    return path.read_text(encoding="utf-8")


def test_the_page_says_what_helps_by_how_much_and_who_loses(
    tmp_path: Path, verdict: dict[str, Any], curves: Curves
) -> None:
    page = page_of(tmp_path, verdict, curves)
    read = check(page)
    sections = [attributes["id"] for tag, attributes in read.tags if tag == "section"]
    assert sections == ["verdict", "numbers", "slices", "curves", "controls", "benchmark", "setup"]
    top = read.text[: read.text.index("The numbers, and why")]
    for said in (
        "ocr_strict helps (1.20 % fewer bits per byte), but it harms newspapers (domain)",
        "between 0.85 % and 1.55 % fewer",
        "▼ loses: newspapers (domain)",
        "To settle it: 9 seeds",
        "Only three seeds",
        "chance alone: ±0.35 %",
        "too small to matter (±0.22 %)",
    ):
        assert said in top
    for said in (
        "why loops is undecided",
        "20 % dropped by lot",
        "no better than chance",
        "item-7",
        "newspapers will suffer",
    ):
        assert said in read.text
    slices = read.text[read.text.index("Parts of the benchmark by arm") :]
    assert slices.index("newspapers (domain)") < slices.index("books (domain)")
    assert page_of(tmp_path, verdict, curves) == page


def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, verdict: dict[str, Any], curves: Curves) -> None:
    for key in ("question", "name", "hypothesis", "regime"):
        verdict[key] = EVIL
    arm = verdict["arms"][0]
    for key in ("name", "about", "why", "patch_summary"):
        arm[key] = EVIL
    arm["versus_random_drop"]["arm"] = arm["slices"][0]["slice"] = arm["slices"][2]["value"] = EVIL
    arm["loses"], arm["verdict"] = [f"domain={EVIL}"], EVIL
    verdict["arms"][2]["settle"]["text"] = verdict["warnings"][0] = verdict["baseline"]["name"] = EVIL
    verdict["controls"][0] |= {"name": EVIL, "about": EVIL}
    verdict["measure"] |= {"tasks": ["heldout", EVIL], "balanced_over": EVIL, "unit": EVIL}
    verdict["shown_only"] = [{"task": EVIL, "measure": EVIL, "effects": {EVIL: 0.1}}]
    verdict["audit"][0] |= {"task": EVIL, "why": EVIL, "measure": EVIL}
    verdict["contamination"]["excluded"] = [EVIL]
    frame = curves(verdict).with_columns(slice=pl.col("slice").replace("books", EVIL))
    page = write_question_report(tmp_path, verdict, frame).read_text(encoding="utf-8")
    check(page)
    assert "<script>alert" not in page and "<img" not in page and "<b>bold" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_bare_verdicts_make_a_page_too(tmp_path: Path, verdict: dict[str, Any], curves: Curves) -> None:
    keys = ("version", "name", "question", "measure", "seeds")
    bare = {key: verdict[key] for key in keys} | {"baseline": {"score": 2.3}, "arms": [{"name": "a", "effect": 0.0}]}
    page = write_question_report(tmp_path, bare, curves(verdict).clear()).read_text(encoding="utf-8")
    text = check(page).text
    assert "No checkpoint was scored" in text and "too few seeds for bounds" in text
    assert "no A/A pair" in text and "not checked" in text


def test_every_effect_lies_on_the_axis_in_order(verdict: dict[str, Any]) -> None:
    read = read_verdict(verdict)
    plot = forest(read.arms, read, scale(read))
    points = {arm.name: plot.strip(arm) for arm in read.arms}
    assert (
        points["short_lines"].point
        < plot.zero
        < points["edges"].point
        < points["loops"].point
        < points["ocr_strict"].point
    )
    for strip in points.values():
        assert strip.left is not None and strip.right is not None
        assert 0 <= strip.left < strip.point < strip.right <= 100
    assert plot.small and plot.noise and plot.small[0] < plot.zero < plot.small[1]
    assert plot.zero in [pytest.approx(place) for place, label in plot.ticks if label == "0"]
    assert plot.noise[1] - plot.noise[0] == pytest.approx(plot.place(0.008) - plot.place(-0.008))


def test_an_interval_far_wider_than_the_others_is_cut_and_says_so(
    tmp_path: Path, verdict: dict[str, Any], curves: Curves
) -> None:
    page = write_question_report(tmp_path, verdict, curves(verdict)).read_text(encoding="utf-8")
    assert "beyond the axis" not in page and 'class="beyond"' not in page
    slices = verdict["arms"][0]["slices"]
    slices[0]["interval"] = [-5.0, 5.0]
    page = write_question_report(tmp_path, verdict, curves(verdict)).read_text(encoding="utf-8")
    assert "beyond the axis" in check(page).text and page.count('class="beyond"') == 2
    read = read_verdict(verdict)
    parts = [part for arm in read.arms for part in arm.slices]
    plot = forest(parts, read, scale(read))
    others = [plot.strip(part) for part in parts[1:]]
    assert plot.strip(parts[0]).cut == (-1, 1) and not any(strip.cut for strip in others)
    assert min(strip.right - strip.left for strip in others) > 5  # per cent of the width: it can be read


def test_curves_are_means_with_bands_and_leads_are_paired_by_seed(verdict: dict[str, Any]) -> None:
    rows = []
    for seed, shift in ((1, 0.0), (2, 1.0), (3, 5.0)):  # seeds differ much, the lead is 0.5 in each
        for tokens in (100, 200):
            rows += [("baseline", seed, tokens, 3.0 + shift), ("ocr_strict", seed, tokens, 2.5 + shift)]
    frame = pl.DataFrame(rows, schema=["arm", "seed", "tokens", "value"], orient="row")
    frame = frame.with_columns(task=pl.lit("heldout"), measure=pl.lit("bits_per_byte"), slice=pl.lit(""))
    drawn = draw(read_verdict(verdict), frame)
    (whole,), (lead,) = drawn.whole, drawn.leads
    assert [(line.arm, line.last) for line in whole.lines] == [("baseline", 5.0), ("ocr_strict", 4.5)]
    assert [(line.arm, line.last) for line in lead.lines] == [("ocr_strict", 0.5)]
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", lead.lines[0].band)]
    assert max(heights) - min(heights) < 1 and whole.lines[0].band != ""
    one_seed = draw(read_verdict(verdict), frame.filter(pl.col("seed") == 1))
    assert [line.band for line in one_seed.whole[0].lines] == ["", ""]
    with pytest.raises(ContractError, match="lacks seed"):
        draw(read_verdict(verdict), frame.drop("seed"))
