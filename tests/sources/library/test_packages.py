"""Every package of the library: pages in order and found by name, words as counted, articles, refusals; nothing else."""

import gzip
import itertools
import posixpath
import tarfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from florilegium.documents import Outcome
from florilegium.errors import SourceError
from florilegium.sources.library.bundle import FolderBundle
from florilegium.sources.library.loading import Shelf
from florilegium.sources.library.package import Names, path_of
from florilegium.sources.library.source import Library, LibraryOptions
from florilegium.sources.source import Flaw, Found, Record, Refusal


def source(files: object, **options: object) -> Library:
    return Library(LibraryOptions.model_validate({"name": "lib", "kind": "library", "files": files, **options}))


def everything(files: object, **options: object) -> list[Found]:
    library = source(str(files), **options)
    return [item for found in library.inputs() for item in library.records(found)]


def records(files: object, **options: object) -> list[Record]:
    return [item for item in everything(files, **options) if isinstance(item, Record)]


def json_of(record: Record) -> dict[str, Any]:
    return dict(record.metadata or {})


def pages_of(record: Record) -> int:
    assert record.pages is not None
    return len(record.pages)


def words_of(record: Record) -> int:
    assert record.pages is not None
    return sum(page.words for page in record.pages)


#: Folder of mets/ -> (documents, pages with text, missing pages); index.jsonl counts the files that are there.
VOLUMES = {
    "bcul_courrier_du_leman_1883": (1, 4, 0),
    "bl_blip_0002088_18321123": (1, 3, 5),
    "bl_blip_0002244_18550922": (1, 4, 0),
    "bl_lwm_0002647_18240217": (1, 4, 0),
    "bl_lwm_missing_page": (1, 1, 0),
    "bnf_europeana_jdpl": (1, 4, 0),
    "bnf_europeana_le-pji": (1, 8, 0),
    "bnf_europeana_oe-rennes": (1, 4, 0),
    "bnf_refnum_excelsior_4600000": (1, 12, 0),
    "bnf_refnum_lafronde_6703187": (1, 2, 2),
    "bnl_armeteufel_1904-01-17": (1, 4, 0),
    "bnl_indeplux_1913-06-10": (1, 2, 2),
    "bnl_luxzeit1858_1858-12-07": (1, 4, 0),
    "goobi_kleiuniv_PPN517154005": (1, 16, 0),
    "kb_mpeg21_ddd_010179815": (1, 2, 0),
    "kb_mpeg21_ddd_010724973": (1, 2, 0),
    "ndnp_openoni_batch": (2, 19, 0),
    "ocrd_glyph-consistency": (1, 1, 1),
    "ocrd_kant_aufklaerung_1784": (1, 2, 0),
    "ocrd_kant_aufklaerung_1784-complex": (1, 2, 0),
    "olive_GDL_1900-01-02": (1, 4, 0),
    "onb_anno_esj_1772": (2, 7, 0),
    "rero_bagit_BLB": (1, 5, 0),
    "rero_bagit_EZR": (1, 6, 0),
    "slub_metsmods2tei": (1, 56, 0),
    "swa_schwar_000059110_DSV01_1908": (1, 8, 0),
}

#: No text in the package, and so refused: METS alone, pages of pictures only, sound, layouts without text.
WITHOUT_TEXT = {
    "goobi_baltst", "goobi_single", "kitodo_production", "ocrd_SBB0000F29300010000", "ocrd_communist_manifesto",
    "ocrd_gutachten", "ocrd_pembroke_werke_1766", "ocrd_sample_bagit-with-fetch", "transkribus_emt", "wellcome",
}  # fmt: skip


def test_every_package_is_spoken_of_here(library: Path) -> None:
    folders = {path.name for path in (library / "mets").iterdir()}
    assert folders == {*VOLUMES, *WITHOUT_TEXT, "kitodo_presentation_fixtures"}


@pytest.mark.parametrize("folder", sorted(VOLUMES))
def test_a_volume_has_its_pages(library: Path, folder: str) -> None:
    found = records(library / "mets" / folder)
    missing = sum((record.metadata or {}).get("pages_missing_gen", 0) for record in found)
    assert (len(found), sum(map(pages_of, found)), missing) == VOLUMES[folder]


