"""Project Gutenberg: what is left off, what is verse, encodings, and every file of the library against its count."""

import io

import pytest

from florilegium.sources.library import gutenberg
from florilegium.sources.library.leaf import Unreadable

HEAD = "The Project Gutenberg eBook of A Book\n\nTitle: A Book:\n  a novel\n\nAuthor: N. N.\nRelease Date: May 1, 2004 [eBook #12]\nLanguage: Dutch\n\n"
START, END = (
    "*** START OF THE PROJECT GUTENBERG EBOOK A BOOK ***\n",
    "*** END OF THE PROJECT GUTENBERG EBOOK A BOOK ***\n",
)
PROSE = "This line is as long as lines of these books are wont to be, and ends\nwhere the next word would not have fitted.\n"


def book(text, head=HEAD, start=START, end=END, encoding="utf-8"):
    source = f"{head}{start}\n{text}\n\n{end}\nlicence\n".encode(encoding)
    (leaf,) = gutenberg.read_pages(io.BytesIO(source))
    return leaf


def blocks(text, **more):
    return [(b.role.value, b.breaks.value, [line.text for line in b.lines]) for b in book(text, **more).blocks]


def test_facts_of_the_header():
    facts = book(PROSE).facts
    assert facts == {
        "title": "A Book: a novel",
        "author": "N. N.",
        "release_date": "May 1, 2004",
        "ebook": "12",
        "language": "Dutch",
        "encoding": "utf-8",
    }


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (
            "*** START OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n",
            "*** END OF THIS PROJECT GUTENBERG EBOOK A BOOK ***\n",
        ),
        (
            "***START OF THE PROJECT GUTENBERG EBOOK A VERY\nLONG TITLE***\n",
            "***END OF THE PROJECT GUTENBERG EBOOK A\nB***\n",
        ),
        ("*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n", END),
    ],
)
def test_markers_old_and_new(start, end):
    leaf = book(PROSE, start=start, end=end)
    assert [len(block.lines) for block in leaf.blocks] == [2]
    assert "no_end_marker" not in leaf.facts


def test_a_missing_end_and_missing_markers_are_said():
    assert book(PROSE, end="").facts["no_end_marker"] == "true"
    whole = book(PROSE, start="")
    assert whole.facts["no_markers"] == "true"
    assert "Title: A Book:" in [line.text for block in whole.blocks for line in block.lines]


@pytest.mark.parametrize(
    ("text", "kept", "left_out"),
    [
        (f"Produced by A and\nB\n\n{PROSE}", 1, {"credits": 5}),
        (f"[Transcriber's Note: two words\n\nand a list.]\n\n{PROSE}", 1, {"transcriber": 7}),
        (f"Transcriber's Note:\n\nItalics are marked.\n\n{PROSE}", 1, {"transcriber": 5}),
        (f"{PROSE}\n[Illustration]\n\n[Illustration: A ship]\n\n{PROSE}", 3, {"illustration": 1}),
        (f"{PROSE}\nEnd of Project Gutenberg's A Book, by N. N.\n", 1, {"end": 9}),
        (f"{PROSE}\nThe goods were\nproduced by machines.\n", 2, {}),
        ((PROSE + "\n") * 14 + "Transcriber's Notes\n\nOne.\n\nTwo.\n", 14, {"transcriber": 4}),
        ((PROSE + "\n") * 14 + "Produced by hand, it was dear.\n", 15, {}),
    ],
)
def test_what_volunteers_wrote_is_left_out_and_counted(text, kept, left_out):
    leaf = book(text)
    assert len(leaf.blocks) == kept
    assert {k.removeprefix("left_out."): int(v) for k, v in leaf.facts.items() if k.startswith("left_out.")} == left_out


def test_an_appendix_that_does_not_end_with_the_book_stays():
    text = (PROSE + "\n") * 14 + "Transcriber's Notes\n\n" + (PROSE + "\n") * 1_500
    assert len(book(text).blocks) == 14 + 1 + 1_500


def test_verse_speakers_and_headings():
    verse = "    Sing, goddess, the wrath,\n    of one,\n    that brought\n    countless ills\n"
    text = f"{PROSE}\n\n\nCHAPTER I\n\n{verse}\nNORA.\n{PROSE}"
    assert blocks(text)[1:] == [
        ("heading", "layout", ["CHAPTER I"]),
        ("text", "meant", ["Sing, goddess, the wrath,", "of one,", "that brought", "countless ills"]),
        ("text", "layout", ["NORA."]),
        ("text", "layout", PROSE.splitlines()),
    ]


@pytest.mark.parametrize(
    ("encoding", "declared", "found"),
    [
        ("utf-8-sig", "", "utf-8-sig"),
        ("utf-8", "Character set encoding: UTF-8\n", "utf-8"),
        ("utf-8", "Character set encoding: ISO-8859-1\n", "utf-8"),
        ("cp1252", "Character set encoding: ISO-8859-1\n", "cp1252"),
        ("cp1252", "Character set encoding: ASCII\n", "cp1252"),
        ("cp1252", "", "cp1252"),
        ("iso8859-2", "Character set encoding: ISO-8859-2\n", "iso8859-2"),
        ("utf-16", "", "utf-16"),
    ],
)
def test_encodings_and_line_ends(encoding, declared, found):
    for end in ("\n", "\r\n", "\r"):
        head, text = (declared + HEAD).replace("\n", end), f"Café ä{end}zwei{end}"
        leaf = book(text, head=head, start=START.replace("\n", end), end=END.replace("\n", end), encoding=encoding)
        assert [line.words for line in leaf.blocks[0].lines] == [["Café", "ä"], ["zwei"]]
        assert leaf.facts["encoding"] == found


def test_refused():
    for source, reason in (
        (b"A letter.\n" * 50, "not_gutenberg"),
        (b"", "not_gutenberg"),
        ((HEAD + START).encode() + b"\xc3\xa9 " + b"a\n" * 40_000 + b"\xff\n", "wrong_encoding"),
        ((HEAD + START).encode() + b"a" * 1_200_000, "beyond_limits"),
        ((HEAD + START).encode() + b"a b c d e f g h\n" * 200_000, "beyond_limits"),
    ):
        with pytest.raises(Unreadable) as refused:
            list(gutenberg.read_pages(io.BytesIO(source)))
        assert refused.value.reason == reason


def test_a_long_book_goes_on_in_further_leaves():
    source = (HEAD + START + (PROSE + "\n") * 40_000 + END).encode()
    leaves = list(gutenberg.read_pages(io.BytesIO(source)))
    assert len(leaves[0].blocks) > 30_000
    assert sum(len(leaf.blocks) for leaf in leaves) == 40_000


@pytest.mark.slow
def test_words_of_every_file_are_those_of_the_index(library, library_index):
    """Read and left out by a named rule are together what stands between the markers."""
    left_out = {}
    files = [entry for entry in library_index if entry["path"].startswith("gutenberg/")]
    for entry in files:
        with (library / entry["path"]).open("rb") as file:
            leaves = list(gutenberg.read_pages(file))
        words = sum(len(line.words) for leaf in leaves for block in leaf.blocks for line in block.lines)
        for rule, count in leaves[-1].facts.items():
            if rule.startswith("left_out."):
                left_out[rule] = left_out.get(rule, 0) + int(count)
                words += int(count)
        assert words == entry["counts"]["words"], entry["path"]
        assert {"title", "author", "language", "ebook"} <= leaves[0].facts.keys()
    assert len(files) == 20
    assert left_out == {
        "left_out.credits": 72,
        "left_out.end": 69,
        "left_out.illustration": 140,
        "left_out.transcriber": 1248,
    }
