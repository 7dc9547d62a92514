"""Catalogue records of every kind in the library are read or refused; dates keep the precision that they have."""

import unicodedata
from pathlib import Path

import pytest

from florilegium.sources.library.bundle import FolderBundle
from florilegium.sources.library.catalogue import Catalogue, date_of, merged
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.marc import read_marc
from florilegium.sources.library.record_files import read_records


@pytest.mark.parametrize(
    ("written", "date", "precision"),
    [
        ("1824-02-17", "1824-02-17", "day"),
        ("1898/02/14", "1898-02-14", "day"),
        ("01.08.1821", "1821-08-01", "day"),
        ("02/01/1900", "1900-01-02", "day"),
        ("18830103", "1883-01-03", "day"),
        ("1915-06", "1915-06", "month"),
        ("c1999", "1999", "year"),
        ("[ca. 1784?]", "1784", "year_about"),
        ("1813-1814", "1813/1814", "range"),
        ("1813-14", "1813/1814", "range"),
        ("1873-9999", "1873/", "range"),
        ("184-", "1840/1849", "decade"),
        ("[18XX]", "1800/1899", "century"),
        ("16. Jahrhundert", "1500/1599", "century"),
        ("n.d.", None, None),
        ("13.13.1821", "1821", "year"),
        (None, None, None),
    ],
)
def test_a_date_is_as_precise_as_it_is_written(written: str | None, date: str | None, precision: str | None) -> None:
    assert date_of(written) == (date, precision)


def test_what_a_record_lacks_comes_from_the_next_and_numbers_from_all() -> None:
    first = Catalogue(title="A", ids={"ppn": "1"})
    second = Catalogue(title="B", date_src="1801", ids={"ppn": "2", "urn": "u"})
    assert merged(first, second) == Catalogue(title="A", date_src="1801", ids={"ppn": "1", "urn": "u"})


def records(path: Path) -> list[Catalogue]:
    with FolderBundle(str(path.parent), flat=True).open(path.name) as file:
        return list(read_records(file, path.name))


@pytest.mark.parametrize(
    ("path", "count", "title", "date", "languages"),
    [
        ("marc/loc_books_2016_400.mrc", 400, "Botanical materia medica and pharmacology", "1899", ("eng",)),
        ("marc/pymarc/1251.dat", 6, "Основы гидравлического расчета", "2005", ("rus",)),  # windows-1251
        ("marc/pymarc/marc.dat", 20, "The pragmatic programmer", "2000", ("eng",)),
        ("marc/pymarc/regression45.dat", 12, "Pokrov, podarennyĭ Dimitrīem Ivanovichem", "1910", ("rus",)),
        ("marc/pymarc/testunimarc.dat", 1, "L'altra faccia della spirale", "1996", ("ita",)),
        ("marc/pymarc/batch.xml", 2, "The Great Ray Charles", "1957", ("eng",)),
        ("marc/open_oni/etitle.xml", 1, "The Washington bee", "1884/1922", ("eng",)),
        ("marc/open_oni/bib-with-vague-dates.xml", 1, "The living issue", "1900/1909", ("pol",)),
        ("mods/production_modsXmlTestRecord.xml", 1, "Test-Title", "1999-12-31", ()),
        ("mods/presentation_modsAuthorNoAutRoleTerm.xml", 1, "Odol-Mundwasser, 3 Werbespots", "2019", ("ger",)),
        ("iiif/presentation-3/wellcome-p3-2.json", 1, "Wunder der Vererbung / von Fritz Bolle.", "1951", ()),
        ("iiif/2-to-3-converted/manifests/nlw-newspaper-manifest.json", 1, "Cambrian", "1804-01-28", ("eng",)),
        ("other/goobi/record.xml", 1, "Der Titel des Werkes", "1970-01-01", ("eng",)),
    ],
)
def test_a_record_says_title_date_and_languages(
    library: Path, path: str, count: int, title: str, date: str, languages: tuple[str, ...]
) -> None:
    found = records(library / path)
    assert len(found) == count
    assert unicodedata.normalize("NFC", found[0].title or "").startswith(title)
    assert (found[0].date, found[0].languages) == (date, languages)


@pytest.mark.parametrize(
    ("path", "licence"),
    [
        ("iiif/presentation-2/nlw-manifest.json", "https://creativecommons.org/publicdomain/mark/1.0/"),  # in HTML
        ("iiif/cookbook/0008-rights.json", "http://creativecommons.org/licenses/by-sa/3.0/"),
        ("iiif/presentation-3/wellcome-p3.json", "https://creativecommons.org/licenses/by/4.0/"),
        ("iiif/presentation-2/nls-manifest-2.json", "National Library of Scotland License: CC BY 4.0"),  # attribution
        ("mods/presentation_modsOriginInfo.xml", "https://creativecommons.org/publicdomain/mark/1.0/"),
        ("other/goobi/record.xml", "http://creativecommons.org/publicdomain/zero/1.0/"),
    ],
)
def test_rights_are_found_in_every_shape(library: Path, path: str, licence: str) -> None:
    assert records(library / path)[0].licence == licence


@pytest.mark.parametrize("folder", ["marc", "mods", "iiif"])
def test_every_record_is_read_or_refused_with_a_reason(library: Path, folder: str) -> None:
    refused = {}
    for path in sorted((library / folder).rglob("*.*")):
        try:
            assert records(path), path
        except Unreadable as error:
            refused[path.name] = error.reason
    expected = {"production_mods-3-4-malformed.xml": "not_well_formed"} if folder == "mods" else {}
    assert refused == expected


def test_hostile_json_is_refused(library: Path) -> None:
    with pytest.raises(Unreadable) as raised:
        records(library / "hostile/nesting_10000.json")
    assert raised.value.reason == "not_json"


def test_a_cut_record_is_told_and_those_before_it_are_read(library: Path, tmp_path: Path) -> None:
    whole = (library / "marc/pymarc/test.dat").read_bytes()
    (tmp_path / "cut.mrc").write_bytes(whole[:-50])
    with (tmp_path / "cut.mrc").open("rb") as file:
        found = list(read_marc(file))
    assert [isinstance(item, Catalogue) for item in found] == [True] * 9 + [False]
    assert isinstance(found[-1], Unreadable) and found[-1].reason == "truncated"
