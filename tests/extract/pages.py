"""Pages made at random of what extractors look at: tags, class names, links, lists, tables, long and short texts."""

from hypothesis import strategies as st

#: Parts of names that trafilatura's expressions look for, and some that they do not.
NAMES = [
    "post-content", "entry", "article-body", "story-body", "main", "content", "page-content", "footer", "sidebar", "related",
    "share-box", "menu", "tags", "comment-list", "Comments", "disqus_thread", "teaser", "border", "bottom", "link", "caption",
    "hidden", "cookie-banner", "mvp-post-add-box", "elementor-share-buttons", "highlight", "row", "a b", "",
]  # fmt: skip
ATTRIBUTES = [
    "id",
    "class",
    "role",
    "style",
    "itemprop",
    "aria-hidden",
    "data-component",
    "data-lp-replacement-content",
]
VALUES = [
    *NAMES,
    "navigation",
    "article",
    "display:none",
    "border: 1px",
    "articleBody",
    "true",
    "MostPopularStories",
    "presentation",
]
BLOCKS = ["div", "section", "article", "main", "aside", "ul", "ol", "li", "dl", "dd", "blockquote", "table", "tr", "td", "th", "form", "details", "header", "footer", "nav", "figure", "pre", "list", "item", "center", "select"]  # fmt: skip
LEAVES = ["p", "span", "a", "h1", "h2", "b", "br", "code", "img", "q", "sub", "script", "style", "iframe", "textarea", "title", "label", "math", "hr"]  # fmt: skip
SENTENCES = [
    "The gardener walked slowly through the old orchard, and counted the apples that the wind had left there. ",
    "It was not the first time that they had been to the town, but nobody knew of it. ",
    "Share this", "Read more", "12", " ", "\n  ", "\xa9 2024", "x &amp; y &lt;z&gt;", "über, dem Hügel und die Straße", "{a: 1}",
    "Facebook", "und der die das ist nicht auf dem", "a,b,c,d", "one\r\ntwo\tthree", "\u00a0", "e\u0301te\u0301",
]  # fmt: skip

_TEXT = st.lists(st.sampled_from(SENTENCES), min_size=0, max_size=5).map("".join)
_ATTRIBUTES = st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES), max_size=3)


def _element(tag: str, attributes: dict[str, str], inside: list[str], tail: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    if tag in ("br", "img", "hr"):
        return f"<{tag}{written}>{tail}"
    return f"<{tag}{written}>{''.join(inside)}</{tag}>{tail}"


_LEAF = st.builds(_element, st.sampled_from(LEAVES), _ATTRIBUTES, _TEXT.map(lambda text: [text]), _TEXT)
_PARAGRAPH = st.builds(_element, st.just("p"), _ATTRIBUTES, st.lists(_TEXT | _LEAF, max_size=4), _TEXT)
_BODY = st.recursive(
    _LEAF | _PARAGRAPH,
    lambda inner: st.builds(_element, st.sampled_from(BLOCKS), _ATTRIBUTES, st.lists(inner | _TEXT, max_size=6), _TEXT),
    max_leaves=40,
)


def pages() -> st.SearchStrategy[str]:
    """Give whole pages."""
    return st.lists(_BODY, min_size=1, max_size=6).map(
        lambda parts: f"<html><head><title>A page</title></head><body>{''.join(parts)}</body></html>"
    )
