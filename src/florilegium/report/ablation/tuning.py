"""tuning.md: the course of a tuning in plain words, every rung, who left when and why."""

from collections.abc import Iterable

from florilegium.ablation.tuning.course import (
    Climbed,
    Course,
    Final,
    Interaction,
    Together,
    evidence,
    interactions,
    shown_effect,
)
from florilegium.ablation.tuning.halving import Removal
from florilegium.report.ablation.markdown import prose

_ROLES = {
    "needed": "needed: without it the rest does worse, beyond noise",
    "redundant": "redundant: without it the rest is not worse beyond noise",
    "harmful": "harmful in company: without it the rest does better, beyond noise",
}


def tuning_text(course: Course) -> str:
    """Write the course of a tuning as Markdown."""
    sections = [_head(course), *(_rung(course, number, rung) for number, rung in enumerate(course.rungs, 1))]
    sections += [_together(course, number, each) for number, each in enumerate(course.together, 1)]
    if course.together:
        sections.append(_interactions(course, interactions(course)))
    sections += [_final(course, course.final)] if course.final else []
    sections += [_recipe(course), _sure(course)]
    warnings = [
        f"- {prose(each.asked.question)}: {prose(line)}" for each in _all_asked(course) for line in each.asked.warnings
    ]
    if warnings:
        sections.append(["## Warnings", "", *warnings])
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def in_short(course: Course) -> str:
    """Say in a sentence what came out."""
    if course.final is None:
        return "no candidate is better than the base beyond noise; the base stays as it is"
    names = ", ".join(f"`{each.name}`" for each in course.tuned)
    effect = shown_effect(course.final.standing.effect, course.final.standing.interval, course.unit)
    told = {
        "keep": "better than the base and than dropping as much at random",
        "drop": "worse than the base on new seeds: do not use it",
        "undecided": "not shown to be better on new seeds: undecided",
    }[course.final.standing.verdict]
    return f"{names} together: {effect}; {told}"


def _all_asked(course: Course) -> Iterable[Climbed | Together | Final]:
    return [*course.rungs, *course.together, *([course.final] if course.final else [])]


def _head(course: Course) -> list[str]:
    asked = course.tuning.asked
    return [
        f"# {prose(asked.question)}",
        "",
        f"**In short: {prose(in_short(course))}.**",
        "",
        f"Expected before anything was trained: {prose(asked.hypothesis)}",
        "",
        f"Effects are over the base `{prose(asked.base)}`, in {prose(course.unit)}, and positive where a model is "
        "better. Brackets hold the interval at the confidence of the whole question.",
    ]


def _rung(course: Course, number: int, rung: Climbed) -> list[str]:
    lines = [
        f"## Rung {number}: {rung.asked.shown}",
        "",
        f"Question `{rung.asked.question}`. {len(rung.still_in)} of {len(rung.fates)} stay.",
        "",
        "| candidate | effect | verdict | | why |",
        "|---|---|---|---|---|",
    ]
    for fate in sorted(rung.fates, key=lambda fate: -fate.standing.effect):
        each = fate.standing
        effect = shown_effect(each.effect, each.interval, course.unit)
        stays = "stays" if fate.stays else "leaves"
        lines.append(f"| `{each.name}` | {effect} | {each.verdict} | {stays} | {prose(fate.why)} |")
    return lines


def _together(course: Course, number: int, each: Together) -> list[str]:
    full = shown_effect(each.full.effect, each.full.interval, course.unit)
    title = "Together, and without each" if number == 1 else f"Together again ({number})"
    lines = [
        f"## {title}: {each.asked.shown}",
        "",
        f"Question `{each.asked.question}`. All {len(each.removals)} together over the base: {full}, "
        f"{each.full.verdict}.",
        "",
        "| without | the rest, over all together | so it is |",
        "|---|---|---|",
        *(_removal(course, removal) for removal in each.removals),
        "",
    ]
    if each.left:
        return [*lines, f"`{each.left}` leaves: the rest does best without it. One leaves at a time."]
    return [*lines, "Nobody leaves."]


def _removal(course: Course, removal: Removal) -> str:
    effect = shown_effect(removal.effect, removal.interval, course.unit)
    return f"| `{removal.name}` | {effect} | {_ROLES[removal.role]} |"


def _interactions(course: Course, found: list[Interaction]) -> list[str]:
    lines = [
        "## Interactions",
        "",
        "What each was worth alone (last rung), and what the full set loses without it. Different seeds, so a "
        "difference is clear only where the two intervals share no value.",
        "",
    ]
    for each in found:
        alone = shown_effect(each.alone, each.alone_interval, course.unit)
        company = shown_effect(each.in_company, each.in_company_interval, course.unit)
        if not each.clear:
            said = "no clear interaction"
        elif each.in_company < each.alone:
            said = "worth less in company: the others do part of its work"
        else:
            said = "worth more in company: the others leave it more to do, or it helps them"
        lines.append(f"- `{each.name}`: alone {alone}, in company {company}: {said}.")
    total, full = sum(each.alone for each in found), course.together[0].full
    lines += [
        "",
        f"Their effects alone sum to {total:+.4g} {prose(course.unit)}; together they give "
        f"{shown_effect(full.effect, full.interval, course.unit)}.",
    ]
    return lines


def _final(course: Course, final: Final) -> list[str]:
    effect = shown_effect(final.standing.effect, final.standing.interval, course.unit)
    lines = [
        f"## The final comparison: {final.asked.shown}, none of them used before",
        "",
        f"Question `{final.asked.question}`. All that is left over the base: {effect}. "
        f"**{final.standing.verdict}**: {prose(final.why)}",
    ]
    if final.versus_random_drop:
        control = final.versus_random_drop
        against = shown_effect(control["effect"], control["interval"], course.unit)
        lines += ["", f"Over dropping as much at random: {against}."]
    return lines


def _recipe(course: Course) -> list[str]:
    lines = ["## The tuned recipe", "", "`tuned.yaml` beside this file.", ""]
    if not course.tuned:
        return [*lines, "It is the base as it is."]
    for each in course.tuned:
        first, *facts = evidence(course, each)
        lines += [f"- {prose(first)}", *(f"  - {prose(fact)}" for fact in facts)]
    return lines


def _sure(course: Course) -> list[str]:
    return [
        "## How sure this is",
        "",
        "- Each question holds its own error rate. Over all of them it does not hold: the more rungs and candidates, "
        "the more chances of a lucky winner. What was chosen because it did well looks better than it is, so the "
        "effects of rungs and of the full set are optimistic for those that stayed.",
        "- The final comparison alone decides. Its seeds had no part in any choice, so its interval and its verdict "
        "hold at the error rate of one question. The benchmark is the same throughout: what suits its items by chance "
        "is not found out by new seeds.",
        "- Who left early may have been good: small budgets are noisy, and a rule may pay only with more tokens. "
        "Rules that help only in company were not looked for, as each was first tried alone.",
        "- `redundant` says that nothing was lost beyond noise, not that nothing was lost.",
    ]
