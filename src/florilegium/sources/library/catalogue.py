"""What a catalogue says of a text: title, date with its precision, languages, rights, who holds it, and its numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

#: Words before or behind a year that make it a guess.
_ABOUT = re.compile(r"\b(?:ca|circa|c|um|vers|vor|nach|before|after|about|approximately)\b\.?|\?|\[|~", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)")
_DAY_FIRST = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_YEARS = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_RANGE = re.compile(r"(?<!\d)(\d{4})\]?\s*(?:[-–/]|bis|to|à)\s*\[?(\d{4}|\d{2}|)(?!\d)")
_DECADE = re.compile(r"\b(\d{3})(?:[-?uUxX]|0s\b)")
_CENTURY = re.compile(
    r"\b(\d{1,2})(?:(?:--|\?\?|uu|UU|xx|XX)|(?:\.|th|st|nd|rd|e|ème)?\s*(?:Jh|Jahrhundert|century|siècle|c\b))"
)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One catalogue record, or what a package says of itself; strings are as the source has them.

    ``date`` is ISO 8601, as precise as the source is: ``1824-02-17``, ``1824-02``, ``1824``, a range ``1813/1814``;
    ``date_precision`` is ``day``, ``month``, ``year``, ``range``, ``decade`` or ``century``, with ``_about`` behind it
    where the source doubts. ``ids`` are by type.
    """

    title: str | None = None
    date_src: str | None = None
    languages: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    institution: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    creators: tuple[str, ...] = ()
    url: str | None = None

    @property
    def date(self) -> str | None:
        """Give the date as ISO 8601; None where there is none that can be read."""
        return date_of(self.date_src)[0]

    @property
    def date_precision(self) -> str | None:
        """Give how precise the date is."""
        return date_of(self.date_src)[1]

    @property
    def licence(self) -> str | None:
        """Give the address of a licence or rights statement, else the first statement in words."""
        urls = [word for word in self.rights if re.match(r"https?://", word)]
        known = [url for url in urls if "creativecommons.org" in url or "rightsstatements.org" in url]
        return next(iter(known or urls or self.rights), None)

    def metadata(self) -> dict[str, Any]:
        """Give what is known as metadata: keys that end in ``_src`` as the source has them, ``_gen`` made here."""
        found: dict[str, Any] = {
            "title_src": self.title,
            "date_src": self.date_src,
            "date_precision_gen": self.date_precision,
            "languages_src": list(self.languages),
            "rights_src": list(self.rights),
            "institution_src": self.institution,
            "ids_src": dict(self.ids),
            "creators_src": list(self.creators),
        }
        return {key: value for key, value in found.items() if value}


def merged(first: Catalogue, *others: Catalogue) -> Catalogue:
    """Give the first record, with what it lacks from the others in turn; numbers of all of them."""
    values: dict[str, Any] = {item.name: getattr(first, item.name) for item in fields(first)}
    for other in others:
        values["ids"] = {**other.ids, **values["ids"]}
        for name in values:
            values[name] = values[name] or getattr(other, name)
    return Catalogue(**values)


def date_of(text: str | None) -> tuple[str | None, str | None]:
    """Read a catalogue's date: ISO 8601 and its precision; (None, None) where no year can be read.

    >>> date_of("01.08.1821"), date_of("[ca. 1784?]"), date_of("18--"), date_of("1813-1814")
    (('1821-08-01', 'day'), ('1784', 'year_about'), ('1800/1899', 'century'), ('1813/1814', 'range'))
    """
    text = (text or "").strip()
    about = "_about" if _ABOUT.search(text) else ""
    if found := _COMPACT.match(text) or _ISO.search(text):
        date = _day(found[1], found[2], found[3])
    elif found := _DAY_FIRST.search(text):
        date = _day(found[3], found[2], found[1])
    else:
        date = None
    if date is not None:
        return date, {10: "day", 7: "month"}[len(date)] + about
    if found := _RANGE.search(text):
        start, end = found[1], (found[1][: 4 - len(found[2])] + found[2]) if found[2] else ""
        end = "" if end == "9999" else end  # MARC's sign for a title that still appears
        if not end or end >= start:
            return (start if end == start else f"{start}/{end}"), ("year" if end == start else "range") + about
    if found := _YEARS.search(text):
        return found[1], "year" + about
    if found := _DECADE.search(text):
        return f"{found[1]}0/{found[1]}9", "decade"
    if found := _CENTURY.search(text):
        dashes = found[0].endswith(("--", "??", "uu", "UU", "xx", "XX"))
        century = int(found[1]) - (0 if dashes else 1)
        return (f"{century:02d}00/{century:02d}99", "century") if 0 < century < 30 else (None, None)
    return None, None


def _day(year: str, month: str, day: str | None) -> str | None:
    if not 1 <= int(month) <= 12 or (day is not None and not 1 <= int(day) <= 31):
        return None
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day is not None else "")
