"""Stop words by language: what a signal counts; how many are enough is a rule's business."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from florilegium.recipe.tree import parse_tree


@cache
def stop_words() -> dict[str, frozenset[str]]:
    """Give the commonest function words by language (BCP 47), in lower case.

    >>> sorted(stop_words()["en"])
    ['and', 'be', 'have', 'of', 'that', 'the', 'to', 'with']
    """
    text = (files("florilegium.signals") / "stop_words.yaml").read_text(encoding="utf-8")
    values: dict[str, str] = parse_tree(text, "stop_words.yaml", Path()).values
    return {language: frozenset(words.split()) for language, words in values.items()}
