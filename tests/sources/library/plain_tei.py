"""A plain second way to the text of a TEI file: a tree, all of it in memory, and what leaves it named class by class."""

from collections import Counter

from lxml import etree

DROPPED = {
    "del", "figDesc", "metamark", "witDetail", "listPerson", "listPlace", "listOrg", "listEvent", "listTranspose",
}  # fmt: skip


def tree(path):
    """Give the tree: double ids and prefixes without declaration do no harm to text."""
    parser = etree.XMLParser(collect_ids=False, recover=True, no_network=True, resolve_entities=False)
    return etree.parse(str(path), parser)


def name_of(node):
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def reading_of(choice):
    """Give the child that is read."""
    ranked = [("corr", "expan", "supplied"), ("orig",), ("reg", "sic", "abbr")]
    return next(node for names in ranked for node in choice if name_of(node) in names)


def outer_texts(path):
    for text in tree(path).iter("{*}text"):
        if not any(name_of(above) == "text" for above in text.iterancestors()):
            yield text


def classes(path):
    """Give ``class -> [pieces of text]`` in the order of the file: "main", "inset", or why it is not read."""
    found = {}

    def put(kind, piece):
        found.setdefault(kind, []).append(piece or "")

    def walk(node, kind):
        name = name_of(node)
        if not name:
            return
        parent = node.getparent()
        above = name_of(parent) if parent is not None else ""
        if kind in ("main", "inset"):
            if name in DROPPED or (name, above) == ("listBibl", "back"):
                kind = f"dropped: {name}"
            elif above == "choice" and node is not reading_of(parent):
                kind = f"other reading: {name}"
            elif name in ("note", "fw"):
                kind = "inset"
        with_text = name not in ("choice", "subst")  # blanks in these are of the file
        put(kind, node.text if with_text else "")
        for child in node:
            walk(child, kind)
            put(kind, child.tail if with_text else "")

    for text in outer_texts(path):
        walk(text, "main")
        put("main", " ")
    return found


def words_without_tails(path):
    """Count as `index.jsonl` does: only the text before an element's first child; all tails are left out."""
    pieces = []
    for text in outer_texts(path):
        pieces += [node.text or "" for node in text.iter() if name_of(node)] + [" "]
    return len("".join(pieces).split()), len(" ".join(pieces).split())


def counts(path):
    return Counter(name_of(node) for text in outer_texts(path) for node in text.iter())
