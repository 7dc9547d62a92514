"""One document a row: which fields of a row are what. Shared by JSON lines, Parquet and Hub datasets."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from florilegium.sources.source import FileSourceOptions, Record, Refusal, SourceOptions


class RowOptions(SourceOptions):
    """Which fields of a row are what. All other fields are carried in ``metadata_src``."""

    text: str = Field("text", description="Field with the text.")
    id: str | None = Field("id", description="Field with the native key; null: `<path>#<line>`.")
    url: str | None = Field("url", description="Field with the address.")
    date: str | None = Field("date", description="Field with the date.")
    language_column: str | None = Field("language", description="Field with the language as the source has it.")
    licence_column: str | None = Field(None, description="Field with the licence of each document.")
    where: dict[str, tuple[str | int | float | bool, ...]] = Field(
        default_factory=dict, description="Only rows whose field has one of the values, such as `{kind: [web]}`."
    )


class RowFileOptions(FileSourceOptions, RowOptions):
    """Options of a source of files that hold rows."""


def to_record(row: Mapping[str, Any], number: int, options: RowOptions, offset: int | None = None) -> Record | Refusal:
    """Make a record of one row; a row without text, or whose text is no string, is refused with the reason."""
    key = _text(row.get(options.id)) if options.id else None
    url = _text(row.get(options.url)) if options.url else None
    text = row.get(options.text)
    for name, values in options.where.items():
        if row.get(name) not in values:
            return Refusal(key, number, "where", f"{name}: {row.get(name)!r:.80}", offset, url)
    if options.text not in row:
        return Refusal(key, number, "no_text_field", f"no field `{options.text}`", offset, url)
    if text is None or (isinstance(text, str) and not text.strip()):
        return Refusal(key, number, "empty", None, offset, url)
    if not isinstance(text, str):
        return Refusal(key, number, "text_not_a_string", type(text).__name__, offset, url)
    known = {options.text, options.id, options.url, options.date, options.language_column, options.licence_column}
    return Record(
        key=key,
        record=number,
        offset=offset,
        url=url,
        date=_text(row.get(options.date)) if options.date else None,
        language=_text(row.get(options.language_column)) if options.language_column else None,
        licence=_text(row.get(options.licence_column)) if options.licence_column else None,
        metadata={name: value for name, value in row.items() if name not in known and value is not None},
        text=text,
    )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
