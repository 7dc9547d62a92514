"""Words that line ends broke: one literal case for each kind of evidence, in five languages."""

import pytest

from florilegium.sources.library.hyphens import Broken, count_forms, decide, forms

#: First half, second half, what the file says, language, what the volume holds, the text, the rule.
CASES = [
    # what the file says
    ("Bei-", "spiel", "Beispiel", "de", {}, "Beispiel", "marked"),
    ("(Bei-", "spiel),", "Beispiel", "de", {}, "(Beispiel),", "marked"),
    ("Bei", "spiel,", "Beispiel", "de", {}, "Beispiel,", "marked"),
    ("Zuk-", "ker", "Zucker", "de", {}, "Zucker", "marked"),
    ("con\u00ad", "tinue.", None, "en", {}, "continue.", "marked"),
    ("Vor¬", "rede", None, "de", {}, "Vorrede", "marked"),
    ("Reichs¬", "Tag", None, "de", {}, "ReichsTag", "marked"),  # no one prints this sign within a word
    ("glau", "ben", "", "de", {}, "glauben", "marked"),  # `lb break="no"`: no hyphen, so it means what it says
    ("exam-", "ple", "", "en", {}, "example", "letters"),
    ("U-", "Boot", "", "de", {}, "U-Boot", "letters"),
    ("exam-", "ple", "unlike", "en", {}, "example", "letters"),  # the word of another line
    # what the volume writes elsewhere
    ("well-", "known", None, None, {"well-known": 2}, "well-known", "volume"),
    ("to-", "day", None, "en", {"today": 1, "to-day": 4}, "to-day", "volume"),
    ("to-", "day", None, "en", {"today": 4, "to-day": 1}, "today", "volume"),
    ("to-", "day", None, "en", {"today": 1, "to-day": 1}, "today", "letters"),
    ("Zuk-", "kers", None, None, {"zuckers": 1}, "Zuckers", "volume"),
    ("Haus⸗", "Vater", None, "de", {"haus-vater": 2}, "Haus⸗Vater", "volume"),
    ("Haus⸗", "vater", None, "de", {"hausvater": 2}, "Hausvater", "volume"),
    ("peut-", "être", None, "fr", {"peut-être": 3}, "peut-être", "volume"),
    # letters: German
    ("Bei-", "spiel", None, "deu", {}, "Beispiel", "letters"),
    ("Wiſſen⸗", "ſchaft", None, "ger", {}, "Wiſſenſchaft", "letters"),
    ("Wiſſen=", "ſchaft", None, "ger", {}, "Wiſſenſchaft", "letters"),
    ("Zuk-", "ker", None, "de", {}, "Zucker", "letters"),
    ("Ak-", "kord", None, "de", {}, "Akkord", "letters"),
    ("U-", "Boot", None, "de", {}, "U-Boot", "letters"),
    ("Müller-", "Lüdenscheidt", None, "de", {}, "Müller-Lüdenscheidt", "letters"),
    ("Ein-", "und", None, "de", {}, "Ein- und", "letters"),
    ("20-", "jährig", None, "de", {}, "20-jährig", "letters"),
    ("1914-", "18", None, "de", {}, "1914-18", "letters"),
    ("BEI-", "SPIEL", None, "de", {}, "BEISPIEL", "letters"),
    # English
    ("twenty-", "five", None, "en", {}, "twenty-five", "letters"),
    ("self-", "interest", None, "en", {}, "self-interest", "letters"),
    ("self-", "ish", None, "en", {}, "selfish", "letters"),
    ("mother-in-", "law", None, "en", {}, "mother-in-law", "letters"),
    ("Duke-", "y", None, "en", {}, "Duke-y", "letters"),  # no printer breaks one letter off
    ("some-", "thing", None, None, {}, "something", "letters"),
    ("said", "no", "", "en", {}, "saidno", "marked"),
    ("Jones-", "Smith", None, "en", {}, "Jones-Smith", "letters"),
    # French
    ("pen-", "dant", None, "fr", {}, "pendant", "letters"),
    ("dit-", "il", None, "fr", {}, "dit-il", "letters"),
    ("celui-", "ci,", None, "fra", {}, "celui-ci,", "letters"),
    ("mer-", "ci,", None, "fra", {}, "merci,", "letters"),
    ("lui-", "même", None, "fr", {}, "lui-même", "letters"),
    # Latin
    ("ho-", "minibus", None, "lat", {}, "hominibus", "letters"),
    ("PONTI-", "FEX", None, "la", {}, "PONTIFEX", "letters"),
    # Dutch
    ("Amster-", "damsche", None, "nl", {}, "Amsterdamsche", "letters"),
    ("in-", "en", None, "dut", {}, "in- en", "letters"),
    # no word at all
    ("see-", "(below)", None, "en", {}, "see- (below)", "letters"),
]


@pytest.mark.parametrize(("first", "second", "whole", "language", "volume", "text", "rule"), CASES)
def test_case(
    first: str, second: str, whole: str | None, language: str | None, volume: dict[str, int], text: str, rule: str
) -> None:
    verdict = decide(Broken(first, second, whole, language), volume)
    assert verdict.before + verdict.between + verdict.after == text
    assert verdict.rule == f"hyphen.{rule}"
    assert verdict.joined == (not any(sign in text for sign in "-⸗= "))


def test_forms_of_the_volume_are_counted_folded_and_without_punctuation() -> None:
    joined, hyphenated, _ = forms(Broken("„Wiſſen⸗", "ſchaft.“", None))
    texts = ["Die Wiſſenſchaft, die\nWissenschaft!", "WISSENSCHAFT Wissen⸗schaft Wissenschaftler"]
    assert count_forms(texts, {joined, hyphenated}) == {"wissenschaft": 3, "wissen-schaft": 1}
