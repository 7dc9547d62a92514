"""Who gains and who loses: the effect of an arm on parts of the benchmark."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from florilegium.ablation.effects import Estimate, Layout, compare
from florilegium.ablation.multiplicity import holm, levels
from florilegium.ablation.panel import Panel

Slices = Mapping[str, Sequence[str] | NDArray[np.str_]]
"""Slice (`domain`, `century`) -> its value for each item of the panel; `""` where an item has none."""


def single_clusters(panel: Panel, slices: Slices) -> list[str]:
    """Name the values of slices of which a part (a stratum) is one cluster: there single items stand for clusters."""
    found = []
    for name in sorted(slices):
        values = np.asarray(slices[name], dtype=np.str_)
        for value in sorted(set(values.tolist()) - {""}):
            mask = values == value
            if mask.sum() > 1 and Layout.of(panel.where(mask)).single:
                found.append(f"{name}={value}")
    return found


def slice_effects(
    panel: Panel, arm: str, baseline: str, slices: Slices, alpha: float, family: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], list[str]]:
    """Estimate the effect on each value of each slice, Holm-adjusted over all of them, and name those left out.

    A value is left out where its items cannot show how much they vary: a single one, or all alike in all seeds.
    """
    found: list[tuple[str, str, int, Estimate]] = []
    left_out = []
    for name in sorted(slices):
        values = np.asarray(slices[name], dtype=np.str_)
        for value in sorted(set(values.tolist()) - {""}):
            mask = values == value
            estimate = compare(panel.where(mask), arm, baseline, family=family) if mask.sum() > 1 else None
            if estimate is None or not estimate.determined:
                left_out.append(f"{name}={value}")
            else:
                found.append((name, value, int(mask.sum()), estimate))
    p = [estimate.p for *_, estimate in found]
    rows = []
    for (name, value, items, estimate), adjusted, level in zip(found, holm(p), levels(p, alpha), strict=True):
        low, high = estimate.interval(float(level))
        rows.append(
            {
                "slice": name, "value": value, "items": items, "effect": estimate.effect, "interval": [low, high],
                "p_holm": float(adjusted), "loses": high < 0, "gains": low > 0,
            }
        )  # fmt: skip
    return rows, left_out
