"""What the formats, and the people who use them, call the parts of a page."""

import re

from florilegium.sources.library.leaf import Role

_NAMES: dict[Role, tuple[str, ...]] = {
    Role.HEADING: ("heading", "headingline", "title", "maintitle", "subtitle", "insidetitle", "titre"),
    Role.RUNNING_HEAD: ("runninghead", "runningtitle", "header", "footer", "rt"),
    Role.PAGE_NUMBER: ("pagenumber", "pagenum", "numbering"),
    Role.CATCHWORD: ("catchword",),
    Role.SIGNATURE: ("signaturemark", "quiremarks"),
    Role.NOTE: ("footnote", "footnotecontinued", "endnote", "note", "margin", "marginal", "marginalia", "margintext"),
    Role.CAPTION: ("caption", "picturecaption", "tablecaption"),
    Role.TABLE: ("table", "tabletext", "tableheading"),
    Role.ADVERTISEMENT: ("advertisement", "advert", "advertregion", "freead"),
    Role.FIGURE: ("illustration", "picture", "graphic", "image", "map", "stamp", "textstamped", "seal", "figure"),
}
_ROLES = {name: role for role, names in _NAMES.items() for name in names}
_SUFFIX = re.compile(r"(zone|region)$")
_NOT_LETTERS = re.compile(r"[^a-z]+")


def role_of(name: str | None) -> Role | None:
    """Give the role that a type, tag or style names, or None where it says nothing of the kind.

    Case, punctuation, numbers and the endings of SegmOnto ("Zone") and PAGE ("Region") do not count; of two names with
    a colon between, the second is the closer one: "MarginTextZone:catchword" is a catchword, "titre 1" a heading.
    """
    if not name:
        return None
    for part in reversed(name.split("#")[0].split(":")):
        plain = _NOT_LETTERS.sub("", part.lower())
        role = _ROLES.get(plain) or _ROLES.get(_SUFFIX.sub("", plain))
        if role is not None:
            return role
    return None
