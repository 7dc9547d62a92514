"""Score a model on the items of a suite: one row for each item and measure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from florilegium.benchmark.encode import Encoded, encode
from florilegium.benchmark.forward import Floats, Progress, log_probabilities
from florilegium.benchmark.items import Item, Request, read_items
from florilegium.benchmark.scores import FORMS, SCORES_SCHEMA
from florilegium.benchmark.suite import Suite
from florilegium.errors import RecipeError

#: Context where neither model nor tokenizer says how much can be read.
UNSTATED_CONTEXT = 2048


def score(
    model: Any, encoded: Encoded, *, step: int = 0, tokens: int = 0, batch_tokens: int | None = None,
    progress: Progress | None = None,
) -> pa.Table:  # fmt: skip
    """Score a causal language model of transformers; give a table of ``SCORES_SCHEMA``.

    ``encoded`` is made once a tokenizer by :func:`florilegium.benchmark.encode.encode`; ``step`` and ``tokens`` are
    written down as they are. ``batch_tokens`` changes speed, not scores (beyond rounding). On a CPU the same model
    gives the same bytes.
    """
    found = log_probabilities(model, encoded, batch_tokens=batch_tokens, progress=progress)
    requests = len(encoded.tokens)
    log2: Floats = np.bincount(encoded.request, found.log2, requests).astype(np.float64)
    missed = np.bincount(encoded.request, ~found.greedy, requests)
    rows: dict[str, list[Any]] = {"task": [], "item": [], "measure": [], "value": []}
    at = 0
    for item in encoded.items:
        end = at + len(item.requests)
        values = item_values(item, log2[at:end], not missed[at])
        for measure in FORMS[item.form]:
            rows["task"].append(item.task)
            rows["item"].append(item.id)
            rows["measure"].append(measure)
            rows["value"].append(values[measure])
        at = end
    count = len(rows["item"])
    return pa.table({"step": [step] * count, "tokens": [tokens] * count, **rows}, schema=SCORES_SCHEMA)


def item_values(item: Item, log2: Floats, greedy: bool) -> Mapping[str, float]:
    """Give an item's measures from log2 p of each of its requests (``MEASURES`` says what they mean).

    ``greedy``: whether greedy decoding gives the first request; only the last word asks for it.
    """
    gold = item.gold
    if item.form == "text":
        return {"bits_per_byte": -float(log2[0]) / len(item.requests[0].answer.encode())}
    if item.form == "last_word":
        return {"accuracy": float(greedy), "log_probability": float(log2[0]) / _characters(item.requests[0])}
    if item.form == "pair":
        return {"accuracy": _first(log2, gold), "margin": float(log2[0] - log2[1])}
    by_byte = log2 / np.array([len(request.answer.encode()) for request in item.requests])
    by_character = log2 / np.array([_characters(request) for request in item.requests])
    return {
        "accuracy": _first(log2, gold),
        "accuracy_norm": _first(by_byte, gold),
        "probability": float(np.exp2(by_character[gold])),
        # relative to the highest: the sum cannot vanish
        "probability_norm": float(
            np.exp2(by_character[gold] - by_character.max()) / np.exp2(by_character - by_character.max()).sum()
        ),
    }


def _characters(request: Request) -> int:
    return len(request.answer)


def _first(values: Floats, gold: int) -> float:
    """Give 1 where the right answer alone has the highest value, 1/k where it shares it with k - 1 others, else 0."""
    highest = values == values.max()
    return float(highest[gold]) / int(highest.sum())


def score_folder(
    folder: Path, suite: Suite, *, context: int | None = None, device: str | None = None,
    items: Sequence[Item] | None = None, progress: Progress | None = None,
) -> pa.Table:  # fmt: skip
    """Score a local folder with a Hugging Face model and its tokenizer; nothing is fetched and no code of it is run.

    What stands before a text is what the tokenizer puts there (see :mod:`florilegium.benchmark.encode`). ``context`` is
    at most as many tokens as the model reads. Raises RecipeError where the folder holds no model that can be loaded.
    """
    model, tokenizer = load_model(folder, device)
    most = context_length(model, tokenizer)
    if context is not None and context > most:
        raise RecipeError(f"{folder} reads at most {most} tokens; give a context of at most that (got {context})")
    encoded = encode(read_items(suite) if items is None else items, tokenizer, context or most)
    return score(model, encoded, progress=progress)


def require_model(folder: Path) -> None:
    """Raise RecipeError where a folder holds no model; name what it holds instead."""
    if (folder / "config.json").is_file():
        return
    if not folder.is_dir():
        raise RecipeError(f"{folder}: no such folder. Give one that transformers saved.")
    inside = sorted(path.parent for path in folder.glob("*/config.json"))
    hint = f"{inside[-1]}, for example" if inside else "a folder that transformers saved"
    raise RecipeError(f"{folder} is no model folder: it has no config.json. Give {hint}.")


def load_model(folder: Path, device: str | None = None) -> tuple[Any, Any]:
    """Load model and tokenizer of a local folder; on a GPU where there is one, on the CPU in float32."""
    require_model(folder)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.float32 if where == "cpu" else "auto"
    logging.disable_progress_bar()
    model: Any
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, dtype=dtype
        )
    except Exception as error:  # every architecture fails in its own way
        said = " ".join((str(error) or type(error).__name__).split())
        raise RecipeError(
            f"{folder}: the model cannot be loaded: {said:.200}. Give a whole folder that transformers saved, with its "
            "tokenizer."
        ) from error
    return model.to(where), tokenizer


def context_length(model: Any, tokenizer: Any) -> int:
    """Give the most tokens that a model reads: as its configuration says, else its tokenizer, else 2,048."""
    config = model.config.get_text_config() if hasattr(model.config, "get_text_config") else model.config
    for name in ("n_positions", "max_position_embeddings", "n_ctx"):
        if isinstance(found := getattr(config, name, None), int) and found > 1:
            return found
    found = getattr(tokenizer, "model_max_length", None)
    return found if isinstance(found, int) and 1 < found < 1 << 24 else UNSTATED_CONTEXT
