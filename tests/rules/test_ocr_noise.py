"""The sets ``ocr_noise*`` on text: planted keeps and drops for each rule, order of strictness, alarm on real text."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.rules.evaluate import evaluate
from florilegium.rules.load import load_rule_set
from florilegium.sample.draw import Draw
from florilegium.sample.ocr import spoil
from florilegium.signals.measure import measure

SETS = ("ocr_noise_loose", "ocr_noise", "ocr_noise_strict")
CLEAN = (
    "The harbour lay quiet under the first light, and the men who had waited all night began to carry their nets "
    "down to the water. Nobody spoke of the storm that had taken the old pier; there was work to be done. "
) * 10  # 400 words

#: Rule, a trace of noise, how many of it each set (loose, middle, strict) lets pass and how many it does not.
PLANTED = [
    ("single_letters", "t", (7, 3, 1), (10, 6, 3)),
    ("mixed_words", "wiU", (39, 22, 10), (50, 30, 15)),
    ("odd_words", "nnd", (5, 3, 1), (9, 7, 4)),
]


def failed(texts: list[str], name: str, languages: pa.Array | None = None) -> list[set[str]]:
    """Give the rules that each text fails."""
    columns = measure(pa.array(texts, pa.large_string()), languages, ["ocr"], {})
    reasons: list[set[str]] = [set() for _ in texts]
    for verdict in evaluate(load_rule_set(name).rules, columns, np.ones(len(texts), dtype=np.bool_)):
        for row in verdict.rows:
            reasons[row].add(verdict.rule.removeprefix(f"{name}."))
    return reasons


@pytest.mark.parametrize(("rule", "noise", "pass_at", "fail_at"), PLANTED)
def test_planted_noise_is_dropped_by_its_rule_alone(
    rule: str, noise: str, pass_at: tuple[int, ...], fail_at: tuple[int, ...]
) -> None:
    for name, few, many in zip(SETS, pass_at, fail_at, strict=True):
        assert failed([CLEAN, CLEAN + f"{noise} " * few, CLEAN + f"{noise} " * many], name) == [set(), set(), {rule}]


def test_more_noise_is_never_kept_where_less_is_dropped() -> None:
    rates = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
    texts = [spoil(CLEAN * 8, rate, Draw("noise", str(rate))) for rate in rates]
    for name in SETS:
        dropped = [bool(reasons) for reasons in failed(texts, name)]
        assert dropped == sorted(dropped) and dropped[0] is False and dropped[-1] is True, name


def test_a_stricter_set_keeps_nothing_that_a_looser_one_drops() -> None:
    for stricter, looser in zip(SETS[1:], SETS, strict=False):
        bounds = [
            {rule.signal: rule.bounds["default"] for rule in load_rule_set(name).rules} for name in (stricter, looser)
        ]
        assert bounds[0].keys() == bounds[1].keys()
        assert all(bounds[0][signal] < bounds[1][signal] for signal in bounds[0])


def test_deterministic_and_blind_to_neighbours() -> None:
    texts = [spoil(CLEAN, rate, Draw("again", str(rate))) for rate in (0.0, 0.02, 0.1)]
    together = failed(texts, "ocr_noise")
    assert together == failed(texts, "ocr_noise") == [failed([text], "ocr_noise")[0] for text in texts]


def test_text_without_words_passes() -> None:
    assert failed(["", "1 2 3", "中文。"], "ocr_noise_strict") == [set()] * 3


#: Set: share dropped of raw OCR (low, high), at most of proofread text, at most of 18th-century text.
ALARM = {
    "ocr_noise_loose": (0.2, 0.35, 0.01, 0.01),
    "ocr_noise": (0.43, 0.58, 0.03, 0.02),
    "ocr_noise_strict": (0.67, 0.81, 0.05, 0.05),
}


@pytest.mark.parametrize("name", SETS)
def test_keep_rates_on_real_text(name: str, shared_data: Callable[[str], Path]) -> None:
    pool = pq.read_table(shared_data("ablation/pool-00001.parquet"), columns=["text", "kind", "source", "language"])
    languages = pool["language"].combine_chunks()
    dropped = np.array([bool(reasons) for reasons in failed(pool["text"].to_pylist(), name, languages)])
    kinds, sources = np.array(pool["kind"].to_pylist()), np.array(pool["source"].to_pylist())
    low, high, proofread, old = ALARM[name]
    assert low <= dropped[kinds == "raw_ocr"].mean() <= high
    assert dropped[kinds == "proofread"].mean() <= proofread
    assert dropped[sources == "ecco-tcp"].mean() <= old
