"""The lists of stop words."""

from florilegium.signals.stop_words import stop_words


def test_english_is_the_eight_of_the_gopher_paper() -> None:
    assert stop_words()["en"] == {"the", "be", "to", "of", "and", "that", "have", "with"}


def test_other_languages_have_enough_words_to_find_two() -> None:
    for language, words in stop_words().items():
        assert language == "en" or 12 <= len(words) <= 40, language
        assert all(word == word.lower() and not set(word) & set("'’-.,") for word in words), language


def test_norwegian_is_a_language_and_not_a_truth_value() -> None:
    assert "ikke" in stop_words()["no"]
