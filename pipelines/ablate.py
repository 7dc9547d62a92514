"""Ablate: from a question to its verdict. Arms are decided, drawn, trained, scored and judged; all of it is cached."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
from datatrove.pipeline.base import PipelineStep
from rich.console import Console

from florilegium.ablation.answer import Known, answer, decides_of
from florilegium.ablation.archive import archive
from florilegium.ablation.arms import Corpus, Pool, Trained, line_up, pool_of, read_kept, require_documents
from florilegium.ablation.evidence import Evidence
from florilegium.ablation.jobs import Workshop, missing_jobs
from florilegium.ablation.model import machine_for, operations_per_token, parameters_of
from florilegium.ablation.pools import tokenizer_for
from florilegium.ablation.question import BASELINE, Asked, Question, find_question, load_question
from florilegium.ablation.store import store_of
from florilegium.ablation.tasks import Job, TrainAndScore, measured_speed
from florilegium.ablation.tokens import VERSION as TOKENS_VERSION
from florilegium.ablation.tokens import Tokenise, Tokens, load_tokenizer, missing_tokens
from florilegium.ablation.train import schedule
from florilegium.ablation.verdict import to_json
from florilegium.benchmark.audit import audit
from florilegium.benchmark.contamination import NGRAM, contamination
from florilegium.benchmark.encode import encode
from florilegium.benchmark.items import Item, items_table, read_items
from florilegium.benchmark.suite import Suite
from florilegium.benchmark.summary import chance, uniform_level
from florilegium.errors import FlorilegiumError
from florilegium.recipe.load import Recipe
from florilegium.registry import registry
from florilegium.report.ablation import dry_run as show_planned
from florilegium.report.ablation import verdict_text, verdicts, write_question_report
from florilegium.report.ablation.tables import Planned, PlannedArm
from florilegium.run.executors import Movement, execute
from florilegium.run.folder import RunFolder, missing_tasks
from florilegium.run.lock import locked
from florilegium.run.plan import Plan, make_plan
from florilegium.run.progress import watch
from florilegium.run.shards import content, read_batches, sweep, write_bytes, write_parquet

from .decide import decide
from .demo import generate_for, generate_named
from .flow import Flow
from .measure import measure

#: Run folder and plan of each arm.
Homes = Mapping[str, tuple[RunFolder, Plan]]


@dataclass(frozen=True)
class Asking:
    """A question on its way: where it works, where it speaks."""

    question: Question
    suite: Suite
    runs: Path
    console: Console
    workers: int | None

    @property
    def folder(self) -> Path:
        """Give the question's own folder."""
        return self.runs / f"ablate-{self.question.name}"

    def run(
        self, name: str, folder: Path, step: PipelineStep, tasks: int, missing: Sequence[int], unit: str, most: int
    ) -> None:  # fmt: skip
        """Run the missing tasks of a step, where nothing else is said ``most`` at a time. Raises FlorilegiumError where
        some failed."""
        if not missing:
            return
        workers = self.workers or self.question.asked.run.workers or most
        movement = Movement(name, folder, [step], tasks, self.folder / "logs", whole=True)
        try:
            with watch(self.console, name, len(missing), 0, unit) as listener:
                execute(movement, missing, self.question.asked.run, min(workers, len(missing)), folder, listener)
        finally:
            sweep(folder)

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


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
    asking = Asking(asked, asked.suite, runs, console, workers)
    with opened(asking, redo=redo) as (workshop, lined, homes):
        if dry_run:
            show_dry_run(asking, workshop, lined)
        else:
            conclude(asking, *settle(asking, workshop, lined, homes), ablations)


@contextmanager
def opened(asking: Asking, *, redo: bool = False) -> Iterator[tuple[Workshop, list[Trained], Homes]]:
    """Hold a question's folder, with its arms decided and its pool in tokens."""
    question = asking.question
    generate_named(task.data for task in asking.suite.tasks)
    asking.folder.mkdir(parents=True, exist_ok=True)
    store = store_of(asking.runs)
    store.path.mkdir(parents=True, exist_ok=True)
    with locked(asking.folder):
        homes = gather(asking, redo=redo)
        with locked(store.path):  # what questions share is made by one of them at a time
            corpora, tokenizer = in_tokens(asking, homes)
        machine = machine_for(question.asked.training)
        draws = asking.folder / "draws"
        workshop = Workshop(question.asked, asking.suite, tokenizer, machine, store, draws)
        yield workshop, line_up(question.asked, corpora), homes


