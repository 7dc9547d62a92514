"""Training: the same bytes however often it was killed, by the schedule that it says."""

import json
import math
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from florilegium.ablation.asked import ModelOptions, TrainingOptions
from florilegium.ablation.model import make_model, parameters_of
from florilegium.ablation.store import complete
from florilegium.ablation.tokens import Tokens
from florilegium.ablation.train import AT_ONCE, STATE, Run, lanes, learning_rate, schedule, train
from florilegium.errors import FlorilegiumError, RecipeError
from tests.ablation.asking import MODEL, TRAINING
from tests.ablation.training import STEPS, elsewhere, losses, made, make_run, start


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was trained without a stop."""
    made_run = make_run(tmp_path_factory.mktemp("train"))
    train(made_run, lambda tokens, said: None)
    return made_run


def options(**changes: Any) -> TrainingOptions:
    return TrainingOptions.model_validate({**TRAINING, **changes})


def test_folder_is_sealed_and_holds_what_it_says(run: Run) -> None:
    facts = complete(run.folder)
    assert facts is not None and facts["tokens"] == STEPS * 256 and facts["checkpoints"] == [20, 40, 60]
    assert facts["tokens_per_second"] > 0 and facts["utilisation"] is None
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "00000.done", "checkpoint-000020", "checkpoint-000040", "checkpoint-000060", "identity.json", "training.json",
    ]  # fmt: skip
    curve = losses(run.folder)
    assert [step for step, _ in curve] == list(range(1, 61))
    assert curve[0][1] == pytest.approx(math.log(300), abs=0.1) and curve[-1][1] < curve[0][1] - 1


def test_progress_counts_every_token_once(run: Run, tmp_path: Path) -> None:
    heard: list[int] = []
    train(elsewhere(run, tmp_path / "model"), lambda tokens, said: heard.append(tokens))
    assert sum(heard) == STEPS * 256
    assert made(tmp_path / "model") == made(run.folder)  # and the same run gives the same bytes


def test_another_seed_and_other_rows_give_other_weights(run: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.load(run.rows)[::-1])
    others = [elsewhere(run, tmp_path / "a", seed=2), elsewhere(run, tmp_path / "b", rows=tmp_path / "rows.npy")]
    for other in others:
        train(other, lambda tokens, said: None)
    name = "checkpoint-000060/model.safetensors"
    assert len({made(each.folder)[name] for each in (run, *others)}) == 3


def test_checkpoint_is_a_normal_hugging_face_folder(run: Run) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = run.folder / "checkpoint-000060"
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    assert sum(each.numel() for each in model.parameters()) == parameters_of(run.model)
    ids = torch.tensor([tokenizer("river stone lantern garden")["input_ids"]])
    assert ids[0, 0] == 0
    with torch.no_grad():
        loss = float(model(input_ids=ids, labels=ids).loss)
    assert loss < math.log(300)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tie": False},
        {"layers": 3, "heads": 4},
        {"feed_forward": 24},
        {"hidden": 32, "vocabulary": 1000, "context": 16},
    ],
)
def test_parameters_are_those_of_the_model(changes: dict[str, Any]) -> None:
    wanted = ModelOptions.model_validate({**MODEL, **changes})
    assert parameters_of(wanted) == sum(each.numel() for each in make_model(wanted, 1).parameters())


def test_schedule_by_hand() -> None:
    model = ModelOptions.model_validate(MODEL)
    plan = schedule(2600, model, options(checkpoints=4))
    assert (plan.steps, plan.sequences, plan.tokens, plan.checkpoints) == (10, 8, 2560, (2, 5, 8, 10))
    assert schedule(2600, model, options(batch=20)).sequences == 1  # a step has one sequence or more
    for checkpoints in (1, 3, 10):
        marks = schedule(2600, model, options(checkpoints=checkpoints)).checkpoints
        assert len(set(marks)) == checkpoints and marks[-1] == 10 and marks[0] >= 1
    with pytest.raises(
        RecipeError, match="a budget of 1,000 tokens gives 3 steps of 256, fewer than the 4 checkpoints"
    ):
        schedule(1000, model, options(checkpoints=4))


def test_learning_rate_by_hand() -> None:
    settings = options(learning_rate=1e-2, warmup=0.2)
    rates = [learning_rate(step, 10, settings) for step in range(10)]
    assert rates[:3] == pytest.approx([0.005, 0.01, 0.01])  # two steps of warm-up, then the peak
    assert rates[6] == pytest.approx(0.0055)  # half way down: the mean of peak and a tenth
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[9] == pytest.approx(0.01 * (0.1 + 0.45 * (1 + math.cos(math.pi * 7 / 8))))
    assert learning_rate(0, 10, options(learning_rate=1e-2, warmup=0)) == pytest.approx(1e-2)
    assert learning_rate(0, 1, settings) == pytest.approx(1e-2)


def test_lanes_are_stretches_of_the_stream() -> None:
    model = ModelOptions.model_validate({**MODEL, "context": 16})
    plan = schedule(1000, model, options(batch=48, checkpoints=1))
    assert (plan.sequences, plan.steps) == (3, 20)
    laid = lanes(np.arange(plan.tokens + 1), plan)
    assert laid.shape == (3, 321) and laid[:, 0].tolist() == [0, 320, 640] and laid[-1, -1] == plan.tokens
    seen = np.concatenate([laid[:, step * 16 : step * 16 + 16].ravel() for step in range(20)])
    assert sorted(seen.tolist()) == list(range(960))  # every token is read once


def test_a_step_in_parts_is_the_same_step(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(AT_ONCE, "cpu", 96)  # 3, 3 and 2 of 8 sequences
    train(elsewhere(run, tmp_path / "model"), lambda tokens, said: None)
    parts, whole = losses(tmp_path / "model"), losses(run.folder)
    assert [loss for _, loss in parts[:10]] == pytest.approx([loss for _, loss in whole[:10]], abs=1e-3)


def test_loss_that_is_no_number_is_a_clear_error(run: Run, tmp_path: Path) -> None:
    wild = run.training.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(
        FlorilegiumError, match=r"arm, seed 1: the loss is nan after \d+ steps; lower `training.learning"
    ):
        train(elsewhere(run, tmp_path / "model", training=wild), lambda tokens, said: None)
    assert complete(tmp_path / "model") is None


class Stop(Exception):
    """Raised in the midst of training."""


def interrupted(run: Run, at: int) -> None:
    """Train until ``at`` tokens are told of; the state of the last checkpoint stays."""
    done = 0

    def told(tokens: int, said: str) -> None:
        nonlocal done
        done += tokens
        if done >= at:
            raise Stop

    with pytest.raises(Stop):
        train(run, told)


@pytest.mark.parametrize("step", [1, 19, 20, 21, 40, 47, 60])
def test_stopped_and_gone_on_gives_the_same_bytes(run: Run, tmp_path: Path, step: int) -> None:
    again = elsewhere(run, tmp_path / "model")
    interrupted(again, step * 256)
    assert (again.folder / STATE).is_file() == (step > 20)
    heard: list[int] = []
    train(again, lambda tokens, said: heard.append(tokens))
    assert sum(heard) == (STEPS - (0 if step <= 20 else 20 if step <= 40 else 40)) * 256
    assert made(again.folder) == made(run.folder)


@pytest.mark.parametrize("how", ["cut", "flipped", "empty", "pickled", "no_checkpoint"])
def test_state_that_was_altered_is_as_good_as_none(run: Run, tmp_path: Path, how: str) -> None:
    again = elsewhere(run, tmp_path / "model")
    interrupted(again, 45 * 256)
    state = again.folder / STATE
    whole = state.read_bytes()
    if how == "no_checkpoint":
        (again.folder / "checkpoint-000020" / "model.safetensors").unlink()
    else:
        middle = len(whole) // 2
        flipped = whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :]
        state.write_bytes({"cut": whole[:-100], "flipped": flipped, "empty": b"", "pickled": whole[32:]}[how])
    heard: list[int] = []
    train(again, lambda tokens, said: heard.append(tokens))
    assert sum(heard) == STEPS * 256  # from the beginning
    assert made(again.folder) == made(run.folder)


def test_what_lies_about_is_removed_before_training(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "checkpoint-000020").mkdir(parents=True)
    (folder / "checkpoint-000020" / "model.safetensors").write_bytes(b"half")
    (folder / "checkpoint-000999").mkdir()
    (folder / "notes.txt").write_text("mine")
    train(elsewhere(run, folder), lambda tokens, said: None)
    assert made(folder) == made(run.folder)
    assert json.loads((folder / "identity.json").read_text()) == {"name": "tiny"}


@pytest.mark.slow
def test_killed_at_ten_random_moments_gives_the_same_bytes(run: Run, tmp_path: Path) -> None:
    draw = random.Random(11)
    longer = replace(elsewhere(run, tmp_path / "model"), tokens=120 * 256)
    train(elsewhere(longer, tmp_path / "whole"), lambda tokens, said: None)
    progress, state = [], longer.folder / STATE
    for _ in range(10):
        process = start(longer)
        before = state.stat().st_mtime_ns if state.is_file() else 0
        deadline = time.monotonic() + 60
        while process.is_alive() and time.monotonic() < deadline:  # until it went on from where it was
            if state.is_file() and state.stat().st_mtime_ns != before:
                break
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.12))
        process.kill()
        process.join()
        progress.append(state.is_file())
    last = start(longer)
    last.join()
    assert last.exitcode == 0 and any(progress)
    assert made(longer.folder) == made(tmp_path / "whole")


def test_documents_that_do_not_suffice(run: Run, tmp_path: Path) -> None:
    total = int(Tokens(run.data, run.shards).lengths.sum()) + 200
    with pytest.raises(ValueError, match="200 documents hold"):
        train(elsewhere(run, tmp_path / "model", tokens=total + 1000), lambda tokens, said: None)
