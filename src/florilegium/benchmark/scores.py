"""What scoring leaves: one value for each item and measure of a task, and what the measures mean."""

from typing import NamedTuple

import pyarrow as pa

#: One row for each checkpoint, item and measure.
SCORES_SCHEMA = pa.schema(
    [
        pa.field("step", pa.int64(), nullable=False),  # optimiser steps of the checkpoint
        pa.field("tokens", pa.int64(), nullable=False),  # tokens trained on so far
        pa.field("task", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)

#: One row for each item; columns ``slice.<name>`` (strings, null where a task has no such slice) follow.
ITEMS_SCHEMA = pa.schema(
    [
        pa.field("task", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("weight", pa.float64(), nullable=False),  # bytes for text, else 1 or a column of the data
        pa.field("cluster", pa.string(), nullable=False),  # items of one cluster were sampled together
    ]
)


class Measure(NamedTuple):
    """A number that a model gets for an item; a task's score is the weighted mean over its items."""

    name: str
    unit: str
    higher_is_better: bool


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        # text: -log2 p of all tokens over the UTF-8 bytes of the document; weighed by bytes, so that the score of a
        # task is all bits over all bytes
        Measure("bits_per_byte", "bits per byte", False),
        # the right answer (sentence) has the highest log-probability; k answers that share the first place give 1/k
        # to each; last_word: greedy decoding gives the target
        Measure("accuracy", "share", True),
        # the same, log-probability divided by the UTF-8 bytes of the answer
        Measure("accuracy_norm", "share", True),
        # pair: log2 p(good) - log2 p(bad)
        Measure("margin", "bits", True),
        # p(right answer)^(1 / characters): "correct probability per character" of DataDecide (Magnusson et al. 2025)
        Measure("probability", "probability", True),
        # the same over its sum for all answers
        Measure("probability_norm", "probability", True),
        # last_word: log2 p(target) over the characters of the target
        Measure("log_probability", "bits per character", True),
    )
}

#: Measures of each form, the first is the one that is shown where nothing else is said.
FORMS: dict[str, tuple[str, ...]] = {
    "text": ("bits_per_byte",),
    "pair": ("accuracy", "margin"),
    "choice": ("accuracy", "accuracy_norm", "probability", "probability_norm"),
    "context_choice": ("accuracy", "accuracy_norm", "probability", "probability_norm"),
    "last_word": ("accuracy", "log_probability"),
}
