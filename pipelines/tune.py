"""Tune: many candidate rules, little training. Rung by rung the better go on; what is left is asked on new seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from florilegium.ablation.answer import decides_of
from florilegium.ablation.archive import require_writable
from florilegium.ablation.evidence import Evidence
from florilegium.ablation.model import operations_per_token
from florilegium.ablation.question import Question, load_question
from florilegium.ablation.sequential import plan_looks
from florilegium.ablation.store import store_of
from florilegium.ablation.tasks import measured_speed
from florilegium.ablation.tuning.candidates import (
    TUNED,
    WITHOUT,
    Tuning,
    find_tuning,
    load_tuning,
)
from florilegium.ablation.tuning.course import Climbed, Course, Final, Together, asked_of, steps_of, tuned_recipe
from florilegium.ablation.tuning.halving import finish, halve, next_to_leave, removals, standings
from florilegium.ablation.tuning.questions import Inquiry, question_text, wanted_controls, without_each
from florilegium.ablation.verdict import Design, judge
from florilegium.errors import ContractError
from florilegium.recipe.load import load_recipe
from florilegium.registry import registry
from florilegium.report.ablation.tuning import in_short, tuning_text
from florilegium.run.lock import locked
from florilegium.run.shards import write_bytes

from .ablate import conclude, settle
from .asking import Asking, opened


@dataclass(frozen=True)
class Tuner:
    """A tuning on its way: where it works, where it speaks."""

    tuning: Tuning
    runs: Path
    console: Console
    ablations: Path
    workers: int | None
    redo: bool

    @property
    def folder(self) -> Path:
        """Give the tuning's own folder."""
        return self.runs / f"tune-{self.tuning.name}"

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def ask(self, inquiry: Inquiry) -> tuple[Question, dict[str, Any], Evidence]:
        """Ask a question as ``florilegium ablate`` does; give its verdict and what it rests on."""
        path = self.folder / f"{inquiry.name}.yaml"
        write_bytes(path, question_text(self.tuning, inquiry, self.folder.absolute()).encode())
        question = load_question(path, registry())
        asking = Asking(question, question.suite, self.runs, self.console, self.workers)
        with opened(asking, redo=self.redo) as (workshop, lined, homes):
            verdict, evidence = settle(asking, workshop, lined, homes)
            conclude(asking, verdict, evidence, self.ablations)
        return question, verdict, evidence


def tune(
    tuning: str, runs: Path, console: Console, *, ablations: Path, workers: int | None = None, dry_run: bool = False,
    redo: bool = False,
) -> None:  # fmt: skip
    """Tune a recipe (the path of a tuning, or the name of a shipped one); leave ``tuned.yaml`` in its folder.

    Every question asked on the way is kept in ``ablations``, and nothing is trained twice. Raises FlorilegiumError
    where the user must change something.
    """
    tuner = Tuner(load_tuning(find_tuning(tuning), registry()), runs, console, ablations, workers, redo)
    if dry_run:
        show_plan(tuner)
        return
    require_writable(ablations)
    tuner.folder.mkdir(parents=True, exist_ok=True)
    with locked(tuner.folder):
        course = Course(tuner.tuning)
        climb(tuner, course)
        thin(tuner, course)
        if course.tuned:
            compare_finally(tuner, course)
        leave(tuner, course)


def climb(tuner: Tuner, course: Course) -> None:
    """Ask rung by rung; those that stay go on."""
    tuning, still_in = tuner.tuning, list(tuner.tuning.candidates)
    families = {each.name: each.family for each in tuning.candidates}
    for number, rung in enumerate(tuning.asked.rungs, 1):
        if not still_in:
            break
        inquiry = Inquiry(
            name=f"tune_{tuning.name}_{number}",
            question=f"{tuning.asked.question} (rung {number} of {len(tuning.asked.rungs)})",
            hypothesis=tuning.asked.hypothesis,
            arms={each.name: [each] for each in still_in},
            rung=rung,
            first_seed=course.next_seed,
            random_drop=wanted_controls(tuning, still_in),
            aa=tuning.asked.controls.aa,
        )
        _, verdict, _ = tuner.ask(inquiry)
        found = standings(verdict["arms"], families)
        last = number == len(tuning.asked.rungs)
        fates = finish(found) if last else halve(found, keep_undecided=tuning.asked.keep_undecided)
        course.unit = verdict["measure"]["unit"]
        course.rungs.append(Climbed(asked_of(verdict), tuple(fates)))
        still_in = [each for each in still_in if each.name in course.rungs[-1].still_in]
        tuner.say(f"rung {number}: {_listed(course.rungs[-1].still_in)} of {len(found)} stay")