@pytest.mark.parametrize("folder", sorted(set(VOLUMES) - {"olive_GDL_1900-01-02"}))
def test_words_are_those_of_the_files_read_once(
    library: Path, library_index: list[dict[str, Any]], folder: str
) -> None:
    """The words of a volume are those of its files, each read once; where no String is a piece of a word, exactly as
    counted independently (Strings without content are no words)."""
    found = records(library / "mets" / folder)
    files = [page.file for record in found for page in record.pages or ()]
    assert len(files) == len(set(files))
    shelf = Shelf(FolderBundle(str(library / "mets" / folder)))
    read = sum(
        len(line.words) for name in files for leaf in shelf.leaves(name) for b in leaf.blocks for line in b.lines
    )
    assert sum(map(words_of, found)) == read
    counts = {item["path"]: item["counts"] for item in library_index}
    facts = [counts[f"mets/{folder}/{name}"] for name in files]
    counted = sum(each.get("words", 0) - each.get("empty_strings", 0) for each in facts)
    assert 0.9 * counted <= read <= counted or folder.startswith("ocrd")
    if folder in AS_COUNTED:
        assert read == counted


AS_COUNTED = {
    "bcul_courrier_du_leman_1883", "bnf_refnum_excelsior_4600000", "bnf_refnum_lafronde_6703187", "bl_lwm_missing_page",
    "bnl_indeplux_1913-06-10", "goobi_kleiuniv_PPN517154005", "ndnp_openoni_batch", "rero_bagit_BLB", "rero_bagit_EZR",
    "slub_metsmods2tei", "swa_schwar_000059110_DSV01_1908",
}  # fmt: skip


@pytest.mark.parametrize("folder", sorted(WITHOUT_TEXT))
def test_a_package_without_text_is_refused_with_a_reason(library: Path, folder: str) -> None:
    found = everything(library / "mets" / folder)
    assert not [item for item in found if isinstance(item, Record)]
    rules = {item.rule for item in found if isinstance(item, Refusal)}
    assert rules <= {"no_pages", "no_text", "not_well_formed", "catalogue_record", "unknown_format"} and rules


def test_a_broken_descriptor_is_in_quarantine(library: Path) -> None:
    found = everything(library / "mets/kitodo_production/testMetadataFileMalformedXml.xml")
    assert [(item.rule, item.outcome) for item in found if isinstance(item, Refusal)] == [
        ("not_well_formed", Outcome.QUARANTINED)
    ]


@pytest.mark.parametrize(
    ("folder", "kinds", "share"),
    [
        ("bl_blip_0002244_18550922", {"article": 77}, 0.94),
        ("bl_lwm_0002647_18240217", {"article": 26, "advert": 1}, 0.94),
        ("bnf_europeana_jdpl", {"title_section": 1, "article": 10, "advertisement": 3}, 0.99),
        ("bnf_europeana_oe-rennes", {"title_section": 1, "article": 46, "advertisement": 14}, 0.99),
        ("bnf_refnum_lafronde_6703187", {"titlesection": 1, "article": 20, "heading": 5}, 1.0),
        ("bnl_armeteufel_1904-01-17", {"title_section": 1, "article": 16, "heading": 1, "advertisement": 7}, 1.0),
        ("rero_bagit_BLB", {"article": 2}, 1.0),
        ("rero_bagit_EZR", {"article": 12}, 1.0),  # a thirteenth has no word
        ("kb_mpeg21_ddd_010179815", {"artikel": 3, "advertentie": 1}, 0.98),
        ("kb_mpeg21_ddd_010724973", {"artikel": 7, "advertentie": 9}, 0.99),
        ("olive_GDL_1900-01-02", {"article": 34, "ad": 45}, 1.0),  # two advertisements have no word
        ("goobi_kleiuniv_PPN517154005", {"titlepage": 2, "chapter": 1}, 0.99),
    ],
)
def test_articles_are_those_of_the_logical_structure(
    library: Path, folder: str, kinds: dict[str, int], share: float
) -> None:
    found = records(library / "mets" / folder, unit="article")
    assert Counter((record.metadata or {})["article_kind_src"] for record in found) == kinds
    words = sum(map(words_of, found))
    whole = sum(map(words_of, records(library / "mets" / folder)))
    assert share * whole <= words <= whole
    assert len({record.key for record in found}) == len(found)


