"""WARC and ARC archives in whatever container, damaged or not: see ``reader.read_archive``."""

from florilegium.sources.warc.reader import read_archive
from florilegium.sources.warc.records import Damage, Page, Refused

__all__ = ["Damage", "Page", "Refused", "read_archive"]
