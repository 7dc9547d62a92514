"""MiniOCR and TETML, small and as the library has them."""

import io

import pytest

from florilegium.sources.library import miniocr, tetml
from florilegium.sources.library.leaf import Unreadable


def shown(leaves):
    return [[[line.text for line in block.lines] for block in leaf.blocks] for leaf in leaves]


def test_miniocr():
    source = b"""<ocr><p xml:id="709" wh="20204 29044"><b><l><w x="1">Lenin</w> / <w x="2">M</w><w x="3">solini</w>, </l><l/></b>
      <b><l><w>zwei</w></l></b></p><p xml:id="710"/></ocr>"""
    leaves = list(miniocr.read_pages(io.BytesIO(source)))
    assert shown(leaves) == [[["Lenin / M solini,"], ["zwei"]], []]
    assert [(leaf.id, leaf.width, leaf.height) for leaf in leaves] == [("709", 20204, 29044), ("710", None, None)]


def test_tetml():
    word = "<Word><Text>{}</Text><Box><Glyph>x</Glyph></Box></Word>".format
    lines = (
        f"<Para><Line>{word('eins')}{word('zwei')}</Line><Line>{word('drei')}</Line></Para><Para>{word('vier')}</Para>"
    )
    loose = f"<Line>{word('fünf')}</Line><Line>{word('sechs')}</Line>"
    source = f'<TET><Document><Pages><Page number="1" width="364.6" height="584"><Content>{lines}{loose}</Content></Page></Pages></Document></TET>'
    (leaf,) = tetml.read_pages(io.BytesIO(source.encode()))
    assert shown([leaf]) == [[["eins zwei", "drei"], ["vier"], ["fünf", "sechs"]]]
    assert (leaf.id, leaf.width, leaf.height) == ("1", 365, 584)


@pytest.mark.parametrize("module", [miniocr, tetml])
def test_without_pages(module):
    with pytest.raises(Unreadable) as refused:
        list(module.read_pages(io.BytesIO(b"<ocr/>")))
    assert refused.value.reason == "no_pages"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "pages", "lines", "words"),
    [
        (miniocr, "miniocr/sn90050316_1916_05_13_4_mini.xml", 1, 518, 2922),
        # 26,554 elements w; marks that stand alone between them are words too, 363 of them
        (miniocr, "miniocr/miniocr_nopagedims.xml", 14, 4308, 26917),
        (tetml, "tetml/10002098.word.tetml", 3, None, 789),
        (tetml, "tetml/10002099.word.tetml", 1, None, 312),
    ],
)
def test_files_of_the_library(library, module, name, pages, lines, words):
    with (library / "other" / name).open("rb") as file:
        leaves = list(module.read_pages(file))
    found = [line for leaf in leaves for block in leaf.blocks for line in block.lines]
    assert (len(leaves), sum(len(line.words) for line in found)) == (pages, words)
    assert lines in (None, len(found))
