"""What the planted texts claim to be, recomputed by plain functions that share no code with the generator."""

import ipaddress
from itertools import combinations, pairwise

import pytest

from florilegium.sample.truth import Planted, SampleTruth

POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")


def words(text: str) -> list[str]:
    spaced = "".join(character if character.isalnum() or character == "_" else " " for character in text.lower())
    return spaced.split()


def five_grams(text: str) -> set[str]:
    all_words = words(text)
    return {" ".join(all_words[start : start + 5]) for start in range(len(all_words) - 4)}


def plain_distance(one: str, other: str) -> int:
    previous = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            best = (
                previous[column - 1] if left == right else 1 + min(previous[column - 1], previous[column], current[-1])
            )
            current.append(best)
        previous = current
    return previous[-1]


def of_kind(truth: SampleTruth, *kinds: str) -> list[Planted]:
    return [planted for planted in truth.planted if planted.kind in kinds]


def test_recorded_likeness_is_exact_and_in_its_band(truth: SampleTruth) -> None:
    texts = {planted.id: planted.text for planted in truth.planted}
    for planted in of_kind(truth, "near_duplicate", "exact_duplicate"):
        one, other = five_grams(planted.text), five_grams(texts[str(planted.detail["original"])])
        assert planted.detail["jaccard"] == len(one & other) / len(one | other)
        if planted.kind == "near_duplicate":
            low, high = (float(edge) for edge in planted.variant.split("-"))
            assert low <= len(one & other) / len(one | other) < high
            assert planted.expect == ("drop" if low >= 0.8 else "either")
        else:
            assert planted.text == texts[str(planted.detail["original"])]


def test_no_original_is_copied_twice(truth: SampleTruth) -> None:
    originals = [planted.detail["original"] for planted in truth.planted if "original" in planted.detail]
    good = {planted.id for planted in of_kind(truth, "good")}
    assert len(originals) == len(set(originals)) == 42
    assert good.issuperset(str(original) for original in originals)


def test_recorded_error_rates_are_exact_and_near_their_level(truth: SampleTruth) -> None:
    noisy = of_kind(truth, "ocr_noise")
    for planted in noisy:
        rate, measured = float(planted.variant), planted.detail["cer"]
        assert isinstance(measured, float)
        assert abs(measured - rate) <= 0.1 * rate + 0.002
    for planted in sorted(noisy, key=lambda planted: len(planted.text))[:4]:
        clean = str(planted.detail["clean"])
        assert planted.detail["cer"] == plain_distance(planted.text, clean) / len(clean)


def test_good_texts_are_distinct(truth: SampleTruth) -> None:
    kinds = ("good", "same_url", "pii", "charset", "ocr_noise")
    grams = [five_grams(str(planted.detail.get("clean", planted.text))) for planted in of_kind(truth, *kinds)]
    assert max(len(one & other) / len(one | other) for one, other in combinations(grams, 2)) < 0.3


def test_no_paragraph_of_a_good_text_stands_elsewhere(truth: SampleTruth) -> None:
    paragraphs = [line for planted in of_kind(truth, "good", "pii", "charset") for line in planted.text.split("\n")]
    assert len(paragraphs) == len(set(paragraphs))


@pytest.mark.parametrize("kind", ["good", "same_url", "pii", "charset"])
def test_good_texts_keep_the_published_rules(truth: SampleTruth, kind: str) -> None:
    for planted in of_kind(truth, kind):
        tokens = planted.text.split()
        lowered = planted.text.lower()
        assert 120 <= len(tokens) <= 600
        assert 3 <= sum(map(len, tokens)) / len(tokens) <= 10
        assert planted.text.count(". ") >= 5
        assert len({"the", "be", "to", "of", "and", "that", "have", "with"} & set(words(planted.text))) >= 2
        assert not any(phrase in lowered for phrase in (*POLICY, "javascript", "lorem ipsum", "{", "}", "..."))
        for line in planted.text.split("\n"):
            assert len(line) > 30
            assert line.endswith((".", "?", "!"))


def test_planted_strings_stand_in_the_text_and_are_what_they_say(truth: SampleTruth) -> None:
    for planted in of_kind(truth, "pii"):
        strings = planted.detail["strings"]
        assert isinstance(strings, dict)
        assert all(string in planted.text for sort in strings for string in strings[sort])
        assert all(ipaddress.ip_address(string).is_global for string in strings["public_ip"])
        assert not any(ipaddress.ip_address(string).is_global for string in strings["private_ip"])
        assert all(string.count("@") == 1 and string.endswith(".example") for string in strings["email"])
        assert strings["email"] or strings["public_ip"]
        assert strings["private_ip"] or strings["version"]


def test_spam_repeats_itself_and_boilerplate_says_little(truth: SampleTruth) -> None:
    for planted in of_kind(truth, "spam_repetition"):
        all_words = words(planted.text)
        pairs = list(pairwise(all_words))
        assert len(set(pairs)) < 0.5 * len(pairs)
    for planted in of_kind(truth, "boilerplate"):
        useful = [line for line in planted.text.split("\n") if not any(phrase in line.lower() for phrase in POLICY)]
        assert len(words(" ".join(useful))) < 50


def test_languages_are_spread_over_both_sources(truth: SampleTruth) -> None:
    foreign = of_kind(truth, "other_language")
    assert {planted.detail["language"] for planted in foreign} == {"de", "es", "fr", "it", "la", "nl"}
    for planted in foreign:
        assert len(words(planted.text)) >= 100
