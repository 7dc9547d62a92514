"""What the header of a TEI file says of it: title, author, date, rights, language, source."""

import io
from collections.abc import Mapping

LONGEST = 2_000  # characters of one fact

#: Path within ``teiHeader`` -> fact. The first that is filled stands, unless several are listed with "; ".
_PATHS = {
    "fileDesc/titleStmt/title": "title",
    "fileDesc/titleStmt/author": "author",
    "fileDesc/titleStmt/editor": "editor",
    "fileDesc/publicationStmt/publisher": "publisher",
    "fileDesc/publicationStmt/authority": "authority",
    "fileDesc/publicationStmt/distributor": "distributor",
    "fileDesc/publicationStmt/availability": "rights",
    "fileDesc/publicationStmt/idno": "identifier",
    "fileDesc/publicationStmt/date": "date_of_file",
    "fileDesc/sourceDesc": "source",
}
_LISTED = frozenset({"author", "editor", "publisher", "identifier"})


class Header:
    """Takes the elements within ``teiHeader``, and gives ``facts``."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._open: list[tuple[int, str, io.StringIO]] = []  # depth, fact, text
        self._facts: dict[str, str] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        self._path.append(name)
        path = "/".join(self._path[:4])
        fact = _PATHS.get(path) if len(self._path) <= 3 else None
        if fact == "title" and attributes.get("type", "main") not in ("main", "full", "uniform"):
            fact = "subtitle" if attributes["type"].startswith("sub") else None
        if name == "idno" and path.startswith("fileDesc/publicationStmt/idno/"):
            self._open = [one for one in self._open if one[1] != "identifier"]  # that one only holds others
            fact = "identifier"
        if name == "date":
            self._date(path, attributes)
            fact = fact or self._kind_of_date(path)
        if name == "language" and "langUsage" in self._path:
            self._add("language", attributes.get("ident") or attributes.get("id") or "", listed=True)
        if (
            name in ("licence", "license", "ref")
            and "availability" in self._path
            and "://" in attributes.get("target", "")
        ):
            self._add("licence", attributes["target"])
        if fact:
            self._open.append((len(self._path), fact, io.StringIO()))

    def text(self, text: str) -> None:
        """Take text."""
        for _, _, value in self._open:
            if value.tell() < 10 * LONGEST:
                value.write(text)

    def end(self) -> None:
        """Take the end of the element that was started last."""
        if self._open and self._open[-1][0] == len(self._path):
            _, fact, value = self._open.pop()
            self._add(fact, value.getvalue(), listed=fact in _LISTED)
        self._path.pop()

    def facts(self) -> dict[str, str]:
        """Give what was found: only what the header says, in its own words, white space folded.

        ``date`` is that of the source, else of the writing, else of the sending of a letter.
        """
        facts = dict(self._facts)
        dates = [facts.pop(name, "") for name in ("date_of_source", "date_of_creation", "date_sent")]
        publishers = [facts.pop(name, "") for name in ("publisher", "authority", "distributor")]
        for name, found in (("date", dates), ("publisher", publishers)):
            if any(found):
                facts[name] = next(filter(None, found))
        return facts

    def _kind_of_date(self, path: str) -> str | None:
        if path.startswith("fileDesc/sourceDesc"):
            return "date_of_source"
        if path.startswith("profileDesc/creation"):
            return "date_of_creation"
        return "date_sent" if path.startswith("profileDesc/correspDesc") else None

    def _date(self, path: str, attributes: Mapping[str, str]) -> None:
        kind = self._kind_of_date(path)
        for name in ("when", "when-iso", "notBefore", "from", "value"):
            if kind and attributes.get(name):
                self._add(kind, attributes[name])
                return

    def _add(self, fact: str, value: str, *, listed: bool = False) -> None:
        value = " ".join(value.split())[:LONGEST]
        old = self._facts.get(fact)
        if not value or (old and not listed):
            return
        if not old:
            self._facts[fact] = value
        elif value not in old.split("; ") and len(old) + len(value) < LONGEST:
            self._facts[fact] = f"{old}; {value}"
