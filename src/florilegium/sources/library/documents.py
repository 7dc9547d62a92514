"""Volumes, pages or articles of a package as records of a source."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from florilegium.documents import Outcome
from florilegium.sources.library.catalogue import Catalogue, merged
from florilegium.sources.library.compose import ComposeOptions, compose
from florilegium.sources.library.leaf import Block, Leaf, Unreadable
from florilegium.sources.library.loading import Shelf
from florilegium.sources.library.package import Area, Package, Part, select
from florilegium.sources.source import Flaw, Found, Record, Refusal

#: Pages kept while articles are gathered from them.
KEPT_PAGES = 48

#: Facts of a file that say what a catalogue would, and those that are numbers of the work.
_OF_THE_CATALOGUE = ("title", "date", "language", "licence", "rights", "author", "publisher")
_IDS = ("identifier", "ebook")
#: Facts that are counts of a page, and those that say something of one page alone.
_COUNTS = frozenset(["words_joined", "words_empty", "gaps", "deletions", "includes_unread", "html_entities_undeclared"])
_OF_A_PAGE = frozenset(["image", "ppageno", "no_text"])

#: What is told of a package that is read as it should be.
_NO_DAMAGE = frozenset(["missing_page", "second_version", "no_articles", "part_incomplete", "missing_part"])
#: Why a file is no document, though nothing is wrong with it.
_NO_DOCUMENT = frozenset(["catalogue_record", "no_pages", "unknown_format", "plain_text", "empty", "no_text"])


class Volume:
    """One package and its shelf, read as documents. ``key``: that of the volume; ``prefix`` stands before the names of
    its files in anchors; ``known`` gives the catalogue records that share a number with one."""

    def __init__(
        self,
        shelf: Shelf,
        package: Package,
        key: str,
        prefix: str,
        options: ComposeOptions,
        known: Callable[[Catalogue], Sequence[Catalogue]],
    ) -> None:
        self.shelf = shelf
        self.package = package
        self.key = key
        self.prefix = prefix
        self.options = options
        self.told: list[tuple[str, str]] = list(package.flaws)
        self.used: set[str] = {package.path, *package.also}
        self.about = merged(package.catalogue, *known(package.catalogue))
        self.known = known

    def whole(self) -> Iterator[Found]:
        """Give the volume as one document."""
        leaves = self._leaves()
        first = next(leaves, None)
        if first is None:
            yield self._refused(self.key)
            return
        self._learn(first[1])
        yield self._record(self.key, chain([first], leaves), self.about, {})

    def by_page(self) -> Iterator[Found]:
        """Give each page as a document; its key ends in the page's id, else in its number."""
        seen: set[str] = set()
        number = 0
        for number, (name, leaf) in enumerate(self._leaves(), 1):
            if number == 1:
                self._learn(leaf)
            ref = self._ref_of.get(name)
            identifier = str((ref if ref and ref not in seen else leaf.id if leaf.id not in seen else None) or number)
            seen.add(identifier)
            facts = {"page_label_src": leaf.label} if leaf.label else {}
            yield self._record(f"{self.key}#{identifier}", [(name, leaf)], self.about, facts)
        if not number:
            yield self._refused(self.key)

    def by_article(self) -> Iterator[Found]:
        """Give each article, advertisement or chapter as a document; the volume as one, told, where it has none."""
        if not self.package.parts:
            self.told.append(("no_articles", "the package has no logical structure: it is read as one volume"))
            yield from self.whole()
            return
        desk = _Desk(self)
        for part in self.package.parts:
            leaves, nowhere = desk.gather(part)
            if part.missing or nowhere:
                message = f"{part.id}: {part.missing} areas on missing pages, {nowhere} lead to no block"
                self.told.append(("part_incomplete", message))
            about = merged(replace(part.catalogue, title=part.title), replace(self.about, title=None))
            facts = {"article_kind_src": part.kind, "volume_title_src": self.about.title}
            yield self._record(f"{self.key}#{part.id}", leaves, about, facts)
        self.told += desk.left_over()

    def _leaves(self) -> Iterator[tuple[str, Leaf]]:
        self._ref_of: dict[str, str | None] = {}
        for ref in self.package.pages:
            if not ref.files:
                self.told.append(
                    ("missing_page", f"{ref.id or ref.label or 'a page'}: {ref.wanted or 'no file named'}")
                )
            for name, leaf in self.shelf.page(ref, self.told):
                self.used.update((name, *ref.pieces))
                self._ref_of[name] = ref.id
                yield name, leaf

    def _learn(self, leaf: Leaf) -> None:
        """Take from the head of a file what no descriptor says."""
        facts = {name: str(said) for name, said in leaf.facts.items() if said}
        listed = {name: tuple(facts.get(name, "").split("; ")) for name in ("language", "author")}
        said = Catalogue(
            title=facts.get("title"),
            date_src=facts.get("date"),
            languages=tuple(filter(None, listed["language"])),
            rights=tuple(word for name in ("licence", "rights") if (word := facts.get(name))),
            creators=tuple(filter(None, listed["author"])),
            ids={name: facts[name] for name in _IDS if name in facts},
        )
        self.about = merged(self.about, *self.known(said), said)

    def _record(
        self, key: str, leaves: Iterable[tuple[str, Leaf]], about: Catalogue, facts: dict[str, Any]
    ) -> Record | Refusal:
        languages = about.languages
        said = _Facts()
        composed = compose(
            ((self.prefix + name, said.of(leaf)) for name, leaf in leaves),
            self.options,
            languages[0] if languages else None,
        )
        if not composed.text.strip():
            return self._refused(key, "no_text", f"{len(composed.pages)} pages without a word")
        missing = sum(1 for ref in self.package.pages if not ref.files)
        damage = sorted({reason for reason, _ in self.told if reason not in _NO_DAMAGE})
        made = {"package_gen": self.package.kind, "composed_gen": composed.facts, "pages_missing_gen": missing,
                "damage_gen": damage}  # fmt: skip
        metadata = {**about.metadata(), "file_src": said.together(), **facts, **made}
        return Record(
            key,
            0,  # numbered by the source, over all its volumes
            url=about.url,
            date=about.date,
            language=" ".join(languages) or None,
            licence=about.licence,
            institution=about.institution,
            metadata={name: value for name, value in metadata.items() if value},
            text=composed.text,
            pages=composed.pages,
        )

    def _refused(self, key: str, rule: str | None = None, said: str = "") -> Refusal:
        """Refuse a document: for the first thing that went wrong with its files, where something did."""
        broken = [item for item in self.told if item[0] not in _NO_DAMAGE]
        if broken and rule is None:
            reason, message = broken[0]
            quarantined = reason not in _NO_DOCUMENT
            outcome = Outcome.QUARANTINED if quarantined else Outcome.REJECTED
            self.told = [item for item in self.told if item is not broken[0]]
            return Refusal(key, 0, reason, None if quarantined else message, outcome=outcome,
                           error=message if quarantined else None)  # fmt: skip
        missing = sum(1 for ref in self.package.pages if not ref.files)
        said = said or f"{missing} of {len(self.package.pages)} pages have no text in the package"
        return Refusal(key, 0, rule or "no_pages", said)

    def flaws(self) -> Iterator[Flaw]:
        """Give what is wrong with the package, one line a kind."""
        return told_once(self.told)


