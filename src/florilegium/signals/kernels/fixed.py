"""Chunks with a fixed cut: contractions, abbreviations and emoticons, with the pieces they are cut into.

The forms are those of spaCy 3.8's English tokenizer (``lang/en/tokenizer_exceptions.py``,
``lang/tokenizer_exceptions.py``), composed here from their parts, without the few longer than 16 bytes. Like there,
contractions also match without their apostrophe (``dont``, ``im``), every form also matches with the curly apostrophe,
and case matters.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels.hashing import find, hash_text, table_of

LONGEST = 16
"""Bytes of the longest fixed form."""

_QUESTION = "who what when where why how there"
_SUBJECT = "i you he she it we they"
# ending(s) -> the words they follow
_ENDINGS = (
    ("'m 'm|a", "i"),
    ("'ll 'll|'ve 'd 'd|'ve", f"{_SUBJECT} {_QUESTION} that this these those"),
    ("'ve", f"i you we they {_QUESTION} these those could might must should would"),
    ("'re", f"you we they {_QUESTION} these those"),
    ("'s", f"he she it {_QUESTION} that this"),
    ("n't n't|'ve", "ca could do does did had may might must need ought sha should wo would"),
    ("n't", "ai are is was were have has dare"),
)
# What the rules above would wrongly cut without the apostrophe.
_ORDINARY_WORDS = "Ill ill Its its Hell hell Shell shell Shed shed were Were Well well Whore whore"

_CUT = (
    "y'|all y|all how|'d|'y How|'d|'y not|'ve not|ve Not|'ve Not|ve can|not Can|not gon|na Gon|na got|ta Got|ta "
    "let|'s Let|'s c'm|on C'm|on °|c|. °|f|. °|k|. °|C|. °|F|. °|K|."
)
_WHOLE = (
    "' '' 'S 's ‘S ‘s 're 'd 'em em 'll ll 'nuff nuff 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout and/or w/o "
    "ma'am Ma'am o'clock O'clock doin Doin doin' Doin' goin Goin goin' Goin' nothin Nothin nothin' Nothin' nuthin "
    "Nuthin nuthin' Nuthin' ol Ol ol' Ol' somethin Somethin somethin' Somethin' lovin Lovin lovin' Lovin' havin Havin "
    "havin' Havin' Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. "
    "Jan. Jul. Jun. Kan. Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. "
    "Nov. Oct. Okla. Ore. Pa. S.C. Sep. Sept. Tenn. Va. Wash. Wis. a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. "
    "E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. "
    'St. vs. v.s. ä. ö. ü. C++ — \\t \\n \\") <space>'
)
_EMOTICONS = (
    ":) :-) :)) :-)) :))) :-))) (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( :(( "
    ":-(( :((( :-((( ): )-: =( >:( :') :'-) :'( :'-( :/ :-/ =/ =| :| :-| ]= =[ :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 "
    ":() >:o :* :-* :3 :-3 =3 :> :-> :X :-X :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< "
    "._. ;_; -_- -__- v.v V.V v_v V_V o_o o_O O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 "
    "(^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) ¯\\(ツ)/¯ ><(((*>"
)
_UNITS = (
    "km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa "
    "mbar mb MB kb KB gb GB tb TB T G M K % км км² км³ м м² м³ дм дм² дм³ см см² см³ мм мм² мм³ нм кг г мг м/с км/ч "
    "кПа Па мбар Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тб"
)


def _forms() -> Iterator[str]:
    """All forms, pieces joined by a bar."""
    for endings, words in _ENDINGS:
        for word in (*words.split(), *words.title().split()):
            for ending in endings.split():
                yield f"{word}|{ending}"
                bare = f"{word}|{ending}".replace("'", "")
                if bare.replace("|", "") not in _ORDINARY_WORDS.split():
                    yield bare
    for hour in range(1, 13):
        yield from (f"{hour}|{half}" for half in ("am", "pm", "a.m.", "p.m."))
    yield from _CUT.split()
    yield from _WHOLE.split()
    yield from (f"{letter}." for letter in "abcdefghijklmnopqrstuvwxyz")


@cache
def fixed_forms() -> dict[str, tuple[str, ...]]:
    """Map every fixed form to its pieces, which joined give the form again."""
    forms = {form.replace("|", ""): tuple(form.split("|")) for form in _forms()}
    forms |= {emoticon: (emoticon,) for emoticon in _EMOTICONS.split()}
    return forms | {
        form.replace("'", "’"): tuple(piece.replace("'", "’") for piece in pieces) for form, pieces in forms.items()
    }


@cache
def units() -> frozenset[str]:
    """Units that are cut off behind a digit (``5km``): spaCy 3.8 `char_classes.UNITS`, Latin and Cyrillic."""
    return frozenset(_UNITS.split())


class FixedTable(NamedTuple):
    """Fixed forms for compiled code: ``cuts[slot]`` are the byte ends of the first two of up to three pieces."""

    keys: npt.NDArray[np.uint64]
    cuts: npt.NDArray[np.uint8]
    units: npt.NDArray[np.uint64]


@cache
def fixed_table() -> FixedTable:
    """Build the lookup tables, once per process."""
    forms = fixed_forms()
    keys = table_of(forms)
    cuts = np.zeros((len(keys), 2), dtype=np.uint8)
    for form, pieces in forms.items():
        ends = np.cumsum([len(piece.encode()) for piece in pieces])
        cuts[find(keys, hash_text(form)), : len(ends) - 1] = ends[:-1]
    return FixedTable(keys, cuts, table_of(units()))
