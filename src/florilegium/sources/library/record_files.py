"""Files of catalogue records, told by their content: MODS, MARC in ISO 2709 or XML, Dublin Core, LIDO, EAD, IIIF."""

from collections.abc import Iterator
from typing import BinaryIO

from florilegium.sources.library.catalogue import Catalogue
from florilegium.sources.library.formats import HEAD
from florilegium.sources.library.iiif import read_iiif
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.locate import kind_of
from florilegium.sources.library.marc import read_marc, read_marcxml
from florilegium.sources.library.records import read_mods, read_record
from florilegium.sources.library.xml import read_xml


def read_records(file: BinaryIO, name: str) -> Iterator[Catalogue]:
    """Give the records of a file. Raises `Unreadable`: ``no_record``, and the reasons of the formats, also for a
    damaged record of ISO 2709."""
    head = file.peek(HEAD)[:HEAD]  # type: ignore[attr-defined]
    kind = kind_of(name, head)
    if kind == "mods":
        yield from (read_mods(element) for _, _, element in read_xml(file, ("mods",)))
    elif kind == "marc":
        for record in read_marc(file):
            if isinstance(record, Unreadable):
                raise record
            yield record
    elif kind == "marcxml":
        yield from read_marcxml(file)
    elif kind == "iiif" or head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        yield read_iiif(file)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        roots = ("record", "lido", "ead", "dc", "metadata", "monument")
        found = [read_record(element) for _, _, element in read_xml(file, roots)]
        if not found:
            raise Unreadable("no_record", "it holds no catalogue record that is known")
        yield from found
    else:
        raise Unreadable("no_record", f"it begins {head[:24]!r}")
