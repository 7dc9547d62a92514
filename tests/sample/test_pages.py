"""The pages as an extractor meets them."""

from trafilatura import extract

from florilegium.sample.defects import boilerplate
from florilegium.sample.draw import Draw
from florilegium.sample.essays import Writer
from florilegium.sample.pages import COOKIES, SITES, article, listing, skeleton


def test_extraction_gives_back_the_text_of_every_layout() -> None:
    writer = Writer(5)
    for site in SITES:
        essay = writer.essay()
        page = article(site, essay.title, essay.lines, Draw(5, site.host))
        assert COOKIES in page
        lines = (extract(page, favor_precision=True, include_comments=False, deduplicate=False) or "").split("\n")
        assert lines[lines[0] == essay.title :] == essay.lines


def test_pages_without_content_give_next_to_nothing() -> None:
    for index, site in enumerate(SITES):
        draw = Draw(5, site.host)
        for page in (
            skeleton(site, draw),
            listing(site, ["Clocks at Quayle", "What Saltby knows about soap"] * 20, draw),
        ):
            assert len((extract(page, favor_precision=True) or "").split(". ")) < 5
        cookies = article(site, site.name, boilerplate(index, site.name), draw)
        assert len((extract(cookies, favor_precision=True) or "").split()) < 90


def test_titles_and_texts_are_escaped() -> None:
    page = article(SITES[0], "Salt & <Pepper>", ["Fish & chips cost < £5."], Draw(5, "escape"))
    assert "<h1>Salt &amp; &lt;Pepper&gt;</h1>" in page
    assert "<p>Fish &amp; chips cost &lt; £5.</p>" in page
