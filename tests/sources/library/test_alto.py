"""ALTO: words, hyphens, roles, languages and order, one small page each."""

import io
import math

import pytest

from florilegium.sources.library.alto import read_pages
from florilegium.sources.library.leaf import Breaks, Leaf, Role, Unreadable

SPACES = ["", ' xmlns="http://schema.ccs-gmbh.com/ALTO"', ' xmlns="http://www.loc.gov/standards/alto/ns-v4#"']


def leaf(blocks: str, before: str = "", page: str = "", space: str = "") -> Leaf:
    document = (
        f"<alto{space}>{before}<Layout><Page {page}><PrintSpace ID='ps'>{blocks}</PrintSpace></Page></Layout></alto>"
    )
    (found,) = read_pages(io.BytesIO(document.encode()))
    return found


def block(name: str, *words: str, attributes: str = "") -> str:
    strings = "<SP/>".join(f'<String CONTENT="{word}" ID="{name}.{n}"/>' for n, word in enumerate(words))
    return f'<TextBlock ID="{name}" {attributes}><TextLine ID="{name}.l">{strings}</TextLine></TextBlock>'


def order(found: Leaf) -> list[str | None]:
    return [block.id for block in found.blocks]


@pytest.mark.parametrize("space", SPACES)
def test_words_confidences_and_measures_in_any_name_space(space: str) -> None:
    found = leaf(
        '<TextBlock ID="b" LANG="fr" HPOS="1.5" VPOS="2" WIDTH="10" HEIGHT="20"><Shape/><TextLine ID="l">'
        '<String CONTENT="Le" WC="0.5"/><SP/><String CONTENT=" roi " WC="NaN"/><SP/><String CONTENT="" WC="1"/>'
        '<String CONTENT="dit" WC="1,0"><ALTERNATIVE>dix</ALTERNATIVE></String></TextLine><TextLine/></TextBlock>',
        page='ID="P1" PRINTED_IMG_NR="xii" WIDTH="800" HEIGHT="-3"',
        space=space,
    )
    assert (found.id, found.label, found.width, found.height, found.order_declared) == ("P1", "xii", 800, None, False)
    (only,) = found.blocks
    assert (only.id, only.language, only.role, only.within, only.box) == (
        "b",
        "fr",
        Role.TEXT,
        ("ps",),
        (1.5, 2.0, 11.5, 22.0),
    )
    first, second = only.lines
    assert (first.words, first.id, second.words, second.confidences) == (["Le", "roi", "dit"], "l", [], None)
    assert first.confidences is not None and first.confidences[0] == 0.5 and all(map(math.isnan, first.confidences[1:]))
    assert found.facts == {"words_empty": "1"}


def test_every_page_of_a_file_and_none() -> None:
    found = list(
        read_pages(io.BytesIO(b'<a:alto xmlns:a="u"><a:Layout><a:Page ID="1"/><a:Page ID="2"/></a:Layout></a:alto>'))
    )
    assert [page.id for page in found] == ["1", "2"] and [page.blocks for page in found] == [[], []]
    with pytest.raises(Unreadable) as raised:
        list(read_pages(io.BytesIO(b"<alto><Layout/></alto>")))
    assert raised.value.reason == "no_pages"


@pytest.mark.parametrize(
    ("strings", "words", "goes_on"),
    [
        ('<String CONTENT="exam" SUBS_TYPE="HypPart1" SUBS_CONTENT="example"/><HYP CONTENT="-"/>', ["exam"], "example"),
        ('<String CONTENT="exam-" SUBS_TYPE="HypPart1" SUBS_CONTENT="example"/>', ["exam-"], "example"),
        ('<String CONTENT="exam" SUBS_TYPE="HypPart1"/><HYP/>', ["exam"], ""),
        ('<String CONTENT="exam"/><HYP CONTENT="-"/>', ["exam"], ""),
        ('<String CONTENT="ple" SUBS_TYPE="HypPart2" SUBS_CONTENT="example"/>', ["ple"], None),
        ('<String CONTENT="well-"/>', ["well-"], None),
    ],
)
def test_a_line_that_ends_in_half_a_word_says_so(strings: str, words: list[str], goes_on: str | None) -> None:
    (line,) = leaf(f"<TextBlock><TextLine>{strings}</TextLine></TextBlock>").blocks[0].lines
    assert (line.words, line.goes_on) == (words, goes_on)


def line_of(*parts: str) -> str:
    return "".join("<SP/>" if part == " " else f'<String CONTENT="{part}" WC="0.{len(part)}"/>' for part in parts)


def test_pieces_without_a_space_are_one_word_where_the_page_has_spaces() -> None:
    parted = line_of("a", " ", "MON", "TGOMERY", " ", "Hofmann", ",", " ", "b")
    broken = line_of("c", " ", "(") + '<String CONTENT="exam" SUBS_TYPE="HypPart1" SUBS_CONTENT="example"/><HYP/>'
    found = leaf(f"<TextBlock><TextLine>{parted}</TextLine><TextLine>{broken}</TextLine></TextBlock>")
    first, second = found.blocks[0].lines
    assert (first.words, first.confidences) == (["a", "MONTGOMERY", "Hofmann,", "b"], [0.1, 0.3, 0.1, 0.1])
    assert (second.words, second.goes_on) == (["c", "(exam"], "(example")
    assert found.facts == {"words_joined": "3"}


