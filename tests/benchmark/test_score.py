import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from florilegium.benchmark.encode import encode
from florilegium.benchmark.items import Item, Request, read_items
from florilegium.benchmark.score import item_values, score, score_folder
from florilegium.benchmark.scores import FORMS, SCORES_SCHEMA
from florilegium.benchmark.suite import load_suite
from florilegium.errors import RecipeError

from .conftest import ITEMS, TEXTS


def text_item(text: str) -> Item:
    return Item("text", "text", "long", (Request("", text, text),), 0, float(len(text.encode())), "long", {})


def values(table: pa.Table) -> dict[tuple[str, str, str], float]:
    rows = table.select(["task", "item", "measure", "value"]).to_pylist()
    return {(row["task"], row["item"], row["measure"]): row["value"] for row in rows}


@pytest.fixture(scope="module")
def scored(model_folder: Path, suite_file: Path) -> dict[tuple[str, str, str], float]:
    table = score_folder(model_folder, load_suite(suite_file), device="cpu")
    assert table.schema == SCORES_SCHEMA
    return values(table)


@pytest.fixture(scope="module")
def harness(model_folder: Path) -> Any:
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=str(model_folder), device="cpu", dtype="float32", batch_size=4)


def ask(harness: Any, kind: str, *arguments: tuple[str, ...]) -> list[Any]:
    from lm_eval.api.instance import Instance

    requests = [Instance(kind, {}, given, at) for at, given in enumerate(arguments)]
    answers: list[Any] = getattr(harness, kind)(requests, disable_tqdm=True)
    return answers


def test_pairs_agree_with_the_harness(scored: Any, harness: Any) -> None:
    for row in ITEMS["pair"][:2]:
        (good, _), (bad, _) = ask(harness, "loglikelihood", ("", row["good"]), ("", row["bad"]))
        assert scored["pair", row["id"], "margin"] == pytest.approx((good - bad) / math.log(2), abs=1e-4)
        assert scored["pair", row["id"], "accuracy"] == float(good > bad)
    assert scored["pair", "p3", "accuracy"] == 0.5 and scored["pair", "p3", "margin"] == 0


def test_choices_agree_with_the_harness(scored: Any, harness: Any) -> None:
    for row in ITEMS["choice"]:
        found = ask(harness, "loglikelihood", *((row["query"], f" {choice}") for choice in row["choices"]))
        sums = np.array([answer for answer, _ in found])
        lengths = np.array([len(choice.encode()) for choice in row["choices"]])
        characters = np.array([len(choice) for choice in row["choices"]])
        gold = row["gold"]
        assert scored["choice", row["id"], "accuracy"] == float(sums.argmax() == gold)
        assert scored["choice", row["id"], "accuracy_norm"] == float((sums / lengths).argmax() == gold)
        shares = np.exp(sums / characters)
        assert scored["choice", row["id"], "probability"] == pytest.approx(shares[gold], abs=1e-4)
        assert scored["choice", row["id"], "probability_norm"] == pytest.approx(shares[gold] / shares.sum(), abs=1e-4)


def test_the_same_continuation_after_two_contexts_agrees_with_the_harness(scored: Any, harness: Any) -> None:
    (row,) = ITEMS["context_choice"]
    found = ask(harness, "loglikelihood", *((context, f" {row['continuation']}") for context in row["contexts"]))
    sums = np.array([answer for answer, _ in found])
    assert scored["context_choice", "w1", "accuracy"] == float(sums.argmax() == 0)
    probability = np.exp(sums[0] / len(row["continuation"]))
    assert scored["context_choice", "w1", "probability"] == pytest.approx(probability, abs=1e-4)


def test_the_last_word_agrees_with_the_harness(scored: Any, harness: Any) -> None:
    (row,) = ITEMS["last_word"]
    ((log, greedy),) = ask(harness, "loglikelihood", (row["context"], f" {row['target']}"))
    per_character = log / math.log(2) / len(row["target"])
    assert scored["last_word", "l1", "log_probability"] == pytest.approx(per_character, abs=1e-4)
    assert scored["last_word", "l1", "accuracy"] == float(greedy)


