"""Hardened XML: what is refused and why, what is never opened, and that memory does not grow with the file."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from florilegium.sources.library import xml
from florilegium.sources.library.leaf import Unreadable
from florilegium.sources.library.xml import read_xml, unicode_chunks

LEAK = "CANARY"


def texts(document: bytes, tag: str = "p") -> list[str]:
    return ["".join(element.itertext()) for _, _, element in read_xml(io.BytesIO(document), [tag])]


def reason(document: bytes) -> str:
    with pytest.raises(Unreadable) as raised:
        texts(document)
    return raised.value.reason


def test_elements_come_whole_in_document_order_and_starts_as_they_open() -> None:
    document = b'<a xmlns:n="u"><d k="1"><n:p>x<q>y</q></n:p>z</d><d k="2"><p>v<p>w</p></p></d></a>'
    seen = []
    for event, name, element in read_xml(io.BytesIO(document), {"p", "q"}, starts={"d"}):
        seen.append((event, name, element.get("k") if event == "start" else "".join(element.itertext())))
    assert seen == [
        ("start", "d", "1"),
        ("end", "q", "y"),
        ("end", "p", "xy"),
        ("start", "d", "2"),
        ("end", "p", "w"),
        ("end", "p", "vw"),
    ]


def test_what_was_given_is_freed_and_what_is_open_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "CHUNK", 64)
    document = b"<a><h>" + b"<p>one</p><x><y/></x>" * 500 + b"<p>t<q>u</q>" + b"<r>v</r>" * 50 + b"</p></h></a>"
    sizes, last = [], ""
    for _, _, element in read_xml(io.BytesIO(document), ["p"]):
        sizes.append(sum(1 for _ in element.getroottree().getroot().iter()))
        last = "".join(element.itertext())
    assert len(sizes) == 501 and max(sizes[:-1]) < 30
    assert last == "tu" + "v" * 50


@pytest.mark.parametrize("external", ['SYSTEM "{}"', 'PUBLIC "-//X//Y" "{}"', "SYSTEM 'file://{}'"])
@pytest.mark.parametrize("subset", ["", "[<!ENTITY own 'own'>]", '[<!-- ]> " --><!ENTITY own "]>">]'])
def test_no_dtd_beside_the_file_is_opened(tmp_path: Path, external: str, subset: str) -> None:
    dtd = tmp_path / "x.dtd"
    dtd.write_text(f'<!ENTITY leak "{LEAK}"><!ATTLIST p a CDATA "{LEAK}">')
    head = f"<!DOCTYPE a {external.format(dtd)} {subset}>"
    document = f"{head}<a><p>x</p></a>".encode()
    assert texts(document) == ["x"]
    assert [dict(element.attrib) for _, _, element in read_xml(io.BytesIO(document), ["p"])] == [{}]
    assert reason(f"{head}<a><p>&leak;</p></a>".encode()) == "undefined_entity"


@pytest.mark.parametrize(
    "entity", ['<!ENTITY leak SYSTEM "{}">', '<!ENTITY % p SYSTEM "{}"> %p;', '<!ENTITY % p SYSTEM "file://{}"> %p;']
)
def test_no_external_entity_is_opened(tmp_path: Path, entity: str) -> None:
    file = tmp_path / "x.ent"
    file.write_text(f'<!ENTITY leak "{LEAK}">' if "%" in entity else LEAK)
    document = f"<!DOCTYPE a [{entity.format(file)}]><a><p>&leak;</p></a>"
    assert reason(document.encode()) == "undefined_entity"


def test_entities_that_the_file_declares_are_resolved_within_a_limit() -> None:
    head = b'<!DOCTYPE a [<!ENTITY e "\xc3\xa9t\xc3\xa9"><!ENTITY two "&e;&e;">]>'
    assert texts(head + b"<a><p>l'&two;</p></a>") == ["l'étéété"]
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    assert reason(f'<!DOCTYPE a [<!ENTITY e0 "ha">{bomb}]><a><p>&e9;</p></a>'.encode()) == "beyond_limits"
    assert reason(f'<!DOCTYPE a [<!ENTITY e0 "ha">{bomb}]><a><p x="&e9;"/></a>'.encode()) == "beyond_limits"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"GIF89a", "not_xml"),
        (b"\x89PNG\r\n\x1a\n", "wrong_encoding"),
        (b"<!-- only -->", "not_xml"),
        (b" " * (2 << 20) + b"<", "not_xml"),
        (b"<a><p>x</p>", "not_well_formed"),
        (b"<a><p>x</p></a>\0\0\0", "not_well_formed"),
        (b"<a><p>x & y</p></a>", "not_well_formed"),
        (b"<a><p>a\x0cb</p></a>", "invalid_characters"),
        (b"<a><p>caf\xe9</p></a>", "wrong_encoding"),
        (b'<?xml version="1.0" encoding="x-klingon"?><a/>', "unknown_encoding"),
        (b'<?xml version="1.0" encoding="zlib"?><a/>', "unknown_encoding"),
        (b"\xff\xfe" + "<a>\ud800</a>".encode("utf-16-le", "surrogatepass"), "wrong_encoding"),
        (b"<p>" * 10_000 + b"</p>" * 10_000, "beyond_limits"),
        (b"<a><p>&eacute;</p></a>", "undefined_entity"),
    ],
)
def test_damage_is_told_by_name(document: bytes, expected: str) -> None:
    assert reason(document) == expected


def test_what_stands_before_the_damage_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "CHUNK", 16)
    events = read_xml(io.BytesIO(b"<a>" + b"<p>whole</p>" * 5 + b"<p>x & y</p></a>"), ["p"])
    given = 0
    with pytest.raises(Unreadable, match="line 1"):
        for _ in events:
            given += 1
    assert 3 <= given <= 5


def test_prefixes_that_nobody_declared_are_overlooked_and_nothing_behind_them_is() -> None:
    many = b'<p x:a="1"><y:q>z</y:q></p>' * 300
    assert texts(b"<a>" + many + b"</a>") == ["z"] * 300
    assert reason(b"<a>" + many + b"<p>&nbsp;</p></a>") == "undefined_entity"
    hidden = b'<!DOCTYPE a [<!ENTITY % gone SYSTEM "gone"> %gone;]><a>' + many + b"<p>&gone;</p></a>"
    assert reason(hidden) in ("undefined_entity", "not_well_formed")


TEXT = "Größe – déjà"


@pytest.mark.parametrize(
    ("declared", "actual", "expected"),
    [
        ("utf-8", "utf-8", TEXT),
        ("utf-8", "utf-8-sig", TEXT),
        ("utf-8", "utf-16", TEXT),
        ("utf-16", "utf-16", TEXT),
        ("utf-16", "utf-8", TEXT),
        ("iso-8859-1", "iso-8859-1", "Größe ? déjà"),
        ("iso-8859-1", "utf-8", TEXT),
        ("windows-1252", "windows-1252", TEXT),
        ("windows-1252", "utf-8", TEXT),
        ("windows-1251", "windows-1251", "Gr??e – d?j?"),
        ("shift_jis", "shift_jis", "Gr??e ? d?j?"),
    ],
)
def test_the_encoding_is_that_of_the_bytes(declared: str, actual: str, expected: str) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?>\n<a><p>{TEXT}</p></a>'.encode(actual, "replace")
    assert texts(document) == [expected]


def test_characters_that_a_chunk_parts_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "CHUNK", 3)
    text = "äöü€𝔞" * 50
    for encoding in ("utf-8", "utf-16"):
        assert b"".join(unicode_chunks(io.BytesIO(text.encode(encoding)))).decode() == text
    with pytest.raises(Unreadable, match="middle of a character"):
        list(unicode_chunks(io.BytesIO("€".encode()[:2])))


def test_one_element_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "ELEMENT_LIMIT", 1 << 18)
    row = b"<p><r>cell</r></p>"
    assert len(texts(b"<a>" + row * 50_000 + b"</a>")) == 50_000
    assert reason(b"<a><p>" + b"<r>cell</r>" * 50_000 + b"</p></a>") == "element_too_large"


MEASURE = """
import io, resource, sys
from florilegium.sources.library.{module} import read_pages
class Endless(io.RawIOBase):
    def __init__(self): self.seek(0)
    def seek(self, *_): self.left, self.rest = int(sys.argv[1]), {head!r}; return 0
    def read(self, size=-1):
        while len(self.rest) < size and self.left >= 0:
            self.rest += {body!r} * 40 if self.left else {tail!r}
            self.left -= 1
        given, self.rest = self.rest[:size], self.rest[size:]
        return given
