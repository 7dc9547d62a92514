"""PAGE XML: where text is taken from, and in which order."""

import io
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.sources.library.leaf import Block, Breaks, Leaf, Role, Unreadable
from florilegium.sources.library.page import read_pages
from florilegium.sources.library.page_order import Region, in_order


def leaf(inside: str, attributes: str = "", head: str = "") -> Leaf:
    document = f'<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15" pcGtsId="f">{head}<Page {attributes}>{inside}</Page></PcGts>'
    (found,) = read_pages(io.BytesIO(document.encode()))
    return found


def text(content: str, **attributes: str) -> str:
    of = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"<TextEquiv {of}><Unicode>{content}</Unicode></TextEquiv>"


def region(name: str, content: str = "", *, kind: str = "TextRegion", attributes: str = "") -> str:
    return f'<{kind} id="{name}" {attributes}>{content or f"<TextLine>{text(name)}</TextLine>"}</{kind}>'


def words(found: Leaf) -> list[list[str]]:
    return [line.words for block in found.blocks for line in block.lines]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (f"<TextLine>{text('a b')}</TextLine>{text('other')}", [["a", "b"]]),
        (f"<TextLine><Word>{text('x')}</Word>{text('a b')}</TextLine>", [["a", "b"]]),
        (f"<TextLine><Word>{text('x')}</Word><Word>{text('y')}</Word></TextLine>{text('other')}", [["x", "y"]]),
        (f"<TextLine><Word><Glyph>{text('x')}</Glyph><Glyph>{text('y')}</Glyph></Word></TextLine>", [["xy"]]),
        (f"<TextLine/><TextLine/>{text('one two' + chr(10) + chr(10) + 'three')}", [["one", "two"], ["three"]]),
        (f"<TextLine>{text('second', index='1')}{text('first', index='0')}</TextLine>", [["first"]]),
        (f"<TextLine>{text('third', index='2')}{text('second', index='1')}</TextLine>", [["second"]]),
        ("<TextLine><TextEquiv><PlainText>plain</PlainText><Unicode/></TextEquiv></TextLine>", [["plain"]]),
        (f"<TextLine>{text('a')}</TextLine><TextLine/>", [["a"], []]),
        ("", [["r"]]),
    ],
)
def test_text_is_taken_once_from_the_lowest_level_that_has_lines(content: str, lines: list[list[str]]) -> None:
    assert words(leaf(region("r", content))) == lines


@pytest.mark.parametrize(
    ("line", "confidences"),
    [
        (text("a b", conf="0.5"), [0.5, 0.5]),
        (
            f"<Word>{text('a', conf='0.1')}</Word><Word>{text('b', conf='0.2')}</Word>{text('a b', conf='0.5')}",
            [0.1, 0.2],
        ),
        (f"<Word>{text('a', conf='0.1')}</Word>{text('a b', conf='0.5')}", [0.5, 0.5]),
        (text("a b"), None),
        (text("a b", conf="85"), None),
    ],
)
def test_confidences_are_those_of_the_words_else_of_the_line(line: str, confidences: list[float] | None) -> None:
    assert leaf(region("r", f"<TextLine>{line}</TextLine>")).blocks[0].lines[0].confidences == confidences


@pytest.mark.parametrize(
    ("attributes", "role"),
    [
        ('type="page-number"', Role.PAGE_NUMBER),
        ('type="header"', Role.RUNNING_HEAD),
        ('type="catch-word"', Role.CATCHWORD),
        ('type="signature-mark"', Role.SIGNATURE),
        ('type="footnote-continued"', Role.NOTE),
        ('type="marginalia"', Role.NOTE),
        ('type="heading"', Role.HEADING),
        ('type="paragraph"', Role.TEXT),
        ('custom="readingOrder {index:1;} structure {type:catch-word;}"', Role.CATCHWORD),
        ('custom="structure {score:0.9; type:MarginTextZone:catchword;}"', Role.CATCHWORD),
        ('custom="structure {type:TNCN;}"', Role.TEXT),
    ],
)
def test_a_region_has_the_role_of_its_type(attributes: str, role: Role) -> None:
    assert leaf(region("r", attributes=attributes)).blocks[0].role is role


def test_what_a_page_and_its_regions_say_of_themselves() -> None:
    content = f'<Coords points="10,20 30,5 1,9"/><TextLine>{text("a")}</TextLine>'
    found = leaf(
        region("r", content, attributes='primaryLanguage="Latin"') + region("s"),
        'imageFilename="1.tif" imageWidth="800" imageHeight="900" primaryLanguage="German"',
        "<Metadata><Creator>kraken</Creator></Metadata>",
    )
    assert (found.id, found.language, found.width, found.height) == ("f", "German", 800, 900)
    assert found.facts == {"software": "kraken", "image": "1.tif"}
    assert [(block.id, block.language, block.box) for block in found.blocks] == [
        ("r", "Latin", (1.0, 5.0, 30.0, 20.0)),
        ("s", "German", None),
    ]


def test_regions_in_regions_come_once_with_the_role_of_what_holds_them() -> None:
    table = region("t", region("c1") + region("c2", attributes='type="caption"'), kind="TableRegion")
    picture = region("i", region("p"), kind="ImageRegion")
    advert = region("ad", region("a1"), kind="AdvertRegion")
    outer = region("o", f"{text('both')}{region('in')}")
    found = leaf(table + picture + advert + outer).blocks
    assert [(block.id, block.role, block.breaks, block.within) for block in found] == [
        ("c1", Role.TABLE, Breaks.MEANT, ("t",)),
        ("c2", Role.CAPTION, Breaks.LAYOUT, ("t",)),
        ("p", Role.FIGURE, Breaks.LAYOUT, ("i",)),
        ("a1", Role.ADVERTISEMENT, Breaks.LAYOUT, ("ad",)),
        ("o", Role.TEXT, Breaks.LAYOUT, ()),
        ("in", Role.TEXT, Breaks.LAYOUT, ("o",)),
    ]
    assert found[4].lines == []


