"""The group ``print``: what the page anchors of a document say about the print that it was read from."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Values = npt.NDArray[np.float64]


def measure_pages(pages: pa.Array) -> dict[str, pa.Array]:
    """Measure each signal of the group: float32, null where there are no pages, or none of them knows."""
    rows = len(pages)
    anchors = pages.flatten()
    parents = pc.list_parent_indices(pages).to_numpy()
    words, lines = (anchors.field(name).to_numpy().astype(np.float64) for name in ("words", "lines"))

    def mean(name: str, weights: Values) -> pa.Array:
        values = anchors.field(name).to_numpy(zero_copy_only=False).astype(np.float64)
        weights = np.where(np.isnan(values), 0.0, weights)
        return _ratio(total(np.nan_to_num(values) * weights), total(weights))

    def total(values: Values) -> Values:
        return np.bincount(parents, values, rows).astype(np.float64)

    agreement = anchors.field("agreement").to_numpy(zero_copy_only=False).astype(np.float64)
    lowest = np.full(rows, np.inf)
    np.minimum.at(lowest, parents, np.where(np.isnan(agreement), np.inf, agreement))
    return {
        "print.confidence": mean("confidence", words),
        "print.confidence_low": mean("confidence_low", words),
        "print.hyphenated": mean("hyphenated", lines),
        "print.empty_pages": _ratio(total((words == 0).astype(np.float64)), total(np.ones(len(words)))),
        "print.words_per_line": _ratio(total(words), total(lines)),
        "print.agreement_low": pa.array(lowest.astype(np.float32), mask=np.isinf(lowest)),
    }


def _ratio(part: Values, whole: Values) -> pa.Array:
    missing = whole <= 0
    return pa.array((part / np.where(missing, 1, whole)).astype(np.float32), mask=missing)