pages = sum(1 for _ in read_pages(Endless()))
print(pages, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
MANY = {
    "alto": (
        b"<alto><Layout>",
        b"<Page><PrintSpace><TextBlock>%s</TextBlock></PrintSpace></Page>"
        % (b'<TextLine><String CONTENT="word" WC="0.5"/><SP/><String CONTENT="next"/></TextLine>' * 30),
        b"</Layout></alto>",
    ),
    "hocr": (
        b"<html><body>",
        b"<div class='ocr_page'><p class='ocr_par'>%s</p></div>"
        % (b"<span class='ocr_line'><span class='ocrx_word' title='x_wconf 9'>word</span> </span>" * 30),
        b"</body></html>",
    ),
    "djvu": (
        b"<DjVuXML><BODY>",
        b"<OBJECT><PARAGRAPH>%s</PARAGRAPH></OBJECT>" % (b"<LINE><WORD>word</WORD></LINE>" * 60),
        b"</BODY></DjVuXML>",
    ),
    "abbyy": (
        b"<document>",
        b"<page><block><text><par>%s</par></text></block></page>"
        % (b"<line><formatting>a word</formatting></line>" * 60),
        b"</document>",
    ),
}
MANY_HTML = (MANY["hocr"][0], MANY["hocr"][1] + b"<br>", MANY["hocr"][2])


@pytest.mark.parametrize(("module", "parts"), [*MANY.items(), ("hocr", MANY_HTML)], ids=[*MANY, "hocr as html"])
def test_memory_does_not_grow_with_the_file(module: str, parts: tuple[bytes, bytes, bytes]) -> None:
    head, body, tail = parts
    program = MEASURE.format(module=module, head=head, body=body, tail=tail)
    peaks = []
    for rounds in (20, 240):  # some 2 MB and 24 MB
        ran = subprocess.run([sys.executable, "-c", program, str(rounds)], capture_output=True, text=True, check=True)
        pages, peak = map(int, ran.stdout.split())
        assert pages == rounds * 40
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 10
