"""py3langid at the speed of compiled code: its own automaton and table of scores, walked by one loop.

py3langid is naive Bayes over byte n-grams, which a finite automaton finds: from a state and a byte to the next state,
and from some states a feature. A class's score is the sum of log(1 + count) times the feature's weight for the class;
probabilities are the softmax of the scores over the square root of the length in bytes. Only the loops are ours, the
numbers are the model's. Labels equal the library's; probabilities are more exact (64-bit sums against its 32-bit).
"""

import unicodedata
from collections.abc import Sequence
from functools import cache

import numba
import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier

_LANES = 8


class Automaton:
    """The model that comes with py3langid; identifies texts in batches."""

    def __init__(self) -> None:
        model = LanguageIdentifier.from_model_file(MODEL_FILE)
        self._moves = np.asarray(model.tk_nextmove).reshape(-1, 256)  # row and byte -> state
        # state -> row (states that move alike share one) and feature (or -1)
        self._states = np.column_stack([model.tk_row, model.tk_output]).astype(np.int32)
        self._weights = np.asarray(model.nb_ptc, dtype=np.float32)  # feature and class -> log probability
        self._priors = np.asarray(model.nb_pc, dtype=np.float64)
        #: Labels as py3langid writes them. A language in two scripts is two classes under one label.
        self.labels: tuple[str, ...] = tuple(dict.fromkeys(model.nb_classes))
        self._label_of_class = np.array([self.labels.index(label) for label in model.nb_classes])

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Give the probability of each label (columns, as in ``labels``) for each text (rows).

        A row is all zeros where no n-gram of the text is known to the model (digits only, for example).
        """
        encoded = [_encode(text) for text in texts]
        lengths = np.array([len(text) for text in encoded], dtype=np.int64)
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        features, found = _walk(data, offsets, np.argsort(lengths), self._moves, self._states)
        scores = _scores(features, offsets, found, self._weights) + self._priors
        scores /= np.sqrt(np.maximum(lengths, 1))[:, None]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores *= ((found > 0) / scores.sum(axis=1))[:, None]
        by_label = np.zeros((len(texts), len(self.labels)))
        np.add.at(by_label.T, self._label_of_class, scores.T)
        return by_label.astype(np.float32)

    def identify(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
        """Give the position in ``labels`` and the probability of each text's best label; 0 where nothing is known."""
        probabilities = self.probabilities(texts)
        return probabilities.argmax(axis=1), probabilities.max(axis=1)


@cache
def automaton() -> Automaton:
    """Give the model, loaded once in a process (half a second, 100 MB)."""
    return Automaton()


def _encode(text: str) -> bytes:
    """Prepare a text as the model was trained: capitals only are lowered, then NFC and UTF-8."""
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")


@numba.njit(cache=True, nogil=True)
def _walk(
    data: npt.NDArray[np.uint8],
    offsets: npt.NDArray[np.int64],
    order: npt.NDArray[np.intp],
    moves: npt.NDArray[np.uint32],
    states: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Find the features of each text; those of text i stand at offsets[i] and after, found[i] of them.

    Eight texts go side by side, since each step waits for memory; ``order`` (by length) lets them end together.
    """
    features = np.empty(len(data), dtype=np.int32)
    found = np.zeros(len(order), dtype=np.int64)
    row = np.empty(_LANES, dtype=np.int64)
    for first in range(0, len(order), _LANES):
        texts = order[first : first + _LANES]
        row[:] = states[0, 0]
        together = offsets[texts[0] + 1] - offsets[texts[0]]
        for step in range(together):
            for lane, text in enumerate(texts):
                start = offsets[text]
                state = moves[row[lane], data[start + step]]
                row[lane] = states[state, 0]
                features[start + found[text]] = states[state, 1]  # overwritten by the next where it is none
                found[text] += states[state, 1] >= 0
        for lane, text in enumerate(texts):
            start = offsets[text]
            for at in range(start + together, offsets[text + 1]):
                state = moves[row[lane], data[at]]
                row[lane] = states[state, 0]
                features[start + found[text]] = states[state, 1]
                found[text] += states[state, 1] >= 0
    return features, found


@numba.njit(cache=True, nogil=True)
def _scores(
    features: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int64],
    found: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float32],
) -> npt.NDArray[np.float64]:
    """Sum log(1 + count) times the weights of the features of each text, by class; four features at a time."""
    scores = np.zeros((len(found), weights.shape[1]))
    counts = np.zeros(weights.shape[0], dtype=np.int64)
    distinct = np.zeros(weights.shape[0] + 3, dtype=np.int64)
    logs = np.zeros(weights.shape[0] + 3)
    for text in range(len(found)):
        size = 0
        for feature in features[offsets[text] : offsets[text] + found[text]]:
            if counts[feature] == 0:
                distinct[size] = feature
                size += 1
            counts[feature] += 1
        for n in range(size):
            logs[n] = np.log1p(counts[distinct[n]])
            counts[distinct[n]] = 0
        logs[size : size + 3] = 0.0
        sums = scores[text]
        for n in range(0, size, 4):
            first, second = weights[distinct[n]], weights[distinct[n + 1]]
            third, fourth = weights[distinct[n + 2]], weights[distinct[n + 3]]
            a, b, c, d = logs[n], logs[n + 1], logs[n + 2], logs[n + 3]
            for label in range(len(sums)):
                sums[label] += a * first[label] + b * second[label] + c * third[label] + d * fourth[label]
    return scores
