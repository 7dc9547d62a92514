"""hOCR: pages, blocks, lines and words, as XML and as HTML, whole and broken."""

import io

import pytest

from florilegium.sources.library import xml
from florilegium.sources.library.hocr import read_pages
from florilegium.sources.library.leaf import Leaf, Role, Unreadable


def pages(body: str, head: str = "") -> list[Leaf]:
    return list(read_pages(io.BytesIO(f"<html><head>{head}</head><body>{body}</body></html>".encode())))


def leaf(inside: str, head: str = "", attributes: str = "") -> Leaf:
    (found,) = pages(f"<div class='ocr_page' {attributes}>{inside}</div>", head)
    return found


def words(found: Leaf) -> list[list[str]]:
    return [line.words for block in found.blocks for line in block.lines]


def line(*parts: str) -> str:
    inside = " ".join(f"<span class='ocrx_word'>{part}</span>" for part in parts)
    return f"<span class='ocr_line'>{inside}</span>"


HTML = pytest.mark.parametrize("broken", ["", "<br>"], ids=["xml", "html"])


@HTML
def test_a_page_with_all_that_it_says(broken: str) -> None:
    inside = (
        "<div class='ocr_carea' id='a1' title='bbox 0 0 9 9'><p class='ocr_par' id='p1' lang='deu' title=\"bbox 1 2 30 40\">"
        "<span class=\"ocr_line\" id='l1'><span class='ocrx_word' title='bbox 1 1 2 2; x_wconf 95'>Ein</span> "
        '<span class="ocrx_word" title="bbox 1 1 2 2;x_conf 40.5">Wort</span> <span class="ocrx_word"></span></span></p></div>'
    )
    title = 'title=\'image "/a/b.tif"; bbox 0 0 800 900; ppageno 4; lpageno "iv"\''
    found = leaf(
        inside + broken, "<title>A  book</title><meta name='ocr-system' content='foo 1'/>", f"id='page_5' {title}"
    )
    assert (found.id, found.label, found.width, found.height) == ("page_5", "iv", 800, 900)
    (block,) = found.blocks
    assert (block.id, block.language, block.within, block.box) == ("p1", "deu", ("a1",), (1.0, 2.0, 30.0, 40.0))
    (only,) = block.lines
    assert (only.words, only.confidences, only.id) == (["Ein", "Wort"], [0.95, 0.405], "l1")
    facts = {"title": "A book", "software": "foo 1", "ppageno": "4", "image": "/a/b.tif", "words_empty": "1"}
    assert found.facts == ({**facts, "read_as": "html"} if broken else facts)


@HTML
def test_every_page_comes_as_soon_as_it_is_whole(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "CHUNK", 256)
    document = "".join(f"<div class='ocr_page' id='{n}'>{line(str(n))}{broken}</div>" for n in range(50))
    file = io.BytesIO(f"<html><body>{document}</body></html>".encode())
    found = read_pages(file)
    assert next(found).id == "0" and file.tell() < 1000
    assert [page.id for page in found] == [str(n) for n in range(1, 50)]


@HTML
@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (line("<b>st<i>ro</i></b>ng", "x"), [["strong", "x"]]),
        (line("<ins class='alt'>this</ins><del class='alt'>that</del>", "x"), [["this", "x"]]),
        (f"{line('a')}{line('b')}", [["a"], ["b"]]),
        ("<span class='ocr_line'>a whole\nline</span>", [["a", "whole", "line"]]),
        ("<span class='ocrx_line'><span class='ocr_word'>old</span></span>", [["old"]]),
        (
            "<span class='ocr_line'><span class='ocrx_word'>a</span>, b <span class='ocrx_word'>c</span>.</span>",
            [["a", ",", "b", "c", "."]],
        ),
        ("<span class='ocrx_word'>no</span> <span class='ocrx_word'>line</span>", [["no", "line"]]),
        ("<p>plain text</p> and more", [["plain", "text"], ["and", "more"]]),
        ("<div class='ocr_header'></div>" + line("a"), [["a"]]),
        (f"<div class='ocr_header'>{line('a')}{line('b')}</div>{line('c')}", [["a"], ["b"], ["c"]]),
        ("<span class='ocr_line'></span>", [[]]),
        ("<script>var x = 1;</script>" + line("a"), [["a"]]),
    ],
)
def test_text_is_kept_once_and_in_its_place(broken: str, inside: str, expected: list[list[str]]) -> None:
    assert words(leaf(inside + broken)) == expected