def test_an_article_over_two_pages_has_an_anchor_on_each(library: Path) -> None:
    found = {record.key: record for record in records(library / "mets/olive_GDL_1900-01-02", unit="article")}
    letter = found["TOC.xml#Ar00103"]
    assert letter.pages is not None and (letter.metadata or {})["title_src"] == "LETTRE DE PARIS"
    assert [page.id for page in letter.pages] == ["Pg001", "Pg002"]


def test_what_stands_in_no_article_and_what_is_missing_is_told(library: Path) -> None:
    found = everything(library / "mets/bl_lwm_missing_page", unit="article")
    kinds = {item.kind: item.message for item in found if isinstance(item, Flaw)}
    assert kinds["part_incomplete"] == "art0002: 0 areas on missing pages, 1 lead to no block"
    assert kinds["text_outside_articles"] == "4 of 27 words are in no article"


def test_a_package_without_structure_is_one_volume_and_that_is_told(library: Path) -> None:
    found = everything(library / "mets/swa_schwar_000059110_DSV01_1908", unit="article")
    assert [item.kind for item in found if isinstance(item, Flaw)] == ["no_articles"]
    assert sum(isinstance(item, Record) for item in found) == 1


def test_pages_are_documents_with_keys_of_their_own(library: Path) -> None:
    found = records(library / "mets/slub_metsmods2tei/test_mets_nodiv_local.xml", unit="page")
    assert len(found) == 47  # nine of the 56 are empty
    assert found[0].key == "test_mets_nodiv_local.xml#PHYS_0005"
    assert [pages_of(record) for record in found] == [1] * 47
    volume = records(library / "mets/slub_metsmods2tei/test_mets_nodiv_local.xml")[0]
    assert sum(map(words_of, found)) == words_of(volume)


def test_what_a_package_says_of_itself(library: Path) -> None:
    record = records(library / "mets/bl_lwm_0002647_18240217")[0]
    assert (record.date, record.institution, record.language) == ("1824-02-17", "British Library", "en")
    metadata = record.metadata or {}
    assert metadata["title_src"] == "The Statesman." and metadata["date_precision_gen"] == "day"
    slub = records(library / "mets/slub_metsmods2tei/test_mets_nodiv_local.xml")[0]
    assert slub.licence == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert (slub.metadata or {})["creators_src"][0] == "Burgsdorf, Friedrich August Ludwig von"


def test_olive_words_are_put_together_of_their_pieces(library: Path) -> None:
    shelf = Shelf(FolderBundle(str(library / "mets/olive_GDL_1900-01-02")))
    leaf = next(shelf.leaves("Document/1/Ar00100.xml"))
    lines = [line for block in leaf.blocks for line in block.lines]
    assert [line.words for line in lines[:3]] == [
        ["Lausanne,2janvier1900."],
        ["Regards", "en", "arrière."],
        ["Supposez", "un", "dessinateur", "installé", "au", "coin"],
    ]
    assert (lines[4].words[-1], lines[4].goes_on, lines[5].words[0]) == ("che-", "chenets", "nets.")


def test_two_versions_of_a_page_are_told_and_one_is_read(library: Path) -> None:
    found = everything(library / "mets/onb_anno_esj_1772")
    assert [item.kind for item in found if isinstance(item, Flaw)] == ["second_version"] * 2
    files = [page.file for item in found if isinstance(item, Record) for page in item.pages or ()]
    assert not [name for name in files if "_2." in name]
    assert [posixpath.basename(name) for name in files[:3]] == ["00000007.xml", "00000008.xml", "00000010.xml"]


