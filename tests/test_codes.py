"""Labels of all models in one code system."""

from typing import Any

import pytest

from florilegium.codes import to_bcp47
from florilegium.errors import RecipeError


@pytest.mark.parametrize(
    ("label", "code"),
    [
        # ISO 639 and BCP 47
        ("en", ("en", None)),
        ("EN", ("en", None)),
        ("deu", ("de", None)),
        ("ger", ("de", None)),
        ("nds", ("nds", None)),
        ("zh-Hant", ("zh", "Hant")),
        ("iw", ("he", None)),
        ("als", ("sq", None)),
        # py3langid
        ("no", ("no", None)),
        ("jw", ("jv", None)),
        ("zxx", ("zxx", None)),
        ("gug", ("gn", None)),
        # lid.176: names of Wikipedia's editions
        ("__label__fr", ("fr", None)),
        ("__label__als", ("gsw", None)),
        ("__label__eml", ("egl", None)),
        ("__label__sh", ("sr", "Latn")),
        ("__label__bh", ("bho", None)),
        # GlotLID, OpenLID, NLLB
        ("__label__eng_Latn", ("en", "Latn")),
        ("__label__als_Latn", ("sq", "Latn")),
        ("zho_Hani", ("zh", "Hani")),
        ("cmn_Hani", ("zh", "Hani")),
        ("yue_Hant", ("yue", "Hant")),
        ("arb_Arab", ("ar", "Arab")),
        ("arz_Arab", ("arz", "Arab")),
        ("nob_Latn", ("no", "Latn")),
        ("nno_Latn", ("nn", "Latn")),
        ("jpn_Jpan", ("ja", "Jpan")),
        ("zsm_Latn", ("ms", "Latn")),
        ("pbt_Arab", ("ps", "Arab")),
        ("hbs_Cyrl", ("sr", "Cyrl")),
        ("ajp_Arab", ("ajp", "Arab")),  # retired from ISO 639-3, still a label
        ("zxx_Zzzz", ("zxx", None)),
        ("und_Kore", ("und", "Kore")),
        ("und_Kawi", ("und", "Kawi")),
        ("ENG_LATN", ("en", "Latn")),
        ("und", ("und", None)),
    ],
)
def test_label(label: str, code: tuple[str, str | None]) -> None:
    assert to_bcp47(label) == code


@pytest.mark.parametrize(
    "label", ["", "e", "xx", "qqx_", "english", "eng_Abcd", "__label__", "__label__hq2", "en-US-x"]
)
def test_an_unknown_label_is_an_error(label: str) -> None:
    with pytest.raises(RecipeError, match=f"`{label}` is no known language label"):
        to_bcp47(label)


def test_codes_are_fixed_points(py3langid: Any) -> None:
    codes = {to_bcp47(label)[0] for label in py3langid.labels}
    assert len(codes) > 130
    assert {to_bcp47(code)[0] for code in codes} == codes and all(to_bcp47(code)[0] == code for code in codes)
