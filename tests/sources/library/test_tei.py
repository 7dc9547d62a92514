"""TEI in small: what each element does to blocks, lines and words."""

import io

import pytest

from florilegium.sources.library import tei
from florilegium.sources.library.leaf import Breaks, Role, Unreadable

HEADER = "<teiHeader><fileDesc><titleStmt><title>Probe</title></titleStmt></fileDesc></teiHeader>"


def pages(body, header=HEADER, before=""):
    source = f"{before}<TEI xmlns='http://www.tei-c.org/ns/1.0'>{header}<text><body>{body}</body></text></TEI>"
    return list(tei.read_pages(io.BytesIO(source.encode())))


def texts(body, **more):
    """Give each block as (role, lines)."""
    return [
        (block.role.value, [line.text for line in block.lines]) for leaf in pages(body, **more) for block in leaf.blocks
    ]


def prose(body):
    (only,) = texts(f"<p>{body}</p>")
    assert only[0] == "text"
    return only[1]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("i<c>s</c>t <hi>ge</hi>wesen", ["ist gewesen"]),
        ("br<supplied>u</supplied>der, <unclear>durh</unclear>", ["bruder, durh"]),
        ("ein <lb/>zwei<lb/>drei", ["ein", "zwei", "drei"]),
        ("<choice><sic>teh</sic><corr>the</corr></choice> end", ["the end"]),
        ("<choice><corr>the</corr><sic>teh</sic></choice> end", ["the end"]),
        ("br<choice>\n  <abbr>r</abbr>\n  <expan>uder</expan>\n</choice>s", ["bruders"]),
        ("<choice><orig>vnd</orig><reg>und</reg></choice>", ["vnd"]),
        ("<choice><reg>und</reg><orig>vnd</orig></choice>", ["vnd"]),
        ("<choice><orig>vnd</orig><corr>und</corr></choice>", ["und"]),
        ("<choice><orig>v<lb/>n<del>x</del>d</orig><reg>und</reg></choice>", ["v nd"]),
        ("<sic>teh</sic> <orig>vnd</orig> <abbr>Dr.</abbr> <reg>und</reg>", ["teh vnd Dr. und"]),
        ("<sic corr='the'>teh</sic> <abbr expan='Doctor'>Dr.</abbr>", ["the Doctor"]),
        ("<app><lem>arma</lem><rdg>armo</rdg></app> virum", ["arma virum"]),
        ("<app><rdg>arma</rdg><rdg>armo</rdg></app> virum", ["arma virum"]),
        ("ge<subst>\n<del>h</del>\n<add>b</add>\n</subst>en", ["geben"]),
        ("a<gap reason='illegible'/>b", ["ab"]),
        ("links<space/>rechts", ["links rechts"]),
        ("<w>das</w><w>Haus</w><pc>.</pc>", ["das Haus."]),
        ("a <figure><figDesc>a ship</figDesc></figure> b", ["a", "b"]),
    ],
)
def test_phrases(body, lines):
    assert [line for _, block in texts(f"<p>{body}</p>") for line in block] == lines


def test_lb_that_joins_breaks_the_word_and_others_do_not():
    (leaf,) = pages("<p>ni<lb break='no'/>tya\n <lb break='no' ed='b'/>\n <lb ed='c'/>ka <lb/>vā</p>")
    assert [(line.words, line.goes_on) for line in leaf.blocks[0].lines] == [
        (["ni"], ""), (["tya"], ""), (["ka"], None), (["vā"], None),
    ]  # fmt: skip


def test_a_note_stands_behind_its_block_and_the_sentence_goes_on():
    body = "<p>vor<note place='foot'><p>erste</p><p>zweite</p></note>her <note>dritte</note>und</p><p>neu</p>"
    assert texts(body) == [
        ("text", ["vorher und"]),
        ("note", ["erste"]),
        ("note", ["zweite"]),
        ("note", ["dritte"]),
        ("text", ["neu"]),
    ]


def test_a_paragraph_over_two_pages_goes_on_behind_what_stands_round_it():
    body = (
        "<pb n='[1]' facs='#f1'/><p>eins <note>n1 <pb n='2' xml:id='p2'/>n2</note>zwei <fw type='sig'>A2</fw>"
        "<pb facs='#f3' n='iii'/><fw type='header'>KOPF</fw><fw type='pageNum'>3</fw> drei</p><p>vier</p>"
    )
    leaves = pages(body)
    assert [(leaf.id, leaf.label) for leaf in leaves] == [("f1", "[1]"), ("p2", "2"), ("f3", "iii")]
    assert [[(b.role.value, b.lines[0].text, b.goes_on) for b in leaf.blocks] for leaf in leaves] == [
        [("text", "eins", False), ("note", "n1", False)],
        [("note", "n2", True), ("text", "zwei", True), ("signature", "A2", False)],
        [("running_head", "KOPF", False), ("page_number", "3", False), ("text", "drei", True), ("text", "vier", False)],
    ]


