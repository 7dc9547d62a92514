"""Payloads that do not look like ASCII with high bytes: binary, UTF-16 and UTF-32 without mark, seven-bit encodings."""

import base64
import binascii
import re
import unicodedata

from florilegium.charset import labels
from florilegium.charset.excerpt import without_markup
from florilegium.charset.labels import Encoding
from florilegium.errors import DocumentError

_HEAD = 65_536
"""Bytes looked at to tell text from binary."""

_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\f\r\x1b"})
_CONTROLS_AT_MOST = 0.02

_ESCAPES = re.compile(rb"\x1b\$[@B]|\x1b\$\([DQ]")
_REFUSED_ESCAPES = re.compile(rb"\x1b\$\)[ACEG]")
_HZ = re.compile(rb"~\{((?:[!-w][!-~])+)~\}")
_UTF_7 = re.compile(rb"\+([A-Za-z0-9+/]{3,})-?")
_UTF_7_LABEL = re.compile(r"(?:cs)?(?:unicode-?1-?1-?)?utf-?7(?:-imap)?|cp65000", re.I)
_RUNS_AT_LEAST = 3
_MARKS = " \n<>"


def refuse_binary(payload: bytes) -> None:
    """Raise DocumentError where ``payload`` is a PDF, or has over 2 % control bytes and is not UTF-16 or UTF-32."""
    if payload.startswith(b"%PDF-"):
        raise DocumentError("the payload is a PDF, not text; leave it out")
    head = payload[:_HEAD]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > _CONTROLS_AT_MOST * len(head) and wide_encoding(payload) is None:
        share = f"{controls} of its first {len(head)} bytes"
        raise DocumentError(f"the payload is binary: {share} are control bytes; leave it out")


def wide_encoding(payload: bytes) -> Encoding | None:
    """Tell UTF-16 and UTF-32 without mark by where the NUL bytes of ASCII characters stand; None if it is neither."""
    if b"\0" not in payload[:_HEAD]:
        return None
    head = payload[: min(_HEAD, len(payload) - len(payload) % 4)]
    if not head:
        return None
    share = [head[place::4].count(0) * 4 / len(head) for place in range(4)]
    if share[3] > 0.9 and share[2] > 0.9 and share[0] < 0.1:
        return labels.UTF_32LE
    if share[0] > 0.9 and share[1] > 0.9 and share[3] < 0.1:
        return labels.UTF_32BE
    even, odd = share[0] + share[2], share[1] + share[3]
    if odd > 0.05 and even < 0.2 * odd and _spaces_are_wide(head, head[0::2], labels.UTF_16LE):
        return labels.UTF_16LE
    if even > 0.05 and odd < 0.2 * even and _spaces_are_wide(head, head[1::2], labels.UTF_16BE):
        return labels.UTF_16BE
    return None


def _spaces_are_wide(head: bytes, low: bytes, encoding: Encoding) -> bool:
    """Whether most low bytes that look like spaces, line ends or brackets are such: not so in ASCII with stray NULs."""
    text = head.decode(encoding.codec, "replace")
    return 2 * sum(text.count(mark) for mark in _MARKS) >= sum(low.count(mark.encode()) for mark in _MARKS)


def is_noise(text: str) -> bool:
    """Whether over 5 % of the first 4,096 characters are unassigned, private or controls: binary read as UTF-16."""
    head = text[:4096]
    broken = sum(unicodedata.category(character) in ("Cc", "Cn", "Co") for character in head if character > "\x7f")
    controls = sum(character < " " and character not in "\t\n\f\r" for character in head)
    return broken + controls > 0.05 * len(head)


def escaped_encoding(payload: bytes) -> Encoding | None:
    """Tell ISO-2022-JP by its escape sequences; None if the payload has none or is not seven-bit but for stray bytes.

    Raises:
        DocumentError: the escape sequences are those of ISO-2022-KR or ISO-2022-CN, which the standard refuses.
    """
    if _REFUSED_ESCAPES.search(payload):
        raise DocumentError("the payload is ISO-2022-KR or -CN, which the WHATWG standard refuses; convert it to UTF-8")
    escapes = len(_ESCAPES.findall(payload))
    stray = len(payload) - len(payload.decode("ascii", "ignore"))
    return labels.ISO_2022_JP if escapes > stray else None


def refuse_seven_bit(payload: bytes, declared: set[str]) -> None:
    """Raise DocumentError where ASCII is really HZ or UTF-7: declared with one such run, or three that read well."""
    if b"~{" in payload:
        runs = _HZ.findall(payload)
        texts = [bytes(byte | 0x80 for byte in run).decode("gb2312", "replace") for run in runs]
        if runs and (any(labels.encoding_of(label) is labels.REPLACEMENT for label in declared) or _reads_well(texts)):
            raise DocumentError("the payload is HZ-GB-2312, which the WHATWG standard refuses; convert it to UTF-8")
    is_declared = any(_UTF_7_LABEL.fullmatch(label) for label in declared)
    if b"+" in payload and len(_UTF_7.findall(payload)) >= (1 if is_declared else _RUNS_AT_LEAST):
        texts = [text for run in _UTF_7.findall(without_markup(payload)) if (text := _utf_7(run))]
        if texts and (is_declared or _reads_well(texts)):
            raise DocumentError("the payload is UTF-7, which the WHATWG standard forbids; convert it to UTF-8")


def _utf_7(run: bytes) -> str | None:
    """Decode one shifted run of UTF-7 (RFC 2152): base64 of UTF-16BE; None if it is not one."""
    if len(run) % 8 not in (0, 3, 6):
        return None
    try:
        text = base64.b64decode(run + b"=" * (-len(run) % 4)).decode("utf-16-be")
    except (UnicodeDecodeError, binascii.Error):
        return None
    return None if text.isascii() else text


def _reads_well(texts: list[str]) -> bool:
    """Whether at least three decoded runs hold little that no alphabet explains."""
    if len(texts) < _RUNS_AT_LEAST:
        return False
    from florilegium.charset.plausible import read

    reading = read(" ".join(texts[:500]))
    return reading.odd <= 0.1 * reading.units
