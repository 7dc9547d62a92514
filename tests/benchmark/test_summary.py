import json
import math
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from florilegium.pipelines.benchmark import benchmark
from rich.console import Console

from florilegium.benchmark.items import Item, Request, items_table, read_items
from florilegium.benchmark.scores import ITEMS_SCHEMA, SCORES_SCHEMA
from florilegium.benchmark.suite import load_suite
from florilegium.benchmark.summary import chance, curves, estimate, uniform_level


def test_an_interval_over_clusters_by_hand() -> None:
    found = estimate(np.array([1.0, 0.0, 1.0, 1.0]), np.ones(4), ["a", "a", "b", "c"])
    # residual sums -0.5, 0.25, 0.25; variance 3 / 2 * 0.375 / 16; t of 2 degrees of freedom
    reach = 4.302653 * math.sqrt(1.5 * 0.375 / 16)
    assert found.score == 0.75 and found.low == pytest.approx(0.75 - reach) and found.clusters == 3


def test_items_that_repeat_within_clusters_do_not_narrow_the_interval() -> None:
    values, clusters = np.array([0.2, 0.4, 0.9]), ["a", "b", "c"]
    once = estimate(values, np.ones(3), clusters)
    often = estimate(np.repeat(values, 10), np.ones(30), np.repeat(clusters, 10).tolist())
    assert once[:3] == pytest.approx(often[:3])


def test_strata_count_alike_whatever_their_size_and_one_unit_has_no_interval() -> None:
    found = estimate(np.array([1.0, 1.0, 1.0, 0.0]), np.array([1.0, 2.0, 3.0, 1.0]), list("abcd"), list("xxxy"))
    assert found == (0.5, None, None, 4, 4)


def item(task: str, key: str, weight: float, domain: str | None) -> Item:
    slices = {} if domain is None else {"domain": domain}
    return Item(task, "text", key, (Request("", "abcd", "abcd"),), 0, weight, key, slices)


def test_curves_balance_and_slice() -> None:
    items = [
        item("held", "1", 1.0, "a"),
        item("held", "2", 3.0, "a"),
        item("held", "3", 9.0, "b"),
        item("raw", "1", 1.0, None),
    ]
    table = items_table(items)
    assert table.schema.names == [*ITEMS_SCHEMA.names, "slice.domain"]
    rows = {"step": [1] * 4, "tokens": [10] * 4, "task": ["held"] * 3 + ["raw"], "item": ["1", "2", "3", "1"],
            "measure": ["bits_per_byte"] * 4, "value": [1.0, 2.0, 4.0, 5.0]}  # fmt: skip
    scores = pa.table(rows, schema=SCORES_SCHEMA)
    found = {
        (row["task"], row["slice"]): row["value"]
        for row in curves({("base", 1): scores}, table, {"held": "domain"}).rows(named=True)
    }
    assert found == {
        ("held", ""): (1.75 + 4) / 2,
        ("held", "domain=a"): 1.75,
        ("held", "domain=b"): 4.0,
        ("raw", ""): 5.0,
    }
    plain = curves({("base", 1): scores}, table).filter(slice="", task="held")["value"].item()
    assert plain == pytest.approx((1 + 6 + 36) / 13)


def test_chance_and_the_uniform_level(suite_file: Path) -> None:
    suite = load_suite(suite_file)
    items = read_items(suite)
    levels = chance(items, suite)
    assert levels["choice", "accuracy"] == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
    assert levels["pair", "accuracy"] == 0.5 and levels["pair", "margin"] == 0 and levels["last_word", "accuracy"] == 0
    assert levels["text", "bits_per_byte"] is None
    assert uniform_level([item("held", "1", 1.0, None)], [2], 256) == {("held", "bits_per_byte"): 4.0}


def test_the_command_prints_a_table_of_80_columns_and_json(
    model_folder: Path, suite_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = StringIO()
    benchmark(model_folder, str(suite_file), Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert (
        max(map(len, lines)) <= 80 and any(line.startswith("last_word") for line in lines) and "…" not in out.getvalue()
    )
    capsys.readouterr()
    benchmark(model_folder, str(suite_file), Console(file=out), json=True)
    found = json.loads(capsys.readouterr().out)
    assert {row["measure"] for row in found["scores"]} >= {"bits_per_byte", "margin"} and found["suite"] == "forms"
