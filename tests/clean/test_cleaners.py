"""Each cleaner: literal cases with the edits expected, and agreement with datatrove's own blocks."""

import gzip
import ipaddress
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from datatrove.data import Document
from datatrove.pipeline.filters.c4_filters import C4QualityFilter
from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter
from ftfy.badness import is_bad
from hypothesis import given
from hypothesis import strategies as st

from florilegium.clean.c4_lines import C4Lines
from florilegium.clean.citations import Citations
from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit, apply_edits
from florilegium.clean.fix_text import FixText
from florilegium.clean.masks import MaskEmail, MaskIp
from florilegium.clean.registry import CLEANERS, clean

KEPT = "This line is prose and stays."


def by_stock(text: str, options: C4Lines) -> str:
    """Run stock's line rules alone."""
    block = C4QualityFilter(
        filter_no_terminal_punct=options.terminal_punctuation,
        min_words_per_line=options.words_at_least,
        max_word_length=options.word_length_at_most,
        remove_citations=options.citations,
        filter_javascript=options.javascript,
        filter_policy=options.policy,
        min_num_sentences=-1,
        filter_lorem_ipsum=False,
        filter_curly_bracket=False,
    )
    document = Document(text=text, id="0")
    assert block.filter(document) is True
    return str(document.text)


@pytest.mark.parametrize(
    ("options", "line", "rule"),
    [
        (C4Lines(), f"a word {'x' * 1001} too long", "word_length"),
        (C4Lines(terminal_punctuation=True), "a line without an end", "terminal_punctuation"),
        (C4Lines(terminal_punctuation=True), "a line that trails off...", "terminal_punctuation"),
        (C4Lines(), "Two words", "words"),
        (C4Lines(), "   ", "words"),
        (C4Lines(), "Please enable JavaScript to go on.", "javascript"),
        (C4Lines(), "This site uses cookies to work.", "policy"),
        (C4Lines(), "Read our Terms of Use first.", "policy"),
    ],
)
def test_c4_drops_a_line_for_one_rule(options: C4Lines, line: str, rule: str) -> None:
    text = f"{KEPT}\n{line}\n{KEPT}"
    start = len(KEPT) + 1
    assert options(text) == [Edit(start, start + len(line) + 1, "", f"c4_lines.{rule}")]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (C4Lines(), f"a word {'x' * 1000} long enough"),
        (C4Lines(), "a line without an end"),
        (C4Lines(terminal_punctuation=True), 'She said "no more"'),
        (C4Lines(), "Just three words"),
        (C4Lines(words_at_least=0), "One"),
        (C4Lines(javascript=False), "Please enable JavaScript to go on."),
        (C4Lines(policy=False), "This site uses cookies to work."),
        (C4Lines(), "A { bracket } and lorem ipsum are for the rules."),
        (C4Lines(citations=False), "A fact that is cited.[1]"),
    ],
)
def test_c4_keeps_a_line(options: C4Lines, line: str) -> None:
    assert options(f"{KEPT}\n{line}\n{KEPT}") == []


def test_c4_takes_out_citations_and_trims() -> None:
    text = f"\n  [1] A fact that is cited.[2] And more. [edit] \r\n{KEPT} \n"
    edits = C4Lines()(text)
    assert apply_edits(text, edits) == f"A fact that is cited. And more. \n{KEPT}"
    rules = [edit.rule.removeprefix("c4_lines.") for edit in edits]
    assert rules == ["words", "citation", "citation", "citation", "whitespace", "whitespace"]


LINES = st.lists(
    st.sampled_from(
        [
            *(KEPT, "two words", "", "  ", "[1]", "[1] [2] [edit]", "  [3] Begins with a mark.", "Ends with one.[4]"),
            *("Ends with one. [citation needed]", "no end mark here", "trails off here...", "Uses cookies, it says."),
            *("JAVASCRİPT javascript is off", 'He said "so be it"', "[ 1 ] is no mark", "\u3000wide space  here\u3000"),
        ]
    )
)
ENDS = st.sampled_from(["\n", "\r\n", "\n\n", "\x0b", "\x85", "\u2028", "\x1d", " \n"])