def test_pieces_stay_words_where_the_page_has_few_spaces_or_none() -> None:
    few = line_of("a", " ", "b", "c", "d", "e")
    assert leaf(f"<TextBlock><TextLine>{few}</TextLine></TextBlock>").blocks[0].lines[0].words == list("abcde")


TAGS = (
    '<Tags><OtherTag ID="t1" LABEL="MarginTextZone"/><LayoutTag ID="t2" LABEL="advertisement"/><OtherTag ID="t3" LABEL="MainZone#2"/>'
    '<StructureTag ID="t4" LABEL="titre 1"/><OtherTag ID="t5" LABEL="RunningTitleZone"/><OtherTag ID="t6" LABEL="NumberingZone:page"/></Tags>'
)


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ('TAGREFS="t1"', Role.NOTE),
        ('TAGREFS="t3 t2"', Role.ADVERTISEMENT),
        ('TAGREFS="t3"', Role.TEXT),
        ('TAGREFS="t4"', Role.HEADING),
        ('TAGREFS="t5"', Role.RUNNING_HEAD),
        ('TAGREFS="t6"', Role.PAGE_NUMBER),
        ('TAGREFS="gone"', Role.TEXT),
        ('TYPE="textStamped"', Role.FIGURE),
        ('TYPE="illegible"', Role.TEXT),
    ],
)
def test_a_block_has_the_role_that_its_tags_or_type_say(attributes: str, role: Role) -> None:
    assert leaf(block("b", "x", attributes=attributes), TAGS).blocks[0].role is role


def test_containers_give_their_role_and_their_ids() -> None:
    inner = f'<ComposedBlock ID="c2">{block("b", "x")}</ComposedBlock>'
    found = leaf(f'<ComposedBlock ID="c1" TYPE="Table">{inner}</ComposedBlock>{block("d", "y")}').blocks
    assert [(one.role, one.breaks, one.within) for one in found] == [
        (Role.TABLE, Breaks.MEANT, ("ps", "c1", "c2")),
        (Role.TEXT, Breaks.LAYOUT, ("ps",)),
    ]


def declared(refs: str) -> str:
    return f"<ReadingOrder>{refs}</ReadingOrder>"


def group(*refs: str) -> str:
    return f"<OrderedGroup>{''.join(f'<ElementRef REF={ref!r}/>' for ref in refs)}</OrderedGroup>"


BLOCKS = block("a", "a0", "a1", "a2") + block("b", "b0") + block("c", "c0")


def test_blocks_come_in_the_declared_order_each_once_and_the_others_after() -> None:
    found = leaf(BLOCKS, declared(group("c", "gone", "a", "c")))
    assert order(found) == ["c", "a", "b"] and found.order_declared


def test_an_order_may_take_lines_and_words_apart() -> None:
    found = leaf(
        BLOCKS, declared(f"<UnorderedGroup>{group('a.0', 'c', 'b.l', 'a.2')}{group('a', 'b')}</UnorderedGroup>")
    )
    assert [(one.id, [line.words for line in one.lines]) for one in found.blocks] == [
        ("a", [["a0"]]),
        ("c", [["c0"]]),
        ("b", [["b0"]]),
        ("a", [["a2", "a1"]]),
    ]


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        ({"a": "c"}, "acb"),
        ({"c": "a"}, "bca"),
        ({"a": "c", "c": "b"}, "acb"),
        ({"a": "b", "b": "a"}, "cab"),
        ({"a": "a", "b": "gone"}, "abc"),
        ({"a": "c", "b": "c"}, "acb"),
    ],
)
def test_blocks_follow_the_one_that_names_them(following: dict[str, str], expected: str) -> None:
    blocks = "".join(block(n, n, attributes=f'IDNEXT="{following[n]}"' if n in following else "") for n in "abc")
    assert order(leaf(blocks)) == list(expected)


def test_the_file_says_what_made_it() -> None:
    description = (
        "<Description><MeasurementUnit>pixel</MeasurementUnit><sourceImageInformation><fileName>1.tif</fileName>"
        "</sourceImageInformation><OCRProcessing><ocrProcessingStep><processingSoftware><softwareName>Abbyy</softwareName>"
        "<softwareVersion>11</softwareVersion></processingSoftware></ocrProcessingStep></OCRProcessing></Description>"
    )
    assert leaf("", description).facts == {"unit": "pixel", "image": "1.tif", "software": "Abbyy 11"}


def test_a_page_and_a_word_have_limits() -> None:
    with pytest.raises(Unreadable) as raised:
        leaf(block("b", "x" * 30_000))
    assert raised.value.reason == "word_too_long"
    with pytest.raises(Unreadable) as raised:
        leaf(("<TextBlock>" + "<TextLine/>" * 999 + "</TextBlock>") * 501)
    assert raised.value.reason == "page_too_large"