def thin(tuner: Tuner, course: Course) -> None:
    """Ask what the kept ones are worth together and without each; let go who is not needed, one at a time."""
    tuning = tuner.tuning
    rung, first_seed = tuning.asked.rungs[-1], course.next_seed
    while len(course.tuned) > 1:
        kept = course.tuned
        inquiry = Inquiry(
            name=f"tune_{tuning.name}_without_{len(course.together) + 1}",
            question=f"{tuning.asked.question} (all kept rules together, and without each)",
            hypothesis="Each rule that helped alone is needed: without it the others do worse.",
            arms={TUNED: kept, **{WITHOUT + name: others for name, others in without_each(kept).items()}},
            rung=rung,
            first_seed=first_seed,  # the same for every step: what is left was trained in the step before
            random_drop=[TUNED],
            aa=TUNED,
        )
        question, verdict, evidence = tuner.ask(inquiry)
        judged = over_full(question, verdict, evidence, list(inquiry.arms))
        found = removals(judged, {WITHOUT + each.name: each.name for each in kept})
        leaving = next_to_leave(found, keep_redundant=tuning.asked.keep_redundant)
        (full,) = standings([arm for arm in verdict["arms"] if arm["name"] == TUNED], {TUNED: TUNED})
        course.together.append(
            Together(asked_of(verdict), full, tuple(found), leaving.name if leaving else None)
        )  # fmt: skip
        if leaving is None:
            break
        tuner.say(f"together: {leaving.name} leaves ({leaving.role})")


def over_full(
    question: Question, verdict: Mapping[str, Any], evidence: Evidence, arms: Sequence[str]
) -> list[dict[str, Any]]:
    """Judge the arms without one candidate over the full set, the first of ``arms``, by the rule for all arms."""
    decides, asked, seeds = decides_of(question.suite), question.asked, verdict["seeds"]
    last, tasks = asked.training.score_last, verdict["measure"]["tasks"]
    panel = evidence.panel(arms, seeds, tasks, decides.measure, last, decides.balance)
    design = Design(
        plan_looks((len(seeds),), asked.decision.alpha), asked.decision.alpha, asked.decision.smallest_effect,
        verdict["measure"]["unit"], verdict["measure"]["higher_is_better"], baseline=arms[0],
    )  # fmt: skip
    judged: list[dict[str, Any]] = judge(panel, design)["arms"]
    return judged


def compare_finally(tuner: Tuner, course: Course) -> None:
    """Ask about all that is left, on seeds that nothing was chosen by: only this verdict decides."""
    tuning = tuner.tuning
    inquiry = Inquiry(
        name=f"tune_{tuning.name}_final",
        question=f"{tuning.asked.question} (the tuned recipe, on new seeds)",
        hypothesis="The tuned recipe is better than its base, and than dropping as much at random.",
        arms={TUNED: course.tuned},
        rung=tuning.asked.last,
        first_seed=course.next_seed,
        aa=TUNED,
    )
    _, verdict, _ = tuner.ask(inquiry)
    (arm,) = verdict["arms"]
    (standing,) = standings([arm], {TUNED: TUNED})
    course.final = Final(asked_of(verdict), standing, arm["why"], arm["versus_random_drop"])


def leave(tuner: Tuner, course: Course) -> None:
    """Write the tuned recipe and how it came about, and say it."""
    path = tuner.folder / "tuned.yaml"
    write_bytes(path, tuned_recipe(course, tuner.folder.absolute()).encode())
    tuned = load_recipe(path, registry())
    if course.final is not None:
        asked = load_question(tuner.folder / f"{course.final.asked.question}.yaml", registry()).recipes[TUNED]
        if any(asked.resolved[part] != tuned.resolved[part] for part in ("sources", "measure", "decide")):
            raise ContractError(f"{path} does not say what was compared; compare it with {asked.path}")
    write_bytes(tuner.folder / "tuning.json", course.to_json())
    write_bytes(tuner.folder / "tuning.md", tuning_text(course).encode())
    tuner.console.print()
    tuner.say(f"tuned: {in_short(course)}")
    tuner.say(f"recipe: {path}")
    tuner.say(f"course: {tuner.folder / 'tuning.md'}")


def show_plan(tuner: Tuner) -> None:
    """Say what would be trained at most, and how long that may take."""
    tuning = tuner.tuning
    speed, families = measured_speed(store_of(tuner.runs)), len({each.family for each in tuning.candidates})
    steps = steps_of(tuning.asked.rungs, len(tuning.candidates), families, tuning.asked.last)
    for name, runs, tokens in steps:
        tuner.say(f"tune_{tuning.name}_{name}: at most {runs} runs of {tokens:,} tokens")
    total = sum(runs * tokens for _, runs, tokens in steps)
    operations = total * operations_per_token(tuning.asked.model)
    minutes = f", about {operations / speed / 60:.0f} minutes of training on one core" if speed else ""
    tuner.say(f"together at most {total:,} tokens{minutes}; who leaves early saves the rest")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
