import numpy as np
import polars as pl
import pytest

from florilegium.benchmark.audit import (
    above_chance,
    audit,
    gain_over_deviation,
    mean_over_deviation,
    monotonicity,
    ordering,
    spread_over_noise,
    voting,
)


def frame(values: np.ndarray, task: str = "blimp", measure: str = "accuracy") -> pl.DataFrame:
    """Values by arm, seed and checkpoint as curves."""
    rows = [
        {
            "arm": f"arm{arm}",
            "seed": seed,
            "step": step + 1,
            "tokens": 100 * step,
            "task": task,
            "measure": measure,
            "slice": "",
            "value": float(values[arm, seed, step]),
        }
        for arm, seed, step in np.ndindex(values.shape)
    ]
    return pl.DataFrame(rows)


RISING = np.array(
    [[[0.52, 0.55, 0.58, 0.60], [0.52, 0.54, 0.58, 0.61]], [[0.53, 0.56, 0.60, 0.64], [0.52, 0.56, 0.61, 0.65]]]
)


def test_a_task_that_tells_models_apart_votes() -> None:
    (found,) = audit(frame(RISING), {("blimp", "accuracy"): 0.5})
    assert found.votes and found.monotone == 1 and found.ordering == 1
    deviation = 0.01 / np.sqrt(2)
    assert found.signal_to_noise == pytest.approx(0.145 / deviation)
    assert voting([found], ["blimp", "piqa"], "accuracy") == ("blimp",)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (0.5 + np.array([[[-0.01, 0.0, 0.005, 0.01], [-0.02, 0.0, 0.001, -0.012]]]), "not above chance"),
        (RISING[:, :, ::-1], "does not rise"),
        (RISING + np.array([0.0, 0.2])[None, :, None], "seeds differ too much"),
    ],
)
def test_a_task_that_fails_says_why_and_does_not_vote(values: np.ndarray, why: str) -> None:
    (found,) = audit(frame(values), {("blimp", "accuracy"): 0.5})
    assert not found.votes and why in found.why and voting([found], ["blimp"], "accuracy") == ()


def test_bits_per_byte_are_better_where_lower() -> None:
    bits = 3 - RISING
    (found,) = audit(frame(bits, "heldout", "bits_per_byte"), {("heldout", "bits_per_byte"): 4.0})
    assert found.votes and found.monotone == 1
    (found,) = audit(frame(bits[:, :, ::-1], "heldout", "bits_per_byte"), {("heldout", "bits_per_byte"): 2.0})
    assert not found.votes and "not above chance" in found.why and "does not rise" in found.why


def test_the_untrained_model_is_the_level_where_chance_has_none() -> None:
    first = pl.DataFrame(
        [
            {
                "arm": "arm0",
                "seed": 0,
                "step": 0,
                "tokens": 0,
                "task": "t",
                "measure": "probability",
                "slice": "",
                "value": 0.3,
            }
        ]
    )
    (found,) = audit(pl.concat([frame(RISING, "t", "probability"), first]), {("t", "probability"): None})
    assert found.signal_to_noise == pytest.approx((0.645 - 0.3) / (0.01 / np.sqrt(2)))


def test_too_few_runs_are_said_and_speak_against_nothing() -> None:
    (found,) = audit(frame(RISING[:1, :1, :1]), {})
    assert found.votes and "too few" in found.why
    assert (found.above_chance, found.monotone, found.signal_to_noise, found.ordering) == (None, None, None, None)


def test_numbers_by_hand() -> None:
    assert above_chance(np.array([0.6, 0.7, 0.8]), 0.5) == pytest.approx(
        (1 - 12**0.5 / 14**0.5) / 2
    )  # t = 12**0.5, 2 degrees
    assert above_chance(np.array([0.6, 0.6]), 0.5) == 0
    assert monotonicity(np.array([[[1.0, 3.0, 2.0], [5.0, 5.0, 5.0]]])) == pytest.approx(0.25)  # (0.5 + 0) / 2
    last = np.array([[1.0, 3.0], [4.0, 6.0]])
    assert mean_over_deviation(last) == pytest.approx(3.5 / np.sqrt(2))
    assert gain_over_deviation(last, 2.0) == pytest.approx(3 / np.sqrt(2))
    steps = np.array([[[1.0, 2.0, 3.0]], [[11.0, 12.0, 13.0]]])
    assert spread_over_noise(steps) == pytest.approx(10.0)
    assert ordering(np.array([[[1.0, 1.0]], [[2.0, 3.0]], [[3.0, 2.0]]])) == pytest.approx(1 / 3)  # 2 pairs of 3 stay
    assert ordering(np.array([[[1.0, 1.0]], [[1.0, 3.0]]])) == 0  # a tie counts as neither


def test_runs_of_other_lengths_are_compared_from_their_last_checkpoint_on() -> None:
    """With one epoch, an arm that keeps less has as many checkpoints after fewer steps."""
    even = audit(frame(RISING), {("blimp", "accuracy"): 0.5})
    longer = pl.when(pl.col("arm") == "arm1").then(pl.col("step") * 7).otherwise(pl.col("step"))
    assert audit(frame(RISING).with_columns(step=longer), {("blimp", "accuracy"): 0.5}) == even


def test_without_a_checkpoint_there_is_no_evidence() -> None:
    untrained = frame(RISING[:1, :1, :1]).with_columns(step=pl.lit(0, dtype=pl.Int64))
    (found,) = audit(untrained, {("blimp", "accuracy"): 0.5})
    assert not found.votes and found.why == "no checkpoint that every run has"
