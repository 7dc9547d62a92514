"""TEI, Gutenberg, PDF, MiniOCR and TETML, cut and changed anywhere: read or refused, and never anything else."""

import io
import random

import pytest

from florilegium.sources.library import gutenberg, miniocr, pdf, tei, tetml
from florilegium.sources.library.leaf import Unreadable

SAMPLES = [
    (tei, "tei/sarit/jitari-nairatmyasiddhi.xml"),
    (tei, "tei/schnitzler_briefe/L02915.xml"),
    (tei, "tei/emt_briefe/kasten_blau_45_15_0076.xml"),
    (tei, "tei/readux/tei.xml"),
    (tei, "tei/perseus_latin/phi1351.phi003.perseus-lat1.xml"),
    (gutenberg, "gutenberg/31894-8.txt"),
    (pdf, "pdf/ocrmypdf/link.pdf"),
    (pdf, "pdf/pikepdf/fpdf2_cjk.pdf"),
    (pdf, "pdf/ocrmypdf/graph_ocred.pdf"),
    (pdf, "pdf/pikepdf/sandwich.pdf"),
    (miniocr, "other/miniocr/sn90050316_1916_05_13_4_mini.xml"),
    (tetml, "other/tetml/10002099.word.tetml"),
]
TRIES = 60


def damaged(source, chance):
    """Give a copy that is cut, has bytes changed, a stretch doubled, moved or taken out."""
    at, size = chance.randrange(len(source)), chance.choice([1, 1, 2, 8, 100, 5_000])
    part = source[at : at + size]
    kind = chance.randrange(6)
    if kind == 0:
        return source[:at]
    if kind == 1:
        return source[:at] + chance.randbytes(len(part)) + source[at + size :]
    if kind == 2:
        return source[:at] + part * chance.choice([2, 50]) + source[at + size :]
    if kind == 3:
        return source[:at] + source[at + size :]
    if kind == 4:
        to = chance.randrange(len(source))
        return source[:to] + part + source[to:]
    flipped = bytes([source[at] ^ (1 << chance.randrange(8))])
    return source[:at] + flipped + source[at + 1 :]


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name"), SAMPLES)
def test_damage_anywhere_is_read_or_refused(library, module, name):
    source = (library / name).read_bytes()
    chance = random.Random(name)
    outcomes = set()
    for _ in range(TRIES):
        changed = source
        for _ in range(chance.choice([1, 1, 3])):
            changed = damaged(changed, chance) or source
        try:
            for leaf in module.read_pages(io.BytesIO(changed)):
                assert all(line.words for block in leaf.blocks for line in block.lines)
            outcomes.add("read")
        except Unreadable as problem:
            outcomes.add(problem.reason)
    assert len(outcomes) > 1 or module is gutenberg
