"""Every signal: formula, unit, range, source. Light: recipes are checked against it without compiling anything.

Definitions are those of stock datatrove 0.10 (`pipeline/filters/*.py`), so that the published bounds mean the same;
where a paper says otherwise, the signal says so. *Words* are those of :mod:`florilegium.signals.kernels.words`:
punctuation that is cut off is a word too; a *plain* word is not made of symbols only. A ratio is null where it has no
whole (an empty text). The group ``ocr`` has words of its own, and none in texts that have more characters of scripts
without spaces than words. The group ``print`` is read from the page anchors, and null for documents without.
"""

from dataclasses import dataclass
from typing import Literal

INF = float("inf")


@dataclass(frozen=True, slots=True)
class Signal:
    """One column: its name, type, meaning, and the lowest and highest value that it can have."""

    name: str
    dtype: Literal["float32", "int32"]
    doc: str
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """Signals that are named together in a recipe; the version is raised whenever one of their numbers changes."""

    name: str
    version: int
    signals: tuple[Signal, ...]


def _share(name: str, doc: str) -> Signal:
    return Signal(name, "float32", doc)


def _ratio(name: str, doc: str) -> Signal:
    return Signal(name, "float32", doc, high=INF)


def _count(name: str, doc: str) -> Signal:
    return Signal(name, "int32", doc, high=INF)


_QUALITY = "Rae et al. 2021, table A1; datatrove `gopher_quality_filter.py`"
_REPETITION = "Rae et al. 2021, table A1; datatrove `gopher_repetition_filter.py`"
_C4 = "Raffel et al. 2020, section 2.2; datatrove `c4_filters.py`"
_FINEWEB = "Penedo et al. 2024, section 3.4; datatrove `fineweb_quality_filter.py`"

_GOPHER_QUALITY = (
    _count("gopher.words", f"Plain words. {_QUALITY}."),
    _ratio("gopher.mean_word_length", f"Characters of plain words per plain word. {_QUALITY}."),
    _ratio("gopher.hash_to_words", f"`#` per word. {_QUALITY}."),
    _ratio("gopher.ellipsis_to_words", f"`...` and `…` per word. {_QUALITY}."),
    _share("gopher.bullet_lines", f"Share of lines that start with `•` or `-`. {_QUALITY}."),
    _share("gopher.ellipsis_lines", f"Share of lines that end in `...` or `…`. {_QUALITY}."),
    _share("gopher.alphabetic_words", f"Share of words with at least one letter. {_QUALITY}."),
    _count(
        "gopher.stop_words",
        f"Distinct stop words of the document's language that occur, as written; null where there is no list for the "
        f"language. {_QUALITY} (eight English words).",
    ),
)

_GOPHER_REPETITION = (
    _share("repetition.duplicate_lines", f"Share of lines equal to an earlier one. {_REPETITION}."),
    _share("repetition.duplicate_paragraphs", f"Share of paragraphs equal to an earlier one. {_REPETITION}."),
    _share("repetition.duplicate_line_characters", f"Characters in duplicate lines, of all. {_REPETITION}."),
    _share("repetition.duplicate_paragraph_characters", f"Characters in duplicate paragraphs, of all. {_REPETITION}."),
    *(
        _ratio(
            f"repetition.top_{n}gram",
            f"Characters of the most frequent {n}-gram times its number, of all. {_REPETITION}.",
        )
        for n in (2, 3, 4)
    ),
    *(
        _share(
            f"repetition.duplicate_{n}gram",
            f"Characters in {n}-grams met before, of all, without blanks; n-grams are compared word by word, where "
            f"stock joins them without a separator. {_REPETITION}.",
        )
        for n in range(5, 11)
    ),
)

_C4_SIGNALS = (
    _count("c4.sentences", f"Sentences, counted line by line. {_C4}."),
    _count("c4.lorem_ipsum", f"Times that `lorem ipsum` occurs, whatever the case. {_C4}."),
    _count("c4.curly_brackets", f"Opening curly brackets. {_C4}."),
    _count("c4.javascript_lines", f"Lines with the word `javascript`, whatever the case. {_C4}."),
    _count("c4.policy_lines", f"Lines with a phrase of cookie and privacy notices. {_C4}."),
)

