"""Folders of files, one document a file: HTML pages, plain text."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import BinaryIO

from pydantic import Field, field_validator

from florilegium.charset import decode
from florilegium.charset.labels import required_encoding
from florilegium.documents import QUARANTINE_PAYLOAD_BYTES, Input, Outcome
from florilegium.errors import DocumentError, RecipeError
from florilegium.sources.compressed import BROKEN, decompressed
from florilegium.sources.source import FileSource, FileSourceOptions, Found, Record, Refusal

#: A larger file is refused: it is no single document.
FILE_BYTES = 512 * 1024 * 1024


class _OneDocument(FileSource):
    """One document a file, plain or compressed; its key is its relative path."""

    def read(self, file: BinaryIO, found: Input) -> Iterator[Found]:
        try:
            payload = decompressed(file).read(FILE_BYTES + 1)
        except BROKEN as error:
            yield Refusal(found.path, 0, "unreadable", None, 0, outcome=Outcome.QUARANTINED, error=str(error))
            return
        if len(payload) > FILE_BYTES:
            yield Refusal(found.path, 0, "too_large", f"> {FILE_BYTES} bytes")
        elif not payload.strip():
            yield Refusal(found.path, 0, "empty")
        else:
            yield self.document(found, payload)

    @abstractmethod
    def document(self, found: Input, payload: bytes) -> Found:
        """Make a document of a file's bytes."""


class Html(_OneDocument):
    """A folder of HTML pages."""

    kind = "html"
    provides = ("payload", "content_type")

    def document(self, found: Input, payload: bytes) -> Found:
        return Record(found.path, 0, content_type="text/html", payload=payload)


class TextOptions(FileSourceOptions):
    """Plain text files."""

    encoding: str | None = Field(None, description="Declared encoding; default: detected file by file.")

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        try:
            if encoding is not None:
                required_encoding(encoding)
        except RecipeError as error:
            raise ValueError(str(error)) from None
        return encoding


class Text(_OneDocument):
    """A folder of plain text files."""

    kind = "text"
    OPTIONS = TextOptions

    def document(self, found: Input, payload: bytes) -> Found:
        try:
            decoded = decode(payload, html=False, declared=self.options.encoding)
        except DocumentError as error:
            return Refusal(found.path, 0, "undecodable", None, outcome=Outcome.QUARANTINED, error=str(error),
                           payload=payload[:QUARANTINE_PAYLOAD_BYTES])  # fmt: skip
        facts = {
            "encoding": decoded.encoding,
            "encoding_found_by": decoded.found_by,
            "encoding_suspect": decoded.suspect,
            "replaced_characters": decoded.replaced or None,
        }
        return Record(
            found.path, 0, text=decoded.text, metadata={name: value for name, value in facts.items() if value}
        )
