"""What a body evidently is when the header says HTML and it is something else."""

import json
import re

_BLANK = b" \t\r\n\f\0"
_MAGICS = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"\0\0\1\0", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office_document"),
    (b"{\\rtf", "rtf"),
    (b"%!PS", "postscript"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"OggS", "audio"),
    (b"ID3", "audio"),
    (b"FWS", "flash"),
    (b"CWS", "flash"),
)
_TAG = re.compile(rb"<[!/?]?[A-Za-z]|<!--")
_DOCUMENT_TAG = re.compile(rb"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_HTML_TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|div|p|table|meta|frameset)\b", re.IGNORECASE)
_PROLOGUE = re.compile(
    rb"\s*(?:<\?[^>]*+>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\])?[^>]*+>)", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(rb"\s*<(?:[\w.\-]+:)?([A-Za-z][\w.\-]*)")
_FEEDS = (b"rss", b"feed", b"rdf")
_COMMENTS = rb"\s*(?>/\*.*?\*/\s*|//[^\n]*\n\s*)*+"
_SCRIPT = re.compile(
    _COMMENTS + rb"(?:[\"']use strict[\"']|[!;(]*+\s*function\b|(?:var|let|const)\s+[\w$]+\s*(?:=|;)"
    rb"|(?:window|document|jQuery|\$)[.(\[])",
    re.DOTALL,
)
_STYLE = re.compile(
    _COMMENTS + rb"(?:@(?:charset|import|media|font-face)\b|[\w.#*:\[][^<{};]*+\{\s*[\w\-]+\s*:)", re.DOTALL
)
_START = 64 * 1024
_LARGEST_JSON = 4 * 1024 * 1024


def looks_like(payload: bytes) -> str | None:
    """Say what a payload declared as HTML evidently is, or None where it may be HTML.

    Conservative: whatever holds a tag is HTML, unless its first bytes say otherwise (PDF, image and the like), the
    whole is JSON, the root element is that of a feed, an image or other XML, or it begins as a script does and has no
    tag that pages have. Gives ``pdf``, ``image``, ``json``, ``feed``, ``xml``, ``script``, ``stylesheet``,
    ``plain_text``, or the name of another binary format.
    """
    for magic, kind in _MAGICS:
        if payload.startswith(magic):
            return kind
    if payload.startswith(b"RIFF") and payload[8:12] == b"WEBP":
        return "image"
    start = payload[:_START].removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    if start.startswith((b"{", b"[")) and _is_json(payload):
        return "json"
    if start.startswith(b"<"):
        return _xml_kind(start)
    if _SCRIPT.match(start) and not _HTML_TAG.search(payload):
        return "script"
    without_nul = payload.replace(b"\0", b"")  # UTF-16 and UTF-32 read as ASCII
    if _TAG.search(without_nul):
        return None
    return "stylesheet" if _STYLE.match(start) else "plain_text"


def _is_json(payload: bytes) -> bool:
    if len(payload) > _LARGEST_JSON:
        return False
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return True


def _xml_kind(start: bytes) -> str | None:
    """Tell feeds, SVG and other XML from HTML by the root element; XML only where an XML declaration says so."""
    at = 0
    while prologue := _PROLOGUE.match(start, at):
        at = prologue.end()
    root = _ROOT.match(start, at)
    name = root[1].lower() if root else b"html"
    if name in _FEEDS:
        return "feed"
    if name == b"svg":
        return None if _DOCUMENT_TAG.search(start) else "image"
    return "xml" if name != b"html" and start.startswith(b"<?xml") and not _HTML_TAG.search(start) else None
