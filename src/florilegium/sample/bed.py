"""Where documents are planted: the press and the writer of one sample, and its scale."""

from collections.abc import Mapping, Sequence

from florilegium.sample.draw import Draw
from florilegium.sample.essays import Essay, Writer
from florilegium.sample.pages import SITES, Site, article
from florilegium.sample.press import Press, Printed, Sort


class Bed:
    """The means to plant one sample."""

    def __init__(self, seed: int, scale: float) -> None:
        """Lay out the bed; the numbers of `times` are for scale 1.0."""
        self.press, self._writer, self._scale = Press(seed), Writer(seed), scale

    def essay(self) -> Essay:
        """Write the next good text."""
        return self._writer.essay()

    def times(self, number: int) -> range:
        """Give the indexes of ``number`` documents at this scale, at least one."""
        return range(max(1, round(number * self._scale)))

    def draw(self, name: str) -> Draw:
        """Give the stream of choices of the document with this name."""
        return Draw(self.press.seed, name)

    def site(self, name: str) -> Site:
        """Give the site on which the document with this name stands."""
        return self.draw(f"{name}/site").pick(SITES)

    def page(
        self,
        name: str,
        sort: Sort,
        title: str,
        paragraphs: Sequence[str],
        detail: Mapping[str, object] | None = None,
        site: Site | None = None,
        url: str = "",
        days: int = 0,
    ) -> Printed:
        """Plant a text as a sound UTF-8 page; without a site or a URL it gets its own."""
        site = site or self.site(name)
        body = article(site, title, paragraphs, self.draw(f"{name}/page")).encode()
        url = url or self.press.url(name, site, title)
        return self.press.capture(name, sort, url, body, "\n".join(paragraphs), detail, days=days)
