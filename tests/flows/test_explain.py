"""What looks at a run: the fate of any document that it ever saw, and status, inspect, compare, quarantine on the
demo."""

import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.flows.conftest import Command
from tests.report.conftest import check_lines


@pytest.fixture(scope="module")
def demo(florilegium: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    florilegium("curate", "demo", folder=folder)
    return folder / "runs" / "demo"


def decided(run: Path) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(pq.read_table(path)) for path in sorted(run.glob("decided-*/*.parquet"))])


def told(florilegium: Command, run: Path, identity: str) -> dict[str, object]:
    return json.loads(florilegium("explain", run, identity, "--json", folder=run).stdout)  # type: ignore[no-any-return]


def test_kept_document_leads_to_its_row(demo: Path, florilegium: Command) -> None:
    identity = decided(demo).filter("kept")["id"][7]
    found = told(florilegium, demo, identity)
    shard, row = str(found["release"]).split(", row ")
    assert pq.read_table(demo / "release" / "data" / shard, columns=["id"])["id"][int(row)].as_py() == identity
    assert "kept: train-00000" in florilegium("explain", demo, identity, folder=demo).stdout


def test_dropped_document_names_every_rule_and_copy_its_survivor(demo: Path, florilegium: Command) -> None:
    table = decided(demo)
    dropped = table.filter(pl.col("reasons").list.len() > 1).row(0, named=True)
    said = florilegium("explain", demo, dropped["id"], folder=demo).stdout
    assert all(f"{reason['rule']}: " in said for reason in dropped["reasons"])
    copy = table.filter(pl.col("survivor").is_not_null()).row(0, named=True)
    assert f"a copy of {copy['survivor']}" in florilegium("explain", demo, copy["id"], folder=demo).stdout


def test_record_that_left_early_says_where(demo: Path, florilegium: Command) -> None:
    left = pl.concat([pl.DataFrame(pq.read_table(path)) for path in sorted(demo.glob("measured-*/*.left.parquet"))])
    for outcome in ("rejected", "gated", "quarantined"):
        row = left.filter(pl.col("outcome") == outcome).row(0, named=True)
        assert (
            f"{outcome} at `{row['stage']}`: {row['rule']}"
            in florilegium("explain", demo, row["id"], folder=demo).stdout
        )


def test_unknown_document(demo: Path, florilegium: Command) -> None:
    assert "no document is called 'nope'" in florilegium("explain", demo, "nope", folder=demo, code=2).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["inspect"],
        ["inspect", "--rule", "gopher_quality"],
        ["inspect", "--rule", "language"],
        ["inspect", "--near", "fineweb.short_lines"],
        ["inspect", "--near", "fineweb.short_lines", "--limit", "1"],
        ["inspect", "--dropped", "--limit", "40"],
        ["quarantine"],
    ],
)
def test_what_looks_at_a_run_fits_80_columns_and_gives_one_json_object(
    demo: Path, florilegium: Command, arguments: list[str]
) -> None:
    name, *options = arguments
    said = florilegium(name, demo, *options, folder=demo)
    assert said.stdout and not said.stderr
    check_lines(said.stdout.splitlines())
    found = json.loads(florilegium(name, demo, *options, "--json", folder=demo).stdout)
    assert isinstance(found, dict) and str(found["run"]) == str(demo)


def test_compare_names_the_changed_bound(demo: Path, florilegium: Command) -> None:
    recipe = demo.parent / "strict.yaml"
    recipe.write_text(
        "base: demo\nname: demo\npatch:\n  - {set: decide.rules.gopher_quality.words.at_least, to: 120}\n"
    )
    before = {path.name for path in demo.glob("decided-*")}
    florilegium("decide", demo, "--recipe", recipe, folder=demo)
    (fresh,) = {path.name for path in demo.glob("decided-*")} - before
    said = florilegium("compare", demo, f"{demo}@{fresh}", folder=demo).stdout
    check_lines(said.splitlines())
    assert 'decide.gopher_quality.words: ">= 50" -> ">= 120"' in said
    found = json.loads(florilegium("compare", demo, f"{demo}@{fresh}", "--json", folder=demo).stdout)
    assert {reason["rule"] for reason in found["only_a"]["reasons"]} == {"gopher_quality.words"}
