"""PDF: a small file made here, and every file of the library."""

import io

import pytest

from florilegium.sources.library import pdf
from florilegium.sources.library.leaf import Unreadable


def made(*pages):
    """Give a PDF: for each page a list of (x, y, text)."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /PageLabels << /Nums [0 << /S /r /St 4 >>] >> >>",
        b"",
        b"<< /Title (Probe) >>",
    ]
    kids = []
    for lines in pages:
        shown = "".join(f"BT /F1 10 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in lines).encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
        font = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] {font} /Contents {len(objects)} 0 R >>"
        objects.append(page.encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode()
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + trailer % (len(objects) + 1, len(out))
    )


class OneWay(io.RawIOBase):
    """A file that can only be read on."""

    def __init__(self, content):
        self._content = io.BytesIO(content)

    def readable(self):
        return True

    def read(self, size=-1):
        return self._content.read(size)


def read(source):
    return list(pdf.read_pages(io.BytesIO(source)))


def test_lines_blocks_labels_and_empty_pages():
    column = [(20, 350 - 12 * line, f"left {line}") for line in range(4)]
    apart = [(20, 260 - 12 * line, f"below {line}") for line in range(3)]
    right = [(160, 350 - 12 * line, f"right {line}") for line in range(3)]
    first, second = read(made(column + apart + right, []))
    assert [[line.text for line in block.lines] for block in first.blocks] == [
        [f"left {line}" for line in range(4)],
        [f"below {line}" for line in range(3)],
        [f"right {line}" for line in range(3)],
    ]
    assert (first.id, first.label, first.width, first.height) == ("1", "iv", 300, 400)
    assert first.facts == {"title": "Probe"}
    assert (second.id, second.label, second.blocks, second.facts) == (
        "2",
        "v",
        [],
        {"title": "Probe", "no_text": "true"},
    )


def test_a_hyphen_at_a_line_end_stays_and_ends_the_line():
    (page,) = read(made([(20, 350, "der alte Kranken-"), (20, 338, "wagen fuhr vor")]))
    assert [line.words for block in page.blocks for line in block.lines] == [
        ["der", "alte", "Kranken-"],
        ["wagen", "fuhr", "vor"],
    ]


def test_a_file_that_can_only_be_read_on(monkeypatch):
    source = made([(20, 350, "wort")])
    (page,) = pdf.read_pages(OneWay(source))
    assert page.blocks[0].lines[0].words == ["wort"]
    monkeypatch.setattr(pdf, "COPY_LIMIT", 100)
    with pytest.raises(Unreadable, match="more than 0 MB"):
        list(pdf.read_pages(OneWay(source)))


@pytest.mark.parametrize(
    ("source", "reason"), [(b"", "not_pdf"), (b"<html/>", "not_pdf"), (b"%PDF-1.4\nnothing", "broken")]
)
def test_refused(source, reason):
    with pytest.raises(Unreadable) as refused:
        read(source)
    assert refused.value.reason == reason


@pytest.mark.slow
def test_every_file_of_the_library(library, library_index):
    refused = {}
    for entry in library_index:
        if not entry["path"].startswith("pdf/"):
            continue
        counts = entry["counts"]
        try:
            with (library / entry["path"]).open("rb") as file:
                leaves = list(pdf.read_pages(file))
        except Unreadable as problem:
            refused[entry["path"]] = problem.reason
            continue
        assert len(leaves) == counts["pages"]
        assert sum(bool(leaf.blocks) for leaf in leaves) == counts["pages_with_text"], entry["path"]
        assert [("no_text" in leaf.facts) for leaf in leaves] == [not leaf.blocks for leaf in leaves]
        words = sum(len(line.words) for leaf in leaves for block in leaf.blocks for line in block.lines)
        # another library takes other gaps between letters for blanks
        assert words == pytest.approx(counts["words"], rel=0.08, abs=1), entry["path"]
    assert refused == {"pdf/pikepdf/graph-encrypted.pdf": "encrypted", "pdf/ocrmypdf/linn.txt": "not_pdf"}
