"""How fast a model is trained here, held against the Trainer of transformers on the same machine in the same run.

    python -m tests.ablation.throughput [--pool FILE.parquet ...] [--rounds 5] [--seconds 25] [--threads 1]

- ours: the loop of `florilegium ablate`: documents one after another, packed.
- documents: Trainer, a document a row, cut at the context, padded by DataCollatorForLanguageModeling; as many
  documents a step as give as many tokens.
- packed: Trainer on the very sequences that ours sees.

The three take turns, in another order each round, on the same model with the same optimiser. A rate is tokens trained
a second, padding not counted, from the second step of a turn to its last; a ratio is that of one round. Where other
processes want the cores too, the ratio by processor time says more: it is that of an idle machine, nearly. Prints
medians and ranges, and writes ``throughput.json``.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.utils.data import Dataset
from transformers import DataCollatorForLanguageModeling, PrinterCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.utils import logging

from florilegium.ablation.asked import ModelOptions, TrainingOptions
from florilegium.ablation.model import machine_for, make_model, parameters_of
from florilegium.ablation.tokens import Tokenise, Tokens, load_tokenizer, train_tokenizer
from florilegium.ablation.train import Run, lanes, schedule, train
from florilegium.run import clock
from florilegium.sample.loop import generate_loop

#: Steps that a turn warms up with, and fewest that are timed.
WARM, FEWEST = 1, 4
#: Bytes of text that are tokenised at most.
ENOUGH = 20_000_000


@dataclass(frozen=True)
class Turn:
    """What one turn came to."""

    tokens: int  # trained in the timed steps, without padding
    seconds: float
    processor: float  # seconds of it, over all threads
    places: int  # tokens with padding

    @property
    def rate(self) -> float:
        """Give tokens a second."""
        return self.tokens / self.seconds


class Moment(NamedTuple):
    """When a step ended, by the clock and by what the processor had done."""

    time: float
    processor: float


def _now() -> Moment:
    return Moment(clock.now(), time.process_time())


class _Rows(Dataset[dict[str, list[int]]]):
    """Token rows, as a data set of torch."""

    def __init__(self, rows: Sequence[list[int]]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> dict[str, list[int]]:
        return {"input_ids": self.rows[number]}


class _Watch(TrainerCallback):
    """Notes when each step ended."""

    def __init__(self) -> None:
        self.ended: list[Moment] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Called by Trainer."""
        self.ended.append(_now())


