"""Rules and rule sets: a signal, one bound, and where the bound comes from. A rule never computes a signal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BeforeValidator,
    Field,
    PlainSerializer,
    Strict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from florilegium.codes import to_bcp47
from florilegium.errors import RecipeError
from florilegium.recipe.options import Options

#: Key of a by-language mapping that holds for every language without a key of its own.
DEFAULT = "default"

Kind = Literal["at_least", "above", "at_most", "below", "between", "keep_top"]
KINDS: tuple[Kind, ...] = ("at_least", "above", "at_most", "below", "between", "keep_top")

_SET_NAME = r"^[a-z][a-z0-9_]*$"
_RULE_ID = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"
_SIGNAL = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$"


def _language(tag: str) -> str:
    """Refuse what no measured document carries: a bound under `deu` or `de-AT` would never hold."""
    if tag == DEFAULT:
        return tag
    try:
        known = "-".join(filter(None, to_bcp47(tag)))
    except RecipeError:
        raise ValueError(f"{tag!r} is no language: write BCP 47 such as `de` or `sr-Cyrl`, or `{DEFAULT}`") from None
    if tag != known:
        raise ValueError(f"the language {tag!r} is written `{known}` here")
    return tag


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError(f"the lower bound {pair[0]:g} is above the upper bound {pair[1]:g}: write [low, high]")
    return pair


def _spread(value: object) -> object:
    """Write one bound as a mapping, so that every rule is by language."""
    return value if isinstance(value, Mapping) else {DEFAULT: value}


def _gather(bounds: Mapping[str, Any]) -> Any:
    """Undo ``_spread``: what the user would write."""
    return bounds[DEFAULT] if list(bounds) == [DEFAULT] else bounds


def _schema(one: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [one, {"type": "object", "additionalProperties": one, "minProperties": 1}]})


_Number = Annotated[float, Strict(), AllowInfNan(False)]
_Share = Annotated[_Number, Field(gt=0, le=1)]
_Pair = Annotated[tuple[_Number, _Number], AfterValidator(_ordered)]
Language = Annotated[str, AfterValidator(_language)]
_T = TypeVar("_T")
_ByLanguage = Annotated[dict[Language, _T], Field(min_length=1), BeforeValidator(_spread), PlainSerializer(_gather)]
NumberByLanguage = Annotated[_ByLanguage[_Number], _schema({"type": "number"})]
ShareByLanguage = Annotated[_ByLanguage[_Share], _schema({"type": "number", "exclusiveMinimum": 0, "maximum": 1})]
PairByLanguage = Annotated[
    _ByLanguage[_Pair], _schema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2})
]


class Rule(Options):
    """Keep a document when its signal lies within exactly one bound; documents without the signal pass.

    A bound is a number, or a mapping from languages (BCP 47) to numbers, ``default`` for all others. ``between`` takes
    ``[low, high]``. ``at_least``, ``at_most`` and ``between`` keep a value that equals the bound, ``above`` and
    ``below`` drop it. ``keep_top`` keeps this share (0 to 1] of the documents that reached the rule, those with the
    highest values; by language, the share of each. Without a bound for a document's language the rule does not apply.

    >>> Rule(id="my.words", signal="gopher.words", at_least=50).key("de")
    'default'
    """

    signal: str = Field(pattern=_SIGNAL)
    id: str = Field(default_factory=lambda data: data.get("signal", ""), pattern=_RULE_ID)
    at_least: NumberByLanguage | None = None
    above: NumberByLanguage | None = None
    at_most: NumberByLanguage | None = None
    below: NumberByLanguage | None = None
    between: PairByLanguage | None = None
    keep_top: ShareByLanguage | None = None
    languages: tuple[Language, ...] | None = Field(default=None, min_length=1)
    source: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _one_bound(self) -> "Rule":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = " and ".join(f"`{kind}`" for kind in given) or "none"
            raise ValueError(f"rule `{self.id}` needs exactly one of {', '.join(KINDS)}; it has {found}")
        return self

    @property
    def kind(self) -> Kind:
        """Which of the six forms of a bound the rule has."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def bounds(self) -> dict[str, Any]:
        """The bound by language: numbers, or pairs for ``between``; key ``default`` where it holds for all others."""
        bounds: dict[str, Any] = getattr(self, self.kind)
        return bounds

    def key(self, language: str | None) -> str | None:
        """Give the key of ``bounds`` that holds for a language; None where the rule does not apply.

        A tag falls back by its subtags (RFC 4647, lookup): ``sr-Cyrl-RS``, ``sr-Cyrl``, ``sr``, then ``default``.
        """
        if self.languages is not None and DEFAULT not in self.languages and nearest(language, self.languages) is None:
            return None
        found = nearest(language, self.bounds)
        return DEFAULT if found is None and DEFAULT in self.bounds else found


def nearest(language: str | None, known: Iterable[str]) -> str | None:
    """Give the longest of ``known`` that is the tag or a leading part of it (whole subtags, case ignored)."""
    by_lower = {tag.lower(): tag for tag in known}
    rest = (language or "").lower()
    while rest and rest not in by_lower:
        rest = rest.rpartition("-")[0]
    return by_lower.get(rest)


class RuleSet(Options):
    """Rules under one name, in the order in which a document meets them.

    In YAML a rule has a short id; loaded, it carries the name of its set (``gopher_quality.mean_word_length``).
    """

    name: str = Field(pattern=_SET_NAME)
    about: str = ""
    source: str = ""
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("rules")
    @classmethod
    def _full_ids(cls, rules: tuple[Rule, ...], info: ValidationInfo) -> tuple[Rule, ...]:
        prefix = f"{info.data.get('name', '')}."
        named = []
        for rule in rules:
            short = rule.id.removeprefix(prefix)
            if "." in short:
                raise ValueError(f"rule `{rule.id}`: give it an `id` of one word; the name of the set goes before it")
            named.append(rule.model_copy(update={"id": prefix + short}))
        unique_ids(named)
        return tuple(named)


def unique_ids(rules: Sequence[Rule]) -> None:
    """Check that no two rules share an id. Raises ValueError naming those that do."""
    ids = [rule.id for rule in rules]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        raise ValueError(f"two rules are called {', '.join(f'`{name}`' for name in repeated)}: give each its own `id`")
