"""What a charset label means: the labels of the WHATWG Encoding Standard, and the encodings outside it that occur.

A page that says ``iso-8859-1`` means windows-1252 and one that says ``gb2312`` means GBK: the standard
(https://encoding.spec.whatwg.org/#names-and-labels, table from ``webencodings``) gives every label its encoding.
Python's codecs of the same names are often narrower, so each encoding names the widest codec that Python has for it.
"""

import codecs
import re
from typing import NamedTuple

from webencodings.labels import LABELS

from florilegium.errors import RecipeError


class Encoding(NamedTuple):
    """An encoding: its WHATWG name (where there is none, the name of Python's codec) and the codec that decodes it."""

    name: str
    codec: str

    @property
    def errors(self) -> str:
        """The error handler that decodes leniently: U+FFFD for what is invalid, not for what only the codec lacks."""
        return _FILL_GAPS if self.codec in _WIDER_CODEC else "replace"


REPLACEMENT = Encoding("replacement", "")
"""Refused by the standard: ISO-2022-KR, ISO-2022-CN and HZ, where ASCII bytes can hide markup."""

UTF_8 = Encoding("UTF-8", "utf-8")
UTF_16LE = Encoding("UTF-16LE", "utf-16-le")
UTF_16BE = Encoding("UTF-16BE", "utf-16-be")
UTF_32LE = Encoding("utf-32-le", "utf-32-le")
UTF_32BE = Encoding("utf-32-be", "utf-32-be")
ISO_2022_JP = Encoding("ISO-2022-JP", "iso2022_jp_ext")
WINDOWS_1252 = Encoding("windows-1252", "cp1252")

_ISO_8859 = [Encoding(f"ISO-8859-{part}", f"iso8859-{part}") for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
_WINDOWS = [Encoding(f"windows-{page}", f"cp{page}") for page in (874, *range(1250, 1259))]
_CHINESE = [Encoding("GBK", "gb18030"), Encoding("gb18030", "gb18030"), Encoding("Big5", "big5hkscs")]
_JAPANESE = [Encoding("EUC-JP", "euc_jp"), Encoding("Shift_JIS", "cp932"), ISO_2022_JP]
_OTHER = [
    Encoding("EUC-KR", "cp949"),
    Encoding("ISO-8859-8-I", "iso8859-8"),
    Encoding("KOI8-R", "koi8-r"),
    Encoding("KOI8-U", "koi8-u"),
    Encoding("IBM866", "cp866"),
    Encoding("macintosh", "mac-roman"),
    Encoding("x-mac-cyrillic", "mac-cyrillic"),
]
_STANDARD = [UTF_8, UTF_16LE, UTF_16BE, REPLACEMENT, *_ISO_8859, *_WINDOWS, *_CHINESE, *_JAPANESE, *_OTHER]

_DOS = [f"cp{page}" for page in (437, 737, 775, 850, 852, 855, 857, 862)]
_OUTSIDE_CODECS = [*_DOS, "johab", "mac-latin2", "mac-greek", "mac-turkish"]
_OUTSIDE = [UTF_32LE, UTF_32BE, *(Encoding(codec, codec) for codec in _OUTSIDE_CODECS)]

BY_NAME = {encoding.name: encoding for encoding in [*_STANDARD, *_OUTSIDE]}
"""All encodings that are ever used, by their names."""

_MORE_LABELS = {
    "utf8mb4": UTF_8,
    "utf8mb3": UTF_8,
    "utf8bom": UTF_8,
    "utf8sig": UTF_8,
    "unicodeutf8": UTF_8,
    "utf32": UTF_32LE,
    "xmacce": BY_NAME["mac-latin2"],
    "maccentraleurope": BY_NAME["mac-latin2"],
    "macroman": BY_NAME["macintosh"],
    "maccyrillic": BY_NAME["x-mac-cyrillic"],
    "uhc": BY_NAME["EUC-KR"],
    "cp949": BY_NAME["EUC-KR"],
    "cp932": BY_NAME["Shift_JIS"],
    "cp936": BY_NAME["GBK"],
    "cp950": BY_NAME["Big5"],
    "euccn": BY_NAME["GBK"],
}


def _squeezed(label: str) -> str:
    """Keep a label's letters and digits only, lower-cased: ``cp-1251``, ``CP 1251`` and ``cp1251`` are one."""
    return re.sub(r"[^a-z0-9]", "", label.lower())


def _table() -> dict[str, Encoding]:
    names = {encoding.name.lower(): encoding for encoding in _STANDARD}
    table = {_squeezed(label): names[name] for label, name in LABELS.items() if name in names}
    for encoding in _OUTSIDE:
        table[_squeezed(encoding.name)] = encoding
        table[encoding.name.replace("cp", "ibm")] = encoding
    return table | _MORE_LABELS


_BY_LABEL = _table()

_FILL_GAPS = "florilegium.fill_gaps"
_WIDER_CODEC = {"euc_jp": "cp932", "big5hkscs": "cp950", "gb18030": ""}


def _fill_gaps(error: UnicodeError) -> tuple[str, int]:
    """Give the character that only Python's codec lacks: NEC's row 13 in EUC-JP, a few of Big5, the euro of GBK."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    at = error.start
    if error.encoding == "gb18030" and error.object[at] == 0x80:
        return "€", at + 1
    pair = error.object[at : at + 2]
    wider = _WIDER_CODEC.get(error.encoding)
    if wider and len(pair) == 2 and min(pair) >= 0x80:
        try:
            return (_shifted(pair) if wider == "cp932" else pair).decode(wider), at + 2
        except UnicodeDecodeError:
            pass
    return "\ufffd", error.end


def _shifted(pair: bytes) -> bytes:
    """Write a two-byte character of EUC-JP (row and cell from A1) in Shift_JIS (JIS X 0208:1997, annex 1)."""
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row % 2 else cell + (0x40 if cell < 63 else 0x41)
    return bytes((lead, trail))


codecs.register_error(_FILL_GAPS, _fill_gaps)


def encoding_of(label: str) -> Encoding | None:
    """Find the encoding that ``label`` means, or None where none is called so (``none``, ``UTF-7``).

    Letters' case, blanks, quotes and punctuation do not matter. Labels that the standard maps to ``replacement`` give
    ``REPLACEMENT``.
    """
    return _BY_LABEL.get(_squeezed(label))


def required_encoding(label: str) -> Encoding:
    """Find the encoding that a user asks for by ``label``.

    Raises:
        RecipeError: no encoding is called so, or the standard refuses it; names the label and close matches.
    """
    encoding = encoding_of(label)
    if encoding is None:
        import difflib  # needed on this way out only

        close = difflib.get_close_matches(label.lower(), sorted({*LABELS, *_OUTSIDE_CODECS}), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(close)}?" if close else "use a label of the WHATWG standard, e.g. utf-8"
        raise RecipeError(f"encoding {label!r} is unknown; {hint}")
    if encoding is REPLACEMENT:
        raise RecipeError(f"encoding {label!r} is refused by the WHATWG standard; convert the file to utf-8 first")
    return encoding
