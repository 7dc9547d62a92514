"""Text to tokens: a tokenizer that is the same bytes everywhere, and tokens that are the text."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.ablation.tokens import START, Tokenise, Tokens, load_tokenizer, missing_tokens, train_tokenizer
from florilegium.benchmark.encode import encode
from florilegium.benchmark.items import Item, Request
from florilegium.errors import FlorilegiumError
from tests.ablation.asking import noise, prose

TEXTS = [prose(n) for n in range(80)] + [noise(n) for n in range(20)]
ODD = ["", "🙂🙃👩‍👩‍👧", "\0\0 a\0b", " ", "\n\r\n\t", "é é", START, f"a {START} b", "日本語のテキスト", "\ufffd\ufeff"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    train_tokenizer(TEXTS, 300, path)
    return path


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory, tokenizer: Path) -> tuple[Path, list[str | None]]:
    """Three shards in tokens: prose, odd texts with a missing one, and none at all."""
    measured, folder = tmp_path_factory.mktemp("measured"), tmp_path_factory.mktemp("tokens")
    parts: list[list[str | None]] = [list(TEXTS), [*ODD, "x" * 2**20, None], []]
    for rank, texts in enumerate(parts):
        pq.write_table(pa.table({"text": pa.array(texts, pa.string())}), measured / f"{rank:05d}.parquet")
        list(Tokenise(measured, tokenizer, folder, "of").run(None, rank, 3))
    return folder, [text for part in parts for text in part]


TRAIN = """
import sys
from pathlib import Path
from florilegium.ablation.tokens import train_tokenizer
from tests.ablation.test_tokens import TEXTS
train_tokenizer(TEXTS, 400, Path(sys.argv[1]))
"""


def test_training_is_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    made = set()
    settings = [("0", "1", "false"), ("7", "2", "true"), ("random", "5", "true")]
    for number, (seed, threads, parallel) in enumerate(settings):
        path = tmp_path / f"{number}.json"
        subprocess.run(
            [sys.executable, "-c", TRAIN, str(path)],
            env=os.environ | {"PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": parallel},
            check=True,
        )
        made.add(sha256(path.read_bytes()).hexdigest())
    assert len(made) == 1


def test_start_is_entry_zero_and_every_byte_has_one(tokenizer: Path) -> None:
    found = load_tokenizer(tokenizer)
    assert len(found) == 300 and found.convert_tokens_to_ids(START) == 0
    assert (found.bos_token_id, found.eos_token_id, found.pad_token_id) == (0, 0, 0)
    for text in ODD:
        ids = found(text, add_special_tokens=False)["input_ids"]
        assert found.decode(ids, skip_special_tokens=False) == text
        assert found(text)["input_ids"] == [0, *ids]


def test_pool_that_is_too_small_for_the_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(FlorilegiumError, match=r"the pool gives a vocabulary of \d+, not of 5000: lower"):
        train_tokenizer(["a b", "ab"], 5000, tmp_path / "tokenizer.json")
    with pytest.raises(FlorilegiumError, match="vocabulary of 257, not of 300"):
        train_tokenizer([], 300, tmp_path / "tokenizer.json")
    assert not list(tmp_path.iterdir())


def test_saved_tokenizer_gives_the_same_ids_and_puts_start_in_front(tokenizer: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    raw = Tokenizer.from_file(str(tokenizer))
    load_tokenizer(tokenizer).save_pretrained(tmp_path)
    saved: Any = AutoTokenizer.from_pretrained(tmp_path)
    for text in [*ODD, *TEXTS]:
        plain = raw.encode(text, add_special_tokens=False).ids
        assert saved(text, add_special_tokens=False)["input_ids"] == plain
        assert saved(text)["input_ids"] == [0, *plain]
        assert saved.decode(plain, skip_special_tokens=False) == text


def test_scoring_needs_no_word_about_the_start(tokenizer: Path, tmp_path: Path) -> None:
    """Every form of item: with the start token given, and with what the saved tokenizer does of itself."""
    from transformers import AutoTokenizer

    load_tokenizer(tokenizer).save_pretrained(tmp_path)
    saved = AutoTokenizer.from_pretrained(tmp_path)
    texts = [text for text in [*ODD, *TEXTS] if text and not text.startswith(START)]
    items = [Item("t", "text", f"{n}", (Request("", each, each),), 0, 1.0, "", {}) for n, each in enumerate(texts)]
    for form in ("choice", "pair", "last_word", "context_choice"):
        asked = tuple(Request(before, " river stone", "river stone") for before in ("The old ", "a", "", "日本", " "))
        items.append(Item("t", form, form, asked, 0, 1.0, "", {}))
    given, own = encode(items, saved, 32, 0), encode(items, saved, 32)
    for name in ("ids", "starts", "scored", "request", "tokens"):
        assert np.array_equal(getattr(given, name), getattr(own, name)), name


def test_stream_is_the_documents_one_after_another(shards: tuple[Path, list[str | None]], tokenizer: Path) -> None:
    from tokenizers import Tokenizer

    folder, texts = shards
    raw, tokens = Tokenizer.from_file(str(tokenizer)), Tokens(folder, 3)
    assert tokens.lengths.tolist() == [len(raw.encode(text or "", add_special_tokens=False).ids) for text in texts]
    rows = np.array([len(texts) - 1, 3, 100, 101, 102, 3, 99, 110, 0])
    whole = [token for row in rows for token in [0, *raw.encode(texts[row] or "", add_special_tokens=False).ids]]
    assert tokens.stream(rows, len(whole)).tolist() == whole
    for cut in (1, 2, 3, 50, 51, len(whole) - 1):
        assert tokens.stream(rows, cut).tolist() == whole[:cut]
    with pytest.raises(ValueError, match=f"9 documents hold {len(whole)} tokens, {len(whole) + 1} are wanted"):
        tokens.stream(rows, len(whole) + 1)


def test_tokens_of_an_altered_shard_are_missed(shards: tuple[Path, list[str | None]], tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "tokens"
    shutil.copytree(shards[0], folder)
    (folder / "99999.tokens.npy").write_bytes(b"what lies about")
    assert missing_tokens(folder, 3, "of") == [] and missing_tokens(folder, 3, "other") == [0, 1, 2]
    assert missing_tokens(tmp_path / "none", 2, "of") == [0, 1]
    for name in ("00000.tokens.npy", "00001.lengths.npy", "00002.tokens.npy"):
        path = folder / name
        whole = path.read_bytes()
        for bad in (whole[:-1], b"", whole[:70] + bytes([whole[70] ^ 1]) + whole[71:]):
            path.write_bytes(bad)
            assert missing_tokens(folder, 3, "of") == [int(name[:5])]
        path.write_bytes(whole)
    (folder / "00001.done").write_bytes(b"{}")
    assert missing_tokens(folder, 3, "of") == [1]
