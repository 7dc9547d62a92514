"""Wikipedia's markers in running text."""

import re
from typing import Literal

from florilegium.clean.cleaner import Cleaner
from florilegium.clean.edits import Edit

#: ``[1]``, ``[]``, ``[edit]``, ``[citation needed]``: as in C4's code (datatrove ``c4_filters.py``).
MARKER = re.compile(r"\[\d*\]|\[edit\]|\[citation needed\]")


class Citations(Cleaner):
    """Remove citation and edit markers.

    >>> Citations()("Water is wet.[12]")
    [Edit(start=13, end=17, replacement='', rule='citations')]
    """

    step: Literal["citations"] = "citations"

    def __call__(self, text: str) -> list[Edit]:
        """Give one edit for each marker."""
        return [Edit(*found.span(), "", self.step) for found in MARKER.finditer(text)]