def test_a_word_over_two_pages():
    first, second = pages("<p>rūpa<pb break='no' n='2'/>tvāt |</p>")
    assert (first.id, second.id) == (None, "2")
    assert (first.blocks[0].lines[0].goes_on, second.blocks[0].goes_on) == ("", True)


def test_empty_pages_stay_and_what_is_in_a_dropped_element_still_counts_pages():
    assert [leaf.id for leaf in pages("<pb n='1'/><pb n='2'/><p>a<del>b<pb n='3'/>c</del>d</p><pb/>")] == [
        "1",
        "2",
        "3",
        "pb-4",
    ]


def test_drama_and_verse():
    body = (
        "<sp><speaker>FAUST.</speaker><stage>tritt auf</stage><l>Habe nun, ach!<lb/> Philosophie,</l>"
        "<lb n='5'/><l>Juristerei <stage>leise</stage></l><p>Prosa</p></sp><lg><l>a</l><l>b</l></lg><lg><l>c</l></lg>"
    )
    (leaf,) = pages(body)
    assert [(b.breaks.value, [line.text for line in b.lines]) for b in leaf.blocks] == [
        ("layout", ["FAUST."]),
        ("layout", ["tritt auf"]),
        ("meant", ["Habe nun, ach! Philosophie,", "Juristerei leise"]),
        ("layout", ["Prosa"]),
        ("meant", ["a", "b"]),
        ("meant", ["c"]),
    ]


def test_lists_and_tables():
    body = (
        "<p>vor<list><head>L</head><item>eins</item><item>zwei</item></list>nach</p>"
        "<table><head>T</head><row><cell>a</cell><cell>b</cell></row><row><cell>c</cell></row></table>"
    )
    assert texts(body) == [
        ("text", ["vor"]),
        ("heading", ["L"]),
        ("text", ["eins", "zwei"]),
        ("text", ["nach"]),
        ("caption", ["T"]),
        ("table", ["a b", "c"]),
    ]


def test_an_item_that_the_compositor_broke_is_a_block_of_its_own():
    (leaf,) = pages("<list><item>kurz</item><item>lange Zei-<lb/>le</item><item>kurz</item></list>")
    assert [(b.breaks, [line.text for line in b.lines]) for b in leaf.blocks] == [
        (Breaks.MEANT, ["kurz"]),
        (Breaks.LAYOUT, ["lange Zei-", "le"]),
        (Breaks.MEANT, ["kurz"]),
    ]


def test_titles_openers_and_phrases_directly_in_them():
    body = "<opener><dateline>Wien, 9. Mai</dateline><salute>Lieber!</salute></opener><p>a</p><closer>i<c>s</c>t <signed>X</signed></closer>"
    assert [lines for _, lines in texts(body)] == [["Wien, 9. Mai"], ["Lieber!"], ["a"], ["ist"], ["X"]]


def test_dictionary_entries_do_not_glue_their_parts():
    entry = (
        "<entry><form><orth>above</orth></form><gramGrp><pos>adv</pos></gramGrp><sense><def>juu</def></sense></entry>"
    )
    assert texts(entry + entry) == [("text", ["above adv juu"])] * 2


def test_a_text_within_a_text_is_read_once():
    source = "<TEI><text><front><p>a</p></front><group><text><body><p>b</p></body></text><text><body><p>c</p></body></text></group></text></TEI>"
    (leaf,) = tei.read_pages(io.BytesIO(source.encode()))
    assert [block.lines[0].text for block in leaf.blocks] == ["a", "b", "c"]


def test_a_corpus_gives_each_text_its_own_header():
    one = "<TEI><teiHeader><fileDesc><titleStmt><title>{0}</title></titleStmt></fileDesc></teiHeader><text><body><p>{0}</p></body></text></TEI>"
    source = f"<teiCorpus>{HEADER}{one.format('A')}{one.format('B')}</teiCorpus>"
    assert [(leaf.facts["title"], leaf.blocks[0].lines[0].text) for leaf in tei.read_pages(io.BytesIO(source.encode()))] == [
        ("A", "A"), ("B", "B"),
    ]  # fmt: skip


