"""ABBYY XML and DjVu XML: words from characters, confidences, roles."""

import io
import math

import pytest

from florilegium.sources.library import abbyy, djvu
from florilegium.sources.library.leaf import Breaks, Leaf, Role, Unreadable


def abbyy_leaf(blocks: str, root: str = "<document producer='FineReader 10.0'>{}</document>") -> Leaf:
    document = root.format(f'<page width="800" height="900">{blocks}</page>')
    (found,) = abbyy.read_pages(io.BytesIO(document.encode()))
    return found


def characters(text: str, *confidences: int) -> str:
    certain = [*confidences, *[-1] * len(text)]
    return "".join(
        f'<charParams charConfidence="{sure}">{letter}</charParams>'
        for letter, sure in zip(text, certain, strict=False)
    )


def paragraph(*lines: str, attributes: str = "") -> str:
    return f"<par {attributes}>{''.join(f'<line>{line}</line>' for line in lines)}</par>"


def block(inside: str, kind: str = "Text") -> str:
    return f'<block blockType="{kind}" l="1" t="2" r="30" b="40"><text>{inside}</text></block>'


def test_words_stand_between_blanks_whatever_the_word_starts() -> None:
    started = (
        '<charParams wordStart="1">l</charParams><charParams>\'</charParams><charParams wordStart="1">a</charParams>'
    )
    line = f'<formatting lang="French">{characters("ab cd", 80, 60, 0, 100, -1)}</formatting><formatting lang="French">{started}</formatting>'
    found = abbyy_leaf(block(paragraph(line + f"<formatting lang='German'>{characters(' x')}</formatting>")))
    (only,) = found.blocks
    assert (only.language, only.box, found.width, found.facts) == (
        "French",
        (1, 2, 30, 40),
        800,
        {"software": "FineReader 10.0"},
    )
    (read,) = only.lines
    assert read.words == ["ab", "cdl'a", "x"]
    assert (
        read.confidences is not None
        and read.confidences[:2] == pytest.approx([0.7, 1.0])
        and math.isnan(read.confidences[2])
    )


def test_other_readings_are_passed_over() -> None:
    variants = "<charRecVariants><charRecVariant>x</charRecVariant></charRecVariants>"
    line = f"<formatting><charParams>{variants}c</charParams><charParams>{variants}d</charParams></formatting>"
    assert abbyy_leaf(block(paragraph(line))).blocks[0].lines[0].words == ["cd"]


@pytest.mark.parametrize(
    "root",
    ["{}", " {}", "<document xmlns='http://www.abbyy.com/FineReader_xml/FineReader10-schema-v1.xml'>{}</document>"],
)
def test_text_without_characters_and_pages_without_a_document(root: str) -> None:
    line = "<formatting lang='G'>\n VIETT </formatting>\n<formatting>12sT,</formatting><formatting>a-</formatting>"
    assert abbyy_leaf(block(paragraph(line, "")), root).blocks[0].lines[0].words == ["VIETT", "12sT,a-"]


@pytest.mark.parametrize(("end", "goes_on"), [("¬", ""), ("\u00ad", ""), ("-", None), ("", None)])
def test_a_mark_at_the_end_says_that_the_word_goes_on(end: str, goes_on: str | None) -> None:
    (line,) = abbyy_leaf(block(paragraph(f"<formatting>{characters('a ex' + end)}</formatting>"))).blocks[0].lines
    assert (line.words, line.goes_on) == (["a", f"ex{end}"], goes_on)


def test_tables_pictures_and_styles_have_roles() -> None:
    text = paragraph(f"<formatting>{characters('a')}</formatting>", attributes='style="{}"')
    table = (
        f'<block blockType="Table"><row><cell><text>{text}</text></cell><cell><text>{text}</text></cell></row></block>'
    )
    styles = '<paragraphStyle id="{1}" role="rt"/><paragraphStyle id="{2}" role="footnote"/><paragraphStyle id="{3}" role="text"/>'
    inside = table + block(text, "Picture") + "".join(block(text.replace("{}", f"{{{n}}}")) for n in (1, 2, 3))
    document = f"<document><documentData><paragraphStyles>{styles}</paragraphStyles></documentData><page>{inside}</page></document>"
    (found,) = abbyy.read_pages(io.BytesIO(document.encode()))
    roles = [Role.TABLE, Role.TABLE, Role.FIGURE, Role.RUNNING_HEAD, Role.NOTE, Role.TEXT]
    assert [one.role for one in found.blocks] == roles
    assert [one.breaks is Breaks.MEANT for one in found.blocks] == [True, True, False, False, False, False]


def test_djvu_words_lines_and_paragraphs() -> None:
    word = '<WORD coords="1,2,3,4" x-confidence="{}">{}</WORD>'
    line = f"<LINE>{word.format(29, 'other mode ')}{word.format(100, ' x')}{word.format(1, ' ')}</LINE>"
    paragraphs = (
        f"<PARAGRAPH>{line}<LINE><WORD><CHARACTER>e</CHARACTER><CHARACTER>x\u00ad</CHARACTER></WORD></LINE></PARAGRAPH>"
    )
    page = f'<OBJECT width="800" height="900" usemap="p1.djvu"><PARAM name="PAGE" value="p0001.djvu"/><HIDDENTEXT>{paragraphs * 2}</HIDDENTEXT></OBJECT>'
    first, second = djvu.read_pages(io.BytesIO(f"<DjVuXML><BODY>{page}{page}</BODY></DjVuXML>".encode()))
    assert first == second and (first.id, first.width, first.facts) == ("p0001.djvu", 800, {"words_empty": "2"})
    assert [len(one.lines) for one in first.blocks] == [2, 2]
    assert (first.blocks[0].lines[0].words, first.blocks[0].lines[0].confidences) == (["other mode", "x"], [0.29, 1.0])
    assert (first.blocks[0].lines[1].words, first.blocks[0].lines[1].confidences, first.blocks[0].lines[1].goes_on) == (
        ["ex\u00ad"],
        None,
        "",
    )


@pytest.mark.parametrize(("module", "document"), [(abbyy, b"<document/>"), (djvu, b"<DjVuXML/>")])
def test_a_file_without_a_page_is_refused(module: object, document: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        list(module.read_pages(io.BytesIO(document)))  # type: ignore[attr-defined]
    assert raised.value.reason == "no_pages"
