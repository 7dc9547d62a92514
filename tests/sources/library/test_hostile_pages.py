"""Files made to break a reader of pages: what each is read as, or refused for."""

from pathlib import Path

import pytest

from florilegium.sources.library.leaf import Leaf, Unreadable
from tests.sources.library.test_page_material import leaves, unpacked

WORDS = {
    "alto_duplicate_ids.xml": 9,
    "alto_empty_page.xml": 0,
    "alto_missing_coords.xml": 9,
    "alto_negative_coords.xml": 9,
    "alto_nonnumeric_coords.xml": 9,
    "dtd_external_url.xml": 9,
    "stylesheet_pi.xml": 9,
    "encoding_bom_utf8.xml": 11,
    "encoding_utf16_declared_utf8.xml": 11,
    "encoding_utf8_declared_latin1.xml": 11,
    "many_attributes_alto.xml": 1,
}
REFUSED = {
    "control_chars_page.xml": "invalid_characters",
    "empty.xml": "empty",
    "encoding_latin1_declared_utf8.xml": "wrong_encoding",
    "encoding_unknown.xml": "unknown_encoding",
    "entity_attribute_bomb.xml": "beyond_limits",
    "entity_bomb_alto.xml": "beyond_limits",
    "external_entity_etc.xml": "undefined_entity",
    "html_error_page.xml": "unknown_format",
    "huge_attribute_alto.xml": "word_too_long",
    "nesting_10000.html": "beyond_limits",
    "nesting_10000_page.xml": "beyond_limits",
    "nul_bytes_alto.xml": "invalid_characters",
    "nul_padding_alto.xml": "not_well_formed",
    "truncated_50_alto.xml": "not_well_formed",
    "truncated_50_page.xml": "not_well_formed",
    "unescaped_ampersand_alto.xml": "not_well_formed",
    "whitespace_only.xml": "empty",
    "wrong_extension_png.xml": "unknown_format",
}


def read(library: Path, name: str) -> list[Leaf]:
    return leaves(unpacked(library / "hostile" / name))


def words(found: list[Leaf]) -> list[str]:
    return [word for leaf in found for block in leaf.blocks for line in block.lines for word in line.words]


@pytest.mark.parametrize("name", WORDS)
def test_what_is_only_odd_is_read(library: Path, name: str) -> None:
    assert len(words(read(library, name))) == WORDS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trusted_is_refused_by_name(library: Path, name: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(library, name)
    assert raised.value.reason == REFUSED[name]


def test_text_whose_encoding_is_misdeclared_is_right(library: Path) -> None:
    right = words(read(library, "encoding_bom_utf8.xml"))
    assert right == words(read(library, "encoding_utf8_declared_latin1.xml"))
    assert right == words(read(library, "encoding_utf16_declared_utf8.xml"))
    assert any(not word.isascii() for word in right) and not any("\ufffd" in word or "Ã" in word for word in right)


def test_columns_come_as_the_file_has_them_and_coordinates_are_not_asked(library: Path) -> None:
    found = read(library, "alto_two_columns_interleaved.xml")
    source = unpacked(library / "hostile" / "alto_two_columns_interleaved.xml").decode()
    places = [source.index(f'ID="{block.id}"') for leaf in found for block in leaf.blocks]
    assert places == sorted(places) and len(places) == 2


def test_regions_that_an_order_repeats_or_forgets_come_once(library: Path) -> None:
    for name, expected in {"page_reading_order_cycle.xml": 2, "page_reading_order_dangling.xml": 3}.items():
        (leaf,) = read(library, name)
        names = [block.id for block in leaf.blocks]
        assert len(names) == len(set(names)) == expected and len(words([leaf])) >= expected
    assert names[-1] == "r3"