def test_facts_of_the_header():
    header = """<teiHeader><fileDesc>
      <titleStmt><title type="main">Reise</title><title type="sub">nach dem Ural</title>
        <author><surname>Rose</surname> <forename>G.</forename></author><author>Humboldt</author></titleStmt>
      <publicationStmt><publisher>DTA</publisher><date>2025</date>
        <availability><licence target="https://creativecommons.org/licenses/by/4.0/">CC BY</licence></availability>
        <idno><idno type="URN">urn:x</idno><idno type="ID">7</idno></idno></publicationStmt>
      <sourceDesc><bibl>Rose: Reise. <date>1842</date></bibl></sourceDesc></fileDesc>
      <profileDesc><langUsage><language ident="deu">German</language><language ident="lat"/></langUsage></profileDesc></teiHeader>"""
    (leaf,) = pages("<p>a</p>", header=header)
    assert leaf.facts == {
        "title": "Reise",
        "subtitle": "nach dem Ural",
        "author": "Rose G.; Humboldt",
        "publisher": "DTA",
        "date": "1842",
        "date_of_file": "2025",
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "rights": "CC BY",
        "identifier": "urn:x; 7",
        "source": "Rose: Reise. 1842",
        "language": "deu; lat",
    }
    assert leaf.language == "deu"


def test_what_is_not_read_is_counted_on_its_page():
    first, second = pages("<pb n='1'/><p>a<gap/><gap/><del>x</del></p><pb n='2'/><p>b&nbsp;&mdash;<include/></p>")
    assert first.facts == {"title": "Probe", "gaps": "2", "deletions": "1"}
    assert second.facts == {"title": "Probe", "html_entities_undeclared": "2", "includes_unread": "1"}
    assert second.blocks[0].lines[0].text == "b —"


def test_entities_that_the_file_declares():
    before = "<!DOCTYPE TEI SYSTEM 'http://127.0.0.1:9/tei.dtd' [<!ENTITY aacute '&#225;'><!ENTITY % more SYSTEM 'more.ent'> %more;]>"
    assert texts("<p>Padr&aacute;ig</p>", before=before) == [("text", ["Padráig"])]


def test_zones_are_read_only_where_there_is_no_text():
    zones = (
        "<facsimile><surface xml:id='s1' ulx='0' uly='10' lrx='100' lry='210'><zone xml:id='z1'><zone><line>eine</line>"
        "</zone><zone><line>zweite</line></zone></zone><zone><line>andere</line></zone></surface></facsimile>"
    )
    (leaf,) = tei.read_pages(io.BytesIO(f"<TEI>{HEADER}{zones}</TEI>".encode()))
    assert (leaf.id, leaf.width, leaf.height, leaf.facts["title"]) == ("s1", 100, 200, "Probe")
    assert [(b.id, [line.text for line in b.lines]) for b in leaf.blocks] == [
        ("z1", ["eine", "zweite"]),
        (None, ["andere"]),
    ]
    both = f"<TEI>{HEADER}{zones}<text><body><p>nur dies</p></body></text></TEI>"
    assert [b.lines[0].text for leaf in tei.read_pages(io.BytesIO(both.encode())) for b in leaf.blocks] == ["nur dies"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "empty"),
        ("<html/>", "not_tei"),
        (f"<TEI>{HEADER}</TEI>", "no_text"),
        ("<TEI><text><body><p>cut", "not_well_formed"),
        ("<TEI><text><body><p>&unheardof;</p></body></text></TEI>", "undefined_entity"),
        (
            "<!DOCTYPE TEI [<!ENTITY c SYSTEM 'chapter1.xml'>]><TEI><text><body>&c;</body></text></TEI>",
            "external_entity",
        ),
        ("<TEI><text><body>" + "<div>" * 2000, "beyond_limits"),
        ("<TEI><text n='" + "a" * (11 << 20), "beyond_limits"),
        ("<TEI><text><body><p>" + "wort " * 2_000_000, "beyond_limits"),
        ("<TEI><text><pb/>" + "<p>wort</p>" * 200_000, "beyond_limits"),
        ("<!DOCTYPE T [<!ENTITY a '" + "x" * 50_000 + "'>]><TEI><text>" + "<p>&a;</p>" * 20_000, "beyond_limits"),
    ],
)
def test_refused(source, reason):
    with pytest.raises(Unreadable) as refused:
        list(tei.read_pages(io.BytesIO(source.encode())))
    assert refused.value.reason == reason


def test_a_long_text_without_pages_goes_on_in_further_leaves(monkeypatch):
    monkeypatch.setattr(tei, "LONG_TEXT", 5_000)
    leaves = pages("".join(f"<p>Absatz {number}</p>" for number in range(100)))
    assert len(leaves) > 1
    assert {leaf.id for leaf in leaves} == {None}
    assert [b.lines[0].text for leaf in leaves for b in leaf.blocks] == [f"Absatz {number}" for number in range(100)]


def test_roles_of_forme_work_that_says_nothing():
    assert texts("<fw>?</fw><fw type='catch'>und</fw>") == [
        (Role.RUNNING_HEAD.value, ["?"]),
        (Role.CATCHWORD.value, ["und"]),
    ]
