"""Every TEI file of the library beside a plain second reading: each character, in order, and why others are not read."""

from collections import Counter

import pytest

from florilegium.sources.library import tei
from florilegium.sources.library.leaf import Role, Unreadable
from tests.sources.library import plain_tei

pytestmark = pytest.mark.slow

INSETS = {Role.NOTE, Role.RUNNING_HEAD, Role.PAGE_NUMBER, Role.CATCHWORD, Role.SIGNATURE}
REFUSED = {
    "tei/goobi_worldviews/gei_test_sthe_quelle_01.xml": "not_tei",
    "tei/readux/bad_tei.xml": "no_text",
    "tei/sarit/saritcorpus.xml": "no_text",
}
ZONES_ONLY = "tei/readux/tei.xml"
#: Files that lxml cannot count: the index has no words for them (double or malformed xml:id).
NO_COUNT = "tei/al_muqtabas/"
#: Words of all files together that are not read, by the reason that `plain_tei` gives.
NOT_READ = {
    "dropped: del": 374,
    "dropped: figDesc": 21,
    "dropped: listBibl": 491,
    "dropped: listEvent": 62,
    "dropped: listOrg": 597,
    "dropped: listPerson": 1678,
    "dropped: listPlace": 1541,
    "dropped: metamark": 21,
    "dropped: witDetail": 30,
    "other reading: abbr": 133,
    "other reading: orig": 11,
    "other reading: sic": 33,
}


def entries(index):
    return [one for one in index if one["format"].startswith("TEI") and not one["path"].startswith("hostile/")]


def read(path):
    with path.open("rb") as file:
        return list(tei.read_pages(file))


def squeezed(pieces):
    return "".join("".join(pieces).split())


def letters(leaves, wanted):
    return "".join(
        "".join(line.words) for leaf in leaves for block in leaf.blocks if wanted(block.role) for line in block.lines
    )


def test_every_file_is_read_or_refused_with_one_reason(library, library_index):
    refused = {}
    pages = 0
    not_tei = {"path": "tei/goobi_worldviews/gei_test_sthe_quelle_01.xml", "counts": {}}
    for entry in [*entries(library_index), not_tei]:
        try:
            leaves = read(library / entry["path"])
        except Unreadable as problem:
            refused[entry["path"]] = problem.reason
            continue
        found = sum(leaf.id is not None for leaf in leaves)
        assert found == entry["counts"].get("pages") or entry["path"] == ZONES_ONLY, entry["path"]
        pages += found
    assert refused == REFUSED
    assert pages == sum(entry["counts"].get("pages", 0) for entry in entries(library_index)) + 1


def test_every_character_is_read_in_order_or_left_for_a_named_reason(library, library_index):
    not_read = Counter()
    for entry in entries(library_index):
        path = library / entry["path"]
        if entry["path"] in REFUSED or entry["path"] == ZONES_ONLY:
            continue
        leaves, plain = read(path), plain_tei.classes(path)
        assert letters(leaves, lambda role: role not in INSETS) == squeezed(plain.get("main", [])), entry["path"]
        assert letters(leaves, lambda role: role in INSETS) == squeezed(plain.get("inset", [])), entry["path"]
        for reason, pieces in plain.items():
            if reason not in ("main", "inset"):
                not_read[reason] += len(" ".join(pieces).split())
    assert +not_read == NOT_READ


def test_words_lie_between_none_and_all_tags_breaking_them(library, library_index):
    for entry in entries(library_index):
        path = library / entry["path"]
        if entry["path"] in REFUSED or entry["path"] == ZONES_ONLY:
            continue
        plain = plain_tei.classes(path)
        kinds = [plain.get("main", []), plain.get("inset", [])]
        fewest = sum(len("".join(pieces).split()) for pieces in kinds)
        most = sum(len(" ".join(pieces).split()) for pieces in kinds)
        words = sum(len(line.words) for leaf in read(path) for block in leaf.blocks for line in block.lines)
        assert fewest <= words <= most, entry["path"]


def test_the_index_counts_the_same_files_but_without_any_tail(library, library_index):
    """Its ``words`` are those before the first child of an element: so they bound nothing, but they tell the files."""
    for entry in entries(library_index):
        counts = entry["counts"]
        if entry["path"].startswith(NO_COUNT) or counts.get("words") is None:
            continue
        glued, parted = plain_tei.words_without_tails(library / entry["path"])
        assert (glued, parted) == (counts["words"], counts.get("words_if_tags_break", counts["words"])), entry["path"]


def test_lines_of_a_book_are_its_lb(library):
    path = library / "tei/dta_rose_ural/rose_ural02_1842.TEI-P5.xml"
    lines = [line for leaf in read(path) for block in leaf.blocks for line in block.lines]
    breaks = plain_tei.counts(path)["lb"]
    assert len(lines) == pytest.approx(breaks, rel=0.001)  # a few lines have none or no text
    assert sum(line.words[-1].endswith("-") for line in lines) > 3_000


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("entity_bomb_quadratic_tei.xml", "beyond_limits"),
        ("nesting_10000_tei.xml", "beyond_limits"),
        ("truncated_50_tei.xml", "not_well_formed"),
        ("empty.xml", "empty"),
        ("whitespace_only.xml", "empty"),
        ("wrong_extension_png.xml", "wrong_encoding"),
        ("html_error_page.xml", "not_tei"),
    ],
)
def test_hostile_files_are_refused(library, name, reason):
    with pytest.raises(Unreadable) as refused:
        read(library / "hostile" / name)
    assert refused.value.reason == reason


def test_hostile_files_that_are_harmless(library):
    (declared,) = read(library / "hostile/dtd_internal_entities_tei.xml")
    assert "Padráig" in letters([declared], lambda role: True)
    (undeclared,) = read(library / "hostile/undefined_entities_tei.xml")
    assert undeclared.facts["html_entities_undeclared"] == "3"
    (including,) = read(library / "hostile/xinclude.xml")
    assert (letters([including], lambda role: True), including.facts["includes_unread"]) == ("before", "1")
