"""How numbers and foreign text are written on the page."""

import math
import re
import unicodedata

from markupsafe import Markup, escape

#: Format characters that words of real languages and emoji need; every other one is made visible.
_JOINERS = "\u200c\u200d"
#: Letters of a document that are shown.
EXCERPT = 600


def visible(text: object) -> Markup:
    """Escape text from a document, file or URL; control, bidirectional and other unseen characters show their code.

    >>> str(visible("a<b" + chr(0x202E)))
    'a&lt;b<span class="unseen" title="RIGHT-TO-LEFT OVERRIDE">U+202E</span>'
    """
    if text is None:
        return Markup("")
    pieces: list[str] = []
    plain: list[str] = []
    for letter in str(text):
        if letter.isprintable() or letter in "\n\t" or letter in _JOINERS or _space(letter):
            plain.append(letter)
            continue
        pieces += [escape("".join(plain)), _code(letter)]
        plain = []
    return Markup("").join([*pieces, escape("".join(plain))])


def _space(letter: str) -> bool:
    return unicodedata.category(letter) == "Zs"


def _code(letter: str) -> Markup:
    name = unicodedata.name(letter, "control character")
    return Markup('<span class="unseen" title="{}">U+{:04X}</span>').format(name, ord(letter))


def name(text: object) -> Markup:
    """Write the name of a rule, signal or stage; a long one may be broken at its dots and underscores."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(visible(text))))


def prose(text: str) -> Markup:
    """Write our own or a recipe's prose; what stands between backquotes is code.

    >>> str(prose("words of `a < b`"))
    'words of <code>a &lt; b</code>'
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(visible(text))))


def bound(text: str) -> str:
    """Write a bound as a decision has it (`<= 0.3`) with the signs of mathematics."""
    return text.replace(">=", "≥").replace("<=", "≤")


def excerpt(text: str, letters: int = EXCERPT) -> str:
    """Give the beginning of a text."""
    return text if len(text) <= letters else text[:letters].rstrip() + " …"


def count(number: int) -> str:
    """Write a whole number with its thousands apart."""
    return f"{number:,}"


def share(part: float, whole: float) -> str:
    """Write a part in per cent; what is neither nothing nor all is never written as 0 or 100."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def number(value: float | None) -> str:
    """Write a measured value with four significant digits; whole numbers as they are."""
    if value is None or math.isnan(value):
        return "none"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if 1e-4 <= abs(value) < 1e6 else f"{value:.3g}"


def size(amount: int) -> str:
    """Write a number of bytes, in powers of ten."""
    value, unit = float(amount), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 999.95 or unit == "TB":
            break
        value /= 1000
    return f"{amount:,} B" if unit == "B" else f"{value:.1f} {unit}"


def seconds(value: float) -> str:
    """Write a duration."""
    if value < 0.05:
        return "< 0.1 s" if value else "0 s"
    if value < 120:
        return f"{value:,.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def plural(number: int, one: str, many: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
