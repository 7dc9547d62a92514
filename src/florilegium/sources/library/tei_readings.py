"""What of a TEI text is read: the readings of one place (``choice``, ``app``), and what is passed over."""

from collections.abc import Mapping

from florilegium.sources.library import tei_elements as elements

PASSED_OVER, UNHEARD = "passed over", "unheard"  # what the end of such an element means


class Readings:
    """Follows the elements that are not read, and keeps readings that are not preferred in case there is no other."""

    def __init__(self) -> None:
        self._depth = 0  # within elements that are not read
        self._places: list[_Place] = []
        self._kept: list[str] | None = None  # the text of a reading that may be needed
        self._held: list[str] | None = None

    @property
    def passing(self) -> bool:
        """Whether text is passed over now."""
        return self._depth > 0

    def text(self, text: str) -> None:
        """Take text that is passed over."""
        if self._kept is not None:
            self._kept.append(text)

    def pass_over(self) -> str:
        """Begin an element that is not read."""
        self._depth += 1
        return PASSED_OVER

    def start_within(self, name: str, attributes: Mapping[str, str]) -> str:
        """Take the start of an element within one that is passed over."""
        self._depth += 1
        if self._kept is not None:
            if name in elements.DROPPED or name in elements.INSETS:
                self._held, self._kept = self._kept, None
                return UNHEARD
            if name in elements.MILESTONES and attributes.get("break") != "no":
                self._kept.append(" ")
        return PASSED_OVER

    def end_within(self, ends: str) -> None:
        """Take the end of an element that was passed over."""
        self._depth -= 1
        if ends == UNHEARD:
            self._kept = self._held
        elif not self._depth:
            self._kept = None

    def start_place(self) -> None:
        """Take the start of an element that holds readings."""
        self._places.append(_Place())

    def end_place(self) -> str:
        """Give the text still to be read where none was preferred: the print's spelling, else the first."""
        place = self._places.pop()
        if place.chosen or not place.others:
            return ""
        return "".join(place.others.get("orig") or next(iter(place.others.values())))

    def is_read(self, name: str) -> bool:
        """Say whether a child of such an element is read where it stands."""
        place = self._places[-1]
        if name in elements.INSETS or name in elements.MILESTONES:
            return True
        if name in elements.UNREAD or place.chosen:
            self._kept = None if name in place.others else place.others.setdefault(name, [])
            return False
        place.chosen = True
        return True


class _Place:
    """The readings of one place."""

    def __init__(self) -> None:
        self.chosen = False
        self.others: dict[str, list[str]] = {}  # element -> its text