@HTML
def test_paragraphs_areas_and_headings_are_blocks(broken: str) -> None:
    found = leaf(
        f"<div class='ocr_carea' id='a'><p class='ocr_par' id='p1'>{line('a')}{line('b')}</p><p class='ocr_par' id='p2'>{line('c')}</p></div>"
        f"<div class='ocrx_block' id='b' lang='unknown'>{line('d')}</div><h2>{line('e')}</h2>{line('f')}{broken}",
        attributes="lang='fra'",
    )
    assert [(block.id, block.role, block.language, len(block.lines)) for block in found.blocks] == [
        ("p1", Role.TEXT, "fra", 2),
        ("p2", Role.TEXT, "fra", 1),
        ("b", Role.TEXT, "fra", 1),
        (None, Role.HEADING, "fra", 1),
        (None, Role.TEXT, "fra", 1),
    ]


@pytest.mark.parametrize(
    ("system", "name", "role"),
    [
        ("tesseract 5.0", "ocr_header", Role.HEADING),
        ("ABBYY", "ocr_header", Role.RUNNING_HEAD),
        ("tesseract 5.0", "ocr_caption", Role.CAPTION),
        ("tesseract 5.0", "ocr_textfloat", Role.TEXT),
    ],
)
def test_a_line_of_another_role_is_a_block_of_its_own(system: str, name: str, role: Role) -> None:
    inside = f"<p class='ocr_par'><span class='{name}'><span class='ocrx_word'>x</span></span>{line('a')}</p>"
    found = leaf(inside, f"<meta name='ocr-system' content='{system}'/>")
    assert found.blocks[0].role is role and words(found) == [["x"], ["a"]]


@HTML
@pytest.mark.parametrize("shy", ["<span class='ocrx_word'>ex&#173;</span>", "<span class='ocrx_word'>ex</span>&#173;"])
def test_a_soft_hyphen_at_the_end_says_that_the_word_goes_on(broken: str, shy: str) -> None:
    found = leaf(f"<span class='ocr_line'><span class='ocrx_word'>a</span> {shy}</span>{line('ample')}{broken}")
    first, second = (one for block in found.blocks for one in block.lines)
    assert (first.words, first.goes_on, second.goes_on) == (["a", "ex\u00ad"], "", None)


def test_named_entities_without_a_dtd_are_read() -> None:
    assert words(leaf(line("Gr&ouml;&szlig;e"))) == [["Größe"]]


@pytest.mark.parametrize("text", ["!'<!--,,,>", "<?iü>", "a</ >", "<!x"])
def test_noise_that_looks_like_markup_swallows_nothing(text: str) -> None:
    assert words(leaf(line("a", text, "b") + line("c")))[0][::2] == ["a", "b"]


def test_an_html_file_that_is_cut_is_told_apart_from_one_that_is_broken() -> None:
    whole = (
        f"<html><body><div class='ocr_page'>{line('a')}<br></div><div class='ocr_page'>{line('b')}</div></body></html>"
    )
    assert len(list(read_pages(io.BytesIO(whole.encode())))) == 2
    found = read_pages(io.BytesIO(whole[:-40].encode()))
    assert words(next(found)) == [["a"]]
    with pytest.raises(Unreadable) as raised:
        list(found)
    assert raised.value.reason == "cut_off"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<p>an error page</p>", "no_pages"),
        (f"<div class='ocr_page'></div>{line('a')}", "text_outside_pages"),
        ("<div class='ocr_page'>" + "<div class='ocr_carea'>" * 10_000, "beyond_limits"),
        (f"<div class='ocr_page'>{line('x' * 30_000)}</div>", "word_too_long"),
        (f"<div class='ocr_page'>{line(*['x'] * 999) * 501}</div>", "page_too_large"),
    ],
)
@HTML
def test_what_cannot_be_read_right_is_refused(body: str, reason: str, broken: str) -> None:
    with pytest.raises(Unreadable) as raised:
        pages(body + broken)
    assert raised.value.reason == reason
