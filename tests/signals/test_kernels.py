"""The compiled kernels against the plain reference: every signal of every document, exactly."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from florilegium.signals.catalogue import GROUPS
from florilegium.signals.measure import measure
from florilegium.signals.stop_words import stop_words
from tests.reference import signals as reference
from tests.signals.conftest import Pages

#: On which a tokenizer stumbles.
_CHUNKS = (
    "the of and That with ' ’ '' 's ’s don't dont DON’T I'm can't've y'all cannot gonna e.g. U.S. U.S.A. a.m. 5a.m. 11pm Mr. "
    "Ph.D. and/or w/o :) :-( >:o <3 (^_^) ಠ_ಠ ¯\\(ツ)/¯ :1 8) °C. 20°C. http://a.bc https://user:pw@exa-mple.org:8080/a?b=c#d "
    "www.site.co.uk ftp+x://1.2.3.4 1.2.3.4:80/ 1.2.3.4.5 a.bc:8/x a.bc:80/x a.bc:80808/x a.bc:808080/x 1234.1.1.1/x a_.bc/x _a.bc/x a.b1/x a.Bc/x h://1.2.3/x h+://a.bc-x/y u:p@a.bc/x/y me@mail.example.org a@b x://y mail.com. e.mail,x.Y a,b 1,5 3.14 "
    "5km 10m² 100% 25kb. $5 US$5 A$ C$9 €10 10€ 3+4 5-3 5--3 2*2 2^2 +1 +x x+ well-known a--b a---b a——b a–b a~b a:b a<b>c a=b a/b "
    '... .... .. … …… ……… wait... wait… ... . ! ? !? ?! ¡hola! ¿qué? «oui» „ja“ "no" (a) [b] {c} {{ }} # ## #tag • - • •x -x * ** _x_ '
    "lorem ipsum Lorem Ipsum JavaScript javascript javaScripts cookie policy privacy policy terms of use use cookies ſ K ß "
    "中文字符。日本語のテキスト、ー。한국어 ไทยภาษา เเก ລາວ မြန်မာ ស្ត្រី ᨲᩣ བོད་ཡིག༌ 。「引用」 हिन्दी। العربية؟ עברית É é e\u0301 \u0301 "
    "👍 👩\u200d👩\u200d👧 🇩🇪 ☺\ufe0f © ® € ¢ ² ½ ① Ⅷ 𝒳 𐀀 \u200b \u200d \ufeff x\ufe0f \U000e0101 \U0001f600 \U00020000 \U00034000 \U0010ffff "
    "\0 \x01 \x7f \xad ＡＢＣ １２ ！ ． ｡ ､ ｶﾞ"
)
PIECES = _CHUNKS.split(" ")
SPACES = [" ", " ", " ", "  ", "\t", "\xa0", "\u3000", "\u200a", "\n", "\n", "\n\n", "\n\n\n", " \n", "\n ", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1f", "\x85", "\u2028", "\u2029", "\r\r\n", ""]  # fmt: skip
LETTERS = "abAB'’.,:-/@#€%5°3s中かーไเ\u0e31ក\u17d2་\u0301\u200d👍…!?\"«»—–=+*^~<>[](){}_$£²km\0\ud7a3"

chunks = st.one_of(
    st.sampled_from(PIECES),
    st.text(alphabet=LETTERS, max_size=8),
    st.lists(st.sampled_from(PIECES), min_size=2, max_size=3).map("".join),
    st.builds(str.__mul__, st.sampled_from([*PIECES, *LETTERS]), st.integers(2, 60)),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=5),
)
tokens = st.lists(st.tuples(chunks, st.sampled_from(SPACES)).map("".join), max_size=14).map("".join)
#: A few lines and words, many times: what duplicates and n-grams are made of.
echoes = st.lists(
    st.sampled_from(
        ["a", "b", "a b", "the cat sat.", "\n", "\n", "\n\n", " ", "x y z ", "  ", "e\u0301", "中", "\r\n"]
    ),
    max_size=60,
).map("".join)
documents = st.one_of(tokens, echoes, st.lists(st.one_of(tokens, echoes), max_size=4).map("\n".join))


def measured(texts: Sequence[str | None], languages: Sequence[str | None] | None = None) -> list[dict[str, Any]]:
    """Measure all groups; one mapping a document."""
    tags = None if languages is None else pa.array(languages, pa.string())
    columns = measure(
        pa.array(texts, pa.large_string()), tags, tuple(group for group in GROUPS if group != "print"), stop_words()
    )
    return [{name: column[row].as_py() for name, column in columns.items()} for row in range(len(texts))]


def approximately(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value if value is None else pytest.approx(value, rel=1e-6) for name, value in values.items()}


@settings(max_examples=800, deadline=None)
@given(texts=st.lists(documents, max_size=3))
@example(texts=PIECES)
@example(texts=[f"{'a' * size}.bc/x a.{'b' * size}/x" for size in (1, 2, 62, 63, 64, 65)])
@example(texts=[f"x{piece}y {piece}. ({piece}) {piece}{piece}" for piece in PIECES])
@example(texts=["\r\n", "\n\r", "\x85\x85", "a\r\nb\rc\vd\fe\x1cf\u2028g", " \n \n ", "\n\na\n\n\na\n\n"])
def test_kernels_agree_with_the_reference(texts: list[str]) -> None:
    english = stop_words()["en"]
    assert measured(texts) == [approximately(reference.signals(text, english)) for text in texts]


def test_kernels_agree_with_the_reference_on_real_pages(pages: Pages) -> None:
    for text in islice(pages(), 60):
        assert measured([text]) == [approximately(reference.signals(text, stop_words()["en"]))]
