"""Text to tokens: one byte-level BPE for a question, and each measured document in tokens, once.

tokens-<hash>/NNNNN.tokens.npy, NNNNN.lengths.npy + .done: the documents of a measured shard, one after another.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from datatrove.pipeline.base import PipelineStep
from numpy.typing import NDArray

from florilegium.ablation.draw import Rows
from florilegium.errors import FlorilegiumError
from florilegium.run import hand
from florilegium.run.shards import fingerprint, finish, finished, read_batches

VERSION = 2
#: The one special token: before every document, in training and in scoring.
START = "<|endoftext|>"
#: The tokenizer is trained on so many bytes at most.
SAMPLE = 20_000_000


def train_tokenizer(texts: Iterable[str], vocabulary: int, path: Path) -> None:
    """Train a byte-level BPE (as GPT-2's, without its prefix space) and write ``tokenizer.json``.

    Entry 0 is :data:`START`, which the tokenizer puts in front of a text of itself, as models from elsewhere expect of
    theirs. Raises FlorilegiumError where the texts do not give that many entries.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[START],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if tokenizer.get_vocab_size() != vocabulary:
        raise FlorilegiumError(
            f"the pool gives a vocabulary of {tokenizer.get_vocab_size()}, not of {vocabulary}: "
            "lower `model.vocabulary`, or give the base recipe more text."
        )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{START} $A", pair=f"{START} $A {START} $B", special_tokens=[(START, 0)]
    )
    path.write_text(tokenizer.to_str(), encoding="utf-8")


def load_tokenizer(path: Path) -> Any:
    """Give the tokenizer as transformers wants it, with :data:`START` as beginning, end and padding."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_file=str(path), bos_token=START, eos_token=START, pad_token=START, clean_up_tokenization_spaces=False
    )


class Tokenise(PipelineStep):  # type: ignore[misc]
    """One task a measured shard: its texts in tokens."""

    name = "tokenise"
    type = "florilegium"

    def __init__(self, measured: Path, tokenizer: Path, folder: Path, of: str) -> None:
        super().__init__()
        self.measured, self.tokenizer, self.folder, self.of = measured, tokenizer, folder, of

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """Write the tokens of shard ``rank``."""
        os.environ["TOKENIZERS_PARALLELISM"] = "false"  # workers are the parallelism
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.tokenizer))
        kind = np.uint16 if tokenizer.get_vocab_size() <= 2**16 else np.uint32
        pieces: list[NDArray[Any]] = [np.zeros(0, kind)]
        lengths: list[int] = []
        for batch in read_batches(self.measured / f"{rank:05d}.parquet", ["text"], 256):
            for encoded in tokenizer.encode_batch_fast(_texts(batch), add_special_tokens=False):
                pieces.append(np.array(encoded.ids, kind))
                lengths.append(len(encoded.ids))
            hand.report(batch.num_rows, batch.num_rows)
        written = {"tokens": np.concatenate(pieces), "lengths": np.array(lengths, np.int64)}
        files = {}
        for name, array in written.items():
            path = self.folder / f"{rank:05d}.{name}.npy"
            temporary = self.folder / f".{path.name}.{os.getpid()}.tmp"
            with temporary.open("wb") as file:
                np.save(file, array)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            files[path.name] = fingerprint(path)
        finish(self.folder, rank, files, {"documents": len(lengths), "tokens": int(sum(lengths))}, self.of)
        yield from ()


def _texts(batch: pa.RecordBatch) -> list[str]:
    return [text or "" for text in batch.column(0).to_pylist()]


class Tokens:
    """The tokens of all documents of a measured folder, in row order, read where they lie."""

    def __init__(self, folder: Path, tasks: int) -> None:
        self._shards = [np.load(folder / f"{task:05d}.tokens.npy", mmap_mode="r") for task in range(tasks)]
        lengths = [np.load(folder / f"{task:05d}.lengths.npy") for task in range(tasks)]
        self.lengths: Rows = np.concatenate(lengths)
        self._shard = np.repeat(np.arange(tasks), [len(each) for each in lengths])
        self._start = np.concatenate([np.cumsum(each) - each for each in lengths])

    def stream(self, rows: Rows, tokens: int) -> NDArray[np.int32]:
        """Give the documents ``rows`` one after another, each behind a start token, cut at ``tokens``.

        Raises ValueError where they do not suffice.
        """
        joined = np.zeros(tokens, np.int32)
        filled = 0
        for row in rows:
            if filled >= tokens:
                break
            filled += 1  # the start token is 0
            shard, start = self._shards[self._shard[row]], self._start[row]
            piece = shard[start : start + min(int(self.lengths[row]), tokens - filled)]
            joined[filled : filled + len(piece)] = piece
            filled += len(piece)
        if filled < tokens:
            raise ValueError(f"{len(rows)} documents hold {filled} tokens, {tokens} are wanted")
        return joined


def missing_tokens(folder: Path, tasks: int, of: str) -> Sequence[int]:
    """Give the shards whose tokens are not there as they must be."""
    return [task for task in range(tasks) if not folder.is_dir() or finished(folder, task, of) is None]
