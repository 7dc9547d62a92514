"""One literal document for each signal, with the value counted by hand."""

import pyarrow as pa
import pytest

from florilegium.signals.catalogue import GROUPS
from florilegium.signals.measure import measure
from florilegium.signals.stop_words import stop_words
from tests.reference.signals import words_of

ALPHABET = "a b c d e f g h i j"

LITERALS = [
    ("gopher.words", "The cat, it sat.", 4),  # and two marks
    ("gopher.words", "... — “ ” #", 0),
    ("gopher.mean_word_length", "The cat, it sat.", 11 / 4),
    ("gopher.hash_to_words", "# a #b", 2 / 4),  # a mark is a word
    ("gopher.ellipsis_to_words", "well ... so…", 2 / 4),
    ("gopher.ellipsis_to_words", "a ......", 2 / 2),
    ("gopher.bullet_lines", "• one\n- two\nthree\n  - four", 3 / 4),
    ("gopher.ellipsis_lines", "a...\nb…  \nc.\n...d", 2 / 4),
    ("gopher.alphabetic_words", "one 2 three !", 2 / 4),
    ("gopher.stop_words", "The cat of the house and of the dog, with", 4),  # as written: `The` is none
    ("repetition.duplicate_lines", "a\nb\na\n\na", 2 / 4),
    ("repetition.duplicate_lines", "\na\n", 1 / 3),  # the empty piece at the end equals the one at the start
    ("repetition.duplicate_paragraphs", "x y\n\nz\n\n\nx y", 1 / 3),
    ("repetition.duplicate_line_characters", "ab\nc\nab", 2 / 7),
    ("repetition.duplicate_paragraph_characters", "abc\n\nd\n\nabc", 3 / 11),
    ("repetition.top_2gram", "a b a b c", 3 * 2 / 9),
    ("repetition.top_3gram", "a b c a b c", 5 * 2 / 11),
    ("repetition.top_3gram", "abc d e f", 7 / 9),  # none occurs twice: the first
    ("repetition.top_4gram", "a b c d a b c d", 7 * 2 / 15),
    *((f"repetition.duplicate_{n}gram", f"{ALPHABET[: 2 * n]}{ALPHABET[: 2 * n]}", n / (4 * n)) for n in range(5, 10)),
    ("repetition.duplicate_10gram", f"{ALPHABET} {ALPHABET}", 10 / 39),
    ("repetition.duplicate_5gram", "ab c d e f g a bc d e f g", 0.0),  # other words, joined the same
    ("c4.sentences", "One. Two! Three\nFour", 4),
    ("c4.sentences", "Mr. Smith, e.g. J. Smith, paid 3.5. (Yes.)", 2),
    ("c4.lorem_ipsum", "Lorem Ipsum, lorem ipsum; lorem  ipsum", 2),
    ("c4.curly_brackets", "{ } {{", 3),
    ("c4.javascript_lines", "JavaScript, javascript\nno\njavascripts", 2),
    ("c4.policy_lines", "Privacy Policy and Terms of Use\nwe use cookies\ncookies", 2),
    ("fineweb.punctuated_lines", "One.\nTwo\n\nThree。\n", 2 / 3),
    ("fineweb.punctuated_lines", "One. \nTwo", 0.0),  # the blank is the end of the line
    ("fineweb.short_lines", f"{'x' * 30}\n{'é' * 30}\n{'y' * 31}\n \n", 2 / 3),
    ("fineweb.duplicate_line_characters", "ab\ncd\nab", 2 / 6),
    ("fineweb.newlines_per_word", "one two\r\nthree\n", 2 / 3),
    ("ocr.single_letters", "A cat i saw t the p. m. J. Smith 'tis o' r", 3 / 13),  # i, t, r
    ("ocr.mixed_words", "tbe1r wiU w,ith Mr. McLeod's well-known U.S.A. 1st (x)", 3 / 9),
    ("ocr.odd_words", "thc nnd Mrs. XIX HTML oooo witchcraft sptrngly it's", 4 / 8),  # not the last: an apostrophe
    ("ocr.symbols", "ab ■*|\ncd.", 3 / 8),
    ("ocr.hyphen_lines", "con-\ntinue\n\n5-\nsee -\nex¬ \n", 2 / 5),
    ("ocr.line_length", " ab c \n\nd\n", 5 / 2),
    ("text.bytes", "é中", 5),
    ("text.characters", "é中", 2),
    ("text.lines", "a\r\nb\vc\x85d\n", 4),
    ("text.words", "Mr. O'Neil's cat can't, at 5km.", 11),  # Mr. O'Neil 's cat ca n't , at 5 km .
]


@pytest.mark.parametrize(("signal", "text", "value"), LITERALS)
def test_literal(signal: str, text: str, value: float) -> None:
    (group,) = [group.name for group in GROUPS.values() if signal in {one.name for one in group.signals}]
    columns = measure(pa.array([text]), None, [group], stop_words())
    assert columns[signal][0].as_py() == pytest.approx(value, rel=1e-6)


def test_every_signal_has_a_literal() -> None:
    of_text = [group for group in GROUPS.values() if group.name != "print"]  # see test_print.py
    assert {name for name, _, _ in LITERALS} == {one.name for group in of_text for one in group.signals}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don't cannot y'all gonna", "do n't can not y' all gon na"),
        ("«Well-known», he said…", "« Well - known » , he said …"),
        ("e.g. U.S. a.m. 5pm 10€ $5 20°C.", "e.g. U.S. a.m. 5 pm 10 € $ 5 20 ° C ."),
        ("https://a.example/b?c=d, me@mail.example.org.", "https://a.example/b?c=d , me@mail.example.org ."),
        (":-) <3 a/b 1,5 xx.Yy", ":-) <3 a / b 1,5 xx . Yy"),
        ("中文字。", "中 文 字 。"),
        ("ภาษาไทย", "ภา ษา ไท ย"),
        ("ខ្មែរ", "ខ្មែ រ"),
        ("한국어 हिन्दी", "한국어 हिन्दी"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
    ],
)
def test_words(text: str, words: str) -> None:
    assert words_of(text) == words.split()
    assert measure(pa.array([text]), None, ["text"], {})["text.words"][0].as_py() == len(words.split())
