"""Two texts word by word: what both have, what only the one, what only the other."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: Letters of either text that are compared: the work grows with their square.
LETTERS = 3000
#: Words of a longer common passage that are shown at either end of it.
_CONTEXT = 12
#: A shorter common passage between two changes is part of the change: chance words would tear it to shreds.
_SHORTEST = 3

#: A word with the space after it; scripts without spaces letter by letter.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]\s*|[^\s\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+\s*|\s+")


@dataclass(frozen=True)
class Passage:
    """A run of words; ``gap`` stands for words that both texts have and that are not shown."""

    kind: Literal["same", "removed", "added", "gap"]
    text: str


@dataclass(frozen=True)
class Difference:
    """The passages in order; whether the texts were cut before comparing."""

    passages: tuple[Passage, ...]
    cut: bool

    @property
    def same(self) -> bool:
        """Whether no word differs in what was compared."""
        return all(passage.kind in ("same", "gap") for passage in self.passages)


def difference(before: str, after: str) -> Difference:
    """Compare two texts by their first letters; white space between words does not count.

    >>> [(p.kind, p.text) for p in difference("a red fox", "a grey fox").passages]
    [('same', 'a '), ('removed', 'red '), ('added', 'grey '), ('same', 'fox ')]
    """
    old, new = (_WORD.findall(text[:LETTERS].rstrip() + " ") for text in (before, after))  # no last word is glued on
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    passages: list[Passage] = []
    a = c = 0  # up to here, passages are made
    for common in matcher.get_matching_blocks():
        between = (common.a > a or common.b > c) and common.a + common.size < len(old)
        if between and 0 < common.size < _SHORTEST:
            continue
        passages += _changed(old[a : common.a], new[c : common.b])
        a, c = common.a + common.size, common.b + common.size
        passages += _common(old[common.a : a])
    return Difference(tuple(passages), len(before) > LETTERS or len(after) > LETTERS)


def _changed(old: list[str], new: list[str]) -> list[Passage]:
    removed = [Passage("removed", "".join(old))] if old else []
    return [*removed, Passage("added", "".join(new))] if new else removed


def _common(words: list[str]) -> list[Passage]:
    if not words:
        return []
    if len(words) <= 3 * _CONTEXT:
        return [Passage("same", "".join(words))]
    hidden = len(words) - 2 * _CONTEXT
    return [
        Passage("same", "".join(words[:_CONTEXT])),
        Passage("gap", f"{hidden:,} words the same"),
        Passage("same", "".join(words[-_CONTEXT:])),
    ]
