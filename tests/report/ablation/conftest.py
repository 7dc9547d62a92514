"""A verdict with everything in it, made by hand, and curves to match."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

DOMAINS = ("newspapers", "books", "letters", "statutes")


def _arm(name: str, effect: float, half: float, verdict: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "about": f"what {name} changes",
        "retention": 0.8,
        "tokens_available": 6_400_000,
        "repeats": 0.78,
        "score": 2.31 - effect,
        "by_seed": [2.31 - effect] * 3,
        "effect": effect,
        "interval": [effect - half, effect + half],
        "p": 0.002,
        "p_holm": 0.004,
        "degrees_of_freedom": 8.0,
        "minimum_detectable_effect": 0.0102,
        "verdict": verdict,
        "why": f"why {name} is {verdict}",
        "versus_random_drop": {"arm": "lot_20", "effect": effect + 0.004, "interval": [effect + 0.004 - half, effect + 0.004 + half], "p": 0.003},
        "check": None,
        "slices": [],
        "loses": [],
        "settle": {"seeds": None, "text": ""},
        **more,
    }  # fmt: skip


def _slice(value: str, effect: float, **more: bool) -> dict[str, Any]:
    interval = [effect - 0.012, effect + 0.012]
    return {"slice": "domain", "value": value, "items": 40, "effect": effect, "interval": interval, "p_holm": 0.01, "loses": False, "gains": False, **more}  # fmt: skip


VERDICT: dict[str, Any] = {
    "version": 1,
    "name": "ocr_quality",
    "question": "Does dropping pages with poor OCR help a model to read historical texts?",
    "hypothesis": "Yes, but newspapers will suffer.",
    "regime": "equal_tokens",
    "measure": {"name": "bits_per_byte", "unit": "bits per byte", "higher_is_better": False, "tasks": ["heldout"], "balanced_over": "domain"},
    "alpha": 0.05,
    "smallest_effect": 0.005,
    "seeds": [1, 2, 3],
    "tokens": 5_000_000,
    "parameters": 1_053_824,
    "looks": [{"seeds": 3, "alpha": 0.03, "settled": False}],
    "baseline": {"name": "baseline", "score": 2.31, "by_seed": [2.3, 2.31, 2.32], "documents": 51_200, "tokens_available": 8_000_000},
    "noise_floor": {"seed_deviation": 0.004, "degrees_of_freedom": 10, "aa": {"arms": ["aa_1", "aa_2"], "effect": 0.0012, "interval": [-0.0068, 0.0092], "p": 0.7, "verdict": "undecided"}},
    "arms": [
        _arm("ocr_strict", 0.0277, 0.008, "keep", slices=[_slice("books", 0.061, gains=True), _slice("letters", 0.036, gains=True), _slice("newspapers", -0.031, loses=True), _slice("statutes", 0.01)], loses=["domain=newspapers"], check={"learning_rate": 1e-4, "effect": 0.02, "interval": [0.01, 0.03], "agrees": True}),
        _arm("short_lines", -0.0185, 0.009, "drop", slices=[_slice(domain, -0.019 - n / 300, loses=True) for n, domain in enumerate(DOMAINS)], loses=[f"domain={domain}" for domain in DOMAINS]),
        _arm("loops", 0.0046, 0.0095, "undecided", settle={"seeds": 9, "text": "9 seeds of each arm would show an effect of this size."}, slices=[_slice(domain, 0.004 + n / 500) for n, domain in enumerate(DOMAINS)]),
        _arm("edges", 0.0004, 0.0034, "undecided", slices=[_slice(domain, n / 900 - 0.001) for n, domain in enumerate(DOMAINS)]),
    ],
    "controls": [{"name": "lot_20", "about": "20 % dropped by lot", "retention": 0.8, "score": 2.314, "effect": -0.004, "interval": [-0.012, 0.004], "p": 0.3}],
    "shown_only": [{"task": "raw_ocr", "measure": "bits_per_byte", "baseline": 3.1, "effects": {"ocr_strict": -0.05, "lot_20": 0.001}}],
    "audit": [
        {"task": "heldout", "measure": "bits_per_byte", "votes": True, "why": "tells models apart", "above_chance": None, "monotone": 0.99, "signal_to_noise": 41.0, "ordering": 0.8},
        {"task": "cloze", "measure": "accuracy", "votes": False, "why": "no better than chance", "above_chance": 0.1, "monotone": 0.2, "signal_to_noise": 1.1, "ordering": 0.1},
    ],
    "contamination": {"checked": True, "ngram": 13, "items": 160, "contaminated": 2, "excluded": ["item-7", "item-9"]},
    "warnings": ["Only three seeds: the interval leans on the pooled deviation."],
}  # fmt: skip


@pytest.fixture
def verdict() -> dict[str, Any]:
    """Give a verdict that a test may change."""
    return copy.deepcopy(VERDICT)


def make_curves(verdict: dict[str, Any], seed: int = 7) -> pl.DataFrame:
    """Draw curves that end near the scores of a verdict."""
    random = np.random.default_rng(seed)
    effects = {"baseline": 0.0, "aa_1": 0.0, "aa_2": 0.001}
    effects |= {arm["name"]: arm["effect"] for arm in [*verdict["arms"], *verdict["controls"]]}
    rows = []
    for number in verdict["seeds"]:
        shared = random.normal(0, 0.006)
        for arm, effect in effects.items():
            for step in range(1, 11):
                tokens = step * verdict["tokens"] // 10
                for place, domain in enumerate(["", *DOMAINS]):
                    lead = effect * step / 10 * (1 + place / 5) + random.normal(0, 0.002)
                    value = 2.31 + 3 * np.exp(-step) + shared - lead + place / 10
                    rows.append((arm, number, tokens, "heldout", "bits_per_byte", domain, value))
    return pl.DataFrame(rows, schema=["arm", "seed", "tokens", "task", "measure", "slice", "value"], orient="row")


@pytest.fixture
def curves() -> Callable[[dict[str, Any]], pl.DataFrame]:
    """Give the maker of curves."""
    return make_curves
