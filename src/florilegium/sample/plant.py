"""Which readable documents the sample holds: how many of each kind, and what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass

from florilegium.sample.bed import Bed
from florilegium.sample.defects import boilerplate, foreign, near_copy, spam
from florilegium.sample.essays import Essay, title
from florilegium.sample.measures import character_error_rate
from florilegium.sample.ocr import spoil
from florilegium.sample.pages import SITES, Site, listing
from florilegium.sample.personal import with_personal_data
from florilegium.sample.press import Printed, Sort
from florilegium.sample.stock import articles, lexicon, other_languages
from florilegium.sample.truth import Expect

GOOD_PAGES, GOOD_ENTRIES = 150, 50
EXACT, SAME_URL, PER_BAND, PER_RATE = 12, 6, 4, 6
BOILERPLATE, LISTING, SPAM, FOREIGN, PERSONAL = 12, 12, 12, 12, 12

BANDS = ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.0))
"""Bands of exact word 5-gram Jaccard in which near-duplicates are made."""

SURE = 0.8
"""From this band upward a copy is expected to be found: 14 bands of 8 rows find 92 % at 0.8, and 5 % at 0.5."""

RATES: tuple[tuple[float, Expect], ...] = (
    (0.01, "keep"),
    (0.03, "keep"),
    (0.08, "either"),
    (0.15, "either"),
    (0.3, "drop"),
)
"""Character error rates of OCR noise, and what should become of such a text."""


@dataclass(frozen=True)
class Original:
    """A good page that a copy may be made of; each is used once."""

    id: str
    essay: Essay
    site: Site
    url: str


def readable(bed: Bed) -> Iterator[Printed]:
    """Plant all documents that any reader can read: good ones, copies, and those that rules should find."""
    originals = []
    for index in bed.times(GOOD_PAGES):
        name, essay = f"good/page/{index}", bed.essay()
        page = bed.page(name, Sort("good"), essay.title, essay.lines)
        originals.append(Original(page.id, essay, bed.site(name), page.url))
        yield page
    for index in bed.times(GOOD_ENTRIES):
        essay = bed.essay()
        yield bed.press.entry(f"good/entry/{index}", Sort("good"), essay.title, essay.text)
    yield from _copies(bed, bed.draw("originals").shuffled(originals))
    yield from _thin(bed)
    yield from _languages(bed)
    yield from _noise(bed)
    yield from _personal(bed)


def _copies(bed: Bed, originals: list[Original]) -> Iterator[Printed]:
    for low, high in BANDS:
        sort = Sort("near_duplicate", f"{low:.2f}-{high:.2f}", "drop" if low >= SURE else "either")
        for index in bed.times(PER_BAND):
            name, original = f"near/{low}/{index}", originals.pop()
            copy, likeness = near_copy(original.essay, low, high, bed.draw(name))
            yield _copy(bed, name, sort, original, copy, likeness, to_collection=index % 2 == 1)
    for index in bed.times(EXACT):
        sort, original = Sort("exact_duplicate", expect="drop"), originals.pop()
        yield _copy(bed, f"exact/{index}", sort, original, original.essay, 1.0, to_collection=index % 4 == 3)
    for index in bed.times(SAME_URL):
        sort, original, essay = Sort("same_url", expect="drop"), originals.pop(), bed.essay()
        detail = {"original": original.id}
        yield bed.page(f"same/{index}", sort, essay.title, essay.lines, detail, original.site, original.url, days=40)


def _copy(
    bed: Bed, name: str, sort: Sort, original: Original, copy: Essay, likeness: float, to_collection: bool
) -> Printed:
    detail = {"original": original.id, "jaccard": likeness}
    if to_collection:
        return bed.press.entry(name, sort, copy.title, copy.text, detail)
    mirrors = [site for site in SITES if site.layout == original.site.layout and site != original.site]
    return bed.page(name, sort, copy.title, copy.lines, detail, bed.draw(f"{name}/site").pick(mirrors))


def _thin(bed: Bed) -> Iterator[Printed]:
    for index in bed.times(BOILERPLATE):
        name = f"boilerplate/{index}"
        site = bed.site(name)
        yield bed.page(name, Sort("boilerplate", expect="drop"), site.name, boilerplate(index, site.name))
    for index in bed.times(LISTING):
        name = f"listing/{index}"
        site, draw = bed.site(name), bed.draw(name)
        titles = [
            title(draw.pick(articles()), draw.pick(lexicon()["place"]), draw) for _ in range(draw.between(25, 60))
        ]
        url, body = bed.press.url(name, site, "all articles"), listing(site, titles, draw).encode()
        yield bed.press.capture(name, Sort("listing", expect="drop"), url, body)
    for index in bed.times(SPAM):
        name = f"spam/{index}"
        yield bed.page(name, Sort("spam_repetition", expect="drop"), "The best offers", spam(index, bed.draw(name)))


def _languages(bed: Bed) -> Iterator[Printed]:
    codes = sorted(other_languages())
    for index in bed.times(FOREIGN):
        name, code = f"language/{index}", codes[index // 2 % len(codes)]
        essay, sort, detail = foreign(code, bed.draw(name)), Sort("other_language", expect="drop"), {"language": code}
        if index % 2:
            yield bed.press.entry(name, sort, essay.title, essay.text, detail, language=code)
        else:
            yield bed.page(name, sort, essay.title, essay.lines, detail)


def _noise(bed: Bed) -> Iterator[Printed]:
    for rate, expect in RATES:
        for index in bed.times(PER_RATE):
            name, essay = f"ocr/{rate}/{index}", bed.essay()
            noisy = spoil(essay.text, rate, bed.draw(name))
            detail = {"clean": essay.text, "cer": character_error_rate(noisy, essay.text)}
            yield bed.press.entry(name, Sort("ocr_noise", f"{rate:.2f}", expect), essay.title, noisy, detail)


def _personal(bed: Bed) -> Iterator[Printed]:
    for index in bed.times(PERSONAL):
        name, sort = f"personal/{index}", Sort("pii", expect="mask")
        essay, strings = with_personal_data(bed.essay(), bed.draw(name))
        if index % 3 == 2:
            yield bed.press.entry(name, sort, essay.title, essay.text, {"strings": strings})
        else:
            yield bed.page(name, sort, essay.title, essay.lines, {"strings": strings})
