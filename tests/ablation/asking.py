"""A question so small that its models are trained in a second, and what unit tests make of the same sizes."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from ruamel.yaml import YAML

WORDS = [
    "river",
    "stone",
    "lantern",
    "garden",
    "winter",
    "harbour",
    "letter",
    "evening",
    "orchard",
    "bridge",
    "the",
    "of",
    "and",
    "a",
    "to",
    "in",
    "was",
    "it",
    "that",
    "his",
    "her",
    "with",
    "for",
    "on",
    "as",
    "had",
    "but",
    "not",
    "they",
    "which",
    "from",
    "were",
    "there",
    "been",
    "one",
    "all",
    "would",
    "when",
    "said",
    "who",
    "more",
    "them",
    "some",
    "could",
]

MODEL: dict[str, Any] = {"vocabulary": 300, "context": 32, "hidden": 16, "layers": 1, "heads": 2}
TRAINING: dict[str, Any] = {"batch": 256, "learning_rate": 1e-2, "checkpoints": 2, "score_last": 1}


def prose(number: int, words: int = 60) -> str:
    """Give a text of words that is the same for the same number."""
    draw = Random(number)
    return " ".join(draw.choice(WORDS) for _ in range(words)) + "."


def noise(number: int, words: int = 60) -> str:
    """Give a text of marks."""
    draw = Random(-1 - number)
    return " ".join("".join(draw.choice("|~^*_=#%&@<>{}[]") for _ in range(draw.randint(1, 8))) for _ in range(words))


def documents(count: int = 160) -> Iterator[dict[str, str]]:
    """Give good documents and noise by turns."""
    for number in range(count):
        good = number % 2 == 0
        text = prose(number, 40 + number % 50) if good else noise(number, 40 + number % 50)
        yield {"id": f"{'good' if good else 'noise'}/{number:04d}", "text": text}


def write_lines(path: Path, rows: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> None:
    """Write JSON lines; written again, they are the same input to a run."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    os.utime(path, (1_767_225_600, 1_767_225_600))


def write_yaml(path: Path, values: Any) -> Path:
    """Write YAML."""
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(json.loads(json.dumps(values)), file)
    return path


def asked(**changes: Any) -> dict[str, Any]:
    """Give a question about the recipe ``pool`` and the suite ``suite.yaml`` beside it."""
    return {
        "name": "tiny",
        "question": "Does dropping marks help a tiny model of words?",
        "hypothesis": "It does: half of the pool is marks.",
        "base": "pool",
        "arms": [
            {"name": "words", "about": "no marks", "patch": [{"add": {"rules": ["gopher_quality"]}, "to": "decide"}]}
        ],
        "controls": {"random_drop": "all", "aa": "words"},
        "model": MODEL,
        "training": TRAINING,
        "budget": {"tokens": 4096},
        "seeds": 2,
        "benchmark": "suite.yaml",
        "decision": {"smallest_effect": 0.01},
        **changes,
    }


def write_question(folder: Path, count: int = 160, **changes: Any) -> Path:
    """Write pool, recipe, suite and question into a folder; give the question's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for half in range(2):  # two tasks
        write_lines(
            folder / f"pool-{half}.jsonl", [row for n, row in enumerate(documents(count)) if n % 4 // 2 == half]
        )
    held = [{"id": f"h{n}", "text": prose(10_000 + n, 30), "domain": "ab"[n % 2]} for n in range(12)]
    write_lines(folder / "heldout.jsonl", held)
    write_yaml(
        folder / "pool.yaml",
        {
            "name": "pool",
            "sources": [{"name": "p", "kind": "jsonl", "files": "pool-*.jsonl"}],
            "measure": [{"signals": ["gopher_quality"]}],
            "decide": [],
            "run": {"workers": 2, "task_size": 1},
        },
    )
    task = {"name": "held", "version": 1, "form": "text", "data": "heldout.jsonl", "slices": ["domain"]}
    write_yaml(
        folder / "suite.yaml",
        {
            "tasks": [task],
            "decides": {"tasks": ["held"], "measure": "bits_per_byte", "balance": "domain", "overlap_at_most": 0.9},
        },
    )
    return write_yaml(folder / f"{changes.get('name', 'tiny')}.yaml", asked(**changes))
