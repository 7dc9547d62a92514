"""From scores to the verdict: which numbers decide, what is only shown, and what the reader has to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from florilegium.ablation.arms import Trained, aa_pair
from florilegium.ablation.asked import BASELINE, Asked
from florilegium.ablation.evidence import Evidence
from florilegium.ablation.model import parameters_of
from florilegium.ablation.sequential import plan_looks
from florilegium.ablation.verdict import Check, Design, judge
from florilegium.benchmark.scores import FORMS, MEASURES
from florilegium.benchmark.suite import Decides, Suite
from florilegium.errors import RecipeError


def decides_of(suite: Suite) -> Decides:
    """Give what the suite lets decide. Raises RecipeError for a suite that only shows."""
    if suite.decides is None:
        raise RecipeError(
            f"{suite.path}: no task decides, so it cannot answer a question. Add `decides:` to the suite."
        )
    return suite.decides


@dataclass(frozen=True)
class Known:
    """What is known beside the scores."""

    lined: Sequence[Trained]
    facts: Mapping[str, Mapping[str, Any]]  # by arm
    contamination: Mapping[str, Any]
    audit: Sequence[Mapping[str, Any]]
    warnings: Sequence[str]


def design_of(asked: Asked, lined: Sequence[Trained], measure: str) -> Design:
    """Lay down how the question is judged."""
    return Design(
        looks=plan_looks(asked.seeds.looks, asked.decision.alpha),
        alpha=asked.decision.alpha,
        smallest_effect=asked.decision.smallest_effect,
        unit=MEASURES[measure].unit,
        higher_is_better=MEASURES[measure].higher_is_better,
        controls={each.of: each.name for each in lined if each.role == "random_drop" and each.of},
        aa=aa_pair(lined),
    )


def answer(
    asked: Asked, suite: Suite, evidence: Evidence, known: Known, seeds: Sequence[int], check: Evidence | None
) -> dict[str, Any]:
    """Judge the arms after so many seeds; give verdict.json."""
    decides = decides_of(suite)
    voting = [task for task in decides.tasks if _votes(task, decides.measure, known.audit) and evidence.has_items(task)]
    if not voting:
        raise RecipeError(
            f"{suite.path}: none of its deciding tasks carries a signal here ({_silent(decides, known.audit)}). "
            "Train longer, or take another suite."
        )
    names, last = [each.name for each in known.lined], asked.training.score_last
    panel = evidence.panel(names, seeds, voting, decides.measure, last, decides.balance)
    checked = None
    if check is not None and asked.check is not None:
        arms = [each.name for each in known.lined if each.role in ("baseline", "arm")]
        checked = Check(
            asked.check.learning_rate, check.panel(arms, seeds, voting, decides.measure, last, decides.balance)
        )
    setup = {
        "name": asked.name,
        "question": asked.question,
        "hypothesis": asked.hypothesis,
        "regime": asked.budget.regime,
        "measure": {**MEASURES[decides.measure]._asdict(), "tasks": voting, "balanced_over": decides.balance},
        "tokens": max(each["tokens"] for each in known.facts.values()),
        "parameters": parameters_of(asked.model),
        "suite": suite.name,
        "model": asked.model.literal(),
        "training": asked.training.literal(),
        "audit": list(known.audit),
        "contamination": dict(known.contamination),
        "shown_only": _shown(asked, suite, evidence, names, seeds, voting),
        "warnings": list(known.warnings),
    }
    design = design_of(asked, known.lined, decides.measure)
    return judge(panel, design, slices=evidence.slices(voting), check=checked, facts=known.facts, setup=setup)


def _votes(task: str, measure: str, audit: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether the audit lets a task vote; measures of it that do not decide have no say."""
    return all(row["votes"] for row in audit if row["task"] == task and row["measure"] == measure)


def _silent(decides: Decides, audit: Sequence[Mapping[str, Any]]) -> str:
    """Say of each deciding task why it does not vote."""
    why = {row["task"]: row["why"] for row in audit if row["measure"] == decides.measure and not row["votes"]}
    return "; ".join(f"{task}: {why.get(task, 'all of its items stand in the pool')}" for task in decides.tasks)


def _shown(
    asked: Asked, suite: Suite, evidence: Evidence, arms: Sequence[str], seeds: Sequence[int], voting: Sequence[str]
) -> list[dict[str, Any]]:
    """Give the effects of every task and measure that did not decide; no claim is made of them."""
    decides, shown = decides_of(suite), []
    for task in suite.tasks:
        for measure in FORMS[task.form]:
            if (task.name in voting and measure == decides.measure) or not evidence.has_items(task.name):
                continue
            panel = evidence.panel(arms, seeds, [task.name], measure, asked.training.score_last, None)
            scores = panel.scores
            base = scores[arms.index(BASELINE)]
            effects = {arm: float((scores[row] - base).mean()) for row, arm in enumerate(arms) if arm != BASELINE}
            sign = 1 if MEASURES[measure].higher_is_better else -1
            shown.append(
                {"task": task.name, "measure": measure, "baseline": float(sign * base.mean()), "effects": effects}
            )
    return shown