_FINEWEB_SIGNALS = (
    _share("fineweb.punctuated_lines", f"Share of lines that end in a terminal punctuation mark. {_FINEWEB}."),
    _share("fineweb.short_lines", f"Share of lines of at most 30 characters. {_FINEWEB}."),
    _share("fineweb.duplicate_line_characters", f"Characters in lines equal to an earlier one, of all. {_FINEWEB}."),
    _ratio("fineweb.newlines_per_word", f"Line ends per word. {_FINEWEB}."),
)

_TEXT = (
    _count("text.bytes", "Bytes of UTF-8."),
    _count("text.characters", "Code points."),
    _count("text.lines", "Lines, as `str.splitlines` cuts them."),
    _count("text.words", "Words, punctuation included."),
)

_OCR = "Own definition; no published bound"

_OCR_SIGNALS = (
    _share(
        "ocr.single_letters",
        "Share of OCR words (see `kernels/ocr.py`) of one letter that is no common word of the document's language "
        "(English: a, A, I, O), no abbreviation (a full stop behind it) and no elision (an apostrophe beside it); null "
        f"where there is no list for the language. {_OCR}.",
    ),
    _share(
        "ocr.mixed_words",
        "Share of OCR words with a symbol or digit between letters (not apostrophe, hyphen, bracket, `&`, nor the full "
        f"stop of an abbreviation), or a capital behind a small letter (not behind Mc or Mac). {_OCR}.",
    ),
    _share(
        "ocr.odd_words",
        "Share of the OCR words of three and more Latin letters and nothing else that have four times the same letter "
        "in a row, or, if not all in capitals, six consonants in a row without counting h, or no vowel (y is one; not "
        "Mrs, Roman numerals, what a full stop follows). Czech, Welsh and others have such words: give them bounds of "
        f"their own. {_OCR}.",
    ),
    _share(
        "ocr.symbols",
        "Share of the characters that are not white space that are neither letter, mark, digit, currency sign nor "
        f"common punctuation: all of Unicode's but # * @ \\ _ {{ }}, and ` ´ °. {_OCR}.",
    ),
    _share("ocr.hyphen_lines", f"Share of lines with text that end in - ‐ ¬ or U+AD behind a letter. {_OCR}."),
    _ratio("ocr.line_length", f"Characters of lines with text, without blanks at their ends, per such line. {_OCR}."),
)

_PRINT = "Own definition; no published bound"

_PRINT_SIGNALS = (
    _share("print.confidence", f"Mean confidence of words, as recognition gave it; null where it gave none. {_PRINT}."),
    _share("print.confidence_low", f"Mean over pages, by words, of the 10 % quantile of word confidence. {_PRINT}."),
    _share("print.hyphenated", f"Share of lines that end in a broken word; null without lines. {_PRINT}."),
    _share("print.empty_pages", f"Share of pages without a word. {_PRINT}."),
    _ratio("print.words_per_line", f"Words per line, as the file has them; null without lines. {_PRINT}."),
    _share(
        "print.agreement_low",
        "Lowest agreement of a page with the rest of its document (cosine of trigram counts): low for another script, "
        f"a wrong leaf, failed recognition; null for one page and for short pages. {_PRINT}.",
    ),
)

GROUPS: dict[str, Group] = {
    group.name: group
    for group in (
        Group("gopher_quality", 1, _GOPHER_QUALITY),
        Group("gopher_repetition", 1, _GOPHER_REPETITION),
        Group("c4", 1, _C4_SIGNALS),
        Group("fineweb", 1, _FINEWEB_SIGNALS),
        Group("text", 1, _TEXT),
        Group("ocr", 1, _OCR_SIGNALS),
        Group("print", 1, _PRINT_SIGNALS),
    )
}
