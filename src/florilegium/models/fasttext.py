"""fastText models, with all that is known to go wrong with them held in one place.

The Python ``predict`` of the wheels is not used: under NumPy 2 it raises on a string, and on a list gives the first
probability for every label. A newline raises there, and a word ``</s>`` ends the text for the C++ code without a word.
Loading a file that is no model, or half of one, can hang or give a model of noise: ``structure`` is asked first.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from florilegium.errors import RecipeError
from florilegium.models.structure import require_classifier

_loaded: dict[tuple[str, int, int], "FastText"] = {}
_loading = threading.Lock()


class FastText:
    """A supervised fastText model (``.bin`` or ``.ftz``). Use :func:`load`, which shares models; threads may share one.

    Raises:
        RecipeError: the file is not a whole supervised fastText model.
    """

    def __init__(self, path: Path) -> None:
        require_classifier(path)
        from fasttext.FastText import _FastText  # not `load_model`, which writes a warning to stderr

        self._model = _FastText(model_path=str(path)).f
        #: Labels, the most frequent in training first.
        self.labels: tuple[str, ...] = tuple(self._model.getLabels("strict")[0])
        self._position = {label: position for position, label in enumerate(self.labels)}

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Give the probability of each label (columns, as in ``labels``) for each text (rows), 0 to 1."""
        found = np.zeros((len(texts), len(self.labels)), dtype=np.float32)
        for row, text in enumerate(texts):
            for probability, label in self._model.predict(_line(text), -1, 0.0, "strict"):
                found[row, self._position[label]] = probability
        return found.clip(0.0, 1.0, out=found)

    def identify(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
        """Give the position in ``labels`` and the probability (0 to 1) of each text's best label; 0 where none is."""
        labels = np.zeros(len(texts), dtype=np.intp)
        probabilities = np.zeros(len(texts), dtype=np.float32)
        for row, text in enumerate(texts):
            for probability, label in self._model.predict(_line(text), 1, 0.0, "strict"):
                labels[row], probabilities[row] = self._position[label], probability
        return labels, probabilities.clip(0.0, 1.0, out=probabilities)


def load(path: Path) -> FastText:
    """Load a model, or give the one that this process has of the same file.

    Raises:
        RecipeError: the file is missing, or not a whole supervised fastText model.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise RecipeError(f"no model file at `{path}` ({error.strerror}): correct the path") from error
    key = (str(path.resolve()), state.st_size, state.st_mtime_ns)
    with _loading:
        if key not in _loaded:
            _loaded[key] = FastText(path)
        return _loaded[key]


def _line(text: str) -> str:
    """Make one line, as the C++ code wants it: the newline at the end is what training saw at the end of a line."""
    return text.replace("\n", " ").replace("</s>", " ") + "\n"
