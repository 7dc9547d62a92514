"""What a page's file says about its quality: counted before anything is left out or joined."""

import math
from collections import Counter

import numpy as np

from florilegium.anchors import PageAnchor
from florilegium.sources.library.hyphens import is_broken
from florilegium.sources.library.leaf import Block, Leaf


class PageEvidence:
    """Adds up the blocks of one page. Words are those of the file; empty words and lines without words are none."""

    def __init__(self, file: str, leaf: Leaf) -> None:
        self.file, self.leaf = file, leaf.id
        self.label, self.language = leaf.label, leaf.language
        self.words = self.lines = self.blocks = self.broken = 0
        self._confidences: list[float] = []
        self._languages: Counter[str] = Counter()

    def add(self, block: Block, texts: list[str]) -> None:
        """Count a block; ``texts`` are its lines as text."""
        words = 0
        for line, text in zip(block.lines, texts, strict=True):
            if not text:
                continue
            self.lines += 1
            words += sum(1 for word in line.words if word)
            self.broken += is_broken(text.rsplit(" ", 1)[-1], line.goes_on)
            if line.confidences is not None:
                self._confidences += line.confidences
        self.words += words
        self.blocks += words > 0
        if block.language:
            self._languages[block.language] += words

    @property
    def is_empty(self) -> bool:
        """Whether the page has no word."""
        return not self.words

    def anchor(self, start: int, agreement: float | None) -> PageAnchor:
        """Give the anchor of the page."""
        known = np.array([value for value in self._confidences if not math.isnan(value)])
        language = self.language or min(self._languages, key=lambda one: (-self._languages[one], one), default=None)
        return PageAnchor(
            self.file,
            self.leaf,
            self.label,
            start,
            self.words,
            self.lines,
            self.blocks,
            float(known.mean()) if len(known) else None,
            float(np.quantile(known, 0.1)) if len(known) else None,
            self.broken / self.lines if self.lines else None,
            language,
            agreement,
        )
