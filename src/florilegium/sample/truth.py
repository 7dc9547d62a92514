"""What was planted in the sample, and how a run did against it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from florilegium.errors import SourceError

Expect = Literal["keep", "drop", "refuse", "mask", "either"]
"""keep: belongs in the release. mask: likewise, with its personal data masked. drop: a rule, a gate or deduplication
should remove it. refuse: the reader should name it as unusable. either: both are defensible, the rate counts."""

ABSENT = "absent"
"""The reason given to planted documents that a run never accounted for: lost silently."""

EXAMPLES = 3

STRINGS: dict[str, Expect] = {"email": "mask", "public_ip": "mask", "private_ip": "keep", "version": "keep"}
"""Sorts of planted strings, and whether a formatter should mask them or leave them alone."""


@dataclass(frozen=True)
class Planted:
    """One line of ``truth.jsonl``.

    ``file``, ``offset`` and ``size`` (bytes, in the file as stored) say where it lies: the gzip member of a WARC
    record, or the line of a JSONL file. ``text`` is what a perfect reader and extractor gives, paragraphs one a line,
    without the heading; empty where nothing should come out. ``detail`` depends on the kind: ``original`` (id) and
    ``jaccard`` (word 5-grams) of copies, ``clean`` (text) and ``cer`` of OCR noise, ``strings`` of personal data by
    sort, ``literals`` that a rightly decoded page must hold, ``language``, ``status``, ``type``.
    """

    id: str
    kind: str
    variant: str
    expect: Expect
    file: str
    offset: int
    size: int
    url: str
    text: str
    detail: dict[str, object]


@dataclass(frozen=True)
class Outcome:
    """What a run did with one document: whether it is in the release, and otherwise the first reason why not."""

    kept: bool
    reason: str


@dataclass(frozen=True)
class Row:
    """How one sort of planted documents (or strings) fared; ``planted = caught + missed``.

    For ``keep`` and ``mask`` caught means kept, and ``reasons`` count why the missed were lost. For all others caught
    means removed, and ``reasons`` count by what; documents nobody accounted for are missed as `ABSENT`. For ``either``
    a miss is no fault. ``examples`` are ids (or strings) of the missed, at most `EXAMPLES`.
    """

    kind: str
    variant: str
    expect: Expect
    planted: int
    caught: int
    missed: int
    reasons: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class SampleTruth:
    """Everything planted in one sample, in the order collection, crawl, file, offset."""

    planted: tuple[Planted, ...]

    @classmethod
    def load(cls, folder: Path) -> "SampleTruth":
        """Read ``truth.jsonl`` of a sample folder; raises `SourceError` where there is none."""
        path = folder / "truth.jsonl"
        if not path.is_file():
            raise SourceError(f"{path} does not exist: make the sample with generate({str(folder)!r}) first")
        return cls(tuple(Planted(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()))

    def to_jsonl(self) -> str:
        """Give the content of ``truth.jsonl``."""
        return "".join(json.dumps(asdict(planted), ensure_ascii=False) + "\n" for planted in self.planted)

    def locate(self, file: str, offset: int) -> Planted | None:
        """Give the planted document whose stored bytes include this offset: for damage known by its place alone.

        ``file`` is relative to the sample folder, e.g. ``crawl/crawl-00000.warc.gz``.
        """
        inside = (p for p in self.planted if p.file == file and p.offset <= offset < p.offset + p.size)
        return next(inside, None)


def score(truth: SampleTruth, outcomes: Mapping[str, Outcome]) -> list[Row]:
    """Compare a run's outcomes, by document id, with the truth: one row a kind, variant and expectation.

    A copy is caught when it and its original are not both kept, whichever survived; a good document whose copy survived
    in its place is not lost.
    """
    unknown = Outcome(False, ABSENT)
    kept = {planted.id for planted in truth.planted if outcomes.get(planted.id, unknown).kept}
    original = {planted.id: str(planted.detail.get("original", "")) for planted in truth.planted}
    replaced = {original[copy] for copy in kept if original[copy]}

    def caught(planted: Planted) -> bool:
        if planted.expect in ("keep", "mask"):
            return planted.id in kept or planted.id in replaced
        if planted.id in kept:
            return bool(original[planted.id]) and original[planted.id] not in kept
        return planted.id in outcomes

    def reason(planted: Planted) -> str:
        if planted.id in kept:
            return "original removed instead"
        return outcomes.get(planted.id, unknown).reason

    rows = []
    for (kind, variant, expect), group in _grouped(truth.planted).items():
        found = [planted for planted in group if caught(planted)]
        missed = [planted for planted in group if not caught(planted)]
        told = missed if expect in ("keep", "mask") else found
        reasons = Counter(reason(planted) for planted in told)
        if expect not in ("keep", "mask"):
            reasons += Counter(ABSENT for planted in missed if planted.id not in outcomes)
        rows.append(_row(kind, variant, expect, len(found), [planted.id for planted in missed], reasons))
    return rows


def masked(truth: SampleTruth, texts: Mapping[str, str]) -> list[Row]:
    """Look for the planted personal data in released texts by id: one row a sort of string.

    Emails and public IPs are caught when they are gone, private IPs and version numbers when they are still there.
    Documents without a released text are not counted.
    """
    rows = []
    for sort, expect in STRINGS.items():
        found, missed = 0, []
        for planted in truth.planted:
            strings = planted.detail.get("strings", {})
            if planted.id not in texts or not isinstance(strings, dict):
                continue
            for string in strings.get(sort, ()):
                if (string in texts[planted.id]) == (expect == "keep"):
                    found += 1
                else:
                    missed.append(string)
        rows.append(_row("pii", sort, expect, found, missed, Counter()))
    return rows


def decoded(truth: SampleTruth, texts: Mapping[str, str]) -> list[Row]:
    """Check released texts, by id, of the pages in awkward charsets: caught when every literal stands in the text."""
    pages = [planted for planted in truth.planted if planted.kind == "charset" and planted.id in texts]
    rows = []
    for (kind, variant, expect), group in _grouped(pages).items():
        missed = [planted.id for planted in group if not _stands(planted.detail["literals"], texts[planted.id])]
        rows.append(_row(kind, variant, expect, len(group) - len(missed), missed, Counter()))
    return rows


def _stands(literals: object, text: str) -> bool:
    return isinstance(literals, list) and all(literal in text for literal in literals)


def _grouped(planted: Iterable[Planted]) -> dict[tuple[str, str, Expect], list[Planted]]:
    groups: dict[tuple[str, str, Expect], list[Planted]] = {}
    for one in planted:
        groups.setdefault((one.kind, one.variant, one.expect), []).append(one)
    return dict(sorted(groups.items()))


def _row(kind: str, variant: str, expect: Expect, caught: int, missed: list[str], reasons: Counter[str]) -> Row:
    told = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return Row(kind, variant, expect, caught + len(missed), caught, len(missed), told, tuple(missed[:EXAMPLES]))
