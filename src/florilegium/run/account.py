"""From the shards of a run to its ledger, its quarantine and its guard rails."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq

from florilegium.errors import ContractError, FlorilegiumError
from florilegium.recipe.load import Expectation
from florilegium.run.decided import decided_rows
from florilegium.run.folder import causes, gather_quarantine
from florilegium.run.ledger import incidents, ledger_table, measured_rows, records_in
from florilegium.run.shards import read_done, write_bytes


class TooManyInQuarantine(FlorilegiumError):
    """More documents in quarantine than the recipe allows."""

    exit_code = 3


def account_measured(folder: Path, tasks: int, quarantine: Path, at_most: float) -> tuple[pl.DataFrame, list[str]]:
    """Make the ledger of *measure*, gather the quarantine and list incidents; also give what a curator should know.

    Raises TooManyInQuarantine where the budget is exceeded.
    """
    table = ledger_table(measured_rows(folder, range(tasks)))
    quarantined = gather_quarantine(folder, range(tasks), quarantine)
    found = incidents(folder, range(tasks))
    lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in found)
    write_bytes(quarantine / "incidents.jsonl", lines.encode())
    total = records_in(table)
    read = {item["source"] for item in found} - _sources_read(folder, tasks)
    if read:
        named = ", ".join(f"`{name}`" for name in sorted(read))
        first = next(item for item in found if item["source"] in read)
        raise FlorilegiumError(
            f"source {named} gave not one record: {first['file']}: {first['message']}. Mend or leave out the source."
        )
    if quarantined != int(table["quarantined"].sum()):
        raise ContractError(f"{quarantined} documents in quarantine, {table['quarantined'].sum()} in the ledger")
    if total and quarantined / total > at_most:
        listed = "\n".join(f"  {line}" for line in causes(quarantine))
        raise TooManyInQuarantine(
            f"{quarantined:,} of {total:,} documents ({quarantined / total:.2%}) are in quarantine; at most "
            f"{at_most:.2%} may be (run.quarantine_at_most). The most frequent causes:\n{listed}\n"
            f"See them all with `florilegium quarantine {quarantine.parent}`; after a fix, add --retry."
        )
    damaged = len({(item["source"], item["file"]) for item in found})
    note = f"{damaged:,} files are damaged, at {len(found):,} places; quarantine/incidents.jsonl gives file and offset"
    deadly = [
        f"{item['source']}/{item['file']}: {item['message']}; the rest of the file is not in this run"
        for item in found
        if item["kind"] == "kills_reader"
    ]
    return table, [note, *deadly] if found else []


def _sources_read(folder: Path, tasks: int) -> set[str]:
    """Give the sources of which at least one record was found."""
    found: set[str] = set()
    for task in range(tasks):
        for name in (f"{task:05d}.parquet", f"{task:05d}.left.parquet"):
            found |= set(pc.unique(pq.read_table(folder / name, columns=["source"])["source"]).to_pylist())
    return found


def account_decided(folder: Path, tasks: int) -> tuple[pl.DataFrame, list[str]]:
    """Make the ledger of *decide* from its shards; give it with the warnings that the steps left."""
    facts = []
    for task in range(tasks):
        body = read_done(folder, task)
        if body is None:
            raise ContractError(f"{folder}: task {task:05d} is not finished")
        facts.append(body["facts"])
    notes = list(facts[0]["warnings"]) if facts else []
    if facts and facts[0]["repeated"]:
        examples = ", ".join(facts[0]["repeated"][:3])
        notes.append(f"{len(facts[0]['repeated'])} ids occurred more than once and got a suffix (~2, ~3): {examples}")
    return ledger_table(decided_rows(folder, facts)), notes


def check_expectations(ledger: pl.DataFrame, expectations: Mapping[str, Expectation]) -> None:
    """Stop before the release where a step removed another share than the recipe expects."""
    said = []
    for step, expected in expectations.items():
        rows = ledger.filter(pl.col("stage") == step)
        came = int(rows.group_by("task", maintain_order=True).agg(pl.col("documents_in").first())["documents_in"].sum())
        gone = int(rows["rejected"].sum()) + int(rows["gated"].sum())
        if came and not expected.low <= gone / came <= expected.high:
            said.append(
                f"  `{step}` removed {gone / came:.1%} ({gone:,} of {came:,}); "
                f"expected {expected.low:.1%} to {expected.high:.1%}"
            )
    if said:
        raise FlorilegiumError("a guard rail stopped the run before the release:\n" + "\n".join(said))


def write_ledger(ledger: pl.DataFrame, path: Path) -> None:
    """Write the ledger of the run, with seconds."""
    temporary = path.with_name(f".{path.name}.tmp")
    pq.write_table(ledger.to_arrow(), temporary, compression="zstd")
    os.replace(temporary, path)
