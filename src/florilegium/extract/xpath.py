"""Reads the part of XPath that chooses elements by tag and attributes.

``.//tag[...][...]``, ``(...)[1]`` and unions of them, with ``self::``, ``@name``, ``=``, ``re:test``, ``contains``,
``starts-with``, ``translate``, ``not``, ``and``, ``or`` inside the brackets: the expressions of trafilatura.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

#: Whether something holds of an element with these attributes (in the order of the source).
Condition = Callable[[Any, Mapping[str, str]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<path>\.//)|(?P<axis>self::)|(?P<name>[A-Za-z_][\w.-]*(?::[A-Za-z][\w-]*)?)"
    r"|(?P<number>\d+)|(?P<sign>[()\[\]|,=@*]))"
)


class NotUnderstood(ValueError):
    """The expression is outside the part of XPath that is read here."""


class Term(NamedTuple):
    """A test of the value of one attribute; of several ``names`` the first in the source counts."""

    names: tuple[str, ...]
    holds: Callable[[str], bool]
    #: What it says of an element that has none of them.
    absent: bool


@dataclass(slots=True, eq=False)
class Branch:
    """One path of a union. An element is chosen where its tag is right, any of ``terms`` holds (if there are any) and
    all ``conditions`` do."""

    tags: tuple[str, ...] | None  # None: any
    terms: list[Term] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    first_of_siblings: bool = False  # only the first such child of each element
    first: bool = False  # only the first of all


def read_union(path: str) -> list[Branch]:
    """Read an expression. Raises NotUnderstood where it says more than is read here."""
    reader = _Reader(path)
    branches = [reader.branch()]
    while reader.may("|"):
        branches.append(reader.branch())
    reader.end()
    return branches


class _Reader:
    """Recursive descent over the tokens of an expression."""

    def __init__(self, path: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, path = 0, path.strip()
        while at < len(path):
            found = _TOKEN.match(path, at)
            if not found or found.lastgroup is None:
                raise NotUnderstood(f"at {path[at : at + 30]!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def _peek(self, ahead: int = 0) -> str:
        return self._tokens[ahead][1] if ahead < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> str:
        if not self._tokens or (wanted is not None and self._peek() != wanted):
            raise NotUnderstood(f"{wanted or 'more'} is wanted at {self._peek()!r}")
        return self._tokens.pop(0)[1]

    def may(self, sign: str) -> bool:
        """Take a sign, if it comes next."""
        return self._peek() == sign and bool(self._take())

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._tokens:
            raise NotUnderstood(f"nothing more is wanted at {self._peek()!r}")

    def _literal(self) -> str:
        if not self._tokens or self._tokens[0][0] != "text":
            raise NotUnderstood(f"a text is wanted at {self._peek()!r}")
        return self._take()[1:-1]

    def branch(self) -> Branch:
        """Read ``.//...`` or ``(.//...)[1]``."""
        if not self.may("("):
            return self._path()
        branch = self._path()
        for sign in (")", "[", "1", "]"):
            self._take(sign)
        branch.first = True
        return branch

    def _path(self) -> Branch:
        self._take(".//")
        name = self._take()
        branch = Branch(None if name == "*" else (name,))
        while self._peek() == "[":
            if branch.first_of_siblings:
                raise NotUnderstood("a condition after a position")
            self._take()
            if self._peek() == "1" and self._peek(1) == "]":
                self._take()
                branch.first_of_siblings = True
            elif branch.tags is None and (tags := self._only_tags()):
                branch.tags = tags
            else:
                self._predicate(branch)
            self._take("]")
        return branch

    def _only_tags(self) -> tuple[str, ...] | None:
        """Read ``self::a or self::b`` where a predicate is nothing else."""
        ahead, tags = 0, []
        while self._peek(ahead) == "self::":
            tags.append(self._peek(ahead + 1))
            ahead += 2
            if self._peek(ahead) == "]":
                del self._tokens[:ahead]
                return tuple(tags)
            if self._peek(ahead) != "or":
                return None
            ahead += 1
        return None

    def _predicate(self, branch: Branch) -> None:
        """Read what stands in brackets: as terms where it is the first and an `or` of tests of attributes."""
        parts = self._or()
        terms = [part for part in parts if isinstance(part, Term) and not part.absent]
        if len(terms) == len(parts) and not branch.terms and not branch.conditions:
            branch.terms = terms
        else:
            branch.conditions.append(_any(parts))

    def _or(self) -> "list[Term | Condition]":
        parts = [self._and()]
        while self.may("or"):
            parts.append(self._and())
        return parts

    def _and(self) -> "Term | Condition":
        parts = [self._test()]
        while self.may("and"):
            parts.append(self._test())
        if len(parts) == 1:
            return parts[0]
        conditions = [_condition(part) for part in parts]
        return lambda element, attributes: all(one(element, attributes) for one in conditions)

    def _test(self) -> "Term | Condition":
        if self.may("("):
            parts = self._or()
            self._take(")")
            return _any(parts)
        if self._peek() == "not" and self._peek(1) == "(":
            del self._tokens[:2]
            inside = _any(self._or())
            self._take(")")
            return lambda element, attributes: not inside(element, attributes)
        if self.may("self::"):
            wanted = self._take()
            return lambda element, attributes: bool(element.tag == wanted)
        if self.may(".//"):
            below = self._take()
            return lambda element, attributes: next(element.iterdescendants(below), None) is not None
        return self._attribute() if self._peek() == "@" else self._function()

    def _attribute(self) -> Term:
        self._take("@")
        name = self._take()
        if not self.may("="):
            return Term((name,), lambda value: True, False)
        wanted = self._literal()
        return Term((name,), lambda value: value == wanted, False)

    def _function(self) -> Term:
        function = self._take()
        self._take("(")
        names, prepared = self._text()
        self._take(",")
        wanted = self._literal()
        flags = self._literal() if function == "re:test" and self.may(",") else ""
        self._take(")")
        test: Callable[[str], bool]
        if function == "re:test":
            search = re.compile(wanted, re.IGNORECASE if "i" in flags else 0).search
            test = lambda value: search(prepared(value)) is not None  # noqa: E731
        elif function == "contains":
            test = lambda value: wanted in prepared(value)  # noqa: E731
        elif function == "starts-with":
            test = lambda value: prepared(value).startswith(wanted)  # noqa: E731
        else:
            raise NotUnderstood(f"the function {function}")
        return Term(names, test, test(""))

    def _text(self) -> tuple[tuple[str, ...], Callable[[str], str]]:
        """Read ``@id``, ``@id|@class`` or ``translate(@id, 'N', 'n')``: names, and what is done to the value."""
        if self.may("translate"):
            self._take("(")
            names, before = self._text()
            self._take(",")
            old = self._literal()
            self._take(",")
            new = self._literal()
            if len(old) != len(new) or len(set(old)) != len(old):
                raise NotUnderstood("translate with texts of different lengths")
            self._take(")")
            table = str.maketrans(old, new)
            return names, lambda value: before(value).translate(table)
        listed: list[str] = []
        while not listed or self.may("|"):
            self._take("@")
            listed.append(self._take())
        return tuple(listed), lambda value: value


def _condition(part: "Term | Condition") -> Condition:
    """Ask a term of an element."""
    if not isinstance(part, Term):
        return part
    term = part
    return lambda element, attributes: next(
        (term.holds(value) for name, value in attributes.items() if name in term.names), term.absent
    )


def _any(parts: "list[Term | Condition]") -> Condition:
    conditions = [_condition(part) for part in parts]
    return lambda element, attributes: any(one(element, attributes) for one in conditions)
