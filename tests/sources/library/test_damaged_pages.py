"""Real pages, cut and changed anywhere: read or refused, and never anything else."""

import io
import math
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from florilegium.sources.library import abbyy, alto, djvu, hocr, page
from florilegium.sources.library.formats import HEAD, format_of, reader_of
from florilegium.sources.library.leaf import Leaf, Unreadable

SAMPLES = [
    (alto, "alto/kraken/missing_coords_ro.xml"),
    (alto, "alto/dbmdz/alto_semantics_urn+nbn+de+gbv+3+5-83179_00000007.xml"),
    (alto, "alto/kitodo_odd/alto.xml"),
    (page, "page/page_to_alto/align.page.xml"),
    (page, "page/dinglehopper/table-order-0002.xml"),
    (page, "page/kraken/170025120000003,0074-lite.xml"),
    (hocr, "hocr/readux/hocr.hocr"),
    (hocr, "hocr/hocr_tools/sample.html"),
    (hocr, "hocr/dbmdz/empty_words_bug.html"),
    (hocr, "hocr/ocrmypdf/multilingual.hocr"),
    (abbyy, "abbyy/bcul_almanach/ACI_1832_00_00_0001_page_83.xml"),
    (djvu, "djvu/ia_goodytwoshoes00newyiala_fake_xml_mult_lines.xml"),
]
PARTS = [
    *(
        b"<",
        b">",
        b"&",
        b'"',
        b"'",
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"<!--",
        b"<![CDATA[",
        b"]]>",
        b"<?x",
        b"</",
        b"/>",
    ),
    *(
        b"&#0;",
        b"&#x1F600;",
        b"&amp;",
        b"&nope;",
        b"<!DOCTYPE a [<!ENTITY e 'x'>]>",
        b'index="x"',
        b'CONTENT=""',
        b"<TextLine>",
    ),
    *(
        b"<div class='ocr_page'>",
        b"<span class='ocrx_word'>",
        b"</span>",
        b"</p>",
        b"<p>",
        b"nan",
        b"1e999",
        b"-1",
        b" " * 300,
    ),
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "insert", "double", "swap"]),
        st.floats(0, 1),
        st.one_of(st.integers(1, 12), st.integers(1, 4000)),
        st.sampled_from(PARTS),
    ),
    min_size=1,
    max_size=4,
)


@cache
def content(path: Path) -> bytes:
    return path.read_bytes()


def edited(source: bytes, edits: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, place, size, part in edits:
        at = int(place * len(source))
        if kind == "cut":
            source = source[:at]
        elif kind == "drop":
            source = source[:at] + source[at + size :]
        elif kind == "insert":
            source = source[:at] + part + source[at:]
        elif kind == "double":
            source = source[: at + size] + source[at:]
        else:
            source = source[:at] + source[at + size : at + 2 * size] + source[at : at + size] + source[at + 2 * size :]
    return source


def is_sound(leaf: Leaf) -> bool:
    lines = [line for block in leaf.blocks for line in block.lines]
    unknown = "\0" if "read_as" in leaf.facts else "\0\ufffd"  # HTML makes U+FFFD of &#0;
    return all(
        all(word and word == word.strip() and not set(unknown) & set(word) for word in line.words)
        and (line.confidences is None or len(line.confidences) == len(line.words))
        and (line.confidences is None or all(math.isnan(sure) or 0 <= sure <= 1 for sure in line.confidences))
        for line in lines
    )


@pytest.mark.parametrize(("module", "name"), SAMPLES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS)
def test_damage_anywhere_is_read_or_refused(
    library: Path, module: object, name: str, edits: list[tuple[str, float, int, bytes]]
) -> None:
    changed = edited(content(library / name), edits)
    try:
        assert all(map(is_sound, module.read_pages(io.BytesIO(changed))))  # type: ignore[attr-defined]
    except Unreadable as problem:
        assert problem.reason.isidentifier() and str(problem)
    try:
        reader_of(format_of(changed[:HEAD]))
    except Unreadable as problem:
        assert problem.reason.isidentifier() and str(problem)


@pytest.mark.parametrize(("module", "name"), SAMPLES)
def test_no_cut_is_taken_for_the_whole(library: Path, module: object, name: str) -> None:
    source = content(library / name)
    whole = list(module.read_pages(io.BytesIO(source)))  # type: ignore[attr-defined]
    for tenth in range(1, 10):
        found = []
        with pytest.raises(Unreadable):
            for leaf in module.read_pages(io.BytesIO(source[: len(source) * tenth // 10])):  # type: ignore[attr-defined]
                found.append(leaf)
        if not any("read_as" in leaf.facts for leaf in found):
            assert found == whole[: len(found)]