class _Facts:
    """What the files of a document say beside what a catalogue would: the first value of each, counts added up."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._pages = 0

    def of(self, leaf: Leaf) -> Leaf:
        """Take up the facts of a leaf; give it back."""
        self._pages += 1
        for name, value in leaf.facts.items():
            if name in _COUNTS or name.startswith("left_out."):
                self._counts[name] += int(value)
            elif value and name not in _OF_THE_CATALOGUE and name not in _IDS:
                self._said.setdefault(name, str(value))
        return leaf

    def together(self) -> dict[str, str]:
        """Give all facts; those of one page only where the document is one."""
        said = {name: value for name, value in self._said.items() if self._pages == 1 or name not in _OF_A_PAGE}
        return {**said, **{name: str(count) for name, count in self._counts.items() if count}}


class _Desk:
    """The pages of a package while its articles are gathered: which blocks were taken, and what is left."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._refs = {name: ref for ref in volume.package.pages for name in ref.files}
        self._order = {name: n for n, ref in enumerate(volume.package.pages) for name in ref.files}
        self._kept: OrderedDict[str, list[tuple[str, Leaf]]] = OrderedDict()
        self._words: dict[str, list[int]] = {}
        self._taken: dict[str, set[int]] = {}
        self._told: set[str] = set()

    def gather(self, part: Part) -> tuple[list[tuple[str, Leaf]], int]:
        """Give the leaves of an article with its blocks only, in the order of its areas; and how many led nowhere."""
        areas: dict[str, list[Area]] = {}
        for area in part.areas:
            areas.setdefault(area.file, []).append(area)
        leaves: list[tuple[str, Leaf]] = []
        nowhere = 0
        for name, here in sorted(areas.items(), key=lambda item: self._order.get(item[0], 0)):
            for file, leaf in self._page(name):
                chosen, lost = select(leaf, here)
                nowhere += lost
                numbers = {id(block): n for n, block in enumerate(leaf.blocks)}
                self._taken.setdefault(file, set()).update(numbers[id(b)] for b in chosen.blocks if id(b) in numbers)
                leaves.append((file, chosen))
        return leaves, nowhere

    def left_over(self) -> Iterator[tuple[str, str]]:
        """Say how many words are in no article."""
        for ref in self._volume.package.pages:
            if not ref.files:
                self._volume.told.append(("missing_page", f"{ref.id or ref.label}: {ref.wanted}"))
            elif not any(name in self._words for name in ref.files):
                self._page(ref.files[0])
        all_words = sum(map(sum, self._words.values()))
        taken = sum(words[n] for name, words in self._words.items() for n in self._taken.get(name, ()))
        if taken < all_words:
            yield "text_outside_articles", f"{all_words - taken} of {all_words} words are in no article"

    def _page(self, name: str) -> list[tuple[str, Leaf]]:
        if name not in self._kept:
            ref = self._refs.get(name)
            told = self._volume.told if name not in self._told else []
            self._told.add(name)
            found = list(self._volume.shelf.page(ref, told)) if ref is not None else []
            self._kept[name] = found
            for file, leaf in found:
                self._volume.used.update((file, *(ref.pieces if ref else ())))
                self._words[file] = [_words(block) for block in leaf.blocks]
            while len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]


def _words(block: Block) -> int:
    return sum(len(line.words) for line in block.lines)


def told_once(told: Iterable[tuple[str, str]]) -> Iterator[Flaw]:
    """Give one flaw a kind, with how often and the first three messages."""
    kinds: dict[str, list[str]] = {}
    for kind, message in told:
        kinds.setdefault(kind, []).append(message)
    for kind, messages in kinds.items():
        shown = "; ".join(messages[:3])
        more = f"; and {len(messages) - 3} more" if len(messages) > 3 else ""
        yield Flaw(None, kind, f"{len(messages)} times: {shown}{more}" if len(messages) > 1 else shown)


def broken(key: str, error: Unreadable) -> Refusal:
    """Refuse a package whose descriptor or archive cannot be read."""
    return Refusal(key, 0, error.reason, outcome=Outcome.QUARANTINED, error=str(error))
