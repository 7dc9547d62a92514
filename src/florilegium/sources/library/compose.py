"""Pages into one text, with an anchor for each page.

Lines of a block are joined by a blank (by nothing between scripts that have none) where their ends are the
compositor's, and stay lines where they are the author's. Blocks are parted by an empty line, but for those that go on.
What the file marks as running head, page number, catchword or signature is left out; words that the end of a line,
column or page broke are joined by evidence (:mod:`~florilegium.sources.library.hyphens`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from pydantic import Field

from florilegium.anchors import PageAnchor, cut
from florilegium.recipe.options import Options
from florilegium.sources.library.agreement import agreement
from florilegium.sources.library.evidence import PageEvidence
from florilegium.sources.library.hyphens import HYPHENS, SOFT, Broken, Verdict, count_forms, decide, forms, is_broken
from florilegium.sources.library.leaf import Block, Breaks, Leaf, Role
from florilegium.sources.library.spacing import blank_between, line_text

#: What printers put round the text of a page, for binders and readers.
FURNITURE = frozenset([Role.RUNNING_HEAD, Role.PAGE_NUMBER, Role.CATCHWORD, Role.SIGNATURE])


class ComposeOptions(Options):
    """How pages become text."""

    hyphens: Literal["join", "keep"] = Field("join", description="Words broken at line ends: joined, or as printed.")
    notes: Literal["keep", "apart", "drop"] = Field(
        "apart", description="Notes: where they stand, behind the text of their page, or left out."
    )
    furniture: Literal["drop", "keep"] = Field(
        "drop", description="Running heads, page numbers, catchwords and signatures that the file marks."
    )


class Rejoined(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) of the text were ``printed`` over a break; ``rule`` joined them."""

    start: int
    end: int
    printed: str  # both halves, with a line feed between
    rule: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A text and its pages. ``facts`` counts what was done, by the names of rules and roles.

    ``hyphen.marked``, ``hyphen.volume``, ``hyphen.letters``: words joined, by rule; ``hyphen.kept``: breaks that kept
    their hyphen; ``left_out.<role>``: blocks left out; ``notes``: blocks of notes in the text; ``empty_pages``.
    """

    text: str
    pages: tuple[PageAnchor, ...]
    rejoined: tuple[Rejoined, ...]
    facts: dict[str, int]


class _Break(NamedTuple):
    """Two halves, by the numbers of their pieces; ``near``: nothing but a blank stands between."""

    first: int
    second: int
    near: bool
    whole: str | None
    language: str | None


@dataclass(slots=True)
class _Open:
    """Half a word at the end of a block, waiting for its other half in the next block of the same role."""

    piece: int
    role: Role
    whole: str | None
    language: str | None
    near: bool = True
    pages: int = 0


def compose(leaves: Iterable[tuple[str, Leaf]], options: ComposeOptions, language: str | None = None) -> Composed:
    """Make one text of leaves, each with the name of its file; ``language`` is the volume's, where leaves say none.

    Every leaf has an anchor, also an empty one. Where a word goes on over the end of a page, the page begins with its
    second half; where notes stand between the halves, the word is whole on the first page.
    """
    layout = _Layout(options, language)
    for file, leaf in leaves:
        layout.add(file, leaf)
    return layout.composed()


class _Layout:
    """Pieces of text in order. Halves of broken words are pieces of their own, so that they can be replaced later."""

    def __init__(self, options: ComposeOptions, language: str | None) -> None:
        self.options, self.language = options, language
        self.pieces: list[str] = []
        self.begins: list[int] = []  # for each page, the piece that it begins with; those that wait are not in it yet
        self.evidence: list[PageEvidence] = []
        self.breaks: list[_Break] = []
        self.open: _Open | None = None
        self.flowing = False  # the last block belongs to the main text
        self.facts: Counter[str] = Counter()

    def add(self, file: str, leaf: Leaf) -> None:
        """Add a page."""
        evidence = PageEvidence(file, leaf)
        self.evidence.append(evidence)
        if self.open:
            self.open.pages += 1
        apart = []
        for block in leaf.blocks:
            texts = [line_text(line.words) for line in block.lines]
            evidence.add(block, texts)
            lines = [(text, line.goes_on) for text, line in zip(texts, block.lines, strict=True) if text]
            if not lines:
                continue
            if block.role in FURNITURE and self.options.furniture == "drop":
                self.facts[f"left_out.{block.role}"] += 1
            elif block.role is Role.NOTE and self.options.notes == "drop":
                self.facts["left_out.note"] += 1
            elif block.role is Role.NOTE and self.options.notes == "apart":
                apart.append((block, lines))
            else:
                self._put(block, lines, block.language or leaf.language or self.language)
        for block, lines in apart:
            self._put(block, lines, block.language or leaf.language or self.language)
        self.facts["empty_pages"] += evidence.is_empty

    def _put(self, block: Block, lines: list[tuple[str, str | None]], language: str | None) -> None:
        """Put a block into the text, behind what parts it from the one before."""
        flows = block.role not in FURNITURE and block.role is not Role.NOTE
        self.facts["notes"] += block.role is Role.NOTE
        half = self._other_half(block, lines[0][0]) if flows else None
        if self.open and half is None:
            self.open.near = False
        goes_on = self.flowing and (block.goes_on or (half is not None and half.near)) and flows
        if any(self.pieces):
            self.pieces.append(self._parting(block, lines[0][0]) if goes_on else "\n\n")
        self.begins += [len(self.pieces)] * (len(self.evidence) - len(self.begins))
        for number, (text, whole) in enumerate(lines):
            if number:
                self.pieces.append(self._parting(block, text))
            marked = whole is not None or text[-1] in SOFT
            breaks = is_broken(text.rsplit(" ", 1)[-1], whole) and (marked or block.breaks is Breaks.LAYOUT)
            first = self._put_line(text, split_first=half is not None, split_last=breaks)
            if half is not None:
                self.breaks.append(_Break(half.piece, first, half.near, half.whole, half.language))
            half = _Open(len(self.pieces) - 1, block.role, whole, language) if breaks else None
        if flows and self.open is None:
            self.open = half
        self.flowing = flows

    def _other_half(self, block: Block, text: str) -> _Open | None:
        """Give the half word that this block goes on with, if it does."""
        half = self.open
        if half is None or (block.role is not half.role and not block.goes_on):
            return None
        self.open = None
        return half if half.pages < (4 if half.whole else 2) and (block.goes_on or _fits(half.whole, text)) else None

    def _parting(self, block: Block, text: str) -> str:
        """Give what stands between two lines."""
        if block.breaks is Breaks.MEANT:
            return "\n"
        return " " if blank_between(self.pieces[-1], text) else ""

    def _put_line(self, text: str, *, split_first: bool, split_last: bool) -> int:
        """Put a line, first and last word as pieces of their own where asked; give the number of its first piece."""
        number = len(self.pieces)
        if split_first:
            word, blank, text = text.partition(" ")
            self.pieces += (word, blank) if blank else (word,)
        if split_last and text:
            before, blank, word = text.rpartition(" ")
            self.pieces += (before + blank, word) if blank else (word,)
        elif text:
            self.pieces.append(text)
        return number

    def composed(self) -> Composed:
        """Decide about the broken words; give the text and where its pages start."""
        joined = self._resolve()
        ends = [0, *accumulate(map(len, self.pieces))]
        text = "".join(self.pieces)
        begins = [ends[piece] for piece in self.begins] + [len(text)] * (len(self.evidence) - len(self.begins))
        if begins:
            begins[0] = 0
        agree = agreement(cut(text, begins)) if begins else []
        pages = [
            evidence.anchor(start, value) for evidence, start, value in zip(self.evidence, begins, agree, strict=True)
        ]
        rejoined = [
            Rejoined(ends[one.first], ends[(one.second if one.near else one.first) + 1], printed, rule)
            for one, printed, rule in joined
        ]
        return Composed(text, tuple(pages), tuple(rejoined), {key: n for key, n in sorted(self.facts.items()) if n})

    def _resolve(self) -> list[tuple[_Break, str, str]]:
        """Replace the halves of broken words; give those that were joined, as printed and by which rule."""
        pieces = self.pieces
        halves = [Broken(pieces[one.first], pieces[one.second], one.whole, one.language) for one in self.breaks]
        wanted = {form for broken in halves for form in forms(broken) if form}
        volume = count_forms(self._stretches(), wanted) if wanted else Counter()
        joined = []
        for one, printed in zip(self.breaks, halves, strict=True):
            broken = printed._replace(first=pieces[one.first], second=pieces[one.second])
            verdict = decide(broken, volume)
            if self.options.hyphens == "keep" and broken.first.endswith(tuple(HYPHENS)):
                verdict = Verdict(broken.first, " ", broken.second, verdict.rule, False)
            self.facts[verdict.rule if verdict.joined else "hyphen.kept"] += 1
            self._replace(one, verdict)
            if verdict.joined:
                joined.append((one, f"{printed.first}\n{printed.second}", verdict.rule))
        return joined

    def _replace(self, one: _Break, verdict: Verdict) -> None:
        pieces = self.pieces
        if one.near:
            pieces[one.first], pieces[one.first + 1], pieces[one.second] = (
                verdict.before,
                verdict.between,
                verdict.after,
            )
        elif verdict.joined:  # something stands between: the word is whole where it begins
            pieces[one.first], pieces[one.second] = verdict.before + verdict.after, ""
            if one.second + 1 < len(pieces) and pieces[one.second + 1].isspace():
                pieces[one.second + 1] = ""

    def _stretches(self) -> Iterable[str]:
        """Give the text as printed, a page at a time."""
        edges = [0, *self.begins, len(self.pieces)]
        return ("".join(self.pieces[start:stop]) for start, stop in pairwise(edges))


def _fits(whole: str | None, text: str) -> bool:
    """Say whether a line may begin with the other half of a word that does not say where it goes on."""
    word = text.split(" ", 1)[0]
    return word[0].islower() or bool(whole and whole.lower().endswith(word.lower().rstrip(".,;:!?")))
