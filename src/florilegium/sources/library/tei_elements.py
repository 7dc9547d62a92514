"""What the elements of the Text Encoding Initiative (P4 and P5) are to the text: blocks, lines, phrases, or no text.

Sets of local names. What stands in none of them is a phrase within a phrase, and a block where only blocks belong.
"""

from florilegium.sources.library.leaf import Role


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


#: Readings that are passed over where there is another: what is read is ``corr``, ``expan``, ``supplied``, ``lem``;
#: else ``orig``, the spelling of the print; else the first.
UNREAD = frozenset({"sic", "abbr", "reg", "orig", "rdg", "rdgGrp"})
#: Elements that hold readings of one place, of which one is read.
ALTERNATIVES = frozenset({"choice", "app"})

#: Of these, P4 may give the text that is read in an attribute.
READ_FROM = {"sic": "corr", "abbr": "expan"}
#: Blanks in these are of the file, not of the text.
WITHOUT_TEXT = frozenset({"choice", "app", "subst"})
#: A line of the print ends here.
MILESTONES = frozenset({"lb", "cb", "gb"})

#: No text of the document: what was struck out, pictures described by an editor, data, apparatus.
DROPPED = _names(
    "del figDesc metamark witDetail wit index interp interpGrp fs fvLib fLib spanGrp linkGrp joinGrp altGrp timeline"
    " listChange listTranspose listPerson listPlace listOrg listEvent listNym listRelation certainty precision respons"
    " standOff xenoData tagsDecl"
)
#: Pictures and their transcription place by place: read only where there is no ``text``.
PICTURED = frozenset({"facsimile", "sourceDoc"})

#: Only blocks belong in these.
STRUCTURE = _names(
    "text front body back group floatingText div div0 div1 div2 div3 div4 div5 div6 div7 sp spGrp lg list table figure"
    " titlePage docTitle castList castGroup opener closer postscript epigraph argument prologue epilogue set"
    " performance address listBibl listWit superEntry"
)
#: Blocks wherever they stand.
BLOCKS = STRUCTURE | _names(
    "p ab head trailer speaker byline titlePart docAuthor docImprint docDate docEdition imprimatur entry entryFree"
    " egXML eg"
)
#: Never blocks, also where only blocks belong.
PHRASES = _names(
    "hi c g w pc s m emph foreign add addSpan supplied unclear sic corr choice abbr expan orig reg subst damage restore"
    " retrace surplus redo undo name persName placeName orgName geogName rs num date time ref ptr term title space gap"
    " ex am seg distinct mentioned soCalled measure milestone anchor handShift app lem caesura desc"
)
#: One line each of the block that their parent is.
LINES = frozenset({"l", "item", "row", "castItem", "addrLine"})
#: Words, cells and parts of dictionary entries: a blank stands between two of them, also where the file has none.
APART = _names(
    "w cell orth pron hyph syll stress gramGrp pos gen number case itype gram subc colloc def sense form usg lbl xr"
    " etym role roleDesc"
)
#: Set beside the text: read as blocks of their own, and the sentence around them goes on.
INSETS = frozenset({"note", "fw"})

HEADINGS = frozenset({"head", "docTitle", "titlePart"})

_FORME_WORK = {
    "head": Role.RUNNING_HEAD,
    "pag": Role.PAGE_NUMBER,
    "page": Role.PAGE_NUMBER,
    "fol": Role.PAGE_NUMBER,
    "catch": Role.CATCHWORD,
    "sig": Role.SIGNATURE,
}


def role_of_inset(name: str, attributes: dict[str, str]) -> Role:
    """Give the role of a ``note`` or ``fw``: an ``fw`` of unknown type is a running head."""
    if name == "note":
        return Role.NOTE
    kind = attributes.get("type", "").lower()
    return next((role for start, role in _FORME_WORK.items() if kind.startswith(start)), Role.RUNNING_HEAD)
