"""HTML as real sites serve it: the text in the middle, and around it everything that an extractor has to take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from florilegium.sample.draw import Draw
from florilegium.sample.stock import lexicon


@dataclass(frozen=True)
class Site:
    """A made-up web site (the top-level domain ``example`` is reserved) and the layout of its pages."""

    host: str
    name: str
    layout: str


SITES = (
    Site("www.harwick-society.example", "The Harwick Society", "semantic"),
    Site("notes.penbury.example", "Penbury Notes", "blog"),
    Site("www.ostwick-museum.example", "Ostwick Museum", "classic"),
    Site("crafts.kirkhaven.example", "Kirkhaven Crafts", "semantic"),
    Site("blog.lowbarton.example", "Letters from Low Barton", "blog"),
    Site("www.fenwater-gazette.example", "The Fenwater Gazette", "classic"),
    Site("archive.dunmere.example", "Dunmere Archive", "semantic"),
    Site("www.castleorme.example", "Castle Orme", "blog"),
    Site("history.winterfold.example", "Winterfold History Group", "classic"),
    Site("www.swanholm-press.example", "Swanholm Press", "semantic"),
)

MENU = ("Home", "News", "Articles", "Events", "Shop", "About us", "Contact")
COOKIES = "We use cookies to make this site better. Read our cookie policy and privacy policy."
SCRIPT = "(function () { var q = window.q || []; q.push({page: '%s'}); window.q = q; })();"
STYLE = "body { margin: 0; font-family: serif; } nav a { color: #335; } .side { float: right; width: 20%; }"


def article(site: Site, title: str, paragraphs: Sequence[str], draw: Draw, charset: str = "utf-8") -> str:
    """Give the page of one text. ``charset`` is what the page declares; an empty one is left out."""
    body = "\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)
    return _page(site, title, body, draw, charset)


def listing(site: Site, titles: Sequence[str], draw: Draw) -> str:
    """Give a page that only lists links to other pages."""
    items = "\n".join(f'<li><a href="/articles/{number}">{escape(t)}</a></li>' for number, t in enumerate(titles, 1))
    return _page(site, f"All articles, page {draw.between(2, 40)}", f'<ul class="list">\n{items}\n</ul>', draw, "utf-8")


def skeleton(site: Site, draw: Draw) -> str:
    """Give a page whose middle was meant to be filled in by a script and is empty."""
    return _page(site, site.name, '<div id="app"></div>', draw, "utf-8")


def _page(site: Site, title: str, body: str, draw: Draw, charset: str) -> str:
    meta = f'<meta charset="{charset}">\n' if charset else ""
    menu = "".join(f'<li><a href="/{word.lower().replace(" ", "-")}">{word}</a></li>' for word in MENU)
    places = draw.some(lexicon()["place"], 6)
    related = "".join(f'<li><a href="/articles/{draw.between(100, 999)}">{place}</a></li>' for place in places)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{meta}<title>{escape(title)} - {site.name}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<link rel="canonical" href="https://{site.host}/">\n'
        f"<style>{STYLE}</style>\n<script>{SCRIPT % site.host}</script>\n</head>\n<body>\n"
        + LAYOUTS[site.layout].format(
            site=site.name, title=escape(title), body=body, menu=menu, related=related, cookies=COOKIES
        )
        + f'\n<script src="https://{site.host}/js/count.js" async></script>\n</body>\n</html>\n'
    )


LAYOUTS = {
    "semantic": """<div class="cookie-banner" role="dialog"><p>{cookies}</p><button>Accept</button></div>
<header><a class="logo" href="/">{site}</a><nav><ul>{menu}</ul></nav></header>
<main>
<article>
<h1>{title}</h1>
{body}
</article>
<aside class="sidebar"><h2>Read also</h2><ul>{related}</ul></aside>
</main>
<footer><p>&copy; {site}. All rights reserved.</p><ul><li><a href="/terms">Terms of use</a></li></ul></footer>""",
    "blog": """<div id="wrapper">
<div id="header" class="site-header"><h2 class="site-title"><a href="/">{site}</a></h2>
<ul class="menu">{menu}</ul></div>
<div id="content" class="site-content">
<div class="post">
<h1 class="post-title">{title}</h1>
<div class="post-content">
{body}
</div>
<div class="share"><a href="/share/a">Share</a> <a href="/share/b">Print</a></div>
</div>
</div>
<div id="sidebar" class="sidebar widget-area"><h3>Recent posts</h3><ul>{related}</ul></div>
<div id="footer" class="site-footer"><a href="/privacy">Privacy policy</a> | {site}</div>
<div id="cookie-notice" class="cookie-notice">{cookies} <a href="#" class="button">OK</a></div>
</div>""",
    "classic": """<table class="layout" width="100%"><tr><td class="navigation"><ul>{menu}</ul></td></tr></table>
<div class="breadcrumb"><a href="/">{site}</a> &gt; <a href="/articles">Articles</a> &gt; {title}</div>
<div class="main-content" id="main">
<h1>{title}</h1>
<div class="entry-content">
{body}
</div>
</div>
<div class="side navigation"><b>More places</b><ul>{related}</ul></div>
<div class="footer"><small>{site}, all rights reserved. {cookies}</small></div>""",
}
"""The insides of the body, by layout: HTML5 elements, a blog's nested boxes, an older page with tables."""
