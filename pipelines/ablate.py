"""Ablate: from a question to its verdict. Arms are drawn, trained, scored and judged; all of it is cached."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from florilegium.ablation.answer import Known, answer, decides_of
from florilegium.ablation.archive import archive, require_writable
from florilegium.ablation.arms import Trained
from florilegium.ablation.asked import Asked
from florilegium.ablation.evidence import Evidence
from florilegium.ablation.jobs import Workshop, missing_jobs
from florilegium.ablation.model import operations_per_token, parameters_of
from florilegium.ablation.question import find_question, load_question
from florilegium.ablation.tasks import Job, TrainAndScore, measured_speed
from florilegium.ablation.tokens import load_tokenizer
from florilegium.ablation.train import schedule
from florilegium.ablation.verdict import to_json
from florilegium.benchmark.audit import audit
from florilegium.benchmark.contamination import NGRAM, contamination
from florilegium.benchmark.encode import encode
from florilegium.benchmark.items import Item, items_table, read_items
from florilegium.benchmark.summary import chance, uniform_level
from florilegium.errors import FlorilegiumError
from florilegium.registry import registry
from florilegium.report.ablation import dry_run as show_planned
from florilegium.report.ablation import verdict_text, verdicts, write_question_report
from florilegium.report.ablation.tables import Planned, PlannedArm
from florilegium.run.lock import locked
from florilegium.run.shards import read_batches, write_bytes, write_parquet

from .asking import Asking, Homes, opened


def ablate(
    question: str, runs: Path, console: Console, *, ablations: Path, workers: int | None = None, dry_run: bool = False,
    redo: bool = False,
) -> None:  # fmt: skip
    """Answer a question (a path, or the name of a shipped one); leave its dated folder in ``ablations``.

    Whatever was trained before under the same ``runs`` is not trained again. Raises FlorilegiumError where the user
    must change something.
    """
    asked = load_question(find_question(question), registry())
    schedule(asked.asked.budget.tokens, asked.asked.model, asked.asked.training)  # too small is said before any work
    if not dry_run:
        require_writable(ablations)
    asking = Asking(asked, asked.suite, runs, console, workers)
    with opened(asking, redo=redo) as (workshop, lined, homes):
        if dry_run:
            show_dry_run(asking, workshop, lined)
        else:
            conclude(asking, *settle(asking, workshop, lined, homes), ablations)


def settle(
    asking: Asking, workshop: Workshop, lined: Sequence[Trained], homes: Homes
) -> tuple[dict[str, Any], Evidence]:  # fmt: skip
    """Train and judge, look by look, until the answer is settled or the seeds are used up."""
    asked = asking.question.asked
    items = read_items(asking.suite)
    contamination, excluded = contamination_of(asking, items, homes)
    table = pl.DataFrame(items_table(items))
    evidence, check = Evidence(asking.suite, table, excluded), Evidence(asking.suite, table, excluded)
    levels = chance_levels(asking, workshop, items)
    verdict: dict[str, Any] = {}
    for look in asked.seeds.looks:
        seeds = range(asked.seeds.first, asked.seeds.first + look)
        wanted = [(arm, seed, rate) for rate in (None, *check_rates(asked)) for arm in lined for seed in seeds]
        wanted = [(arm, seed, rate) for arm, seed, rate in wanted if rate is None or is_checked(arm)]
        jobs = [workshop.job(arm, seed, rate) for arm, seed, rate in wanted]
        train_all(asking, workshop, jobs)
        for (arm, seed, rate), job in zip(wanted, jobs, strict=True):
            (evidence if rate is None else check).add(arm.name, seed, job.scores)
        audits = [found.literal() for found in audit(evidence.curves(), levels)]
        facts = facts_of(workshop, lined, seeds)
        known = Known(lined, facts, contamination, audits, [*evidence.emptied(), *warnings_of(facts)])
        verdict = answer(asked, asking.suite, evidence, known, list(seeds), check if asked.check else None)
        if verdict["looks"][-1]["settled"]:
            break
    return verdict, evidence


def check_rates(asked: Asked) -> tuple[float, ...]:
    """Give the other learning rate at which a question is asked again, if any."""
    return () if asked.check is None else (asked.check.learning_rate,)


def is_checked(arm: Trained) -> bool:
    """Say whether an arm is trained at the learning rate of the check as well: controls are not."""
    return arm.role in ("baseline", "arm")


def train_all(asking: Asking, workshop: Workshop, jobs: Sequence[Job]) -> None:
    """Train and score what is missing: each (arm, seed) is a task."""
    with locked(workshop.store.path):
        with asking.console.status("checking what is trained"):
            missing = missing_jobs(jobs)
        asking.say(f"train: {len(jobs) - len(missing)} of {len(jobs)} models are there already")
        asking.run(
            "train", asking.folder / "work", TrainAndScore(jobs), len(jobs), missing, "tokens", side_by_side(workshop)
        )


def side_by_side(workshop: Workshop) -> int:
    """Give how many models are trained at a time: one on a GPU, else as many as there are cores for their threads."""
    if workshop.machine.device == "cuda":
        return 1
    return max(1, (os.cpu_count() or 1) // workshop.asked.training.threads)


def facts_of(workshop: Workshop, lined: Sequence[Trained], seeds: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Give what the verdict says of each arm beside its scores: documents, tokens, how often they were gone through."""
    base = lined[0].corpus
    changes = {arm.name: [json.dumps(each, ensure_ascii=False) for each in arm.patch] for arm in workshop.asked.arms}
    facts = {}
    for arm in lined:
        kept = [arm.kept(seed) for seed in seeds]
        tokens = [int((arm.corpus.pool.lengths[mask] + 1).sum()) for mask in kept]
        budgets = [workshop.budget(arm, seed) for seed in seeds]
        facts[arm.name] = {
            "about": arm.about,
            **({"patch_summary": changes[arm.name]} if arm.name in changes else {}),
            "documents": round(sum(int(mask.sum()) for mask in kept) / len(kept)),
            "retention": sum(int(mask.sum()) for mask in kept) / len(kept) / base.documents,
            "tokens_available": round(sum(tokens) / len(tokens)),
            "tokens": round(sum(budgets) / len(budgets)),
            "repeats": max(1.0, max(budget / there for budget, there in zip(budgets, tokens, strict=True))),
        }
    return facts