def test_bits_per_byte_agree_with_the_harness_within_one_context(scored: Any, harness: Any) -> None:
    """Beyond one context the harness reads disjoint windows, ours overlap: only short texts can be compared."""
    for at, text in enumerate(TEXTS):
        (log,) = ask(harness, "loglikelihood_rolling", (text,))
        assert scored["text", f"t{at}", "bits_per_byte"] == pytest.approx(
            -log / math.log(2) / len(text.encode()), abs=1e-4
        )


def test_a_word_that_greedy_decoding_gives_is_right(model: Any, tokenizer: Any) -> None:
    import torch

    context = "It goes where the moon"
    ids = [0, *tokenizer.encode(context).ids]
    with torch.inference_mode():
        best = int(model(torch.tensor([ids])).logits[0, -1].argmax())
    for target, right in ((best, 1.0), ((best + 1) % 320 or 1, 0.0)):
        item = Item("w", "last_word", "1", (Request(context, "x", "x"),), 0, 1.0, "1", {})
        encoded = encode([item], tokenizer, 64, 0)
        encoded.ids[-1] = target
        assert values(score(model, encoded))["w", "1", "accuracy"] == right


@pytest.mark.parametrize(("stride", "behind"), [(0.5, 8), (0.75, 4), (1.0, 0), (0.01, 15)])
def test_windows_predict_each_token_once_with_the_rest_of_a_context_behind_it(
    tokenizer: Any, stride: float, behind: int
) -> None:
    text = " ".join(TEXTS * 3)
    ids = [0, *tokenizer.encode(text).ids]
    encoded = encode([replace(text_item(text), stride=stride)], tokenizer, 16, 0)
    predicted: list[int] = []
    for window, scored in enumerate(encoded.scored):
        held = encoded.ids[encoded.starts[window] : encoded.starts[window + 1]].tolist()
        assert len(held) <= 17 and (window == 0 or len(held) - scored - 1 >= behind)
        end = 1 + len(predicted) + int(scored)
        assert held == ids[end - len(held) : end]
        predicted += held[len(held) - scored :]
    assert predicted == ids[1:] and encoded.tokens.tolist() == [len(ids) - 1]
    assert encoded.scored[1:].max() == 16 - behind


def test_long_texts_agree_with_a_plain_reading_window_by_window(model: Any, tokenizer: Any) -> None:
    import torch

    text = " ".join(TEXTS)
    ids = [0, *tokenizer.encode(text).ids]
    assert len(ids) > 2 * 64
    bits, done = 0.0, 1
    while done < len(ids):
        end = min(65 if done == 1 else done + 48, len(ids))
        window = ids[max(0, end - 65) : end]
        with torch.inference_mode():
            logs = model(torch.tensor([window[:-1]])).logits[0].double().log_softmax(-1)
        bits -= sum(
            float(logs[at - 1, window[at]]) for at in range(len(window) - (end - done), len(window))
        ) / math.log(2)
        done = end
    found = values(score(model, encode([text_item(text)], tokenizer, 64, 0)))["text", "long", "bits_per_byte"]
    assert found == pytest.approx(bits / len(text.encode()), abs=1e-5)


def test_a_context_too_long_is_cut_on_the_left(model: Any, tokenizer: Any) -> None:
    long = " ".join(TEXTS * 2)
    kept = tokenizer.decode(tokenizer.encode(long).ids[-40:])
    requests = [(Request(context, " mint", "mint"),) for context in (long, kept)]
    items = [Item("w", "last_word", str(at), pair, 0, 1.0, "", {}) for at, pair in enumerate(requests)]
    encoded = encode(items, tokenizer, 24, 0)
    assert encoded.truncated == 2
    found = values(score(model, encoded))
    assert found["w", "0", "log_probability"] == pytest.approx(found["w", "1", "log_probability"], abs=1e-5)


def test_batches_change_nothing(model: Any, tokenizer: Any, suite_file: Path) -> None:
    encoded = encode([*read_items(load_suite(suite_file)), text_item(" ".join(TEXTS))], tokenizer, 64, 0)
    reference = score(model, encoded)["value"].to_numpy()
    assert (score(model, encoded)["value"].to_numpy() == reference).all()
    for tokens in (1, 100, 1000):
        assert np.allclose(score(model, encoded, batch_tokens=tokens)["value"].to_numpy(), reference, rtol=0, atol=1e-5)


