"""What a page says about its own encoding: HTTP header, ``meta`` tags, XML declaration."""

import re
from collections.abc import Iterator

_PRESCANNED = 131_072
"""Bytes searched for a declaration. Browsers look at 1,024 only; real pages put scripts and comments before it."""

_HEADER = re.compile(r"""charset\s*=\s*(?:"([^"]*)"?|'([^']*)'?|([^\s;]*))""", re.I)
_OPENING = re.compile(rb"<!--|<meta(?=[\s/])", re.I)
_ATTRIBUTE = re.compile(rb"""[\s/]*([^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?""")
_XML = re.compile(rb"""^\s*<\?xml\s[^>]{0,512}?\bencoding\s*=\s*["']([^"'>]{1,64})["']""")


def header_label(content_type: str | None) -> str | None:
    """Give the charset that a Content-Type value names, or None: ``text/html; charset="UTF-8"`` -> ``UTF-8``."""
    found = _HEADER.search(content_type or "")
    label = next((group for group in found.groups() if group is not None), "") if found else ""
    return label.strip() or None


def meta_label(payload: bytes) -> str | None:
    """Give the charset of the first ``meta`` tag outside comments that names one, in the first 128 KiB, or None.

    As in the HTML Standard's prescan: a ``charset`` attribute, or ``content`` beside ``http-equiv=content-type``.
    """
    for attributes in _metas(payload[:_PRESCANNED]):
        if label := attributes.get(b"charset"):
            return label.decode("latin-1").strip()
        if attributes.get(b"http-equiv", b"").strip().lower() == b"content-type" and (
            label_in_content := header_label(attributes.get(b"content", b"").decode("latin-1"))
        ):
            return label_in_content
    return None


def xml_label(payload: bytes) -> str | None:
    """Give the encoding that an XML declaration at the very beginning names, or None."""
    found = _XML.match(payload[:1024])
    return found[1].decode("latin-1").strip() if found else None


def _metas(head: bytes) -> Iterator[dict[bytes, bytes]]:
    """Yield the attributes (names lower-cased, the first of each name) of every ``meta`` tag outside comments."""
    at = 0
    while opening := _OPENING.search(head, at):
        if opening[0] == b"<!--":
            at = head.find(b"-->", opening.start() + 2) + 3
            if at < 3:
                return
            continue
        at = opening.end()
        attributes: dict[bytes, bytes] = {}
        while found := _ATTRIBUTE.match(head, at):
            at = found.end()
            attributes.setdefault(found[1].lower(), next((g for g in found.groups()[1:] if g is not None), b""))
        yield attributes
