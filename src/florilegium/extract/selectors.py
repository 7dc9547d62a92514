"""XPath expressions that choose elements by tag and attributes, evaluated by a walk that remembers its verdicts.

trafilatura finds main text and boilerplate by expressions such as ``.//*[self::div or self::p][re:test(@class,
'footer|related')]``. lxml evaluates ``re:test`` by a call from libxml2 into Python for every element, which is half of
trafilatura's time. The same few class names return on every element and every page, so here expressions are read once,
the verdict on a value of an attribute is remembered, and several expressions share one walk. What they choose, and in
which order, is the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from florilegium.extract.xpath import Branch, Term, read_union

_REMEMBERED = 8192
_LONGEST_REMEMBERED = 1000


class _Verdicts(dict[str, int]):
    """For the values of one attribute, which terms hold: a bit each."""

    def __init__(self, terms: Sequence[tuple[int, Term]]) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, value: str) -> int:
        bits = 0
        for bit, term in self._terms:
            if term.holds(value):
                bits |= bit
        if len(value) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[value] = bits
        return bits


class Survey:
    """Several expressions, read once and answered by one walk through a tree.

    >>> Survey([".//aside", ".//*[self::div or self::p][re:test(@class, '^foot')]"]).walked
    ('aside', 'div', 'p')

    Raises:
        NotUnderstood: at construction, where an expression is outside of what is read here.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._size = len(paths)
        self._branches = [(place, branch) for place, path in enumerate(paths) for branch in read_union(path)]
        tags = [branch.tags for _, branch in self._branches]
        #: Tags that are looked at; none: all elements.
        self.walked = () if None in tags else tuple(dict.fromkeys(chain.from_iterable(tags or () for tags in tags)))
        #: Branches without terms hold for any attributes: their bit is always set.
        self._always = 0
        self._branch_of_bit: list[tuple[int, Branch]] = []
        terms: dict[str, list[tuple[int, Term]]] = {}
        blocks: dict[str, int] = {}
        for place, branch in self._branches:
            for term in branch.terms or (None,):
                bit = 1 << len(self._branch_of_bit)
                self._branch_of_bit.append((place, branch))
                if term is None:
                    self._always |= bit
                    continue
                for name in term.names:
                    terms.setdefault(name, []).append((bit, term))
                    if len(term.names) > 1:  # of several attributes the first in the source counts, and no other
                        blocks[name] = blocks.get(name, 0) | bit
        self._verdicts = {name: (_Verdicts(listed), blocks.get(name, 0)) for name, listed in terms.items()}

    def __call__(self, tree: Any) -> list[list[Any]]:
        """Give for each expression the elements below ``tree`` that it chooses, in the order of the document."""
        chosen: list[list[Any]] = [[] for _ in range(self._size)]
        for element, places in self.walk(tree):
            for place in places:
                chosen[place].append(element)
        return chosen

    def walk(self, tree: Any) -> Iterator[tuple[Any, list[int]]]:
        """Give each element that is chosen, and by which expressions; the tree must stay as it is meanwhile."""
        verdicts = self._verdicts
        met: set[Any] = set()  # branches that take only one, with the parents of which they have taken one
        for element in tree.iterdescendants(*(self.walked or ("*",))):
            bits, blocked = self._always, 0
            for name, value in element.items():
                known = verdicts.get(name)
                if known is not None:
                    bits |= known[0][value] & ~blocked
                    blocked |= known[1]
            if bits and (places := self._places(element, bits, met)):
                yield element, places

    def _places(self, element: Any, bits: int, met: set[Any]) -> list[int]:
        """Give the expressions that choose an element of which these terms hold."""
        tag, attributes = element.tag, dict(element.items())
        places: list[int] = []
        held: list[Branch] = []
        while bits:
            bit = (bits & -bits).bit_length() - 1
            bits &= bits - 1
            place, branch = self._branch_of_bit[bit]
            if branch in held or (branch.tags is not None and tag not in branch.tags):
                continue
            held.append(branch)
            if place not in places and _holds(element, branch, attributes, met):
                places.append(place)
        return places


def _holds(element: Any, branch: Branch, attributes: Mapping[str, str], met: set[Any]) -> bool:
    """Say whether the rest of a branch holds, and whether it takes one more element."""
    if not all(condition(element, attributes) for condition in branch.conditions):
        return False
    if branch.first or branch.first_of_siblings:
        once = (branch, None if branch.first else element.getparent())
        if once in met:
            return False
        met.add(once)
    return True


class Selector:
    """One expression. Called with an element it gives what ``lxml.etree.XPath`` would: a list."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._survey = Survey([path])

    def __call__(self, tree: Any) -> list[Any]:
        """Give all elements below ``tree`` that the expression chooses, in the order of the document."""
        return self._survey(tree)[0]


class First(Selector):
    """One expression of which only the first element is asked for: the walk ends there."""

    def __call__(self, tree: Any) -> list[Any]:
        """Give the first element that the expression chooses, or none."""
        return [element for element, _ in islice(self._survey.walk(tree), 1)]
