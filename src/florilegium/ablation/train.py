"""Training: packed sequences, AdamW, warm-up and cosine; killed at any moment and started again, the same weights.

model-<hash>/checkpoint-NNNNNN/ (a normal Hugging Face folder), training.json (loss on the way) + .done
"""

import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from florilegium.ablation.asked import ModelOptions, TrainingOptions
from florilegium.ablation.model import (
    Machine,
    make_model,
    make_optimiser,
    operations_per_token,
    peak_of,
    save_model,
)
from florilegium.ablation.store import begin, seal, sync_folder
from florilegium.ablation.tokens import Tokens, load_tokenizer
from florilegium.errors import FlorilegiumError, RecipeError
from florilegium.run import clock
from florilegium.run.shards import write_bytes

#: Counts up where weights come out otherwise, be it in their last bits.
VERSION = 2
#: Seconds between two states to go on from.
SAVE_EVERY = 30.0
STATE = "training.state"
#: Most tokens that go through the model at once, and most logits, by device; a larger step is added up from parts.
#: On a CPU what is smaller stays in the cache, and arrays from 32 MiB on are mapped by the C library anew each time.
AT_ONCE = {"cpu": 8192, "cuda": 131_072}
LOGITS_AT_ONCE = {"cpu": 1 << 22, "cuda": 1 << 30}

Told = Callable[[int, str], object]


@dataclass(frozen=True)
class Run:
    """One model to train: a seed, what it is trained on, how."""

    name: str  # for people: arm and seed
    seed: int
    tokens: int
    data: Path  # folder of tokens
    shards: int
    rows: Path  # a file of row numbers, in order
    tokenizer: Path
    model: ModelOptions
    training: TrainingOptions
    machine: Machine
    identity: Mapping[str, Any]
    folder: Path


@dataclass(frozen=True)
class Schedule:
    """Steps of a run: how many, of how many sequences, when it is scored."""

    steps: int
    sequences: int
    context: int
    checkpoints: tuple[int, ...]

    @property
    def tokens(self) -> int:
        """Give the tokens of the whole run."""
        return self.steps * self.sequences * self.context


def schedule(tokens: int, model: ModelOptions, training: TrainingOptions) -> Schedule:
    """Cut a budget into steps. Raises RecipeError where it does not give as many steps as there are checkpoints."""
    sequences = max(1, training.batch // model.context)
    steps = tokens // (sequences * model.context)
    if steps < training.checkpoints:
        raise RecipeError(
            f"a budget of {tokens:,} tokens gives {steps} steps of {sequences * model.context:,}, fewer than the "
            f"{training.checkpoints} checkpoints: raise `budget.tokens`, or lower `training.batch` or `checkpoints`."
        )
    marks = tuple(round(steps * (n + 1) / training.checkpoints) for n in range(training.checkpoints))
    return Schedule(steps, sequences, model.context, marks)


def learning_rate(step: int, steps: int, options: TrainingOptions) -> float:
    """Give the rate of a step: linear warm-up, then cosine to a tenth of the peak."""
    warm = max(1, round(options.warmup * steps))
    if step < warm:
        return options.learning_rate * (step + 1) / warm
    done = (step - warm) / max(1, steps - warm)
    return options.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))


