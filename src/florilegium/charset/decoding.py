"""Decode a page or a text file: marks in the bytes first, then what is declared, checked against what the bytes say."""

import codecs
from typing import NamedTuple

from florilegium.charset import disguised, labels
from florilegium.charset.labels import Encoding
from florilegium.charset.prescan import header_label, meta_label, xml_label

_BOMS = (
    (codecs.BOM_UTF8, labels.UTF_8),
    (codecs.BOM_UTF32_LE, labels.UTF_32LE),
    (codecs.BOM_UTF32_BE, labels.UTF_32BE),
    (codecs.BOM_UTF16_LE, labels.UTF_16LE),
    (codecs.BOM_UTF16_BE, labels.UTF_16BE),
)
_WIDE = {labels.UTF_16LE, labels.UTF_16BE, labels.UTF_32LE, labels.UTF_32BE}
_UNICODE = _WIDE | {labels.UTF_8}
_SURE_UTF_8 = 8
"""So many valid multi-byte sequences are no accident, whatever is declared."""

Declarations = list[tuple[str, Encoding | None, str]]


class Decoded(NamedTuple):
    """A decoded payload.

    Attributes:
        text: the text, without byte order mark.
        encoding: WHATWG name of the encoding (``UTF-8``, ``windows-1252``); where it has none, that of Python's codec.
        found_by: what decided: ``bom``, ``header``, ``meta``, ``xml``, ``declared`` (by the caller), ``detected`` (the
            bytes themselves) or ``ascii`` (nothing to decide; ``encoding`` is then UTF-8).
        replaced: number of U+FFFD that decoding made.
        suspect: why the text may be mojibake, or None: ``undecidable`` (another encoding reads nearly as well),
            ``declaration_contradicted`` (declaration and bytes disagree and neither clearly wins), ``implausible`` (no
            known alphabet fits), ``many_replacements`` (over 2 % of the characters outside ASCII were invalid).
    """

    text: str
    encoding: str
    found_by: str
    replaced: int = 0
    suspect: str | None = None


def decode(
    payload: bytes, content_type: str | None = None, *, html: bool = True, declared: str | None = None
) -> Decoded:
    """Decode ``payload``.

    Args:
        payload: the bytes of one page or file.
        content_type: value of the HTTP header; its charset is believed unless the bytes contradict it.
        html: whether to look for ``meta`` tags and an XML declaration, and to judge the text without its markup.
        declared: a label that the user vouches for: it wins over everything, its errors are only counted.

    Raises:
        DocumentError: the bytes are no text, or in an encoding that the WHATWG standard refuses, or in UTF-7.
        RecipeError: no encoding is called ``declared``.
    """
    if declared is not None:
        return _as_told(payload, labels.required_encoding(declared))
    for mark, encoding in _BOMS:
        if payload.startswith(mark):
            found = _decoded(payload[len(mark) :], encoding, "bom")
            if found.suspect is None:
                return found
            payload = payload[len(mark) :]
            break
    declarations = _declarations(payload, content_type, html)
    if b"\x1b$" in payload and (escaped := disguised.escaped_encoding(payload)):
        return _decoded(payload, escaped, _source_of(escaped, declarations))
    disguised.refuse_binary(payload)
    if wide := disguised.wide_encoding(payload):
        return _decoded(payload, wide, _source_of(wide, declarations))
    if payload.isascii():
        disguised.refuse_seven_bit(payload, {label for label, _, _ in declarations})
        return Decoded(payload.decode("ascii"), labels.UTF_8.name, "ascii")
    return _decoded_by_evidence(payload, declarations, html)


def _as_told(payload: bytes, encoding: Encoding) -> Decoded:
    for mark, marked in _BOMS:
        if payload.startswith(mark) and (marked == encoding or {marked, encoding} <= _WIDE):
            payload, encoding = payload[len(mark) :], marked
            break
    found = _decoded(payload, encoding, "declared")
    if found.suspect is None and encoding != labels.UTF_8 and encoding not in _WIDE and _is_utf_8(payload):
        return Decoded(found.text, found.encoding, "declared", found.replaced, "declaration_contradicted")
    return found


def _is_utf_8(payload: bytes) -> bool:
    """Whether ``payload`` is valid UTF-8 and not just ASCII."""
    try:
        return len(payload.decode("utf-8")) < len(payload)
    except UnicodeDecodeError:
        return False


def _declarations(payload: bytes, content_type: str | None, html: bool) -> Declarations:
    """List what is declared, most trusted first: label, encoding (None where the label is unknown), where."""
    found = [(header_label(content_type), "header")]
    if html:
        found += [(meta_label(payload), "meta"), (xml_label(payload), "xml")]
    return [(label, labels.encoding_of(label), source) for label, source in found if label]


def _source_of(encoding: Encoding, declarations: Declarations) -> str:
    return next((source for _, named, source in declarations if named == encoding), "detected")


def _decoded(payload: bytes, encoding: Encoding, found_by: str, suspect: str | None = None) -> Decoded:
    """Decode, and count what was replaced: over 2 % of the characters outside ASCII, and over 2, is suspect."""
    replaced = 0
    try:
        text = payload.decode(encoding.codec)
    except UnicodeDecodeError:
        text = payload.decode(encoding.codec, encoding.errors)
        written = payload.count("\ufffd".encode(encoding.codec)) if encoding in _UNICODE else 0
        replaced = text.count("\ufffd") - written
    if suspect is None and replaced > 2 and replaced > 0.02 * _outside_ascii(text):
        suspect = "many_replacements"
    if suspect is None and encoding in _WIDE and disguised.is_noise(text):
        suspect = "implausible"
    return Decoded(text, encoding.name, found_by, replaced, suspect)


def _outside_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _decoded_by_evidence(payload: bytes, declarations: Declarations, html: bool) -> Decoded:
    """Decode a payload with bytes outside ASCII, as UTF-8 where that is beyond doubt, else as what costs least."""
    utf_8 = _decoded(payload, labels.UTF_8, _source_of(labels.UTF_8, declarations))
    others = any(encoding not in (None, labels.UTF_8) for _, encoding, _ in declarations)
    if not others and utf_8.replaced == 0:
        return utf_8
    valid = _outside_ascii(utf_8.text) - utf_8.replaced
    if valid >= max(4 * utf_8.replaced, _SURE_UTF_8 if others else 1):
        return utf_8
    from florilegium.charset import evidence  # loads numpy

    named = [(encoding, source) for _, encoding, source in declarations if encoding and encoding not in _WIDE]
    choice = evidence.choose(payload, html, [pair for pair in named if pair[0] != labels.REPLACEMENT])
    return _decoded(payload, choice.encoding, choice.found_by, choice.suspect)
