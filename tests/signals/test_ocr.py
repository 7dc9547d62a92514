"""The group ``ocr``: what is a trace of bad recognition and what only looks like one; more noise never scores better."""

import statistics

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from florilegium.sample.draw import Draw
from florilegium.sample.ocr import spoil
from florilegium.signals.measure import measure
from florilegium.signals.one_letter_words import ONE_LETTER_WORDS
from tests.reference.ocr import ocr as reference

NOISE = ("ocr.single_letters", "ocr.mixed_words", "ocr.odd_words", "ocr.symbols")

_CHUNKS = (
    "a i I t T. &c &c. 't t' ’s o• •f (c) b) p. m. J. 1 1st 3.a a.3 X9 U.S.A e.g. the.man Mr.Smith a.b ab.c abc.d a'.b Mc Mac McLeod "
    "MacLeod SMcLeod AMc'X iPhone ǅa aǅ wiU w,ith tbe1r t•e sen¦tence co(u)r rock'n'roll l·l Mrs Mrs. mrs xii lll HTML nnd oooo OOOO "
    "oo'oo witchcraft lengths sptrngly ſtrſtr ﬁ ﬂﬂﬂ ªªª Æ ĳ thc thc. thc: thc-- -x- --x-- x--y x---y x..y x...y x.-y x-.y x…y x/y x—y "
    "http://a.b a://b www.x www. awww.x me@a.b a@b @. a=b <p> {x} $x x_y `x` ■ ★ ~ ^ | \\ © \0 \ufffd \ue000 \U00034000 \u0301 a\u0301 "
    "e\u0301e\u0301e\u0301e \u200d a\u200db \xad con- con\xad con¬ con\u2010 5- - -- 中文 a中 中a ไทย བོད་ 한국어 Ωμέγα ЖЖЖЖ ½ ² x² ٣ א״ב"
)
_PIECES = _CHUNKS.split(" ")
_texts = st.lists(
    st.tuples(
        st.sampled_from(_PIECES) | st.text(alphabet="aAbiIMcrstTh'’.-–/&•1½,:@w<é\u0301中", max_size=9),
        st.sampled_from([" ", " ", "", "\n", "\r\n", "\u2028", "\n\n", "\xa0"]),
    ).map("".join),
    max_size=14,
).map("".join)


def signals(text: str, language: str = "en") -> dict[str, float | None]:
    columns = measure(pa.array([text]), pa.array([language]), ["ocr"], {})
    return {name: column[0].as_py() for name, column in columns.items()}


@settings(max_examples=1500, deadline=None)
@given(text=_texts, language=st.sampled_from(["en", "fr", "de", "tlh"]))
@example(text=" ".join(_PIECES), language="en")
@example(text="\n".join(_PIECES), language="fr")
@example(text="".join(_PIECES), language="en")
def test_kernel_agrees_with_the_reference(text: str, language: str) -> None:
    expected = reference(text, ONE_LETTER_WORDS.get(language))
    found = signals(text, language)
    assert found == {
        name: value if value is None else pytest.approx(value, rel=1e-6) for name, value in expected.items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "A man and I, O reader! ’T is th’ end o’ day.",
        "J. R. Smith came at 5 p. m., i. e. late; l. s. d. &c.",
        "Mrs Dalloway, McKinley and MacDonald's mother-in-law saw the U.S.A. and Ph.D. Miller in rock'n'roll colo(u)rs.",
        "Witchcraft, lengths, rhythm, Armstrong, XVIII, FBI, CPR and Blvd. are words.",
        "https://a.example/b1c?D=e www.example.org me@mail.example.org",
        "th•se k•yed wo¦rds",
    ],
)
def test_clean_text_has_no_noise(text: str) -> None:
    found = signals(text)
    assert [found[name] or 0 for name in NOISE[:3]] == [0, 0, 0]


@pytest.mark.parametrize(
    ("signal", "noisy"),
    [
        *(("ocr.single_letters", word) for word in ("i", "t", "J", "(r)", "l,", "é")),
        *(
            ("ocr.mixed_words", word)
            for word in ("wiU", "hIs", "tbe1r", "w,ith", "th~e", "end.The", "t!me", "MoTeague")
        ),
        *(("ocr.odd_words", word) for word in ("thc", "nnd", "tbr,", "oooo", "IIII", "Distrtbrtn", "Prpprt")),
        *(("ocr.symbols", mark) for mark in ("■", "|", "^", "\\", "{", "*", "\ufffd", "©")),
    ],
)
def test_one_trace_of_noise_is_seen(signal: str, noisy: str) -> None:
    clean = "It was the best of times, and there it ended"
    assert signals(clean)[signal] == 0
    assert (signals(f"{clean} {noisy} again")[signal] or 0) > 0


def test_one_letter_words_are_those_of_the_language() -> None:
    assert signals("y a à", "fr")["ocr.single_letters"] == 0
    assert signals("y a à", "de")["ocr.single_letters"] == 1
    assert signals("y a à", "en")["ocr.single_letters"] == pytest.approx(2 / 3)
    assert signals("y a à", "tlh")["ocr.single_letters"] is None


def test_scripts_without_spaces_have_no_words() -> None:
    found = signals("这是一个句子，用到PowerShell和Rust。 thc wiU")
    assert [found[name] for name in NOISE] == [None, None, None, 0]
    assert signals("A sentence about 中文 that goes on for a while.")["ocr.mixed_words"] == 0


PROSE = (
    "The harbour lay quiet under the first light, and the men who had waited all night began to carry their nets "
    "down to the water. Nobody spoke of the storm that had taken the old pier; there was work to be done.\n"
) * 30


def test_more_noise_never_scores_better() -> None:
    # a single draw may by chance hide one trace behind another: the mean of five is what has to rise
    means = []
    for rate in (0.0, 0.01, 0.03, 0.06, 0.12, 0.2):
        runs = [signals(spoil(PROSE, rate, Draw("ocr", str(rate), seed))) for seed in range(5)]
        means.append({name: statistics.mean(run[name] or 0 for run in runs) for name in NOISE})
    for name in NOISE:
        rising = [mean[name] for mean in means]
        assert rising == sorted(rising), name
        assert rising[0] == 0 < rising[2], name


def test_long_runs_are_linear_and_bounded() -> None:
    for piece in ("x", "a.", "@", "--", "a-", "Mc", "中", "\u0301", "1a", "•", ":/", "a\n", "\n"):
        found = signals(piece * (400_000 // len(piece)))
        assert all(value is None or 0 <= value <= 1 for name, value in found.items() if name != "ocr.line_length")
