"""Bytes of web pages and text files -> text: which encoding they are in, and whether the result can be trusted."""

from florilegium.charset.decoding import Decoded, decode

__all__ = ["Decoded", "decode"]
