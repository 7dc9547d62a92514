"""Real pages of every page format against counts that no reader of ours made, and the order that files declare.

What differs is listed file by file with its cause. Nothing else may differ, and nothing in the list may agree.
"""

import bz2
import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from florilegium.sources.library.formats import HEAD, Format, format_of, reader_of
from florilegium.sources.library.leaf import Leaf, Unreadable

KINDS = {"ALTO": Format.ALTO, "PAGE": Format.PAGE, "hOCR": Format.HOCR, "ABBYY": Format.ABBYY, "DjVu": Format.DJVU}
FOLDERS = ("alto/", "page/", "page_gt/", "hocr/", "abbyy/", "djvu/", "mets/")
REGION = "text only at the region: the count is of lines, we read the region's text"
BOTH = "one region (a drop capital) has text only at the region"
WORDS = "text only at the words of the lines"
SPLIT = "the declared order puts another block in the middle of a line"
MARGIN = "an empty ocr_header, the area of a margin, is counted as a line"
PLAIN = "no words are marked: the words of the lines are those between blanks"
DIFFERENT = {
    "alto/kraken/bsb00084914_00007.xml": SPLIT,
    "alto/kraken/dims.xml": SPLIT,
    "alto/kraken/image.xml": SPLIT,
    "alto/kraken/mu.xml": SPLIT,
    "hocr/chronicling_america/seq-1.html": MARGIN,
    "hocr/chronicling_america/seq-3.html": MARGIN,
    "hocr/hocr_tools/litver.html": PLAIN,
    "hocr/hocr_tools/ok-line.html": PLAIN,
    "hocr/hocr_tools/sample.html": PLAIN,
    "hocr/hocr_tools/test.hocr": "no lines or words are marked: the text of the pages is a line each",
    "page/dinglehopper/lorem-ipsum-scan-bad.gt.page.xml": REGION,
    "page/dinglehopper/lorem-ipsum-scan.gt.page.xml": REGION,
    "page/ocrd_workspace/OCR-D-GT-SEG-WORD_GLYPH_0001.xml": BOTH,
    "page/page_to_alto/region_no_line.page.xml": REGION,
    "page/page_to_alto/sp-hyp.page.xml": WORDS,
    "page_gt/impact_00439040/gt__00439040_gt_PAGE.xml": REGION,
    "page_gt/impact_00445310/gt__00445310_gt_PAGE.xml": REGION,
    "page_gt/sbb_bigger-texts_00008228/gt__00008228.gt.xml": REGION,
    "page_gt/sbb_lorem_ipsum_scan/gt__lorem-ipsum-scan.gt.page.xml": REGION,
    "page_gt/sbb_lorem_ipsum_scan_bad/gt__lorem-ipsum-scan-bad.gt.page.xml": REGION,
}
REFUSED = {"hocr/hocr_tools/notok-line.html": "text_outside_pages"}


def unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    return bz2.decompress(content) if content.startswith(b"BZh") else content


def leaves(content: bytes) -> list[Leaf]:
    reader = reader_of(format_of(content[:HEAD]))
    assert reader is not None
    return list(reader(io.BytesIO(content)))


@pytest.fixture(scope="module")
def material(library: Path, library_index: list[dict[str, Any]]) -> list[tuple[dict[str, Any], bytes]]:
    """The facts and the bytes of every file of a page format."""
    return [
        (facts, unpacked(library / facts["path"]))
        for facts in library_index
        if facts["path"].startswith(FOLDERS) and facts["format"].split(" ")[0] in KINDS
    ]


@pytest.fixture(scope="module")
def read(material: list[tuple[dict[str, Any], bytes]]) -> dict[str, list[Leaf]]:
    """The pages of every file that is not refused."""
    return {facts["path"]: leaves(content) for facts, content in material if facts["path"] not in REFUSED}


def counted(found: list[Leaf], counts: dict[str, Any]) -> dict[str, int]:
    """Count as the index does: pieces that we joined and Strings without text are words there."""
    lines = [line for leaf in found for block in leaf.blocks for line in block.lines]
    apart = sum(int(leaf.facts.get(name, 0)) for leaf in found for name in ("words_joined", "words_empty"))
    return {"pages": len(found), "lines": len(lines), "words": sum(len(line.words) for line in lines) + apart}