def sequences_at_once(plan: Schedule, vocabulary: int, device: str) -> int:
    """Give how many sequences of a step go through the model at once: parts as even as they can be."""
    most = max(1, min(AT_ONCE[device], LOGITS_AT_ONCE[device] // vocabulary) // plan.context)
    return math.ceil(plan.sequences / math.ceil(plan.sequences / most))


def lanes(stream: NDArray[np.int32], plan: Schedule) -> NDArray[np.int32]:
    """Lay a stream of ``plan.tokens + 1`` tokens out as (sequences, steps x context + 1): each lane is a stretch of it,
    so that a step sees as many places as it has sequences."""
    length = plan.steps * plan.context
    return np.stack([stream[lane * length : (lane + 1) * length + 1] for lane in range(plan.sequences)])


def checkpoint(folder: Path, step: int) -> Path:
    """Give the folder of a checkpoint of a model."""
    return folder / f"checkpoint-{step:06d}"


def train(run: Run, told: Told) -> None:
    """Train a model from its last state, or from the beginning, and seal its folder. ``told`` hears of tokens done."""
    with settled(run):
        _train(run, told)


def _train(run: Run, told: Told) -> None:
    import torch

    plan = schedule(run.tokens, run.model, run.training)
    begin(run.folder, run.identity, keep=(STATE, *(checkpoint(run.folder, step).name for step in plan.checkpoints)))
    stream = Tokens(run.data, run.shards).stream(np.load(run.rows), plan.tokens + 1)
    data = torch.from_numpy(lanes(stream, plan)).to(run.machine.device)
    model = make_model(run.model, run.seed).to(run.machine.device).train()
    optimiser = make_optimiser(model, run.training)
    trainer = _Trainer(run, plan, model, optimiser, data, told)
    tokenizer = load_tokenizer(run.tokenizer)
    for step in trainer.steps():
        if step in plan.checkpoints:
            save_model(model, tokenizer, checkpoint(run.folder, step))
            sync_folder(checkpoint(run.folder, step))
            trainer.save()
    (run.folder / "training.json").write_text(json.dumps({"loss": trainer.losses}) + "\n", encoding="utf-8")
    (run.folder / STATE).unlink(missing_ok=True)
    speed = plan.tokens / max(trainer.seconds, 1e-9)
    facts = {
        "tokens": plan.tokens, "checkpoints": list(plan.checkpoints), "seconds": round(trainer.seconds, 3),
        "tokens_per_second": round(speed), "operations_per_second": round(speed * operations_per_token(run.model)),
        "utilisation": utilisation(run, speed),
    }  # fmt: skip
    seal(run.folder, facts)


def utilisation(run: Run, tokens_per_second: float) -> float | None:
    """Give the share of what the GPU could do that went into the model (Chowdhery et al. 2022, MFU); None where its
    peak is not known."""
    import torch

    peak = peak_of(torch.cuda.get_device_name()) if run.machine.device == "cuda" else None
    return round(tokens_per_second * operations_per_token(run.model) / peak, 4) if peak else None


@contextmanager
def settled(run: Run) -> Iterator[None]:
    """Make arithmetic repeatable, and fast where that does not cost it: the same for training and for scoring. What is
    set holds for the whole process, and is put back."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    deterministic: Any = torch.utils.deterministic
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.get_float32_matmul_precision()
    filled = deterministic.fill_uninitialized_memory
    torch.set_num_threads(run.training.threads)
    torch.set_flush_denormal(True)
    torch.use_deterministic_algorithms(True, warn_only=True)
    deterministic.fill_uninitialized_memory = False  # which is for finding bugs, and costs 6 % of the time
    if run.machine.device == "cuda":
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.set_flush_denormal(False)
        torch.use_deterministic_algorithms(before[1])
        torch.set_float32_matmul_precision(before[2])
        deterministic.fill_uninitialized_memory = filled


class _Trainer:
    """The loop, with what it needs to stop and go on."""

    def __init__(self, run: Run, plan: Schedule, model: Any, optimiser: Any, data: Any, told: Told) -> None:
        import torch

        self.torch, self.run, self.plan, self.model, self.optimiser = torch, run, plan, model, optimiser
        self.data, self.told = data, told
        self.losses: list[tuple[int, float]] = []  # (steps done, mean loss in nats since the one before)
        self.done = self.since = 0  # steps, and those since the last loss was noted
        self.total = torch.zeros((), device=data.device)  # of the losses since then
        self.seconds = 0.0
        self.at_once = sequences_at_once(plan, run.model.vocabulary, run.machine.device)
        self.loss_of = torch.compile(self._loss) if run.machine.compile else self._loss

    def _loss(self, inputs: Any, targets: Any) -> Any:
        hidden = self.model.model(input_ids=inputs, use_cache=False).last_hidden_state
        logits = self.model.lm_head(hidden)
        return self.torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())

    def steps(self) -> Iterator[int]:
        """Take the steps that are missing; give the number of steps done after each."""
        every = max(1, self.plan.steps // 100)
        self._restore()
        told, saved, started = self.done, clock.now(), clock.now()
        while self.done < self.plan.steps:
            self.total += self._step(self.done)
            self.done += 1
            self.since += 1
            if self.since == every or self.done == self.plan.steps:
                loss = float(self.total) / self.since
                if not math.isfinite(loss):
                    raise FlorilegiumError(
                        f"{self.run.name}: the loss is {loss} after {self.done} steps; lower `training.learning_rate`."
                    )
                self.losses.append((self.done, round(loss, 6)))
                self.total.zero_()
                self.since = 0
                self.told((self.done - told) * self.plan.sequences * self.plan.context, f"loss {loss:.3f}")
                told = self.done
            self.seconds, started = self.seconds + clock.now() - started, clock.now()
            yield self.done
            if clock.now() - saved > SAVE_EVERY:  # only now: a checkpoint of this step lies on the disk
                self.save()
                saved = clock.now()

    def _step(self, step: int) -> Any:
        torch, context = self.torch, self.plan.context
        window = self.data[:, step * context : (step + 1) * context + 1]
        rate = learning_rate(step, self.plan.steps, self.run.training)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        total = torch.zeros((), device=self.data.device)
        for low in range(0, self.plan.sequences, self.at_once):
            part = window[low : low + self.at_once].long()
            with torch.autocast(self.run.machine.device, torch.bfloat16, self.run.machine.precision == "bfloat16"):
                loss = self.loss_of(part[:, :-1], part[:, 1:]) * (len(part) / self.plan.sequences)
            loss.backward()
            total += loss.detach()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.run.training.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return total

    def save(self) -> None:
        """Write the state to go on from, whole or not at all: its SHA-256 and what torch makes of it."""
        state = {
            "done": self.done,
            "since": self.since,
            "total": self.total,
            "losses": self.losses,
            "seconds": self.seconds,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        content = BytesIO()
        self.torch.save(state, content)
        write_bytes(self.run.folder / STATE, sha256(content.getbuffer()).digest() + content.getbuffer())

    def _restore(self) -> None:
        """Take up the last state. One that was altered, or whose checkpoints are gone, is as good as none."""
        path = self.run.folder / STATE
        written = path.read_bytes() if path.is_file() else b""
        if len(written) < 32 or sha256(memoryview(written)[32:]).digest() != written[:32]:
            return
        state = self.torch.load(BytesIO(written[32:]), map_location=self.data.device, weights_only=True)
        passed = [checkpoint(self.run.folder, step) for step in self.plan.checkpoints if step <= state["done"]]
        if not all((folder / "model.safetensors").is_file() for folder in passed):
            return
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.done, self.since, self.total = state["done"], state["since"], state["total"]
        self.losses, self.seconds = [(step, loss) for step, loss in state["losses"]], state["seconds"]