@pytest.mark.parametrize(
    ("name", "documents", "pages"),
    [
        ("BLIP_20190920_01.zip", 1, 8),
        ("BLIP_20190929_04.zip", 1, 4),
        ("made_goobi_PPN517154005.zip", 1, 16),
        ("made_mixed_umlaut_names.zip", 8, 15),
        ("made_nested.zip", 1, 4),
        ("made_rero_EZR_bag.tar.gz", 1, 6),
        ("ndnp_testbatch.tgz", 4, 27),
        ("schwha_000094152_DSV01_1884.zip", 1, 5),
    ],
)
def test_deliveries_are_read_in_place(library: Path, name: str, documents: int, pages: int) -> None:
    found = records(library / "deliveries" / name)
    assert (len(found), sum(map(pages_of, found))) == (documents, pages)
    assert all((record.key or "").startswith(name) for record in found)


def test_a_delivery_has_the_text_of_its_unpacked_package(library: Path) -> None:
    packed = records(library / "deliveries/made_rero_EZR_bag.tar.gz")[0]
    folder = records(library / "mets/rero_bagit_EZR")[0]
    assert packed.text == folder.text


def test_a_self_referring_descriptor_ends(library: Path) -> None:
    found = everything(library / "hostile/mets_cycle.xml")
    assert [item.rule for item in found if isinstance(item, Refusal)] == ["no_pages"]


def test_nothing_outside_a_package_is_read(library: Path, tmp_path: Path) -> None:
    """The METS names files that are missing, outside its folder, absolute or at an address; all are missing pages."""
    package = tmp_path / "a/b/package"
    package.mkdir(parents=True)
    (package / "mets.xml").write_bytes((library / "hostile/mets_missing_files.xml").read_bytes())
    for name in ("passwd", "hostname", "not_there.xml"):
        (tmp_path / "a" / name).write_bytes((library / "hostile/stylesheet_pi.xml").read_bytes())
    found = everything(package)
    assert [item.rule for item in found if isinstance(item, Refusal)] == ["no_pages"]
    told = [item.message for item in found if isinstance(item, Flaw)]
    assert len(told) == 1 and told[0].startswith("3 times: ")


@pytest.mark.parametrize(
    ("href", "base", "name"),
    [
        ("file://./ALTO/1.xml", "", "ALTO/1.xml"),
        ("ALTO\\1.xml", "", "ALTO/1.xml"),
        ("https://a.example/x/ALTO/1.xml?d=1", "", "ALTO/1.xml"),
        ("file:///dead/server/PAGE/1.xml", "", "PAGE/1.xml"),
        ("1.xml", "", None),  # two have the name
        ("1.xml", "ALTO", "ALTO/1.xml"),
        ("ocr/2.xml", "", "ocr/2.xml.gz"),
        ("../../etc/passwd", "", None),
        ("", "", None),
        ("http://[", "", None),
    ],
)
def test_names_are_found_whatever_a_descriptor_calls_them(href: str, base: str, name: str | None) -> None:
    names = Names(["ALTO/1.xml", "PAGE/1.xml", "ocr/2.xml.gz"])
    assert names.find(href, base) == name
    assert not path_of(href).startswith("/")


def test_a_changed_page_is_another_input(tmp_path: Path, library: Path) -> None:
    folder = tmp_path / "volume"
    folder.mkdir()
    good = (library / "hostile/stylesheet_pi.xml").read_bytes()
    for name in ("1.xml", "2.xml"):
        (folder / name).write_bytes(good)
    before = source(str(tmp_path)).inputs()
    (folder / "2.xml").write_bytes(good.replace(b"</", b"\n</"))
    after = source(str(tmp_path)).inputs()
    assert [item.path for item in before] == [item.path for item in after] == ["volume"]
    assert before[0].stamp != after[0].stamp
    with pytest.raises(Exception, match="was changed after the run was planned"):
        list(source(str(tmp_path)).records(before[0]))


def test_a_file_that_is_named_stands_alone_and_a_folder_is_a_volume(tmp_path: Path, library: Path) -> None:
    good = (library / "hostile/stylesheet_pi.xml").read_bytes()
    for name in ("9.xml", "10.xml"):
        (tmp_path / name).write_bytes(good)
    assert [record.key for record in records(tmp_path / "*.xml")] == ["10.xml", "9.xml"]
    volume = records(tmp_path)
    assert [posixpath.basename(page.file) for page in volume[0].pages or ()] == ["9.xml", "10.xml"]


