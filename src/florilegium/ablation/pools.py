"""From measured shards to the pools of a question: the text that the tokenizer is trained on, and its place."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from florilegium.ablation.draw import Mask, Rows, in_order, keys_of
from florilegium.ablation.store import Store, begin, complete, seal
from florilegium.ablation.tokens import SAMPLE, VERSION, train_tokenizer


def tokenizer_for(
    store: Store, measured: Path, tasks: int, of: str, decided: str, ids: Sequence[str], kept: Mask, vocabulary: int
) -> Path:
    """Give the tokenizer's file; train it where it is not there.

    It sees what the baseline keeps, in hash order, up to :data:`~florilegium.ablation.tokens.SAMPLE` bytes. ``of`` and
    ``decided`` are the contents of the measured and the decided shards. Raises FlorilegiumError where the pool is too
    small for the vocabulary.
    """
    identity = {
        "measured": of,
        "decided": decided,
        "vocabulary": vocabulary,
        "bytes": SAMPLE,
        "VERSION": VERSION,
        "tokenizers": version("tokenizers"),
    }
    folder = store.folder("tokenizer", identity)
    path = folder / "tokenizer.json"
    if complete(folder) is None:
        shards = [measured / f"{task:05d}.parquet" for task in range(tasks)]
        begin(folder, identity)
        train_tokenizer(_sample(shards, in_order(kept, keys_of(ids), 0, "tokenizer")), vocabulary, path)
        seal(folder, {"vocabulary": vocabulary})
    return path


def _sample(shards: Sequence[Path], ordered: Rows) -> list[str]:
    """Give the texts of the first rows of ``ordered`` that hold enough bytes, in row order."""
    sizes = [pc.fill_null(pc.binary_length(pq.read_table(shard, columns=["text"])["text"]), 0) for shard in shards]
    joined = np.concatenate([each.to_numpy() for each in sizes])
    wanted = np.sort(ordered[: int(np.searchsorted(np.cumsum(joined[ordered]), SAMPLE)) + 1])
    texts: list[str] = []
    start = 0
    for shard, size in zip(shards, sizes, strict=True):
        here = wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, start + len(size))] - start
        if len(here):
            texts += [text or "" for text in pq.read_table(shard, columns=["text"])["text"].take(here).to_pylist()]
        start += len(size)
    return texts
