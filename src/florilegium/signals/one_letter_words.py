"""Common words of one letter: any other letter that stands alone may be a trace of bad recognition."""

from collections.abc import Mapping
from types import MappingProxyType

#: In lower case; either case is common, but English has no `i` and no `o`, which are much more often misread.
_LETTERS = {
    "ca": "aeioàòé", "cs": "aikosuvz", "da": "iåø", "de": "", "es": "aeouyáéóú", "fi": "", "fr": "aàâyoô",
    "gl": "aáeéoóàu", "hr": "aiouskz", "hu": "aeősó", "it": "aeioàèò", "la": "aeoàâèô", "nb": "iåøo", "nl": "uoà",
    "nn": "iåøo", "no": "iåøo", "pl": "aiouwz", "pt": "aàáeéoóô", "ru": "авикосуя", "sk": "aikosuvz",
    "sl": "aoskhzv", "sv": "iåöo", "uk": "авзійоуєя",
}  # fmt: skip

ONE_LETTER_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {language: frozenset(letters + letters.upper()) for language, letters in _LETTERS.items()}
    | {"en": frozenset("aAIO")}
)
"""By language (BCP 47), as written; a language that is not here has no list, which is not the same as an empty one."""
