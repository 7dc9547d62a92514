"""Documents for the kernels, and the pages that are real."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Pages = Callable[[], Iterator[str]]


@pytest.fixture(scope="session")
def pages(shared_data: Callable[[str], Path]) -> Pages:
    """Give the main text of crawled pages, in the order of the archive."""
    archive = shared_data("crawl/crawl-00000.warc.gz")

    def read() -> Iterator[str]:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
        from resiliparse.extract.html2text import extract_plain_text

        with archive.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                html = record.reader.read().decode("utf-8", "replace")
                text = extract_plain_text(html, main_content=True)
                if text.strip():
                    yield text

    return read
