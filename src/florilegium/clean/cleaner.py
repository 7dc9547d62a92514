"""What every cleaner is: options that can be called with a text."""

from abc import abstractmethod

from florilegium.clean.edits import Edit
from florilegium.recipe.options import Options


class Cleaner(Options):
    """A frozen set of options; called with a text it gives the edits. The same text always gets the same edits."""

    step: str  # its name in a recipe; each cleaner narrows it to one literal

    @abstractmethod
    def __call__(self, text: str) -> list[Edit]:
        """Say what to change in ``text``: sorted edits that do not overlap."""
