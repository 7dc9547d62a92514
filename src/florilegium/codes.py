"""One code system for languages: BCP 47 language subtags in their shortest form, and ISO 15924 scripts."""

import re
from functools import lru_cache

import langcodes

from florilegium.errors import RecipeError

UNDETERMINED = "und"

_LABEL = re.compile(r"(__label__)?([A-Za-z]{2,3})(?:[_-]([A-Za-z]{4}))?")

#: lid.176 was trained on Wikipedia and uses the names of its editions, some of which mean something else in ISO 639.
#: (https://meta.wikimedia.org/wiki/Special_language_codes; ``eml`` was split in ISO 639-3, its larger part is ``egl``.)
_WIKIPEDIA = {"als": "gsw", "eml": "egl"}

#: Dominant language -> macrolanguage, where the aliases of CLDR 40 are silent and identifiers mean the same by both.
_DOMINANT = {"nb": "no", "pbt": "ps"}

#: Scripts of Unicode 15 to 17, which CLDR 40 (the one that langcodes carries) does not have.
_NEW_SCRIPTS = frozenset(
    ["Berf", "Gara", "Gukh", "Kawi", "Krai", "Nagm", "Onao", "Sidt", "Sunu", "Tayo", "Todr", "Tols", "Tutg"]
)


@lru_cache(maxsize=8192)
def to_bcp47(label: str) -> tuple[str, str | None]:
    """Give the language subtag, and the script where the label names one.

    Understands ISO 639-1, -2 and -3 codes, BCP 47 tags of language and script, and the labels of py3langid (``jw``),
    lid.176 (``__label__fr``), GlotLID, OpenLID and NLLB (``__label__zho_Hani``, ``arb_Arab``). A dominant language
    takes the code of its macrolanguage (``cmn`` is ``zh``, ``arb`` is ``ar``, ``nob`` is ``no``); its siblings keep
    theirs (``yue``, ``arz``, ``nn``), as CLDR's aliases have it. ``Zzzz`` (unknown script) is no script.

    >>> to_bcp47("__label__deu_Latn"), to_bcp47("cmn_Hani"), to_bcp47("jw"), to_bcp47("und")
    (('de', 'Latn'), ('zh', 'Hani'), ('jv', None), ('und', None))

    Raises:
        RecipeError: the label is no known language.
    """
    match = _LABEL.fullmatch(label)
    prefix, language, script = match.groups() if match else (None, "", None)
    script = script and script.title()
    if prefix and not script:
        language = _WIKIPEDIA.get(language, language)
    written = script is None or script in _NEW_SCRIPTS or langcodes.tag_is_valid(f"und-{script}")
    if not match or not written or not langcodes.tag_is_valid(language):
        raise RecipeError(
            f"`{label}` is no known language label: write a BCP 47 or ISO 639 code, with or without an ISO 15924 "
            "script (`en`, `deu`, `zho_Hans`), or use a language model with such labels"
        )
    standard = langcodes.Language.get(langcodes.standardize_tag(language, macro=True))
    script = script or standard.script
    subtag = str(standard.language or UNDETERMINED)
    return _DOMINANT.get(subtag, subtag), None if script == "Zzzz" else script
