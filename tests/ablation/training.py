"""Tiny models to train: their tokens, and a process to train them in that can be killed."""

import json
import multiprocessing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from florilegium.ablation import train as room
from florilegium.ablation.asked import ModelOptions, TrainingOptions
from florilegium.ablation.model import Machine
from florilegium.ablation.tokens import Tokenise, train_tokenizer
from florilegium.ablation.train import Run
from tests.ablation.asking import MODEL, TRAINING, documents

STEPS = 60


def make_run(folder: Path, **changes: Any) -> Run:
    """Give a run of 60 steps over two shards of tokens, all of it made in ``folder``."""
    measured, tokens = folder / "measured", folder / "tokens"
    measured.mkdir(parents=True), tokens.mkdir()
    texts = [each["text"] for each in documents(200)]
    train_tokenizer(texts, MODEL["vocabulary"], folder / "tokenizer.json")
    for rank in range(2):
        pq.write_table(pa.table({"text": texts[rank::2]}), measured / f"{rank:05d}.parquet")
        list(Tokenise(measured, folder / "tokenizer.json", tokens, "").run(None, rank, 2))
    np.save(folder / "rows.npy", np.random.default_rng(1).permutation(200))
    return Run(
        name="arm, seed 1",
        seed=1,
        tokens=STEPS * 256,
        data=tokens,
        shards=2,
        rows=folder / "rows.npy",
        tokenizer=folder / "tokenizer.json",
        model=ModelOptions.model_validate(MODEL),
        training=TrainingOptions.model_validate({**TRAINING, "checkpoints": 3}),
        machine=Machine("cpu", "float32", False),
        identity={"name": "tiny"},
        folder=folder / "model",
    )


def elsewhere(run: Run, folder: Path, **changes: Any) -> Run:
    """Give the same run in another folder."""
    return replace(run, folder=folder, **changes)


def made(folder: Path) -> dict[str, str]:
    """Give the hash of every file of a model but its seal, in which the seconds stand."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".done"
    }


def train_saving_always(run: Run) -> None:
    """Train, with a state written after every step."""
    room.SAVE_EVERY = 0.0
    room.train(run, lambda tokens, said: None)


def start(run: Run) -> Any:
    """Train in a process of its own, which has torch at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ablation.training", "transformers.models.llama.modeling_llama"])
    process = context.Process(target=train_saving_always, args=(run,))
    process.start()
    return process


def losses(folder: Path) -> list[tuple[int, float]]:
    """Read the loss on the way of a trained model: (steps, mean loss in nats since the one before)."""
    return [(step, loss) for step, loss in json.loads((folder / "training.json").read_text(encoding="utf-8"))["loss"]]
