"""Tables of the ablation loop for a terminal of 80 columns; plain text where nobody looks at a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from florilegium.report.ablation.verdict import Arm, Verdict, read_verdict
from florilegium.report.ablation.wording import Scale, amount, outcome, percent, probability, regime, scale, summary
from florilegium.report.lines import count, say, short


class PlannedArm(TypedDict):
    """What is known of an arm before it is trained. ``minutes`` are those of the runs that are not cached."""

    name: str
    documents: int
    tokens_available: int
    repeats: float
    runs: int
    cached: int
    minutes: float | None


class Planned(TypedDict):
    """What ``--dry-run`` shows."""

    name: str
    question: str
    arms: Sequence[PlannedArm]
    seeds: Sequence[int]
    tokens: int
    parameters: NotRequired[int]
    regime: NotRequired[str]
    notes: NotRequired[Sequence[str]]


class Asked(TypedDict):
    """A question in the list of ``florilegium ablations``; ``verdicts`` has the verdict of each arm, None without."""

    name: str
    question: str
    state: str
    runs: int
    done: int
    verdicts: Mapping[str, str] | None


def _show(console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table. A long name in the first column is cut, never a number beside it."""
    widths = [max(cell_len(row[place]) for row in [heads, *rows]) for place in range(1, len(heads))]
    table = Table(box=None, pad_edge=False, header_style="bold")
    room = max(console.width - sum(width + 2 for width in widths), 8)
    table.add_column(heads[0], overflow="ellipsis", no_wrap=True, max_width=room)
    for name in heads[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _interval(arm: Arm, told: Scale) -> str:
    if arm.interval is None:
        return ""
    low, high = (told.signed(end).removesuffix(" %") for end in arm.interval)
    return f"{low} to {high}"


def verdicts(console: Console, verdict: dict[str, Any]) -> None:
    """Print the verdict of each arm with effect and interval, who loses, what chance does, and the warnings."""
    read = read_verdict(verdict)
    told = scale(read)
    say(console, f"[bold]{short(read.question, 400)}[/bold]")
    say(console, short(f"{summary(read, told)}.", 1000))
    say(console)
    unit = told.sign.strip() or "effect"
    rows = []
    for arm in read.arms:
        seen = arm.minimum_detectable_effect
        row = (
            short(arm.name),
            short(_brief(arm, read), 12),
            told.signed(arm.effect).removesuffix(" %"),
            _interval(arm, told),
            "" if seen is None else told.size(seen).removesuffix(" %"),
            probability(arm.p_all),
            percent(arm.retention),
        )
        rows.append(row)
    for arm in read.lot:
        control = told.signed(arm.effect).removesuffix(" %")
        p = probability(arm.p) if arm.p is not None else ""
        rows.append((short(arm.name), "control", control, _interval(arm, told), "", p, percent(arm.retention)))
    _show(console, ("arm", "verdict", unit, "interval", "seen from", "p", "kept"), rows)
    say(console, f"Above 0: {told.better} {short(told.noun)} than {short(read.baseline.name)}, which is better.")
    _notes(console, read, told)


def _brief(arm: Arm, read: Verdict) -> str:
    shown = outcome(arm, read.smallest_effect).lower()
    return "too small" if shown.startswith("too small") else shown


def _notes(console: Console, read: Verdict, told: Scale) -> None:
    pair = read.noise_floor.aa
    if pair:
        span = f", {told.between(pair.interval)}" if pair.interval else ""
        say(console, f"Chance alone (A/A): {told.signed(pair.effect)}{span}.")
    for arm in read.arms:
        lost = ", ".join(map(short, arm.lost))
        if lost:
            say(console, f"{short(arm.name)} loses: {lost}")
        if arm.verdict == "undecided" and arm.why:
            say(console, f"{short(arm.name)}: {short(arm.why, 400)}")
        if arm.open_ends:
            say(console, f"{short(arm.name)}, what would settle it: {short(arm.open_ends, 400)}")
    for warning in read.warnings:
        say(console, f"warning: {short(warning, 400)}")


def dry_run(console: Console, facts: Planned) -> None:
    """Print what ``florilegium ablate`` would train, what is trained already, and how long the rest takes."""
    say(console, f"[bold]{short(facts['name'])}[/bold]  {short(facts['question'], 400)}")
    models = f", models of {amount(facts['parameters'], 'parameters')}" if "parameters" in facts else ""
    seeds = count(len(facts["seeds"]), "seed")
    say(console, f"{seeds}, {amount(facts['tokens'], 'tokens')} a run{models}")
    if "regime" in facts:
        say(console, short(regime(facts["regime"])))
    say(console)
    rows = []
    for arm in facts["arms"]:
        row = (
            short(arm["name"]),
            f"{arm['documents']:,}",
            f"{arm['tokens_available']:,}",
            f"{arm['repeats']:.2f}",
            f"{arm['runs']}",
            f"{arm['cached']}",
            "?" if arm["minutes"] is None else f"{arm['minutes']:,.1f}",
        )
        rows.append(row)
    _show(console, ("arm", "documents", "tokens", "repeats", "runs", "cached", "minutes"), rows)
    runs, cached = sum(arm["runs"] for arm in facts["arms"]), sum(arm["cached"] for arm in facts["arms"])
    known = [arm["minutes"] for arm in facts["arms"] if arm["minutes"] is not None]
    minutes = sum(known)
    time = "about a minute" if minutes < 1.5 else f"about {minutes:,.0f} minutes"
    if runs == cached:
        time = "nothing is left to do but the verdict"
    elif len(known) < len(facts["arms"]):
        time = "minutes are known after the first"
    say(console, f"{runs - cached:,} of {count(runs, 'run')} to train ({cached:,} cached), {time}")
    for note in facts.get("notes", ()):
        say(console, f"note: {short(note, 400)}")


def list_questions(console: Console, rows: Sequence[Asked]) -> None:
    """Print the questions that were asked, with how far they are and what was found."""
    if not rows:
        say(console, "No question has been asked yet: florilegium ablate QUESTION.yaml")
        return
    for number, row in enumerate(rows):
        if number:
            say(console)
        say(console, f"[bold]{short(row['name'])}[/bold]  {short(row['state'])}, {row['done']} of {row['runs']} runs")
        say(console, short(row["question"], 400), 2)
        found = row["verdicts"]
        if found is not None:
            names = {said: [arm for arm in found if found[arm] == said] for said in dict.fromkeys(found.values())}
            say(console, "; ".join(f"{short(said)}: {', '.join(map(short, arms))}" for said, arms in names.items()), 2)


def compare_questions(console: Console, a: dict[str, Any], b: dict[str, Any]) -> None:
    """Print two verdicts side by side: effects of arms of one name, whether intervals overlap, how setups differ."""
    one, other = read_verdict(a), read_verdict(b)
    for side, read in (("A", one), ("B", other)):
        say(console, f"[bold]{side}[/bold]  {short(read.name)}: {short(read.question, 300)}")
    say(console)
    same = one.measure.name == other.measure.name
    scales = scale(one), scale(other)
    mine, theirs = ({arm.name: arm for arm in read.arms} for read in (one, other))
    if not same:
        say(console, "The measures differ: effects cannot be compared, only verdicts.")
    units = [told.sign.strip() + f" {told.noun}" for told in scales]
    say(
        console,
        short(
            f"Effects in {units[0].strip()}"
            + ("" if same else f" (A) and {units[1].strip()} (B)")
            + "; above 0 is better."
        ),
    )
    rows = []
    for name in dict.fromkeys([*mine, *theirs]):
        arms = mine.get(name), theirs.get(name)
        cells = [cell for arm, told in zip(arms, scales, strict=True) for cell in _side(arm, told)]
        rows.append((short(name), *cells, _overlap(*arms, *scales) if same else ""))
    _show(console, ("arm", "A", "interval", "B", "interval", "overlap"), rows)
    for name in mine:
        if name in theirs and mine[name].verdict != theirs[name].verdict:
            said = f"{short(mine[name].verdict)} in A, {short(theirs[name].verdict)} in B"
            say(console, f"{short(name)}: {said}")
    say(console)
    differing = [(what, left, right) for what, left, right in _setup(one, other) if left != right]
    say(console, "What differs in the setup" if differing else "The setups are the same.")
    for what, left, right in differing:
        say(console, f"{what}: {short(left)} in A, {short(right)} in B", 2)


def _side(arm: Arm | None, told: Scale) -> tuple[str, str]:
    return ("–", "") if arm is None else (told.signed(arm.effect).removesuffix(" %"), _interval(arm, told))


def _overlap(one: Arm | None, other: Arm | None, mine: Scale, theirs: Scale) -> str:
    """Say whether two intervals overlap as they are shown: in per cent, each of its own baseline."""
    if not (one and other and one.interval and other.interval):
        return ""
    left, right = [mine.value(end) for end in one.interval], [theirs.value(end) for end in other.interval]
    return "no" if left[1] < right[0] or right[1] < left[0] else "yes"


def _setup(one: Verdict, other: Verdict) -> list[tuple[str, str, str]]:
    """Give what two questions were answered with."""
    sides = [
        {
            "measure": read.measure.unit or read.measure.name,
            "tasks": ", ".join(read.measure.tasks),
            "balanced over": read.measure.balanced_over or "nothing",
            "training": regime(read.regime),
            "tokens a run": amount(read.tokens),
            "parameters": amount(read.parameters),
            "seeds": ", ".join(map(str, read.seeds)),
            "smallest effect": str(read.smallest_effect),
            "error rate": percent(read.alpha),
            "baseline's score": f"{read.baseline.score:.4g}",
            "baseline's documents": amount(read.baseline.documents),
        }
        for read in (one, other)
    ]
    return [(what, left, sides[1][what]) for what, left in sides[0].items()]
