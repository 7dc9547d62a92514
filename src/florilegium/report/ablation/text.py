"""verdict.md: a verdict in plain words, for someone who looks after a collection and not after models."""

from collections.abc import Iterator
from typing import Any

from florilegium.report.ablation.markdown import name, prose
from florilegium.report.ablation.verdict import Arm, Slice, Verdict, read_verdict
from florilegium.report.ablation.wording import (
    Scale,
    amount,
    meaning,
    outcome,
    percent,
    probability,
    regime,
    scale,
    summary,
)

#: Slices that gain and are named; those that lose are all named.
_GAINERS = 3


def verdict_text(verdict: dict[str, Any]) -> str:
    """Write a verdict (a dict as in ``verdict.json``) as Markdown that can be read as it stands."""
    read = read_verdict(verdict)
    told = scale(read)
    sections = [
        _head(read, told),
        *(_arm(arm, read, told) for arm in read.arms),
        _sure(read, told),
        _measured(read, told),
    ]
    if read.shown_only:
        sections.append(_shown_only(read))
    sections.append(_benchmark(read))
    if read.warnings:
        sections.append(["## Warnings", "", *(f"- {prose(line)}" for line in read.warnings)])
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _head(read: Verdict, told: Scale) -> list[str]:
    lines = [f"# {prose(read.question)}", "", f"**In short: {prose(summary(read, told))}.**", ""]
    if read.hypothesis:
        lines.append(f"Expected before anything was trained: {prose(read.hypothesis)}")
    lines.append(f"Question {name(read.name)}; each arm is one change to the recipe of {name(read.baseline.name)}.")
    return lines


def _arm(arm: Arm, read: Verdict, told: Scale) -> list[str]:
    lines = [f"## {name(arm.name)}: {outcome(arm, read.smallest_effect).lower()}", ""]
    if arm.about:
        lines.append(f"The change: {prose(arm.about)}")
    effect = f"With this change {told.sentence(arm.effect)}"
    if arm.interval:
        effect += f" ({told.between(arm.interval)}, at {percent(read.confidence)} confidence for all arms together)"
    else:
        effect += " (too few seeds for bounds)"
    lines.append(f"{effect}: {meaning(arm, read.smallest_effect)}.")
    if arm.why:
        lines.append(f"Why: {prose(arm.why)}")
    lines += [f"- {line}" for line in _facts(arm, told)]
    return lines


def _facts(arm: Arm, told: Scale) -> Iterator[str]:
    losers, gainers = arm.losers, arm.gainers
    named = {part.name for part in losers}
    lost = [_slice(part, told) for part in losers] + [name(part) for part in arm.loses if part not in named]
    if lost:
        yield f"Who loses: {'; '.join(lost)}."
    elif arm.slices:
        yield "Who loses: no part of the benchmark got measurably worse."
    if gainers:
        more = f" and {len(gainers) - _GAINERS} more" if len(gainers) > _GAINERS else ""
        yield f"Who gains most: {'; '.join(_slice(part, told) for part in gainers[:_GAINERS])}{more}."
    if arm.versus_random_drop:
        other = arm.versus_random_drop
        interval = f" ({told.between(other.interval)})" if other.interval else ""
        yield (
            f"Against dropping as many documents by lot ({name(other.arm)}): {told.sentence(other.effect)}{interval}."
        )
    if arm.check:
        says = "says the same" if arm.check.agrees else "DISAGREES, so nothing is decided"
        yield f"The check with another learning rate {says}: {told.sentence(arm.check.effect)}."
    if arm.minimum_detectable_effect is not None:
        yield f"The smallest effect that could have been seen here: {_bare(arm.minimum_detectable_effect, told)}."
    if arm.retention is not None:
        times = f"{arm.repeats or 0:.2f}".rstrip("0").rstrip(".")
        repeats = f"; in training the model went through them {'once' if times == '1' else times + ' times'}"
        repeats = repeats if arm.repeats else ""
        yield f"It keeps {percent(arm.retention)} of the documents{repeats}."
    if arm.open_ends:
        yield f"What would settle it: {prose(arm.open_ends)}"


