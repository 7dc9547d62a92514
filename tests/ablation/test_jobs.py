"""Jobs: one for each arm and seed, known by all that its weights and scores depend on, and by nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from florilegium.ablation.arms import Corpus, Trained, pool_of
from florilegium.ablation.asked import Asked
from florilegium.ablation.jobs import Workshop, missing_jobs
from florilegium.ablation.model import Machine
from florilegium.ablation.store import Store, begin, seal
from florilegium.ablation.tasks import Job
from florilegium.benchmark.suite import load_suite
from florilegium.errors import RecipeError
from tests.ablation.asking import TRAINING, asked, write_question

IDS = [f"d{n}" for n in range(400)]
POOL = pool_of(Path("tokens"), 1, "content", IDS, np.full(400, 29))


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    write_question(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    return Workshop(
        Asked.model_validate(asked()), load_suite(tmp_path / "suite.yaml"), tmp_path / "tokenizer.json",
        Machine("cpu", "float32", False), Store(tmp_path / "store"), tmp_path / "draws",
    )  # fmt: skip


def arm(name: str = "arm", share: float = 1.0, content: str = "content") -> Trained:
    return Trained(name, "arm", "", Corpus(name, replace(POOL, content=content), np.arange(400) < 400 * share))


def changed(workshop: Workshop, **changes: Any) -> Workshop:
    return replace(workshop, asked=Asked.model_validate(asked(**changes)))


def places(job: Job) -> tuple[str, str]:
    return job.run.folder.name, job.scores.name


def test_arms_that_keep_the_same_share_their_models(workshop: Workshop) -> None:
    assert places(workshop.job(arm("one"), 1)) == places(workshop.job(arm("two"), 1))
    uncoupled = changed(workshop, budget={"tokens": 4096, "coupled": False})
    assert places(uncoupled.job(arm("one"), 1)) != places(uncoupled.job(arm("two"), 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: shop.job(arm(), 2),
        lambda shop: shop.job(arm(share=0.5), 1),
        lambda shop: shop.job(arm(content="other"), 1),
        lambda shop: shop.job(arm(), 1, 1e-5),
        lambda shop: changed(shop, budget={"tokens": 8192}).job(arm(), 1),
        lambda shop: changed(shop, model={"vocabulary": 300, "context": 32, "hidden": 32, "layers": 1}).job(arm(), 1),
        lambda shop: changed(shop, training={**TRAINING, "weight_decay": 0.2}).job(arm(), 1),
        lambda shop: replace(shop, machine=Machine("cpu", "bfloat16", False)).job(arm(), 1),
    ],
)
def test_what_weights_depend_on_makes_another_model(workshop: Workshop, change: Callable[[Workshop], Job]) -> None:
    first, second = places(workshop.job(arm(), 1)), places(change(workshop))
    assert first[0] != second[0] and first[1] != second[1]


def test_another_tokenizer_makes_another_model(workshop: Workshop) -> None:
    first = places(workshop.job(arm(), 1))
    workshop.tokenizer.write_text('{"other": 1}')
    assert places(workshop.job(arm(), 1)) != first


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {**TRAINING, "score_last": 2}},
        {"training": {**TRAINING, "device": "cpu"}},
        {"question": "Quite another question?", "decision": {"smallest_effect": 1.0}},
        {"seeds": 5},
        {"run": {"workers": 7}},
    ],
)
def test_what_weights_do_not_depend_on_makes_no_other_model(workshop: Workshop, changes: dict[str, Any]) -> None:
    assert places(changed(workshop, **changes).job(arm(), 1)) == places(workshop.job(arm(), 1))


def test_another_suite_is_scored_anew_and_trains_nothing(workshop: Workshop, tmp_path: Path) -> None:
    first = places(workshop.job(arm(), 1))
    suite = tmp_path / "suite.yaml"
    suite.write_text(suite.read_text().replace("version: 1", "version: 2"))
    second = places(replace(workshop, suite=load_suite(suite)).job(arm(), 1))
    assert first[0] == second[0] and first[1] != second[1]
    with (tmp_path / "heldout.jsonl").open("a") as file:
        file.write('{"id": "new", "text": "one more", "domain": "a"}\n')
    third = places(replace(workshop, suite=load_suite(suite)).job(arm(), 1))
    assert third[0] == first[0] and third[1] not in (first[1], second[1])


def test_rows_are_those_of_the_draw_and_are_written_anew(workshop: Workshop) -> None:
    job = workshop.job(arm(), 1)
    rows = np.load(job.run.rows)
    assert len(rows) == -(-4097 // 30) and len(set(rows.tolist())) == len(rows)
    job.run.rows.write_bytes(b"flipped")
    assert np.array_equal(np.load(workshop.job(arm(), 1).run.rows), rows)


def test_one_epoch_trains_on_what_there_is(workshop: Workshop) -> None:
    shop = changed(workshop, budget={"tokens": "1M", "regime": "one_epoch"})
    assert shop.budget(arm(), 1) == 400 * 30 - 1
    assert shop.job(arm(), 1).run.tokens == 46 * 256  # whole steps of 11,999 tokens
    assert shop.job(arm(share=0.5), 1).run.tokens == 23 * 256
    with pytest.raises(RecipeError, match="`few`: a budget of 299 tokens gives 1 steps of 256, fewer than the 2"):
        shop.job(arm("few", share=0.025), 1)


def test_missing_jobs(workshop: Workshop) -> None:
    jobs = [workshop.job(arm(), seed) for seed in (1, 2, 1, 3)]
    assert missing_jobs(jobs) == [0, 1, 3]  # a job that is wanted twice is done once
    for job in jobs:
        for folder in (job.run.folder, job.scores):
            begin(folder, {})
            (folder / "content").write_text("whole")
            seal(folder, {})
    assert missing_jobs(jobs) == []
    (jobs[1].run.folder / "content").write_text("whale")
    (jobs[3].scores / "content").unlink()
    assert missing_jobs(jobs) == [1, 3]
    for path in sorted(jobs[1].run.folder.iterdir()):
        path.unlink()
    jobs[1].run.folder.rmdir()
    assert missing_jobs(jobs) == [3]  # a model that was removed is not missed
