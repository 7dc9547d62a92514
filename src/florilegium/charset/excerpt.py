"""The part of a payload that tells its encoding: words with bytes outside ASCII, without markup."""

import re

LONGEST = 4096
"""Bytes of an excerpt."""

_SEARCHED = 262_144
"""Bytes of the head in which such words are looked for first."""

_ENOUGH = 64
_HIDDEN = re.compile(rb"<(?:!--|script\b|style\b)")
_END = {b"<!--": re.compile(b"-->"), b"<script": re.compile(b"(?=</script)"), b"<style": re.compile(b"(?=</style)")}
_TAG = re.compile(rb"<[^<>]*>")


def excerpt(payload: bytes, html: bool) -> bytes:
    """Pick words with bytes outside ASCII, 4 KiB of them at most, without markup where ``html`` and enough are left."""
    words = _words(without_markup(payload)) if html else b""
    if len(words) < _ENOUGH:
        words = _words(payload[:_SEARCHED]) or _words(payload)
    return words


def without_markup(payload: bytes) -> bytes:
    """Blank out tags, comments, scripts and styles in the first 256 KiB; an unclosed one reaches to the end."""
    head = payload[:_SEARCHED]
    lowered = head.lower()
    pieces, at = [], 0
    while opening := _HIDDEN.search(lowered, at):
        pieces.append(head[at : opening.start()])
        end = _END[opening[0]].search(lowered, opening.end())
        at = end.end() if end else len(head)
    pieces.append(head[at:])
    return _TAG.sub(b" ", b" ".join(pieces))


def _words(data: bytes) -> bytes:
    words: list[bytes] = []
    size = 0
    for line in data.splitlines():
        if line.isascii():
            continue
        for word in line.split():
            if not word.isascii():
                words.append(word)
                size += len(word) + 1
        if size >= LONGEST:
            break
    return b" ".join(words)[:LONGEST]
