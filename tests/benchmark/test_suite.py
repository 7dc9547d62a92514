import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from florilegium.benchmark.items import items_table, read_items
from florilegium.benchmark.suite import STRIDE, find_suite, load_suite
from florilegium.errors import RecipeError, SourceError
from florilegium.recipe.shipped import shipped

PAIR = '{"id": "%s", "good": "It is.", "bad": "It are.", "kind": "%s", "year": %d}\n'


def write_suite(folder: Path, task: str, rest: str = "") -> Path:
    path = folder / "suite.yaml"
    path.write_text(f"name: tried\ntasks:\n  - {{name: one, version: 1, form: pair, {task}}}\n{rest}", encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    lines = [PAIR % ("a", "x", 1895), PAIR % ("b", "y", 1912), PAIR % ("c", "x", 1903)]
    (tmp_path / "items.jsonl.gz").write_bytes(gzip.compress("".join(lines).encode()))
    return tmp_path


def test_where_slices_cluster_and_limit(data: Path) -> None:
    task = "data: '*.jsonl.gz', where: {kind: [x, z]}, slices: {kind: kind, decade: {from: year, every: 10}}, cluster: [kind, year]"
    first, second = read_items(load_suite(write_suite(data, task)))
    assert (first.id, dict(first.slices), first.cluster) == ("a", {"kind": "x", "decade": "1890s"}, "x/1895")
    assert second.slices["decade"] == "1900s" and first.requests[first.gold].continuation == "It is."
    assert [item.id for item in read_items(load_suite(write_suite(data, "data: '*.gz', limit: 2")))] == ["a", "b"]


def test_stride_is_that_of_the_task_and_part_of_its_identity(data: Path) -> None:
    usual = load_suite(write_suite(data, "data: '*.gz'"))
    assert {item.stride for item in read_items(usual)} == {STRIDE}
    other = load_suite(write_suite(data, "data: '*.gz', stride: 0.5"))
    assert {item.stride for item in read_items(other)} == {0.5} and other.identity() != usual.identity()
    with pytest.raises(RecipeError, match="stride"):
        load_suite(write_suite(data, "data: '*.gz', stride: 1.5"))


def test_columns_of_other_names_in_parquet(tmp_path: Path) -> None:
    rows = {"id": [1, 1], "sentence_good": ["He is.", "She is."], "sentence_bad": ["He are.", "She are."]}
    pq.write_table(pa.table(rows), tmp_path / "items.parquet")
    columns = "data: items.parquet, columns: {good: sentence_good, bad: sentence_bad}"
    items = read_items(load_suite(write_suite(tmp_path, columns)))
    assert [item.id for item in items] == ["1", "1#2"]  # an id that comes again
    assert items[1].requests[1].continuation == "She are."
    assert items_table(items)["cluster"].to_pylist() == ["1", "1"]


def test_mistakes_are_named_with_their_lines(data: Path) -> None:
    path = write_suite(data, "data: a.jsonl, colums: {}", "  - {name: one, version: 1, form: poem, data: a.jsonl}\n")
    with pytest.raises(RecipeError) as caught:
        load_suite(path)
    said = str(caught.value)
    assert "in the suite" in said and "suite.yaml:3: tasks.0.colums: unknown key" in said and "suite.yaml:4" in said


@pytest.mark.parametrize(
    ("decides", "said"),
    [
        ("{tasks: [two], measure: accuracy}", "suite.yaml:4: decides.tasks: no task is called `two`"),
        ("{tasks: one, measure: bits_per_byte}", "decides.measure: `one` (pair) has no measure `bits_per_byte`"),
        ("{tasks: one, measure: accuracy, balance: domain}", "decides.balance: `one` has no slice `domain`"),
    ],
)
def test_decides_must_fit_the_tasks(data: Path, decides: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load_suite(write_suite(data, "data: a.jsonl", f"decides: {decides}\n"))
    assert said in str(caught.value)


def test_variables_in_paths(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_suite(data, 'data: "${HERE_LIES}/items.jsonl.gz"')
    monkeypatch.delenv("HERE_LIES", raising=False)
    with pytest.raises(RecipeError, match="suite.yaml:3: .*HERE_LIES is not set"):
        load_suite(path)
    monkeypatch.setenv("HERE_LIES", str(data))
    suite = load_suite(path)
    assert len(read_items(suite)) == 3
    assert suite.tasks[0].literal()["data"] == "${HERE_LIES}/items.jsonl.gz"  # the folder of a machine is never stored


def test_identity_is_the_content_of_the_data(data: Path) -> None:
    suite = load_suite(write_suite(data, "data: items.jsonl.gz"))
    (data / "other.jsonl.gz").write_bytes((data / "items.jsonl.gz").read_bytes())
    moved = load_suite(write_suite(data, "data: other.jsonl.gz"))
    assert suite.identity() == moved.identity()
    (data / "other.jsonl.gz").write_bytes(gzip.compress((PAIR % ("a", "x", 1895)).encode()))
    assert suite.identity() != moved.identity()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"id": "d", "good": "It is."}', "items.jsonl:2: task `one`: no column `bad`"),
        (b'{"id": "d", "good": "It is.", "bad": " "}', "items.jsonl:2: task `one`: `bad` must be a text"),
        (b'{"id": null, "good": "It is.", "bad": "It."}', "items.jsonl:2: task `one`: `id` must be"),
        (b'{"id": "d", "good', "items.jsonl:2: not JSON"),
    ],
)
def test_bad_items_are_named_with_file_and_line(tmp_path: Path, line: bytes, said: str) -> None:
    (tmp_path / "items.jsonl").write_bytes((PAIR % ("a", "x", 1895)).encode() + line + b"\n")
    with pytest.raises(SourceError) as caught:
        read_items(load_suite(write_suite(tmp_path, "data: items.jsonl")))
    assert said in str(caught.value)


def test_gold_must_be_one_of_the_answers(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text('{"id": 1, "query": "Is it?", "choices": ["yes", "no"], "gold": 2}\n')
    path = tmp_path / "suite.yaml"
    path.write_text("tasks: [{name: one, version: 1, form: choice, data: items.jsonl}]\n")
    with pytest.raises(SourceError, match="`gold` must be a whole number from 0 to 1"):
        read_items(load_suite(path))


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="task `one`: no file matches"):
        read_items(load_suite(write_suite(tmp_path, "data: absent.jsonl")))


def test_shipped_suites_load(shared_data: object, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_data("benchmarks").parent  # type: ignore[operator]
    monkeypatch.setenv("FLORILEGIUM_SHARED_DATA", str(folder))
    assert set(shipped("benchmark")) >= {"blimp", "heldout", "small_models"}
    for name in shipped("benchmark"):
        assert load_suite(find_suite(name)).decides is not None
    items = read_items(load_suite(find_suite("heldout")))
    assert len(items) == 406 and len({item.slices["domain"] for item in items}) == 6
