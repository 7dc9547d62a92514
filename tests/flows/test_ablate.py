"""A tiny question through the real command: its verdict, what is trained and what is not, stops, and wrong words."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from tests.ablation.asking import MODEL, TRAINING, write_question, write_yaml
from tests.flows.conftest import Command, contents

pytestmark = pytest.mark.slow
RARE = [{"add": {"sample": {"keep": 0.5, "seed": 7}}, "to": "decide"}]

number, text, names = (
    {"type": "number"},
    {"type": "string", "minLength": 1},
    {"type": "array", "items": {"type": "string"}},
)


def mapping(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


ARM = mapping(
    name=text, about={"type": "string"}, retention=number, tokens_available=number, documents=number, repeats=number,
    score=number, by_seed={"type": "array", "items": number, "minItems": 2, "maxItems": 2}, effect=number,
    interval={"type": "array", "items": number, "minItems": 2, "maxItems": 2}, p=number, p_holm=number,
    degrees_of_freedom=number, minimum_detectable_effect=number, verdict={"enum": ["keep", "drop", "undecided"]},
    why=text, versus_random_drop={"anyOf": [{"type": "null"}, mapping(arm=text, effect=number, p=number)]},
    slices={"type": "array", "items": mapping(slice=text, value=text, effect=number), "minItems": 2}, loses=names,
    settle=mapping(text=text),
)  # fmt: skip
VERDICT = mapping(
    version={"const": 1}, name={"const": "tiny"}, question=text, hypothesis=text, regime={"const": "equal_tokens"},
    measure=mapping(name={"const": "bits_per_byte"}, unit=text, higher_is_better={"const": False}, tasks={"const": ["held"]}),
    alpha={"const": 0.05}, smallest_effect={"const": 0.01}, seeds={"const": [1, 2]}, tokens={"const": 4096},
    parameters={"const": 7792}, looks={"type": "array", "minItems": 1},
    baseline=mapping(name={"const": "baseline"}, score=number, documents={"const": 160}),
    noise_floor=mapping(seed_deviation=number, aa=mapping(arms={"const": ["random_words", "random_words_again"]}, p=number)),
    arms={"type": "array", "items": ARM, "minItems": 1, "maxItems": 1},
    controls={"type": "array", "minItems": 1}, shown_only={"type": "array"},
    audit={"type": "array", "items": mapping(task=text, measure=text, votes={"type": "boolean"}), "minItems": 1},
    contamination=mapping(checked={"const": True}, items={"const": 12}, contaminated={"const": 0}),
    warnings=names,
)  # fmt: skip


@pytest.fixture(scope="session")
def answered(florilegium: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the question, answered with two workers. Nothing in it may be changed."""
    folder = tmp_path_factory.mktemp("ablate")
    write_question(folder)
    florilegium("ablate", "tiny.yaml", "--workers", 2, folder=folder)
    return folder


@pytest.fixture
def again(answered: Path, tmp_path: Path) -> Path:
    """A copy of the answered question that may be changed."""
    return Path(shutil.copytree(answered, tmp_path / "again"))


def verdict(folder: Path, name: str = "tiny") -> bytes:
    return (folder / "runs" / f"ablate-{name}" / "verdict.json").read_bytes()


def artefacts(folder: Path) -> dict[str, bytes]:
    """Give what lies in the store, without the seals of models, in which the seconds stand."""
    found = contents(folder / "runs" / "_ablation", leave_out=[".lock"])
    return {name: content for name, content in found.items() if not re.match(r"model-.*\.done", name)}


def test_answer_is_whole(answered: Path) -> None:
    found = json.loads(verdict(answered))
    jsonschema.validate(found, VERDICT)
    assert str(answered) not in verdict(answered).decode() and verdict(answered).decode().isascii()
    run = answered / "runs" / "ablate-tiny"
    curves = pl.read_parquet(run / "curves.parquet")
    assert set(curves["arm"]) == {"baseline", "words", "random_words", "random_words_again"}
    assert set(curves["seed"]) == {1, 2} and set(curves["tokens"]) == {2048, 4096}
    last = curves.filter(arm="words", tokens=4096, slice="", task="held")["value"].mean()
    assert found["arms"][0]["score"] == pytest.approx(last, rel=1e-5)
    assert found["arms"][0]["documents"] == 60  # of 80 good documents, those of 50 words and more
    assert "<html" in (run / "report.html").read_text()
    kept = next((answered / "ablations").glob("*-tiny"))
    assert (kept / "verdict.json").read_bytes() == verdict(answered)
    assert (kept / "question.yaml").read_bytes() == (answered / "tiny.yaml").read_bytes()
    assert "`words`" in (answered / "ablations" / "LOG.md").read_text()