def _slice(part: Slice, told: Scale) -> str:
    return f"{prose(part.words)}: {told.said(part.effect)}"


def _bare(effect: float, told: Scale) -> str:
    return f"{told.size(effect)} of the {told.noun}" if told.sign else f"{told.size(effect)} {told.noun}"


def _sure(read: Verdict, told: Scale) -> list[str]:
    floor, lines = read.noise_floor, ["## How sure this is", ""]
    if floor.aa:
        spread = f" ({told.between(floor.aa.interval)})" if floor.aa.interval else ""
        right = "as it must be" if floor.aa.verdict in (None, "undecided") else "WHICH IS WRONG: trust no verdict here"
        lines.append(
            f"- Between two trainings of the same corpus ({' and '.join(map(name, floor.aa.arms))}), "
            f"{told.sentence(floor.aa.effect)}{spread}. That is what chance alone does; it was judged "
            f"{prose(floor.aa.verdict or 'by eye')}, {right}."
        )
    else:
        lines.append("- No corpus was trained twice over (no A/A pair): what chance alone does is not known.")
    if floor.seed_deviation is not None:
        lines.append(f"- One training differs from the next by about {_bare(floor.seed_deviation, told)} (deviation).")
    if read.smallest_effect:
        lines.append(f"- An effect below {_bare(read.smallest_effect, told)} was declared too small to matter.")
    for look in read.looks:
        settled = "everything was settled" if look.settled else "not everything was settled"
        lines.append(f"- Looked at after {look.seeds} seeds, with an error rate of {percent(look.alpha)}: {settled}.")
    return lines


def _measured(read: Verdict, told: Scale) -> list[str]:
    measure = read.measure
    better = "higher is better" if measure.higher_is_better else "lower is better"
    tasks = ", ".join(map(name, measure.tasks)) or "–"
    over = f", every {name(measure.balanced_over)} counting the same" if measure.balanced_over else ""
    lines = [
        "## What was measured",
        "",
        f"- Measure: {prose(measure.unit or measure.name)} ({better}) on {tasks}{over}. "
        f"Baseline: {read.baseline.score:.4g}.",
        f"- Models: {amount(read.parameters, 'parameters')}, {amount(read.tokens, 'tokens')} each, "
        f"{prose(regime(read.regime))}.",
        f"- Seeds: {', '.join(map(str, read.seeds))}; every arm was trained with each of them.",
    ]
    for arm in read.arms:
        lines.append(f"- {name(arm.name)}: {told.signed(arm.effect)}, p {probability(arm.p_all)}")
    return lines


def _shown_only(read: Verdict) -> list[str]:
    lines = [
        "## Shown, and not counted",
        "",
        "Mean differences from the baseline without interval; above 0 is better.",
        "",
    ]
    for row in read.shown_only:
        effects = ", ".join(f"{name(arm)} {value:+.3g}" for arm, value in row.effects.items() if value is not None)
        base = f" (baseline {row.baseline:.4g})" if row.baseline is not None else ""
        lines.append(f"- {name(row.task)}, {name(row.measure)}{base}: {effects or 'no effect given'}")
    return lines


def _benchmark(read: Verdict) -> list[str]:
    lines = ["## The benchmark", ""]
    for row in read.audit:
        votes = "votes" if row.votes else "does not vote"
        lines.append(f"- {name(row.task)} {votes}{': ' + prose(row.why) if row.why else '.'}")
    found = read.contamination
    if found is None or not found.checked:
        lines.append("- Whether items of the benchmark stand in the training texts was NOT checked.")
    else:
        lines.append(
            f"- {found.contaminated or 0:,} of {found.items or 0:,} items share {found.ngram or 'many'} words in a row "
            "with the training texts."
        )
        if found.excluded:
            lines.append(f"- Left out for that: {', '.join(map(name, found.excluded))}.")
    return lines
