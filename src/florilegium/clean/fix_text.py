"""Broken encodings repaired by ftfy, as FineWeb-2 runs it."""

from functools import cache
from typing import TYPE_CHECKING, Literal

from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit, changed

if TYPE_CHECKING:
    from ftfy import TextFixerConfig


class FixText(Cleaner):
    """Repair mojibake, HTML entities, C1 controls, surrogates, terminal escapes and control characters.

    The settings are those of datatrove's ``FTFYFormatter``: nothing that only unifies typography (quotes, ligatures,
    character width, line breaks, normalisation) is touched. One edit for each changed line, cut to what differs in it.

    >>> FixText()("A line.\\nThe cafÃ© &amp; the bar")
    [Edit(start=15, end=23, replacement='é &', rule='fix_text')]
    """

    step: Literal["fix_text"] = "fix_text"

    def __call__(self, text: str) -> list[Edit]:
        """Give the edits of the lines that ftfy changes."""
        from ftfy import fix_and_explain

        config = _config()
        edits, start = [], 0
        while start < len(text):
            end = min(text.find("\n", start) + 1 or len(text), start + config.max_decode_length)
            line = text[start:end]
            if config.unescape_html and "<" in line:  # like ftfy: from the first "<" on this is taken for source code
                config = config._replace(unescape_html=False)
            if not _surely_clean(line):
                fixed = fix_and_explain(line, config).text
                if fixed != line:
                    edits.append(changed(start, line, fixed, self.step))
            start = end
        return edits


@cache
def _config() -> "TextFixerConfig":
    from ftfy import TextFixerConfig

    return TextFixerConfig(
        unescape_html="auto",
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        normalization=None,
        explain=False,
    )


def _surely_clean(line: str) -> bool:
    """Whether no repair can apply: printable ASCII without an entity."""
    return line.isascii() and "&" not in line and line.rstrip("\n").isprintable()