def gather(asking: Asking, *, redo: bool = False) -> Homes:
    """Measure what is not measured and decide for every arm; give run folder and plan of each.

    Arms over the same measurements share a run, that of the base recipe. Raises FlorilegiumError where a run of that
    name was measured otherwise.
    """
    found: dict[str, tuple[RunFolder, Plan]] = {}
    homes: dict[str, RunFolder] = {}
    for arm, recipe in asking.question.recipes.items():
        generate_for(recipe)
        plan = make_plan(recipe, [item for source in recipe.sources for item in source.inputs()])  # type: ignore[attr-defined]
        if plan.measured not in homes:
            homes[plan.measured] = RunFolder(asking.runs / (recipe.name if not homes else f"{recipe.name}--{arm}"))
            homes[plan.measured].create()
        home = homes[plan.measured]
        with locked(home.path):
            _settle(home, recipe, plan, redo)
            flow = Flow(recipe, plan, home, asking.console, asking.workers)
            if missing_tasks(home.measured(plan), len(plan.tasks)):
                measure(flow)
            decide(flow)
        found[arm] = (home, plan)
    return found


def _settle(home: RunFolder, recipe: Recipe, plan: Plan, redo: bool) -> None:
    """Plan the run of a base recipe; another decision about the same measurements is no objection."""
    old = None if redo else home.old_plan()
    if old is None:
        home.write_plan(plan, recipe.written, recipe.resolved)
    elif old.measured != plan.measured:
        raise FlorilegiumError(
            f"{home.path} was measured otherwise than the question's recipe says (inputs, stages or their versions). "
            "Run again with --redo, or give the recipe another name."
        )


def in_tokens(asking: Asking, homes: Homes) -> tuple[dict[str, Corpus], Path]:
    """Put every measured document in tokens; give the corpus of each arm, and the tokenizer's file."""
    store = store_of(asking.runs)
    kept = {arm: read_kept(home.decided(plan.decided), len(plan.tasks)) for arm, (home, plan) in homes.items()}
    require_documents({arm: mask for arm, (_, mask) in kept.items()})
    home, plan = homes[BASELINE]
    tasks, decided = len(plan.tasks), home.decided(plan.decided)
    of = content(home.measured(plan), tasks)
    vocabulary = asking.question.asked.model.vocabulary
    with asking.console.status("training the tokenizer"):
        tokenizer = tokenizer_for(
            store, home.measured(plan), tasks, of, content(decided, tasks), *kept[BASELINE], vocabulary
        )  # fmt: skip
    named = sha256(tokenizer.read_bytes()).hexdigest()
    pools: dict[str, Pool] = {}
    for arm, (home, plan) in homes.items():
        if plan.measured not in pools:
            tasks = len(plan.tasks)
            of = content(home.measured(plan), tasks)
            folder = store.folder("tokens", {"measured": of, "tokenizer": named, "VERSION": TOKENS_VERSION})
            folder.mkdir(parents=True, exist_ok=True)
            step = Tokenise(home.measured(plan), tokenizer, folder, of)
            asking.run(
                "tokenise", folder, step, tasks, missing_tokens(folder, tasks, of), "documents", os.cpu_count() or 1
            )
            lengths = Tokens(folder, tasks).lengths
            pools[plan.measured] = pool_of(folder, tasks, content(folder, tasks), kept[arm][0], lengths)
    return {arm: Corpus(arm, pools[plan.measured], kept[arm][1]) for arm, (_, plan) in homes.items()}, tokenizer


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
    facts = {}
    for arm in lined:
        kept = [arm.kept(seed) for seed in seeds]
        tokens = [int((arm.corpus.pool.lengths[mask] + 1).sum()) for mask in kept]
        budgets = [workshop.budget(arm, seed) for seed in seeds]
        facts[arm.name] = {
            "about": arm.about,
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
