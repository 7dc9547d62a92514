"""Log-probabilities of tokens under a causal language model, with no work that is not needed.

Windows of like length go together and are padded on the right, which a causal model cannot see: no mask is needed.
Logits are made only where a token is predicted, a block of rows at a time.
"""

import math
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from florilegium.benchmark.encode import Counts, Encoded
from florilegium.errors import RecipeError

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]

#: Tokens read at once, and logits made at once: what fits the caches of a core, and what fills a GPU.
CPU_TOKENS, CPU_LOGITS = 4096, 1 << 21
GPU_TOKENS, GPU_LOGITS = 1 << 16, 1 << 28

_PROBE = 8


class Window(NamedTuple):
    """What was found for the windows of :class:`Encoded`."""

    log2: Floats  # log2 p of all scored tokens together
    greedy: npt.NDArray[np.bool_]  # where that is asked for, whether each scored token was the most probable one


def log_probabilities(
    model: Any, encoded: Encoded, *, batch_tokens: int | None = None, progress: Progress | None = None
) -> Window:
    """Score all windows. The model stays in the mode (training or not) in which it was.

    ``batch_tokens`` only changes speed. ``progress(done, total)`` counts tokens read.
    Raises RecipeError where the model has no embedding for a token, or gives what is not a number.
    """
    device = next(model.parameters()).device
    on_cpu = device.type == "cpu"
    per_batch = batch_tokens or (CPU_TOKENS if on_cpu else GPU_TOKENS)
    lengths = encoded.lengths
    log2, greedy = np.zeros(len(lengths)), np.ones(len(lengths), dtype=np.bool_)
    training, done, total = model.training, 0, int(lengths.sum())

    def scored(batch: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        with torch.inference_mode():
            ids, rows, columns, targets = _tensors(encoded, batch, device)
            decoded = bool(encoded.decoded[batch].any())
            found, missed = _scored(
                hidden(ids)[rows, columns], head, targets, CPU_LOGITS if on_cpu else GPU_LOGITS, decoded
            )
        owner = np.repeat(np.arange(len(batch)), encoded.scored[batch])
        log2[batch] = np.bincount(owner, found, len(batch)) / math.log(2)
        greedy[batch] = np.bincount(owner, missed, len(batch)) == 0
        return batch

    model.eval()
    try:
        with torch.inference_mode():
            hidden, head = _parts(model, encoded, device)
        threads = torch.get_num_threads() if on_cpu else 1
        with closing(_each(scored, _batches(lengths, per_batch), threads)) as finished:
            for batch in finished:
                done += int(lengths[batch].sum())
                if progress is not None:
                    progress(done, total)
    finally:
        model.train(training)
    if not np.isfinite(log2).all():
        raise RecipeError("the model gives log-probabilities that are not finite; its training went astray")
    return Window(log2, greedy)


def _each(
    scored: Callable[[npt.NDArray[np.intp]], npt.NDArray[np.intp]],
    batches: Iterator[npt.NDArray[np.intp]],
    threads: int,
) -> Generator[npt.NDArray[np.intp], None, None]:
    """Score batches, as many at a time as torch has threads, each on one thread.

    Threads that share a small multiplication mostly wait for each other, the more so where other processes want the
    cores too: on a busy machine BLiMP took three times as long. Nor do sums depend on the number of threads like this.
    """
    if threads == 1:
        yield from map(scored, batches)
        return
    torch.set_num_threads(1)
    workers = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield from workers.map(scored, batches)
    finally:
        workers.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)


def _batches(lengths: Counts, tokens: int) -> Iterator[npt.NDArray[np.intp]]:
    """Give windows in batches, the longest first; a batch padded to its longest holds at most so many tokens."""
    order = np.argsort(-lengths, kind="stable")
    at = 0
    while at < len(order):
        size = max(1, tokens // max(1, int(lengths[order[at]])))
        yield order[at : at + size]
        at += size


def _tensors(encoded: Encoded, batch: npt.NDArray[np.intp], device: torch.device) -> tuple[torch.Tensor, ...]:
    """Give what is read (windows, tokens), and row, column and token of each prediction."""
    lengths, scored = encoded.lengths[batch], encoded.scored[batch]
    width = int(lengths.max())
    reading = np.arange(width)[None, :] < lengths[:, None]
    places = encoded.starts[batch][:, None] + np.arange(width)[None, :]
    ids = np.where(reading, encoded.ids[np.where(reading, places, 0)], 0)
    rows = np.repeat(np.arange(len(batch)), scored)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(scored) - scored, scored)
    columns = (lengths - scored)[rows] + nth
    targets = encoded.ids[encoded.starts[batch][rows] + columns + 1]
    return tuple(torch.from_numpy(a.astype(np.int64)).to(device) for a in (ids, rows, columns, targets))


def _scored(
    states: torch.Tensor, head: Callable[[torch.Tensor], torch.Tensor], targets: torch.Tensor, logits: int,
    decoded: bool,
) -> tuple[Floats, npt.NDArray[np.bool_]]:  # fmt: skip
    """Give log p of each target (natural logarithm); where ``decoded``, also whether another token is more probable."""
    found, missed = [], torch.zeros(len(targets), dtype=torch.bool)
    width = int(head(states[:1]).shape[-1])
    size = max(1, logits // width)
    for at in range(0, len(targets), size):
        made, wanted = head(states[at : at + size]).float(), targets[at : at + size]
        found.append(-functional.cross_entropy(made, wanted, reduction="none"))
        if decoded:
            missed[at : at + size] = (made.argmax(-1) != wanted).cpu()
    return torch.cat(found).double().cpu().numpy(), missed.numpy()


def _parts(
    model: Any, encoded: Encoded, device: torch.device
) -> tuple[Callable[[torch.Tensor], torch.Tensor], Callable[[torch.Tensor], torch.Tensor]]:
    """Part a model into what makes states and what makes logits of them.

    Some models do more than multiply by the output embedding (scale, cap). Whether a model may be parted is tried on a
    few tokens; else its own logits are the states.
    """
    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    if encoded.largest >= vocabulary:
        raise RecipeError(
            f"the tokenizer gives token {encoded.largest}, the model has embeddings for {vocabulary} only. "
            "Give the tokenizer that belongs to the model."
        )

    def whole(ids: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits
        return logits

    body, head = getattr(model, "base_model", None), model.get_output_embeddings()
    if body is None or body is model or head is None:
        return whole, torch.nn.Identity()

    def states(ids: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = body(input_ids=ids, use_cache=False).last_hidden_state
        return made

    probe = torch.from_numpy(encoded.ids[:_PROBE].astype(np.int64))[None, :].to(device)
    try:
        expected, parted = whole(probe).float(), head(states(probe)).float()
        agree = expected.shape == parted.shape and torch.allclose(expected, parted, rtol=1e-4, atol=1e-4)
    except (AttributeError, TypeError, RuntimeError):  # an architecture whose parts do not fit together like this
        agree = False
    return (states, head) if agree else (whole, torch.nn.Identity())