class _Collator(DataCollatorForLanguageModeling):
    """Counts what it hands out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.counts: list[tuple[int, int]] = []

    def __call__(self, features: Any, return_tensors: str | None = None) -> Any:
        batch = super().__call__(features, return_tensors)
        self.counts.append((int(batch["attention_mask"].sum()), batch["input_ids"].numel()))
        return batch


class Bench:
    """The three ways on one pool."""

    def __init__(self, folder: Path, texts: Sequence[str], model: ModelOptions, training: TrainingOptions) -> None:
        self.folder, self.model, self.training = folder, model, training
        measured, data, rows = folder / "measured", folder / "tokens", folder / "rows.npy"
        measured.mkdir()
        data.mkdir()
        pq.write_table(pa.table({"text": list(texts)}), measured / "00000.parquet")
        train_tokenizer(texts, model.vocabulary, folder / "tokenizer.json")
        list(Tokenise(measured, folder / "tokenizer.json", data, "").run(None))
        np.save(rows, np.arange(len(texts)))
        machine = machine_for(training.model_copy(update={"device": "cpu"}))
        tokens = Tokens(data, 1)
        self.documents = len(texts)
        self.all = int(tokens.lengths.sum()) + len(texts)  # each behind a start token
        self.stream = tokens.stream(np.arange(len(texts)), self.all)
        starts = np.cumsum(tokens.lengths + 1) - (tokens.lengths + 1)
        cut = np.minimum(tokens.lengths + 1, model.context)
        self.cut = [self.stream[start : start + size].tolist() for start, size in zip(starts, cut, strict=True)]
        self.run = Run("ours", 1, 0, data, 1, rows, folder / "tokenizer.json", model, training, machine, {}, folder)

    def ours(self, steps: int) -> Turn:
        """Train with the loop of this project."""
        size = schedule(self.training.batch, self.model, self.training).tokens
        told: list[tuple[Moment, int]] = []
        with TemporaryDirectory(dir=self.folder) as folder:
            run = replace(self.run, tokens=steps * size, folder=Path(folder) / "model")
            train(run, lambda tokens, said: told.append((_now(), tokens)))
        torch.use_deterministic_algorithms(False)  # not asked of the others
        tokens, first, last = sum(count for _, count in told[1:]), told[0][0], told[-1][0]
        return Turn(tokens, last.time - first.time, last.processor - first.processor, tokens)

    def by_document(self, steps: int) -> Turn:
        """Train with Trainer, a document a row."""
        mean = sum(map(len, self.cut)) / len(self.cut)
        return self._trainer(_Rows(self.cut), max(1, round(self.training.batch / mean)), steps)

    def packed(self, steps: int) -> Turn:
        """Train with Trainer on packed sequences."""
        plan = schedule(steps * self.training.batch, self.model, self.training)
        laid = lanes(self.stream[: plan.tokens + 1], plan)[:, :-1].reshape(plan.sequences, plan.steps, plan.context)
        return self._trainer(_Rows(laid.swapaxes(0, 1).reshape(-1, plan.context).tolist()), plan.sequences, steps)

    def _trainer(self, rows: _Rows, batch: int, steps: int) -> Turn:
        training = self.training
        watch = _Watch()
        collator = _Collator(tokenizer=load_tokenizer(self.run.tokenizer), mlm=False)
        with TemporaryDirectory(dir=self.folder) as folder:
            arguments = TrainingArguments(
                output_dir=folder, use_cpu=True, seed=1, max_steps=steps, per_device_train_batch_size=batch,
                optim="adamw_torch_fused", learning_rate=training.learning_rate, weight_decay=training.weight_decay,
                adam_beta1=0.9, adam_beta2=0.95, max_grad_norm=training.clip, lr_scheduler_type="cosine_with_min_lr",
                lr_scheduler_kwargs={"min_lr_rate": 0.1}, warmup_steps=round(training.warmup * steps),
                bf16=self.run.machine.precision == "bfloat16", save_strategy="no", logging_strategy="no", report_to="none", disable_tqdm=True,
                dataloader_pin_memory=False,
            )  # fmt: skip
            trainer = Trainer(
                model=make_model(self.model, 1), args=arguments, train_dataset=rows, data_collator=collator,
                callbacks=[watch],
            )  # fmt: skip
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        first, last, counts = watch.ended[WARM - 1], watch.ended[-1], collator.counts[WARM:steps]
        real, places = sum(real for real, _ in counts), sum(every for _, every in counts)
        return Turn(real, last.time - first.time, last.processor - first.processor, places)


def compare(bench: Bench, rounds: int, seconds: float) -> dict[str, list[Turn]]:
    """Let the three take turns, each about so many seconds long."""
    ways: Mapping[str, Callable[[int], Turn]] = {
        "ours": bench.ours, "documents": bench.by_document, "packed": bench.packed,
    }  # fmt: skip
    torch.set_num_threads(bench.training.threads)
    sequences = schedule(bench.training.batch, bench.model, bench.training).tokens
    steps = max(WARM + FEWEST, round(seconds * bench.ours(WARM + FEWEST).rate / sequences))
    steps = min(steps, (bench.all - 1) // sequences)
    found: dict[str, list[Turn]] = {name: [] for name in ways}
    for number in range(rounds):
        names = list(ways)
        for name in names[number % 3 :] + names[: number % 3]:
            found[name].append(ways[name](steps))
    return found


def literal(found: Mapping[str, Sequence[Turn]], bench: Bench) -> dict[str, Any]:
    """Give what was found as JSON values."""
    rates = {name: [turn.rate for turn in turns] for name, turns in found.items()}
    by_processor = {name: [turn.tokens / turn.processor for turn in turns] for name, turns in found.items()}
    return {
        "torch": torch.__version__,
        "threads": bench.training.threads,
        "load": list(os.getloadavg()),
        "parameters": parameters_of(bench.model),
        "model": bench.model.literal(),
        "batch": bench.training.batch,
        "documents": bench.documents,
        "tokens_per_second": rates,
        "padding": {name: 1 - sum(t.tokens for t in turns) / sum(t.places for t in turns) for name, turns in found.items()},
        "cut_off": 1 - sum(map(len, bench.cut)) / bench.all,
        "ratio": _ratios(rates),
        "ratio_by_processor_time": _ratios(by_processor),
    }  # fmt: skip


def _ratios(rates: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {
        name: [ours / theirs for ours, theirs in zip(rates["ours"], rates[name], strict=True)]
        for name in ("documents", "packed")
    }


def table(body: Mapping[str, Any]) -> str:
    """Give the table, at most 80 columns wide."""
    model = body["model"]
    lines = [
        f"{body['parameters']:,} parameters, context {model['context']}, batch {body['batch']:,}, "
        f"{body['threads']} thread(s), load {body['load'][0]:.1f}",
        f"documents cut at the context lose {body['cut_off']:.0%} of their tokens",
        "",
        f"{'':<19}{'tokens/s':>9}{'range':>15}{'padding':>8}",
    ]
    names = {"ours": "florilegium", "documents": "Trainer, documents", "packed": "Trainer, packed"}
    for name, shown in names.items():
        rates = body["tokens_per_second"][name]
        lines.append(f"{shown:<19}{median(rates):>9,.0f}{_range(rates, ',.0f'):>15}{body['padding'][name]:>8.0%}")
    lines += ["", f"{'florilegium is':<19}{'times':>9}{'range':>15}{'by processor time':>20}{'range':>15}"]
    for name in ("documents", "packed"):
        ratios, other = body["ratio"][name], body["ratio_by_processor_time"][name]
        lines.append(
            f"{names[name]:<19}{median(ratios):>9.2f}{_range(ratios, '.2f'):>15}"
            f"{median(other):>20.2f}{_range(other, '.2f'):>15}"
        )
    return "\n".join(lines)


def _range(values: Sequence[float], how: str) -> str:
    return f"{min(values):{how}} - {max(values):{how}}"


def texts_of(pools: Sequence[Path], folder: Path) -> list[str]:
    """Read the texts of Parquet files; without one, the pool of the embedded sample."""
    if not pools:
        generate_loop(folder)
        lines = (folder / "loop" / "pool.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["text"] for line in lines]
    return list(_enough(pools))


def _enough(pools: Sequence[Path]) -> Iterator[str]:
    size = 0
    for pool in pools:
        for text in pq.read_table(pool, columns=["text"])["text"].to_pylist():
            if size > ENOUGH:
                return
            size += len(text.encode())
            yield text


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pool", type=Path, nargs="*", default=[], help="Parquet files with a column `text`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=25.0, help="length of a turn")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--model", type=json.loads, default={}, help="options of the model, as JSON")
    parser.add_argument("--training", type=json.loads, default={}, help="options of the training, as JSON")
    parser.add_argument("--out", type=Path, default=Path("throughput.json"))
    given = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    training = {"checkpoints": 1, "score_last": 1, "threads": given.threads} | given.training
    with TemporaryDirectory() as folder:
        texts = texts_of(given.pool, Path(folder))
        model = ModelOptions.model_validate(given.model)
        bench = Bench(Path(folder), texts, model, TrainingOptions.model_validate(training))
        body = literal(compare(bench, given.rounds, given.seconds), bench)
    given.out.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    print(table(body))


if __name__ == "__main__":
    main()