def test_the_format_is_told_from_the_content(material: list[tuple[dict[str, Any], bytes]]) -> None:
    assert len(material) == 564
    for facts, content in material:
        assert format_of(content[:HEAD]) is KINDS[facts["format"].split(" ")[0]], facts["path"]


def test_pages_lines_and_words_are_those_counted(
    material: list[tuple[dict[str, Any], bytes]], read: dict[str, list[Leaf]]
) -> None:
    differ = set()
    for facts, _ in material:
        path, counts = facts["path"], facts["counts"]
        if path in read and counted(read[path], counts) != {name: counts[name] for name in ("pages", "lines", "words")}:
            differ.add(path)
    assert differ == set(DIFFERENT)


def test_what_differs_has_the_other_count(
    material: list[tuple[dict[str, Any], bytes]], read: dict[str, list[Leaf]]
) -> None:
    for facts, _ in material:
        counts, cause = facts["counts"], DIFFERENT.get(facts["path"])
        found = counted(read[facts["path"]], counts) if cause else {}
        if cause in (REGION, BOTH):
            assert found["words"] == counts["words_in_region_text"]
        elif cause == WORDS:
            assert found["words"] == counts["word_elements"] and found["lines"] == counts["lines"]
        elif cause == SPLIT:
            assert found["words"] == counts["words"] and found["lines"] == counts["lines"] + 1
        elif cause == MARGIN:
            assert found["words"] == counts["words"] and found["lines"] == counts["lines"] - 1
        elif cause == PLAIN:
            assert counts["words"] == 0 < found["words"] and found["lines"] == counts["lines"]


@pytest.mark.parametrize("path", REFUSED)
def test_what_is_refused_has_its_reason(library: Path, path: str) -> None:
    with pytest.raises(Unreadable) as raised:
        leaves(unpacked(library / path))
    assert raised.value.reason == REFUSED[path]


def test_every_declared_order_is_followed(
    material: list[tuple[dict[str, Any], bytes]], read: dict[str, list[Leaf]]
) -> None:
    declared = 0
    for facts, _ in material:
        order = facts["counts"].get("reading_order")
        if order is None:
            continue
        declared += 1
        (leaf,) = read[facts["path"]]
        assert leaf.order_declared == bool(order), facts["path"]
        names = [block.id for block in leaf.blocks]
        of_blocks = [name for name in dict.fromkeys(order) if name in names]
        assert [name for name in dict.fromkeys(names) if name in order] == of_blocks, facts["path"]
    assert declared == 122


def test_blocks_of_alto_are_those_counted(
    material: list[tuple[dict[str, Any], bytes]], read: dict[str, list[Leaf]]
) -> None:
    for facts, _ in material:
        if facts["format"].startswith("ALTO") and facts["path"] not in DIFFERENT:
            found = read[facts["path"]]
            assert sum(len(leaf.blocks) for leaf in found) == facts["counts"]["blocks"], facts["path"]
            joined = [
                line for leaf in found for block in leaf.blocks for line in block.lines if line.goes_on is not None
            ]
            assert len(joined) >= facts["counts"].get("hyp", 0) - facts["counts"].get("empty_strings", 0), facts["path"]


def test_confidences_are_there_where_the_file_has_them_and_within_their_range(
    material: list[tuple[dict[str, Any], bytes]], read: dict[str, list[Leaf]]
) -> None:
    for facts, _ in material:
        with_confidence = facts["counts"].get("strings_with_wc", facts["counts"].get("x_wconf"))
        if with_confidence is None or facts["path"] in REFUSED:
            continue
        lines = [line for leaf in read[facts["path"]] for block in leaf.blocks for line in block.lines]
        if with_confidence == 0 and facts["format"].startswith("ALTO"):
            assert all(line.confidences is None for line in lines), facts["path"]
        for line in lines:
            if line.confidences is not None:
                assert len(line.confidences) == len(line.words)
                assert all(not sure < 0 and not sure > 1 for sure in line.confidences)
