"""Ask questions whose answers are known, and count how often the verdict is right.

    python -m tests.ablation.calibration --runs DIR [--questions 20] [--seeds 3] [--coupling]

Three kinds, each asked with seeds of its own, on the pool of the demo with very small models:

- nothing: the arm keeps half of the documents by a hash. `keep` and `drop` are both wrong.
- planted: the arm removes planted noise. Its true effect is taken from all questions together; `keep` is right.
- independent (``--coupling``): the planted question with arms that share neither order nor first weights.

Prints what came out, and writes ``calibration.json``.
"""

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from florilegium.pipelines.ablate import ablate, train_all
from florilegium.pipelines.asking import Asking, opened
from rich.console import Console

from florilegium.ablation.question import load_question
from florilegium.registry import registry

POOL = """\
name: calibration-{kinds}
base: loop
patch: [{{set: sources.pool.where, to: {{kind: [good, {noise}]}}}}]
"""
QUESTION = """\
name: {name}
question: Does the calibration give the answer that is known before?
hypothesis: It is written in the name of this question.
base: {base}.yaml
arms: [{{name: arm, patch: [{{add: {step}, to: decide}}]}}]
model: {{vocabulary: 512, context: 128, hidden: 64, layers: 2, heads: 2}}
budget: {{tokens: {tokens}, coupled: {coupled}}}
training: {{batch: {batch}, learning_rate: 3.0e-3, checkpoints: 2, score_last: 1}}
seeds: {{first: {first}, looks: [{seeds}]}}
benchmark: demo
decision: {{smallest_effect: 0.0}}
"""
STEPS = {
    "nothing": "{{sample: {{keep: 0.5, seed: {number}}}}}",
    "planted": "{{rules: [gopher_repetition, gopher_quality, fineweb]}}",
    "independent": "{{rules: [gopher_repetition, gopher_quality, fineweb]}}",
}


def write_questions(
    folder: Path, kind: str, questions: int, seeds: int, tokens: str, batch: int, noise: str
) -> list[Path]:
    """Write the questions of a kind; each has seeds that no other question has."""
    folder.mkdir(parents=True, exist_ok=True)
    base = f"calibration-{noise.replace(', ', '-')}"
    (folder / f"{base}.yaml").write_text(POOL.format(kinds=noise.replace(", ", "-"), noise=noise), encoding="utf-8")
    paths = []
    for number in range(questions):
        text = QUESTION.format(
            name=f"{kind}_{number:02d}",
            base=base,
            step=STEPS[kind].format(number=number),
            tokens=tokens,
            batch=batch,
            coupled="false" if kind == "independent" else "true",
            first=1000 * number + (0 if kind == "nothing" else 500),
            seeds=seeds,
        )
        path = folder / f"{kind}_{number:02d}.yaml"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def train_together(paths: Sequence[Path], runs: Path, console: Console) -> None:
    """Train the models of all questions in one go: workers load torch once."""
    jobs, first = [], None
    with ExitStack() as stack:
        for path in paths:
            question = load_question(path, registry())
            asking = Asking(question, question.suite, runs, console, None)
            workshop, lined, _ = stack.enter_context(opened(asking))
            seeds = question.asked.seeds
            jobs += [workshop.job(arm, seeds.first + n, None) for arm in lined for n in range(seeds.looks[-1])]
            first = first or (asking, workshop)
        if first:
            train_all(*first, jobs)


def answers(paths: Sequence[Path], runs: Path) -> list[dict[str, Any]]:
    """Give the verdict of each question; everything is trained already."""
    quiet = Console(quiet=True)
    for path in paths:
        ablate(str(path), runs, quiet, ablations=runs / "ablations")
    return [json.loads((runs / f"ablate-{path.stem}" / "verdict.json").read_bytes()) for path in paths]


def summary(kind: str, verdicts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Count the verdicts of a kind, with the mean effect over all questions and the smallest that one could see."""
    arms = [verdict["arms"][0] for verdict in verdicts]
    effects = np.array([arm["effect"] for arm in arms])
    sign = -1  # bits per byte
    differences = np.array([
        sign * (np.array(arm["by_seed"]) - np.array(verdict["baseline"]["by_seed"]))
        for arm, verdict in zip(arms, verdicts, strict=True)
    ])  # fmt: skip
    return {
        "kind": kind,
        "questions": len(arms),
        **{verdict: sum(arm["verdict"] == verdict for arm in arms) for verdict in ("keep", "drop", "undecided")},
        "aa_not_undecided": sum(each["noise_floor"]["aa"]["verdict"] != "undecided" for each in verdicts),
        "mean_effect": float(effects.mean()),
        "standard_error": float(effects.std(ddof=1) / np.sqrt(len(effects))),
        "median_smallest_detectable": float(np.median([arm["minimum_detectable_effect"] for arm in arms])),
        "interval_covers_mean": sum(arm["interval"][0] <= float(effects.mean()) <= arm["interval"][1] for arm in arms),
        "median_half_width": float(np.median([(arm["interval"][1] - arm["interval"][0]) / 2 for arm in arms])),
        "deviation_of_a_difference": float(np.sqrt(differences.var(axis=1, ddof=1).mean())),
    }


def main() -> None:
    """Run the kinds that are asked for."""
    parser = argparse.ArgumentParser(description="ask questions whose answers are known")
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tokens", default="100k")
    parser.add_argument("--batch", type=int, default=256, help="tokens of a step")
    parser.add_argument("--noise", default="symbols", help="kinds of planted noise, of: spam, boilerplate, symbols")
    parser.add_argument("--kinds", default="nothing,planted")
    parser.add_argument("--coupling", action="store_true")
    given = parser.parse_args()
    console = Console(width=80)
    kinds = [*given.kinds.split(","), *(["independent"] if given.coupling else [])]
    paths = {
        kind: write_questions(
            given.runs / "questions", kind, given.questions, given.seeds, given.tokens, given.batch, given.noise
        )
        for kind in kinds
    }
    train_together([path for each in paths.values() for path in each], given.runs, console)
    found = [summary(kind, answers(paths[kind], given.runs)) for kind in kinds]
    (given.runs / "calibration.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for each in found:
        console.print_json(json.dumps(each))


if __name__ == "__main__":
    main()