def test_progress_steps_and_every_measure(model: Any, tokenizer: Any, suite_file: Path) -> None:
    calls: list[tuple[int, int]] = []
    items = read_items(load_suite(suite_file))
    encoded = encode(items, tokenizer, 64, 0)
    model.train()
    table = score(model, encoded, step=5, tokens=80, batch_tokens=64, progress=lambda *call: calls.append(call))
    assert model.training
    model.eval()
    assert calls[-1][0] == calls[-1][1] == int(encoded.lengths.sum()) and len(calls) > 3
    assert set(table["step"].to_pylist()) == {5} and set(table["tokens"].to_pylist()) == {80}
    counted = pl.DataFrame(pl.from_arrow(table)).group_by("task", "measure").len().rows()
    assert set(counted) == {(form, measure, len(ITEMS[form])) for form in FORMS for measure in FORMS[form]}


def test_a_model_that_does_more_than_its_head_is_scored_as_a_whole(tokenizer: Any) -> None:
    """Cohere multiplies its logits by a scale behind the head."""
    import torch
    from transformers import CohereConfig, CohereForCausalLM

    torch.manual_seed(3)
    config = CohereConfig(
        vocab_size=320, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.3, logit_scale=0.25, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    scaled = CohereForCausalLM(config).eval()
    ids = torch.tensor([[0, *tokenizer.encode(TEXTS[0]).ids]])
    with torch.inference_mode():
        logs = scaled(ids[:, :-1]).logits[0].double().log_softmax(-1)
    bits = -float(logs.gather(1, ids[0, 1:, None]).sum()) / math.log(2)
    found = values(score(scaled, encode([text_item(TEXTS[0])], tokenizer, 64, 0)))["text", "long", "bits_per_byte"]
    assert found == pytest.approx(bits / len(TEXTS[0].encode()), abs=1e-5)


def test_answers_that_share_the_first_place_share_the_point() -> None:
    requests = tuple(Request("q", f" {answer}", answer) for answer in ("a", "a", "b"))
    item = Item("t", "choice", "1", requests, 0, 1.0, "1", {})
    assert item_values(item, np.array([-1.0, -1.0, -2.0]), False)["accuracy"] == 0.5
    assert item_values(item, np.array([-3.0, -3.0, -2.0]), False)["accuracy"] == 0


def test_what_cannot_be_scored_is_said(
    tmp_path: Path, model_folder: Path, model: Any, suite_file: Path, tokenizer: Any
) -> None:
    suite = load_suite(suite_file)
    with pytest.raises(RecipeError, match="is no model folder"):
        score_folder(tmp_path, suite)
    (tmp_path / "above").mkdir()
    (tmp_path / "above" / "checkpoint").symlink_to(model_folder)
    with pytest.raises(RecipeError, match="Give .*/above/checkpoint, for example"):
        score_folder(tmp_path / "above", suite)
    with pytest.raises(RecipeError, match="no such folder"):
        score_folder(tmp_path / "nothing", suite)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RecipeError, match="the model cannot be loaded"):
        score_folder(tmp_path, suite)
    with pytest.raises(RecipeError, match="reads at most 64 tokens"):
        score_folder(model_folder, suite, context=65)
    encoded = encode([text_item(TEXTS[0])], tokenizer, 64, 4000)
    with pytest.raises(RecipeError, match="token 4000, the model has embeddings for 320"):
        score(model, encoded)


def test_threads_change_nothing_and_are_given_back(model: Any, tokenizer: Any, suite_file: Path) -> None:
    import torch

    encoded = encode(read_items(load_suite(suite_file)), tokenizer, 64, 0)
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append(score(model, encoded, batch_tokens=64))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert found[0].equals(found[1])


def test_an_interruption_ends_it_at_once_and_leaves_torch_as_it_was(model: Any, tokenizer: Any) -> None:
    import torch

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    encoded = encode([text_item(" ".join(TEXTS * 20))], tokenizer, 64, 0)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(KeyboardInterrupt):
            score(model, encoded, batch_tokens=1, progress=interrupt)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