def test_cells_come_by_row_and_column() -> None:
    cells = "".join(
        f'<TableCell row="{r}" col="{c}"><TextLine>{text(f"{r}.{c}")}</TextLine></TableCell>'
        for c in (0, 1)
        for r in (1, 0)
    )
    assert words(leaf(region("t", cells, kind="TableRegion"))) == [["0.0"], ["0.1"], ["1.0"], ["1.1"]]


def refs(*names: str, numbers: tuple[int, ...] = ()) -> str:
    return "".join(
        f'<RegionRefIndexed index="{number}" regionRef="{name}"/>'
        for name, number in zip(names, numbers or range(len(names)), strict=True)
    )


def ordered(*groups: str) -> str:
    return f"<ReadingOrder>{''.join(groups)}</ReadingOrder>"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (f"<OrderedGroup>{refs('c', 'a', 'b')}</OrderedGroup>", "cabd"),
        (f"<OrderedGroup>{refs('c', 'a', 'b', numbers=(10, 9, 2))}</OrderedGroup>", "bacd"),
        (f"<OrderedGroup>{refs('c', 'a', 'b', numbers=(1, 1, 0))}</OrderedGroup>", "bcad"),
        (f"<OrderedGroup>{refs('gone', 'd', 'd', 'a')}</OrderedGroup>", "dabc"),
        ('<UnorderedGroup><RegionRef regionRef="d"/><RegionRef regionRef="b"/></UnorderedGroup>', "dbac"),
        (
            f'<OrderedGroup><OrderedGroupIndexed index="1">{refs("a", "b")}</OrderedGroupIndexed>'
            f'<UnorderedGroupIndexed index="0"><RegionRef regionRef="d"/></UnorderedGroupIndexed></OrderedGroup>',
            "dabc",
        ),
        (
            f'<OrderedGroup><OrderedGroupIndexed index="0" regionRef="d">{refs("b", "a")}</OrderedGroupIndexed></OrderedGroup>',
            "dbac",
        ),
    ],
)
def test_regions_come_in_the_declared_order_each_once_and_the_others_after(order: str, expected: str) -> None:
    found = leaf(ordered(order) + "".join(map(region, "abcd")))
    assert [block.id for block in found.blocks] == list(expected) and found.order_declared


def test_an_order_may_name_regions_within_a_region() -> None:
    table = region("t", region("x") + region("y") + region("z"), kind="TableRegion")
    group = f'<OrderedGroupIndexed index="0" regionRef="t">{refs("z", "x")}</OrderedGroupIndexed>'
    found = leaf(ordered(f"<OrderedGroup>{group}</OrderedGroup>") + region("a") + table)
    assert [block.id for block in found.blocks] == ["y", "z", "x", "a"]


def numbered(name: str, number: int | None) -> str:
    return region(name, attributes="" if number is None else f'custom="readingOrder {{index:{number};}}"')


def test_indices_of_transkribus_order_regions_where_nothing_else_does() -> None:
    inside = numbered("a", 2) + numbered("b", None) + numbered("c", 0)
    found = leaf(inside)
    assert [block.id for block in found.blocks] == ["c", "a", "b"] and found.order_declared
    declared = leaf(ordered(f"<OrderedGroup>{refs('b', 'a')}</OrderedGroup>") + inside)
    assert [block.id for block in declared.blocks] == ["b", "a", "c"]


@pytest.mark.parametrize("places", permutations([0, 1, 2]))
def test_lines_come_by_their_indices_where_all_have_one(places: tuple[int, ...]) -> None:
    lines = [f'<TextLine custom="readingOrder {{index:{n};}}">{text(str(n))}</TextLine>' for n in places]
    assert words(leaf(region("r", "".join(lines)))) == [["0"], ["1"], ["2"]]
    assert words(leaf(region("r", "".join(lines) + f"<TextLine>{text('3')}</TextLine>"))) == [
        [str(n)] for n in (*places, 3)
    ]


def test_a_file_without_a_page_is_refused() -> None:
    with pytest.raises(Unreadable) as raised:
        list(read_pages(io.BytesIO(b"<PcGts><Metadata/></PcGts>")))
    assert raised.value.reason == "no_pages"


NAMES = "abcdefgh"
TREES = st.recursive(
    st.sampled_from(NAMES).map(lambda name: Region(name, Block([], id=name), [])),
    lambda inner: st.builds(
        lambda name, inside: Region(name, Block([], id=name), inside),
        st.sampled_from(NAMES),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TREES, max_size=4), st.lists(st.sampled_from(NAMES + "xyz"), max_size=12))
def test_no_order_loses_or_doubles_a_region(regions: list[Region], order: list[str]) -> None:
    everything = [block for part in regions for block in part.blocks()]
    found = in_order(regions, order)
    assert sorted(map(id, found)) == sorted(map(id, everything))
    places = {block.id: n for n, block in enumerate(found)}
    counts = Counter(block.id for block in everything)
    named = [places[name] for name in dict.fromkeys(order) if counts[name] == 1]
    assert named == sorted(named)