def test_catalogue_records_are_joined_by_number(tmp_path: Path, library: Path) -> None:
    (tmp_path / "catalogue.xml").write_text(
        '<mods xmlns="http://www.loc.gov/mods/v3"><identifier type="NLP">0002647</identifier>'
        '<accessCondition href="https://creativecommons.org/publicdomain/mark/1.0/">free</accessCondition></mods>'
    )
    found = records(library / "mets/bl_lwm_missing_page", catalogue=str(tmp_path / "catalogue.xml"))
    assert found[0].licence == "https://creativecommons.org/publicdomain/mark/1.0/"
    assert found[0].institution == "British Library"


def test_what_leads_to_no_text_is_named(tmp_path: Path, library: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(SourceError, match=r"leads to 1 files, none of which holds text"):
        source(str(tmp_path)).inputs()
    nowhere = str(tmp_path / "*.mrc")
    with pytest.raises(SourceError, match=r"no file matches .*\*\.mrc\. Check `catalogue`"):
        source(str(library / "mets/bl_lwm_missing_page"), catalogue=nowhere).inputs()


def test_where_a_catalogue_lies_is_no_part_of_what_a_source_is(tmp_path: Path) -> None:
    here, there = (source("x", catalogue=str(tmp_path / name / "c.xml")) for name in ("a", "b"))
    assert here.identity() == there.identity()


def test_an_archive_is_told_from_the_file_that_it_begins_with(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 no more")
    (tmp_path / "b.csv").write_bytes(b"a,b\n")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as zipped, tarfile.open(tmp_path / "two.tar", "w") as tar:
        for name in ("a.pdf", "b.csv"):
            zipped.write(tmp_path / name, name)
            tar.add(tmp_path / name, name)
    for name in ("two.zip", "two.tar"):
        refused = {item.key: item.rule for item in everything(tmp_path / name) if isinstance(item, Refusal)}
        assert refused == {f"{name}/a.pdf": "broken", f"{name}/b.csv": "unknown_format"}


def test_a_packed_page_is_read_like_one_that_is_not(tmp_path: Path, library: Path) -> None:
    for path in ("hocr/hocr_tools/ok-line.html", "tei/readux/tei.xml"):
        plain = tmp_path / posixpath.basename(path)
        plain.write_bytes((library / path).read_bytes())
        packed = tmp_path / f"{plain.name}.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        assert [item.text for item in records(packed)] == [item.text for item in records(plain)] != []


def test_facts_are_those_of_the_document(tmp_path: Path) -> None:
    page = '<div class="ocr_page" title="image {0}.tif"><span class="ocr_line"><span class="ocrx_word">{0}</span></span></div>'
    pages = "".join(page.format(name) for name in ("one", "two"))
    (tmp_path / "v.html").write_text(f"<html><body>{pages}</body></html>")
    told = [json_of(item)["file_src"]["image"] for item in records(tmp_path / "v.html", unit="page")]
    assert told == ["one.tif", "two.tif"]
    assert "image" not in json_of(records(tmp_path / "v.html")[0]).get("file_src", {})


def test_a_page_none_of_whose_files_can_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "mets.xml").write_text(
        '<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"><fileSec><fileGrp USE="FULLTEXT">'
        '<file ID="A"><FLocat xlink:href="1.xml"/></file><file ID="B"><FLocat xlink:href="1.csv"/></file></fileGrp></fileSec>'
        '<structMap TYPE="PHYSICAL"><div TYPE="physSequence"><div TYPE="page" ID="P1"><fptr FILEID="A"/><fptr FILEID="B"/>'
        "</div></div></structMap></mets>"
    )
    (tmp_path / "1.xml").write_bytes(b'<?xml version="1.0" encoding="no-such"?><alto/>')
    (tmp_path / "1.csv").write_bytes(b"\x00\x01")
    refused = next(item for item in everything(tmp_path) if isinstance(item, Refusal))
    assert refused.rule == "unknown_encoding" and refused.outcome is Outcome.QUARANTINED


def test_records_are_numbered_through(library: Path) -> None:
    found = everything(library / "deliveries/made_mixed_umlaut_names.zip")
    numbers = [item.record for item in found if not isinstance(item, Flaw)]
    assert numbers == list(itertools.islice(itertools.count(), len(numbers)))