def test_asked_again_nothing_is_trained(florilegium: Command, again: Path) -> None:
    before, stamps = artefacts(again), {p: p.stat().st_mtime_ns for p in (again / "runs" / "_ablation").glob("*/**/*")}
    said = florilegium("ablate", "tiny.yaml", folder=again).stdout
    assert "train: 8 of 8 models are there already" in said
    assert artefacts(again) == before and {p: p.stat().st_mtime_ns for p in stamps} == stamps
    assert verdict(again) == json_of_archive(again) and len(list((again / "ablations").glob("*-tiny*"))) == 1


def json_of_archive(folder: Path) -> bytes:
    return next((folder / "ablations").glob("*-tiny/verdict.json")).read_bytes()


def test_dry_run_trains_nothing_and_one_worker_gives_the_same_verdict(
    florilegium: Command, answered: Path, tmp_path: Path
) -> None:
    write_question(tmp_path)
    said = florilegium("ablate", "tiny.yaml", "--dry-run", folder=tmp_path).stdout
    assert "8 of 8 runs to train" in said and not list(tmp_path.glob("runs/_ablation/model-*"))
    assert not (tmp_path / "ablations").exists() and not list(tmp_path.glob("runs/ablate-tiny/verdict*"))
    florilegium("ablate", "tiny.yaml", "--workers", 1, folder=tmp_path)
    assert verdict(tmp_path) == verdict(answered)
    assert artefacts(tmp_path) == artefacts(answered)
    said = florilegium("ablate", "tiny.yaml", "--dry-run", folder=tmp_path).stdout
    assert "0 of 8 runs to train (8 cached)" in said


def test_dry_run_counts_the_runs_of_the_check(florilegium: Command, tmp_path: Path) -> None:
    write_question(tmp_path, check="learning_rate")
    said = florilegium("ablate", "tiny.yaml", "--dry-run", folder=tmp_path).stdout
    assert "12 of 12 runs to train" in said  # four arms and, at the other rate, baseline and arm; two seeds


def test_one_epoch_is_answered_though_arms_take_other_numbers_of_steps(florilegium: Command, tmp_path: Path) -> None:
    write_question(tmp_path, budget={"tokens": "1M", "regime": "one_epoch"})
    florilegium("ablate", "tiny.yaml", folder=tmp_path)
    told = json.loads(verdict(tmp_path))
    assert told["arms"][0]["tokens_available"] < told["baseline"]["tokens_available"] and told["audit"][0]["votes"]


def test_another_question_over_the_same_base_trains_only_what_is_new(florilegium: Command, again: Path) -> None:
    patch = [{"add": {"rules": ["gopher_quality"]}, "to": "decide"}]
    arms = [{"name": "rare", "patch": RARE}, {"name": "words", "patch": patch}]
    write_question(again, name="other", arms=arms, controls={"random_drop": ["words"], "aa": "words"})
    said = florilegium("ablate", "other.yaml", folder=again).stdout
    assert "train: 8 of 10 models are there already" in said
    assert [arm["name"] for arm in json.loads(verdict(again, "other"))["arms"]] == ["rare", "words"]
    listed = florilegium("ablations", folder=again)
    assert "other" in listed.stdout and "tiny" in listed.stdout


def test_whatever_is_damaged_is_made_again(florilegium: Command, answered: Path, again: Path) -> None:
    store, whole = again / "runs" / "_ablation", artefacts(answered)
    damaged = [
        next(store.glob("tokenizer-*/tokenizer.json")),
        next(store.glob("tokens-*/00001.tokens.npy")),
        sorted(store.glob("model-*/checkpoint-000008/model.safetensors"))[0],
        sorted(store.glob("model-*/checkpoint-000016/tokenizer.json"))[1],
        sorted(store.glob("scores-*/scores.parquet"))[2],
        next((again / "runs" / "ablate-tiny" / "draws").glob("*.npy")),
    ]
    for place, path in enumerate(damaged):
        content = path.read_bytes()
        at = len(content) * 2 // 3
        flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        path.write_bytes(content[:at] if place in (1, 3) else flipped)  # cut, or one bit of it
    (store / "notes.txt").write_text("mine")
    (next(store.glob("tokens-*")) / "extra.npy").write_bytes(b"mine")
    (next((again / "runs" / "pool").glob("measured-*")) / "extra.parquet").write_bytes(b"mine")
    said = florilegium("ablate", "tiny.yaml", folder=again).stdout
    assert re.search("train: [56] of 8 models are there already", said)
    made = artefacts(again)
    assert {name: made.get(name) for name in whole} == whole and set(made) - set(whole) <= {
        "notes.txt", *(name for name in made if name.endswith("extra.npy"))
    }  # fmt: skip
    assert verdict(again) == verdict(answered)


