"""The noise of seeds, from all runs of an arm's family.

Three seeds leave the difference of two arms two degrees of freedom, and those find only effects of 4 to 9 deviations of
a run. But an arm does not come alone: its random drop takes away the same share of documents in the same lengths, and
one arm has a second such drop, its A/A twin. In this family (baseline, arm, random drop, twin) any two share about as
many documents, so any two should vary alike against each other. With F arms and S seeds the residual of the two-way
table (arm x seed) has (F - 1)(S - 1) degrees of freedom, and Var(difference of two means) = 2 * residual / S. Arms of
other families stay out: some are coupled closer to the baseline, and pooling over all of them covers 70 to 81 % where
95 % are promised.

Not all families are that even. Where a pool is gone through once, only random drops see other documents with each seed,
and an arm may just train less steadily. So `noise` takes the larger of the family's variance and that of the pair's own
differences, with the degrees of freedom of the family; and where an F test at 5 % says that one of the pair varies more
than the rest of its family, the own differences alone, with their S - 1. Two arms alone are the paired t test.

Worst coverage, in %, of nominal 95 % intervals for an arm against the baseline | against its random drop, in families
of F (the worst of 3, 5 and 8 seeds and of drop shares from 5 to 80 %, of 5 and 60 % in the last two rows; documents
drawn from a pool in one coupled order, half of a run's noise from them where not said; 10,000 draws a cell, so the
worst of 9 to 12 lies 0.3 to 0.5 too low by chance):

==============================  ===========  ===========  ===========  ===========  ===========  ===========
..                              own          family, F 3  family, F 4  larger, F 3  noise, F 3   noise, F 4
==============================  ===========  ===========  ===========  ===========  ===========  ===========
pool much larger than trained   94.8 | 94.6  94.8 | 94.7  94.8 | 94.4  95.8 | 95.7  95.9 | 95.8  96.1 | 95.9
pool twice what is trained on   94.8 | 94.6  94.9 | 93.8  94.7 | 94.9  95.9 | 95.1  96.0 | 95.4  96.1 | 96.2
pool gone through once          94.6 | 94.6  95.0 | 91.2  95.1 | 94.1  96.0 | 93.4  96.1 | 93.9  96.3 | 95.8
same, documents 90 % of noise   94.7 | 94.7  98.2 | 87.0  99.2 | 93.1  98.6 | 90.2  98.7 | 91.7  99.3 | 95.1
arm with 1.5 times deviation    94.5 | 94.8  92.2 | 91.4  90.5 | 90.6  94.2 | 94.0  94.5 | 94.3  94.3 | 94.2
arm with twice the deviation    94.7 | 94.7  90.5 | 90.4  87.6 | 87.4  92.6 | 92.5  93.2 | 93.1  91.9 | 92.1
==============================  ===========  ===========  ===========  ===========  ===========  ===========

So it falls below 93.5 in two cases: arms with twice the deviation of their family (the F test finds 2 of 10 at 3 seeds
and 5 at 8, in families of three); and, at 3 seeds and F 3, arms against a random drop of half and more from a pool gone
through once, where documents are 70 % and more of a run's noise. There take five seeds, or the arm as the A/A share.
Smallest effects found with 80 % power, in deviations of a run (``simulate``):

========================  =====  =====  =====  =====  =====  =====
arms that share 0.05      1                    3
seeds                     3      5      8      3      5      8
========================  =====  =====  =====  =====  =====  =====
no random drop (own)      4.61   2.39   1.64   8.02   3.25   2.05
random drop               3.56   2.23   1.60   5.02   2.81   1.94
random drop and its twin  3.26   2.14   1.58   4.28   2.63   1.90
========================  =====  =====  =====  =====  =====  =====
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from florilegium.ablation.panel import Floats, Panel

UNLIKE = 0.05
"""Level at which an arm is said to vary more than the rest of its family."""


def residual(table: Floats) -> tuple[Floats, int]:
    """Give the residual mean square of a two-way table (..., arms, seeds), the variance of one run beyond what its arm
    and its seed explain, with its degrees of freedom."""
    arms, seeds = table.shape[-2:]
    rest = table - table.mean(axis=-1, keepdims=True)
    rest = rest - rest.mean(axis=-2, keepdims=True)
    degrees = (arms - 1) * (seeds - 1)
    return np.asarray((rest**2).sum(axis=(-2, -1)) / max(degrees, 1), dtype=np.float64), degrees


def unlike(table: Floats, member: int) -> Floats:
    """Give the p-value of an F test that an arm of a table (..., arms, seeds) varies no more than the others: its
    difference from their mean against their residual. Three arms or more."""
    arms, seeds = table.shape[-2:]
    others = np.delete(table, member, axis=-2)
    rest, degrees = residual(others)
    difference = table[..., member, :] - others.mean(axis=-2)
    apart = np.asarray(difference.var(axis=-1, ddof=1) * (arms - 1) / arms)
    ratio = np.divide(apart, rest, out=np.full(apart.shape, np.inf), where=rest > 0)
    return np.where(apart > 0, stats.f.sf(ratio, seeds - 1, degrees), 1.0)


def noise(table: Floats) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Give the variance that seeds give to the difference of means of the first two arms of a table (..., arms, seeds),
    its degrees of freedom, and whether one of the two varies more than the rest of the family."""
    arms, seeds = table.shape[-2:]
    own = np.asarray((table[..., 0, :] - table[..., 1, :]).var(axis=-1, ddof=1) / seeds)
    mean_square, degrees = residual(table)
    odd = np.zeros(own.shape, dtype=np.bool_)
    if arms > 2:
        odd = np.minimum(unlike(table, 0), unlike(table, 1)) < UNLIKE
    larger = np.maximum(own, 2 * mean_square / seeds)
    return np.where(odd, own, larger), np.where(odd, seeds - 1, degrees), odd


def noise_floor(panel: Panel) -> tuple[float, int]:
    """Give the standard deviation of one run's score beyond what its arm and its seed explain, with degrees of freedom:
    pooled over all arms, as a description."""
    mean_square, degrees = residual(panel.scores)
    return float(np.sqrt(mean_square)), degrees
