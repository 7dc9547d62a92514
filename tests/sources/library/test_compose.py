"""Pages into a text: what is joined, parted and left out, and where each page starts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.anchors import cut
from florilegium.sources.library.compose import Composed, ComposeOptions, compose
from florilegium.sources.library.leaf import Block, Breaks, Leaf, Line, Role


def line(text: str, goes_on: str | None = None, confidences: list[float] | None = None) -> Line:
    return Line(text.split(" "), confidences, goes_on)


def block(*texts: str, **how: Any) -> Block:
    return Block([line(text) for text in texts], **how)


def leaf(*blocks: Block, **how: Any) -> Leaf:
    return Leaf(list(blocks), **how)


def composed(*leaves: Leaf, language: str | None = None, **options: Any) -> Composed:
    files = [(f"{number:04d}.xml", one) for number, one in enumerate(leaves, 1)]
    return compose(files, ComposeOptions(**options), language)


def pages(found: Composed) -> list[str]:
    return cut(found.text, [page.start for page in found.pages])


def test_lines_are_joined_and_blocks_parted() -> None:
    found = composed(leaf(block("One line and", "another."), block("A second block.")))
    assert found.text == "One line and another.\n\nA second block."


def test_meant_lines_stay_lines() -> None:
    found = composed(leaf(block("Of Mans First Disobe-", "dience, and the Fruit", breaks=Breaks.MEANT)))
    assert found.text == "Of Mans First Disobe-\ndience, and the Fruit"


def test_scripts_without_blanks_are_joined_without() -> None:
    assert composed(leaf(block("天地玄黃", "宇宙洪荒"))).text == "天地玄黃宇宙洪荒"
    assert composed(leaf(block("天 地", "end"))).text == "天地 end"
    assert composed(leaf(block("ภาษา", "ไทย"))).text == "ภาษาไทย"
    assert composed(leaf(block("한국어", "문장"))).text == "한국어 문장"


def test_furniture_is_left_out_and_counted_or_kept() -> None:
    page = leaf(
        block("THE TIMES.", role=Role.RUNNING_HEAD),
        block("Text of", "the page"),
        block("B 2", role=Role.SIGNATURE),
        block("which", role=Role.CATCHWORD),
        block("17", role=Role.PAGE_NUMBER),
    )
    found = composed(page)
    assert found.text == "Text of the page"
    assert found.facts == {f"left_out.{role}": 1 for role in ("catchword", "page_number", "running_head", "signature")}
    assert found.pages[0].words == 10 and found.pages[0].blocks == 5  # of the file, not of the text
    assert composed(page, furniture="keep").text == "THE TIMES.\n\nText of the page\n\nB 2\n\nwhich\n\n17"


@pytest.mark.parametrize(
    ("notes", "texts"),
    [
        ("keep", ["The text\n\nA note.\n\ngoes on.\n\n", "Next."]),
        ("apart", ["The text goes on.\n\nA note.\n\n", "Next."]),
        ("drop", ["The text goes on.\n\n", "Next."]),
    ],
)
def test_notes(notes: str, texts: list[str]) -> None:
    first = leaf(block("The text"), block("A note.", role=Role.NOTE), block("goes on.", goes_on=True))
    found = composed(first, leaf(block("Next.")), notes=notes)
    assert pages(found) == texts
    assert found.facts == ({"left_out.note": 1} if notes == "drop" else {"notes": 1})


def test_broken_words_are_joined_or_kept() -> None:
    page = leaf(block("Ein Bei-", "spiel für das U-", "Boot und die Ein-", "und Ausfuhr."), language="deu")
    found = composed(page)
    assert found.text == "Ein Beispiel für das U-Boot und die Ein- und Ausfuhr."
    assert found.facts == {"hyphen.letters": 1, "hyphen.kept": 2}
    (one,) = found.rejoined
    assert (found.text[one.start : one.end], one.printed, one.rule) == ("Beispiel", "Bei-\nspiel", "hyphen.letters")
    assert composed(page, hyphens="keep").text == "Ein Bei- spiel für das U- Boot und die Ein- und Ausfuhr."


def test_the_volume_decides_over_all_its_pages() -> None:
    first = leaf(block("It is a well-", "being of to-", "day."))
    assert composed(first, language="en").text == "It is a well-being of today."
    found = composed(first, leaf(block("To-day, to-day. Wellbeing!")), language="en")
    assert pages(found)[0] == "It is a wellbeing of to-day.\n\n"
    assert found.facts == {"hyphen.volume": 1, "hyphen.kept": 1}


def test_a_word_broken_twice() -> None:
    assert composed(leaf(block("un-", "glaub-", "lich gut"))).text == "unglaublich gut"


def test_half_words_of_a_whole_line_are_found() -> None:
    found = composed(leaf(Block([Line(["ein ganzes Bei-"]), Line(["spiel als eine Zeile"])])))
    assert found.text == "ein ganzes Beispiel als eine Zeile" and found.pages[0].words == 2


def test_word_over_a_page_break_begins_the_second_page_with_its_second_half() -> None:
    first = leaf(Block([line("das Bei-", "Beispiel")]), block("1", role=Role.PAGE_NUMBER))
    found = composed(first, leaf(block("spiel ist", "gut.")))
    assert found.text == "das Beispiel ist gut." and pages(found) == ["das Bei", "spiel ist gut."]
    assert pages(composed(leaf(block("das Bei-")), leaf(block("spiel ist")))) == ["das Bei", "spiel ist"]


def test_no_word_is_joined_where_the_next_page_begins_anew() -> None:
    assert composed(leaf(block("das Bei-")), leaf(block("Spiel ist"))).text == "das Bei-\n\nSpiel ist"
    assert composed(leaf(block("das Bei-")), leaf(), leaf(block("spiel"))).text == "das Bei-\n\nspiel"


def test_notes_between_the_halves_leave_the_word_whole_on_the_first_page() -> None:
    first = leaf(block("das Bei-"), block("Eine Note.", role=Role.NOTE))
    found = composed(first, leaf(block("spiel, das gut ist.", goes_on=True)))
    assert pages(found) == ["das Beispiel,\n\nEine Note.\n\n", "das gut ist."]


def test_caption_between_columns_does_not_hide_the_other_half() -> None:
    found = composed(leaf(block("das Bei-"), block("Fig. 1", role=Role.CAPTION), block("spiel ist")))
    assert found.text == "das Beispiel\n\nFig. 1\n\nist"


def test_empty_pages_have_anchors() -> None:
    found = composed(
        leaf(), leaf(block("One."), id="p2", label="ii"), leaf(), leaf(block("Two.")), leaf(block("", " "))
    )
    assert [page.start for page in found.pages] == [0, 0, 6, 6, 10]
    assert pages(found) == ["", "One.\n\n", "", "Two.", ""]
    assert found.facts == {"empty_pages": 3}
    assert (found.pages[1].file, found.pages[1].id, found.pages[1].label) == ("0002.xml", "p2", "ii")
    assert found.pages[2].hyphenated is None and found.pages[2].words == 0


def test_nothing_gives_nothing() -> None:
    assert composed() == Composed("", (), (), {})
    assert [page.start for page in composed(leaf()).pages] == [0]


def test_confidence_is_null_where_absent_never_0() -> None:
    told = Block([line("a b c d", confidences=[0.5, 0.9, float("nan"), 1.0])], language="fra")
    found = composed(leaf(told), leaf(block("e f")))
    assert found.pages[0].confidence == pytest.approx(0.8)
    assert found.pages[0].confidence_low == pytest.approx(0.58)  # between 0.5 and 0.9, a fifth of the way
    assert found.pages[0].language == "fra"
    assert found.pages[1].confidence is found.pages[1].confidence_low is found.pages[1].language is None


def test_hyphenated_share_of_lines() -> None:
    assert composed(leaf(block("a Bei-", "spiel -", "das", "ist U-"))).pages[0].hyphenated == pytest.approx(0.5)


def test_agreement_finds_the_page_in_another_script() -> None:
    text = "The quick brown fox jumps over the lazy dog while the farmer looks on and does nothing about it at all. "
    leaves = [leaf(block(text * 3)) for _ in range(5)]
    other = leaf(block("Съешь же ещё этих мягких французских булок, да выпей чаю; и это всё на этой странице. " * 3))
    found = composed(*leaves, other, leaf(block("Finis.")))
    values = [page.agreement for page in found.pages]
    assert all(value is not None and value > 0.95 for value in values[:5])
    assert values[5] is not None and values[5] < 0.5
    assert values[6] is None


WORDS = st.text("abcDEF-¬,.ſ漢", min_size=1, max_size=6)
LINES = st.builds(
    Line,
    st.lists(WORDS, max_size=4),
    st.none(),
    st.one_of(st.none(), st.none(), st.just(""), WORDS),
)
BLOCKS = st.builds(
    Block,
    st.lists(LINES, max_size=3),
    st.sampled_from([Role.TEXT, Role.TEXT, Role.NOTE, Role.PAGE_NUMBER, Role.CAPTION]),
    st.sampled_from(Breaks),
    goes_on=st.booleans(),
)
LEAVES = st.lists(st.builds(Leaf, st.lists(BLOCKS, max_size=4)), max_size=6)
OPTIONS = st.builds(
    ComposeOptions,
    hyphens=st.sampled_from(["join", "keep"]),
    notes=st.sampled_from(["keep", "apart", "drop"]),
    furniture=st.sampled_from(["drop", "keep"]),
)


@settings(deadline=None, max_examples=400)
@given(LEAVES, OPTIONS)
def test_pages_cut_and_joined_are_the_text(leaves: list[Leaf], options: ComposeOptions) -> None:
    found = compose([(str(number), one) for number, one in enumerate(leaves)], options)
    starts = [page.start for page in found.pages]
    assert "".join(pages(found)) == found.text
    assert [page.file for page in found.pages] == [str(number) for number in range(len(leaves))]
    assert starts == sorted(starts) and starts[:1] in ([], [0])
    assert all(0 <= one.start <= one.end <= len(found.text) for one in found.rejoined)


@settings(deadline=None, max_examples=400)
@given(LEAVES, st.sampled_from(["keep", "apart"]))
def test_no_letter_is_lost(leaves: list[Leaf], notes: str) -> None:
    for one in leaves:
        for part in one.blocks:
            for words in part.lines:
                words.goes_on = None if words.goes_on is None else ""  # the file's own word may be another
    found = compose([("f", one) for one in leaves], ComposeOptions(notes=notes, furniture="keep"))  # type: ignore[arg-type]

    def letters(text: str) -> list[str]:
        return sorted(character for character in text if character.isalnum() and character not in "ck")

    words = "".join(word for one in leaves for part in one.blocks for each in part.lines for word in each.words)
    assert letters(found.text) == letters(words)


def test_no_drift_at_a_thousand_pages() -> None:
    leaves = [leaf(block(f"Seite {n} mit einem Bei-", f"spiel numero{n}-", f"{n} und Wort-")) for n in range(1000)]
    for one in leaves[1:]:
        one.blocks[0].lines[0].words.insert(0, "teile")
    found = composed(*leaves)
    parts = pages(found)
    assert len(parts) == 1000 and parts[-1].endswith("Wort-")
    assert all(part.startswith(f"teile Seite {n} ") for n, part in enumerate(parts) if n)