@given(
    LINES,
    st.lists(ENDS, min_size=1),
    st.builds(
        C4Lines,
        terminal_punctuation=st.booleans(),
        words_at_least=st.integers(0, 4),
        word_length_at_most=st.sampled_from([5, 1000]),
        citations=st.booleans(),
        javascript=st.booleans(),
        policy=st.booleans(),
    ),
)
def test_c4_equals_stock(lines: list[str], ends: list[str], options: C4Lines) -> None:
    text = "".join(line + ends[n % len(ends)] for n, line in enumerate(lines))
    assert apply_edits(text, options(text)) == by_stock(text, options)


@given(st.text("ab.[1] \n\r\x85'"), st.booleans())
def test_c4_equals_stock_on_any_characters(text: str, terminal: bool) -> None:
    options = C4Lines(terminal_punctuation=terminal)
    assert apply_edits(text, options(text)) == by_stock(text, options)


def passages(shared_data: Callable[[str], Path], name: str) -> Iterator[dict[str, object]]:
    with gzip.open(shared_data(name), "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def gold_texts(shared_data: Callable[[str], Path]) -> list[str]:
    """Real texts with their line breaks."""
    return [str(page["text"]) for page in passages(shared_data, "crawl/gold.jsonl.gz") if page.get("text")]


@pytest.mark.parametrize("terminal", [False, True])
def test_c4_equals_stock_on_real_text(shared_data: Callable[[str], Path], terminal: bool) -> None:
    options = C4Lines(terminal_punctuation=terminal)
    texts = gold_texts(shared_data)
    assert len(texts) > 500
    assert [apply_edits(text, options(text)) for text in texts] == [by_stock(text, options) for text in texts]


def test_fix_text_edits_only_what_differs() -> None:
    text = "A clean line.\nThe cafÃ© &amp; the bar\nAnd \x1b[31mred\x1b[0m."
    assert FixText()(text) == [
        Edit(21, 29, "é &", "fix_text"),
        Edit(42, 54, "red", "fix_text"),
    ]


def test_fix_text_leaves_typography_alone() -> None:
    assert FixText()("“ﬁne” ＬＯＵＤ e\u0301…\r\n") == []


def test_fix_text_keeps_entities_after_source_code() -> None:
    assert FixText()("a &lt; b\nif a < b:\nc &amp; d") == [Edit(2, 6, "<", "fix_text")]


FRAGMENTS = st.sampled_from(
    ["Ã©", "â€œ", "&amp;", "&lt;", "<", "é", "\x85", "\x1b[1m", "\x00", "\ufeff", "\n", "a ", "’", "Ä\x87"]
)


@given(st.lists(FRAGMENTS | st.characters(exclude_categories=["Cs"])).map("".join))
def test_fix_text_equals_stock(text: str) -> None:
    assert apply_edits(text, FixText()(text)) == FTFYFormatter().format(text)


def test_fix_text_equals_stock_on_broken_real_text(shared_data: Callable[[str], Path]) -> None:
    stock = FTFYFormatter()
    texts = gold_texts(shared_data)[::10]
    broken = [text.encode().decode("windows-1252", "ignore") for text in texts]
    assert any(is_bad(text) for text in broken)
    for text in (*texts, *broken):
        assert apply_edits(text, FixText()(text)) == stock.format(text)


def test_citations() -> None:
    text = "Wet.[12] Dry.[citation needed] History[edit] [1a] [x]"
    assert apply_edits(text, Citations()(text)) == "Wet. Dry. History [1a] [x]"


@pytest.mark.parametrize(
    "address",
    [
        *("ann@example.org", "Ann.Lee+list@mail.example.co.uk", "o'brien@example.ie", "x@xn--bcher-kva.example"),
        *("müller@bücher.example", "root@[192.0.2.7]", "a_b-c%d@example.com"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "<{}>", "mailto:{}?x=1", "'{}'.", "请联系{}。", "(info/{})", "a|{}, b"])
def test_mask_email(address: str, around: str) -> None:
    before, after = around.split("{}")
    found = MaskEmail(replacement="X")(before + address + after)
    assert found == [Edit(len(before), len(before) + len(address), "X", "mask_email")]


@pytest.mark.parametrize(
    "text", ["10 @ 3.50", "12@3.50", "@ann wrote", "logo@2x.png", "ann@localhost", "a@@b.org", "@example.com", ""]
)
def test_mask_email_leaves(text: str) -> None:
    assert MaskEmail()(text) == []


@pytest.mark.parametrize("address", ["8.8.100.8", "203.0.114.255", "2a00:1450:4001:82a::200e", "2606:4700::6810:84e5"])
@pytest.mark.parametrize("around", ["{}", "from [{}]", "IP={}, then", "see {}.", "地址{}。"])
def test_mask_ip(address: str, around: str) -> None:
    before, after = around.split("{}")
    found = MaskIp(ipv4="X", ipv6="X")(before + address + after)
    assert found == [Edit(len(before), len(before) + len(address), "X", "mask_ip")]


@pytest.mark.parametrize(
    "text",
    [
        *("192.168.100.1", "127.0.0.1", "10.200.0.1", "192.0.2.100", "::1", "fe80::1", "2001:db8::99"),  # not public
        *("8.2.4.1. Modems", "version 2.0.0.16", "Fol.54.1.3.162.6", "294.4.1.170", "1.28.0.1167", "foo-1.2.3.144"),
        *("670.138.23.35", "v1.2.3.144", "1.2.3.144-beta.5.6", "01.102.03.04", "256.1.1.1", "1.2.3.144.tar.gz"),
        *("at 12:30:45", "std::vector", "abc::def", "dead::beef", "00:11:22:33:44:55:66:77", "1:2:3:4:5:6:7:8"),
    ],
)
def test_mask_ip_leaves(text: str) -> None:
    assert MaskIp()(text) == []


def test_masks_find_no_less_than_stock_and_raise_fewer_alarms(shared_data: Callable[[str], Path]) -> None:
    """Counted on spans labelled EMAIL, and IP where the address is public, in five sets, one of them all negative."""
    stock = PIIFormatter()
    expressions = {"EMAIL": stock.emails_replacer, "IP": stock.ip_replacer}
    ours: dict[str, Cleaner] = {"EMAIL": MaskEmail(), "IP": MaskIp()}
    counts = {(kind, who): [0, 0] for kind in ours for who in ("ours", "stock")}
    for name in ("meddocan", "nano_pii", "presidio_recognizers", "presidio_synthetic", "historical-negatives"):
        for item in passages(shared_data, f"pii/{name}.jsonl.gz"):
            text, spans = str(item["text"]), item["spans"]
            assert isinstance(spans, list)
            for kind in ours:
                if item.get("tested", kind) != kind:
                    continue
                gold = {(a, b) for a, b, label in spans if label == kind and (kind == "EMAIL" or public(text[a:b]))}
                edits = ours[kind](text)
                replacer = expressions[kind]
                theirs = {m.span() for m in replacer.regex.finditer(text) if not replacer.validator or public(m[0])}
                for who, found in (("ours", {(edit.start, edit.end) for edit in edits}), ("stock", theirs)):
                    counts[kind, who][0] += len(found & gold)
                    counts[kind, who][1] += len(found - gold)
                if name == "historical-negatives":
                    assert edits == []
    assert counts["EMAIL", "ours"][0] >= counts["EMAIL", "stock"][0] > 1000
    assert counts["IP", "ours"][0] > counts["IP", "stock"][0] > 20
    assert counts["EMAIL", "ours"][1] <= counts["EMAIL", "stock"][1]
    assert counts["IP", "ours"][1] < counts["IP", "stock"][1]


def public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


@pytest.mark.parametrize("name", ["citations", "mask_email", "mask_ip", "c4_lines"])
@given(text=st.text("ab1:.@[] \n", max_size=60))
def test_cleaning_twice_changes_nothing_more(name: str, text: str) -> None:
    step = CLEANERS[name].model_validate({})
    once, _ = clean(text, [step, step, step])
    assert clean(once, [step])[0] == once


def test_clean_gives_the_edits_of_each_step_in_its_own_offsets() -> None:
    steps = [FixText(), MaskEmail(replacement="M")]
    cleaned, edits = clean("cafÃ© at a@b.org", steps)
    assert cleaned == "café at M"
    assert edits == [[Edit(3, 5, "é", "fix_text")], [Edit(8, 15, "M", "mask_email")]]