def warnings_of(facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Say with numbers where an arm had to go through its documents more than once."""
    return [
        f"{name} keeps {each['tokens_available']:,} tokens and was trained on {each['tokens']:,}: it went through them "
        f"{each['repeats']:.2f} times, so its arm is not only another choice of documents."
        for name, each in facts.items()
        if each["repeats"] > 1
    ]


def contamination_of(
    asking: Asking, items: Sequence[Item], homes: Homes
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Look for the items of the suite in everything that was measured; give what was found, and who may not vote."""
    shards = {home.measured(plan) / f"{n:05d}.parquet" for home, plan in homes.values() for n in range(len(plan.tasks))}
    bound = decides_of(asking.suite).overlap_at_most
    with asking.console.status("looking for the benchmark in the pool"):
        texts = (
            batch.column(0) for shard in sorted(shards) for batch in read_batches(shard, ["text"], 1000)
        )  # fmt: skip
        found = contamination(items, texts, at_most=bound)
    out = found.filter("contaminated")
    excluded = list(zip(out["task"], out["item"], strict=True))
    write_bytes(asking.folder / "contamination.csv", found.write_csv().encode())
    told = {
        "checked": True, "ngram": NGRAM, "items": len(found), "contaminated": len(out), "overlap_at_most": bound,
        "excluded": [f"{task}/{item}" for task, item in excluded[:20]],
    }  # fmt: skip
    deciding = pl.col("task").is_in(list(decides_of(asking.suite).tasks))
    if found.filter(deciding & ~pl.col("contaminated")).is_empty():
        raise FlorilegiumError(
            f"every item of {asking.suite.path} that decides stands in the pool: nothing is left to judge by. "
            "Take another suite, or take its texts out of the pool."
        )
    return told, excluded


def chance_levels(
    asking: Asking, workshop: Workshop, items: Sequence[Item]
) -> dict[tuple[str, str], float | None]:  # fmt: skip
    """Give the level of every task and measure that a model without any knowledge reaches."""
    model = workshop.asked.model
    encoded = encode(items, load_tokenizer(workshop.tokenizer), model.context, start=0)
    return {**chance(items, asking.suite), **uniform_level(items, encoded.tokens.tolist(), model.vocabulary)}


def show_dry_run(asking: Asking, workshop: Workshop, lined: Sequence[Trained]) -> None:
    """Say what would be trained, what is there already, and how long the rest may take."""
    asked = asking.question.asked
    seeds = range(asked.seeds.first, asked.seeds.first + asked.seeds.looks[-1])
    facts = facts_of(workshop, lined, seeds)
    speed = measured_speed(workshop.store)
    arms: list[PlannedArm] = []
    for arm in lined:
        rates = (None, *check_rates(asked)) if is_checked(arm) else (None,)
        jobs = [workshop.job(arm, seed, rate) for rate in rates for seed in seeds]
        missing = [jobs[number].run.tokens for number in missing_jobs(jobs)]
        arms.append(
            {
                "name": arm.name,
                "documents": facts[arm.name]["documents"],
                "tokens_available": facts[arm.name]["tokens_available"],
                "repeats": facts[arm.name]["repeats"],
                "runs": len(jobs),
                "cached": len(jobs) - len(missing),
                "minutes": sum(missing) * operations_per_token(asked.model) / speed / 60 if speed else None,
            }
        )
    told: Planned = {
        "name": asked.name, "question": asked.question, "arms": arms, "seeds": list(seeds),
        "tokens": asked.budget.tokens, "parameters": parameters_of(asked.model), "regime": asked.budget.regime,
        "notes": warnings_of(facts),
    }  # fmt: skip
    show_planned(asking.console, told)


def conclude(asking: Asking, verdict: dict[str, Any], evidence: Evidence, ablations: Path) -> None:
    """Write the verdict and what it rests on, keep it among all questions, and say it."""
    folder = asking.folder
    curves = evidence.curves()
    write_bytes(folder / "question.yaml", asking.question.written.encode())
    write_bytes(folder / "verdict.md", verdict_text(verdict).encode())
    write_parquet(curves, folder / "curves.parquet")
    write_question_report(folder, verdict, curves)
    write_bytes(folder / "verdict.json", to_json(verdict))
    kept = archive(folder, ablations, verdict)
    asking.console.print()
    verdicts(asking.console, verdict)
    asking.say(f"verdict: {folder / 'verdict.md'}")
    asking.say(f"report:  {folder / 'report.html'}")
    asking.say(f"kept in: {kept}")
