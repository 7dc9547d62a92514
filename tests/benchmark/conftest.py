"""A tiny model and a tokenizer without training, and a suite with a task of each form."""

from pathlib import Path
from typing import Any

import orjson
import pytest

TEXTS = [
    "The cat sat on the mat and looked at the rain. It was a grey morning, and nobody came.",
    "In the beginning the printers of Venice set their type by hand; ink was dear and paper dearer.",
    "A botanist walks along the river and writes down what she finds: sedge, willow, mint.",
    "Where does the water go when the tide turns? It goes where the moon is, said the pilot.",
]

ITEMS: dict[str, list[dict[str, Any]]] = {
    "pair": [
        {"id": "p1", "good": "The cats sit here.", "bad": "The cats sits here.", "kind": "agreement"},
        {"id": "p2", "good": "Who did she see?", "bad": "She did who see?", "kind": "order"},
        {"id": "p3", "good": "The same words.", "bad": "The same words.", "kind": "order"},
    ],
    "choice": [
        {
            "id": "c1",
            "query": "Question: What is wet?\nAnswer:",
            "choices": ["water", "a very dry stone", "ink"],
            "gold": 0,
        },
        {"id": "c2", "query": "The botanist walks along the", "choices": ["river", "moon"], "gold": 0},
        {"id": "c3", "query": "The pilot said: ", "choices": ["Überfahrt heute", "no"], "gold": 1},
    ],
    "context_choice": [
        {
            "id": "w1",
            "contexts": ["Ann beat Sue so Ann", "Ann beat Sue so Sue"],
            "continuation": "won the prize.",
            "gold": 0,
        }
    ],
    "last_word": [{"id": "l1", "context": "It goes where the moon", "target": "is"}],
    "text": [{"id": f"t{at}", "text": text, "year": 1895 + at} for at, text in enumerate(TEXTS)],
}


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """A byte-level BPE trained on a few lines; ``<|endoftext|>`` is token 0."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(TEXTS, trainer)
    return made


@pytest.fixture(scope="session")
def model() -> Any:
    """A Llama of random weights that reads 64 tokens."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=320, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.3, eos_token_id=0, bos_token_id=None,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory, model: Any, tokenizer: Any) -> Path:
    """Model and tokenizer as transformers saves them."""
    from transformers import PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    model.save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def suite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite with a task of each form, named after it."""
    folder = tmp_path_factory.mktemp("suite")
    lines = ["name: forms", "tasks:"]
    for form, rows in ITEMS.items():
        (folder / f"{form}.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        lines.append(f"  - {{name: {form}, version: 1, form: {form}, data: {form}.jsonl}}")
    (folder / "forms.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "forms.yaml"