def test_a_checkpoint_is_scored_alike_by_the_benchmark_command(florilegium: Command, answered: Path) -> None:
    """Nothing has to be said of what stands before a text: the tokenizer of a checkpoint knows."""
    store = answered / "runs" / "_ablation"
    for scores in sorted(store.glob("scores-*"))[:2]:
        model = json.loads((scores / "identity.json").read_text())["model"]
        folder = next(p.parent for p in store.glob("model-*/identity.json") if json.loads(p.read_text()) == model)
        said = florilegium("benchmark", folder / "checkpoint-000016", "suite.yaml", "--json", folder=answered).stdout
        whole = next(row for row in json.loads(said)["scores"] if not row["slice"])
        kept = pl.read_parquet(scores / "scores.parquet").filter(step=16)
        texts = pl.read_ndjson(answered / "heldout.jsonl").select(
            item="id", domain="domain", size=pl.col("text").str.len_bytes()
        )
        joined = kept.join(texts, on="item")
        by_domain = joined.group_by("domain").agg(pl.col("value").dot(pl.col("size")) / pl.col("size").sum())
        assert whole["measure"] == "bits_per_byte" and whole["score"] == pytest.approx(
            by_domain["value"].mean(), rel=1e-6
        )


def change(**changes: Any) -> Callable[[Path], object]:
    return lambda folder: write_question(folder, **changes)


def unset(folder: Path) -> None:
    write_question(folder, benchmark="unset.yaml")
    task = {"name": "held", "version": 1, "form": "text", "data": "${NO_SUCH_PLACE}/heldout.jsonl"}
    write_yaml(folder / "unset.yaml", {"tasks": [task], "decides": {"tasks": ["held"], "measure": "bits_per_byte"}})


NOTHING = [
    {"add": {"rules": [{"id": "none", "signal": "gopher.words", "at_least": 10**9, "source": "ours"}]}, "to": "decide"}
]


@pytest.mark.parametrize(
    ("arguments", "prepare", "wanted"),
    [
        (["missing.yaml"], None, "missing.yaml: no such file. Give the path of a question, or one of: "),
        (["demmo"], None, "no shipped question is called `demmo`; did you mean `demo`?"),
        (["tiny.yaml"], unset, "NO_SUCH_PLACE"),
        (["tiny.yaml"], change(budget={"tokens": 1000}, training={**TRAINING, "checkpoints": 9}), "fewer than the 9 checkpoints"),
        (["tiny.yaml"], change(model={**MODEL, "vocabulary": 9000}), "lower `model.vocabulary`"),
        (["tiny.yaml"], change(arms=[{"name": "none", "patch": NOTHING}], controls={}), "`none` keeps no document of the pool"),
        (["tiny.yaml"], change(budget={"tokens": 4096, "regime": "one_epoch"}, training={**TRAINING, "batch": 2048, "checkpoints": 2},
            arms=[{"name": "few", "patch": [{"add": {"sample": {"keep": 0.03, "seed": 1}}, "to": "decide"}]}], controls={}),
         "`few`: a budget of "),
        (["tiny.yaml"], change(training={**TRAINING, "learning_rate": 1.0, "device": "cuda"}), "torch sees no GPU"),
    ],
)  # fmt: skip
def test_wrong_words_are_answered_in_one_line(
    florilegium: Command, again: Path, arguments: list[str], prepare: Callable[[Path], object] | None, wanted: str
) -> None:
    if prepare is not None:
        prepare(again)
    done = florilegium("ablate", *arguments, folder=again, code=2)
    said = done.stderr.strip().splitlines()
    mistakes = said[0].endswith("in the question:") if said else False
    assert wanted in done.stderr and "Traceback" not in done.stderr
    assert len(said) == (2 if mistakes else 1)


def test_two_questions_do_not_train_into_one_store(florilegium: Command, again: Path) -> None:
    import fcntl

    with (again / "runs" / "_ablation" / ".lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": os.uname().nodename}))
        file.flush()
        said = florilegium("ablate", "tiny.yaml", folder=again, code=2).stderr
    assert f"pid {os.getpid()} on " in said and len(said.splitlines()) == 1


def test_interrupt_is_answered_and_the_same_command_goes_on(
    florilegium: Command, answered: Path, cache: Path, tmp_path: Path
) -> None:
    write_question(tmp_path)
    shutil.copytree(answered / "runs" / "pool", tmp_path / "runs" / "pool")
    process = subprocess.Popen(
        [sys.executable, "-m", "florilegium.pipelines.cli", "ablate", "tiny.yaml"],
        cwd=tmp_path,
        env=os.environ | {"FLORILEGIUM_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 100
    while not list(tmp_path.glob("runs/_ablation/model-*/identity.json")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and time.monotonic() - asked < 60
    assert said == "florilegium: stopped; the same command again goes on from the finished tasks\n"
    assert not (tmp_path / "runs" / "ablate-tiny" / "verdict.json").exists()
    florilegium("ablate", "tiny.yaml", folder=tmp_path)
    assert verdict(tmp_path) == verdict(answered)
