"""The model: a Llama-shaped decoder of transformers, its optimiser, and what one token of training costs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from florilegium.ablation.asked import ModelOptions, TrainingOptions
from florilegium.errors import FlorilegiumError

if TYPE_CHECKING:
    import torch

#: Dense bfloat16 operations per second that makers state, by a part of the device's name.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12, "4090": 165e12, "3090": 71e12}


@dataclass(frozen=True)
class Machine:
    """What a model is trained on; part of its identity, since the last bits depend on it."""

    device: str
    precision: str
    compile: bool

    def literal(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {"device": self.device, "precision": self.precision, "compile": self.compile}


def machine_for(options: TrainingOptions) -> Machine:
    """Settle what `auto` means here: bfloat16 and torch.compile on a GPU, neither on a CPU.

    There bfloat16 was measured from 1.4 times faster to 14 times slower, and compiling takes half a minute for a tenth.

    Raises FlorilegiumError where a GPU is asked for and none is there.
    """
    import torch

    gpu = torch.cuda.is_available()
    if options.device == "cuda" and not gpu:
        raise FlorilegiumError("`training.device: cuda`, but torch sees no GPU. Leave it out to train on the CPU.")
    device = ("cuda" if gpu else "cpu") if options.device == "auto" else options.device
    on_gpu = device == "cuda"
    precision = ("bfloat16" if on_gpu else "float32") if options.precision == "auto" else options.precision
    return Machine(device, precision, on_gpu if options.compile == "auto" else options.compile == "yes")


def make_model(options: ModelOptions, seed: int) -> Any:
    """Give a fresh model; the same seed gives the same weights, whatever it is trained on."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    wide = options.feed_forward or max(8, round(8 / 3 * options.hidden / 8) * 8)
    config = LlamaConfig(
        vocab_size=options.vocabulary,
        hidden_size=options.hidden,
        num_hidden_layers=options.layers,
        num_attention_heads=options.heads,
        num_key_value_heads=options.heads,
        intermediate_size=wide,
        max_position_embeddings=options.context,
        tie_word_embeddings=options.tie,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config)  # attention: torch's own (sdpa), the default


def parameters_of(options: ModelOptions) -> int:
    """Give the number of parameters."""
    wide = options.feed_forward or max(8, round(8 / 3 * options.hidden / 8) * 8)
    block = 4 * options.hidden**2 + 3 * options.hidden * wide + 2 * options.hidden
    return options.vocabulary * options.hidden * (1 if options.tie else 2) + options.layers * block + options.hidden


def operations_per_token(options: ModelOptions) -> float:
    """Give the floating-point operations of one token of training: 6 for each parameter that multiplies, and attention
    (Chowdhery et al. 2022, appendix B: 12 x layers x width x context). An embedding is looked up, not multiplied.
    """
    multiplied = parameters_of(options) - (0 if options.tie else options.vocabulary * options.hidden)
    return 6.0 * multiplied + 12.0 * options.layers * options.hidden * options.context


def peak_of(name: str) -> float | None:
    """Give what a GPU could do in bfloat16 (operations per second), where it is known."""
    return next((peak for part, peak in PEAKS.items() if part in name), None)


def make_optimiser(model: Any, options: TrainingOptions) -> "torch.optim.Optimizer":
    """Give AdamW (0.9, 0.95), fused; matrices decay, norms do not."""
    import torch

    matrices = [each for each in model.parameters() if each.ndim >= 2]
    others = [each for each in model.parameters() if each.ndim < 2]
    groups = [{"params": matrices, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.95), eps=1e-8, fused=True)


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a normal Hugging Face folder."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
