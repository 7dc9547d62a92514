"""A question on its way: its arms decided, and its pool in tokens."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from datatrove.pipeline.base import PipelineStep
from rich.console import Console

from florilegium.ablation.arms import Corpus, Pool, Trained, line_up, pool_of, read_kept, require_documents
from florilegium.ablation.asked import BASELINE
from florilegium.ablation.jobs import Workshop
from florilegium.ablation.model import machine_for
from florilegium.ablation.pools import tokenizer_for
from florilegium.ablation.question import Question
from florilegium.ablation.store import store_of
from florilegium.ablation.tokens import VERSION as TOKENS_VERSION
from florilegium.ablation.tokens import Tokenise, Tokens, missing_tokens
from florilegium.benchmark.suite import Suite
from florilegium.errors import FlorilegiumError
from florilegium.recipe.load import Recipe
from florilegium.run.executors import Movement, execute
from florilegium.run.folder import RunFolder, missing_tasks
from florilegium.run.lock import locked
from florilegium.run.plan import Plan, make_plan
from florilegium.run.progress import watch
from florilegium.run.shards import content, sweep

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


@contextmanager
def opened(asking: Asking, *, redo: bool = False) -> Iterator[tuple[Workshop, list[Trained], Homes]]:
    """Hold a question's folder, with its arms decided and its pool in tokens."""
    question = asking.question
    generate_named(task.data for task in asking.suite.tasks)
    plans = {arm: plan_of(recipe) for arm, recipe in question.recipes.items()}  # inputs that are missing stop it here
    asking.folder.mkdir(parents=True, exist_ok=True)
    store = store_of(asking.runs)
    store.path.mkdir(parents=True, exist_ok=True)
    with locked(asking.folder):
        homes = gather(asking, plans, redo=redo)
        with locked(store.path):  # what questions share is made by one of them at a time
            corpora, tokenizer = in_tokens(asking, homes)
        machine = machine_for(question.asked.training)
        draws = asking.folder / "draws"
        workshop = Workshop(question.asked, asking.suite, tokenizer, machine, store, draws)
        yield workshop, line_up(question.asked, corpora), homes


def plan_of(recipe: Recipe) -> Plan:
    """Find the inputs of a recipe and plan its tasks."""
    generate_for(recipe)
    return make_plan(recipe, [item for source in recipe.sources for item in source.inputs()])  # type: ignore[attr-defined]


def gather(asking: Asking, plans: Mapping[str, Plan], *, redo: bool = False) -> Homes:
    """Measure what is not measured and decide for every arm; give run folder and plan of each.

    Arms over the same measurements share a run, that of the base recipe. Raises FlorilegiumError where a run of that
    name was measured otherwise.
    """
    found: dict[str, tuple[RunFolder, Plan]] = {}
    homes: dict[str, RunFolder] = {}
    for arm, recipe in asking.question.recipes.items():
        plan = plans[arm]
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
