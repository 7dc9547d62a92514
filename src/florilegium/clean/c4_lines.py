"""The line rules of C4: which lines of a page are prose."""

from typing import Literal, NamedTuple

from pydantic import Field

from florilegium.clean.citations import MARKER
from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit

ENDINGS = (".", "?", "!", '"', "'")
ELLIPSIS = "..."
POLICIES = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")


class C4Lines(Cleaner):
    """Drop lines that are not prose, take out citation markers, trim the lines that stay.

    The text that is left equals that of datatrove's ``C4QualityFilter`` (Raffel et al. 2020, §2.2): lines end where
    ``str.splitlines`` ends them, those that stay are joined by line feeds, and white space at both ends of the text
    goes. Its rules on whole documents (lorem ipsum, curly bracket, five sentences) are signals here, not edits.

    Rules, in order: ``c4_lines.word_length``, ``.terminal_punctuation``, ``.words``, ``.javascript``, ``.policy``, each
    one edit a line; ``.citation`` and ``.whitespace`` inside lines that stay. The demand for terminal punctuation is
    off, as in FineWeb, which found that it removes about 30 % of all tokens.
    """

    step: Literal["c4_lines"] = "c4_lines"
    terminal_punctuation: bool = Field(default=False, description="A line must end in . ? ! \" ' and not in ....")
    words_at_least: int = Field(default=3, ge=0, description="Words (between white space) that a line must have.")
    word_length_at_most: int = Field(default=1000, ge=1, description="Characters of the longest word of a line.")
    citations: bool = Field(default=True, description="Take out [1], [edit], [citation needed].")
    javascript: bool = Field(default=True, description="Drop lines that mention javascript.")
    policy: bool = Field(default=True, description="Drop lines with one of six phrases on cookies and terms of use.")

    def __call__(self, text: str) -> list[Edit]:
        """Give the edits of dropped lines and of what is taken out of the others."""
        phrases = self._phrases_in(text)
        dropped: list[Edit] = []
        kept: list[_Line] = []
        start = 0
        for raw in text.splitlines(keepends=True):
            end = start + len(raw)
            line = raw.strip()
            spans = self._spans(line, start + len(raw) - len(raw.lstrip()))
            if reason := self._refuses(line, "".join(text[a:b] for a, b in spans), phrases):
                dropped.append(Edit(start, end, "", f"c4_lines.{reason}"))
            else:
                kept.append(_Line(start, end, spans))
            start = end
        return sorted(dropped + _joined(text, kept))

    def _phrases_in(self, text: str) -> list[str]:
        lowered = text.lower()
        wanted = ("javascript",) * self.javascript + POLICIES * self.policy
        return [phrase for phrase in wanted if phrase in lowered]

    def _spans(self, line: str, start: int) -> list[tuple[int, int]]:
        """Give what stays of a trimmed line that begins at ``start``: all, or what lies between citations."""
        if not (self.citations and "[" in line):
            return [(start, start + len(line))]
        cuts = [found.span() for found in MARKER.finditer(line)]
        edges = [0, *(edge for cut in cuts for edge in cut), len(line)]
        return [(start + a, start + b) for a, b in zip(edges[::2], edges[1::2], strict=True)]

    def _refuses(self, line: str, cited: str, phrases: list[str]) -> str | None:
        """Name the first rule that a trimmed line breaks. Words count before the citations are taken out."""
        words = line.split()
        if len(line) > self.word_length_at_most and max(map(len, words)) > self.word_length_at_most:
            return "word_length"
        if self.terminal_punctuation and (not cited.endswith(ENDINGS) or cited.endswith(ELLIPSIS)):
            return "terminal_punctuation"
        if len(words) < self.words_at_least:
            return "words"
        if phrases:
            lowered = cited.lower()
            for phrase in phrases:
                if phrase in lowered:
                    return "javascript" if phrase == "javascript" else "policy"
        return None


class _Line(NamedTuple):
    start: int
    end: int  # with its line break
    spans: list[tuple[int, int]]


def _joined(text: str, lines: list[_Line]) -> list[Edit]:
    """Give the edits that leave the spans of ``lines``, joined by line breaks, without white space at both ends."""
    blank = [not any(text[a:b].strip() for a, b in line.spans) for line in lines]
    if all(blank):
        return [Edit(line.start, line.end, "", "c4_lines.whitespace") for line in lines]
    first, last = blank.index(False), len(blank) - 1 - blank[::-1].index(False)
    edits = []
    for n, line in enumerate(lines):
        if not first <= n <= last:
            edits.append(Edit(line.start, line.end, "", "c4_lines.whitespace"))
            continue
        spans = line.spans
        if n == first:
            spans = _trimmed(text, spans, 1)
        if n == last:
            spans = _trimmed(text, spans, -1)
        edits += _gaps(text, line, spans, "" if n == last else "\n")
    return edits


def _trimmed(text: str, spans: list[tuple[int, int]], step: int) -> list[tuple[int, int]]:
    """Take white space off the front (``step`` 1) or the back (-1) of spans that are not all white space."""
    spans = spans[::step]
    first = next(n for n, (start, end) in enumerate(spans) if text[start:end].strip())
    (start, end), *others = spans[first:]
    stripped = text[start:end].lstrip() if step == 1 else text[start:end].rstrip()
    kept = (end - len(stripped), end) if step == 1 else (start, start + len(stripped))
    return [kept, *others][::step]


def _gaps(text: str, line: _Line, spans: list[tuple[int, int]], ending: str) -> list[Edit]:
    """Give the edits that take out what lies around ``spans``, and end the line in ``ending``."""
    edits = []
    done = line.start
    for start, end in spans:
        if done < start:
            edits.append(Edit(done, start, "", _rule(text[done:start])))
        done = end
    if text[done : line.end] != ending:
        edits.append(Edit(done, line.end, ending, _rule(text[done : line.end])))
    return edits


def _rule(removed: str) -> str:
    return "c4_lines.citation" if "[" in removed else "c4_lines.whitespace"
