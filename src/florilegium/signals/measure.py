"""Signals of a batch: one pass of the compiled kernels over its UTF-8, then ratios of counts."""

from collections.abc import Container, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from florilegium.anchors import PAGES
from florilegium.signals.catalogue import GROUPS
from florilegium.signals.kernels.batch import COLUMNS, count_batch
from florilegium.signals.kernels.characters import class_table
from florilegium.signals.kernels.fixed import fixed_table
from florilegium.signals.kernels.hashing import table_of
from florilegium.signals.kernels.ocr import COLUMNS as OCR_COLUMNS
from florilegium.signals.kernels.ocr import count_ocr
from florilegium.signals.one_letter_words import ONE_LETTER_WORDS
from florilegium.signals.pages import measure_pages

#: Part and whole of every ratio, by the names of counts.
_RATIOS = {
    "gopher.mean_word_length": ("plain_characters", "plain_words"),
    "gopher.hash_to_words": ("hashes", "words"),
    "gopher.ellipsis_to_words": ("ellipses", "words"),
    "gopher.bullet_lines": ("bullet_lines", "lines"),
    "gopher.ellipsis_lines": ("ellipsis_lines", "lines"),
    "gopher.alphabetic_words": ("alphabetic_words", "words"),
    "repetition.duplicate_lines": ("duplicate_pieces", "pieces"),
    "repetition.duplicate_paragraphs": ("duplicate_paragraphs", "paragraphs"),
    "repetition.duplicate_line_characters": ("duplicate_piece_characters", "characters"),
    "repetition.duplicate_paragraph_characters": ("duplicate_paragraph_characters", "characters"),
    **{f"repetition.top_{n}gram": (f"top_{n}gram_characters", "characters") for n in (2, 3, 4)},
    **{f"repetition.duplicate_{n}gram": (f"duplicate_{n}gram_characters", "characters") for n in range(5, 11)},
    "fineweb.punctuated_lines": ("punctuated_lines", "text_lines"),
    "fineweb.short_lines": ("short_lines", "text_lines"),
    "fineweb.duplicate_line_characters": ("duplicate_line_characters", "visible_characters"),
    "fineweb.newlines_per_word": ("newlines", "words"),
    "ocr.single_letters": ("single_letters", "ocr_words"),
    "ocr.mixed_words": ("mixed_words", "ocr_words"),
    "ocr.odd_words": ("odd_words", "letter_words"),
    "ocr.symbols": ("odd_symbols", "ink"),
    "ocr.hyphen_lines": ("hyphen_lines", "ocr_lines"),
    "ocr.line_length": ("line_characters", "ocr_lines"),
}

_COUNTS = {
    "gopher.words": "plain_words",
    "gopher.stop_words": "stop_words",
    "c4.sentences": "sentences",
    "c4.lorem_ipsum": "lorem_ipsum",
    "c4.curly_brackets": "curly_brackets",
    "c4.javascript_lines": "javascript_lines",
    "c4.policy_lines": "policy_lines",
    "text.bytes": "bytes",
    "text.characters": "characters",
    "text.lines": "lines",
    "text.words": "words",
}


def measure(
    texts: pa.Array,
    languages: pa.Array | None,
    groups: Sequence[str],
    stop_words: Mapping[str, frozenset[str]],
    pages: pa.Array | None = None,
) -> dict[str, pa.Array]:
    """Measure the signals of ``groups``: one array a signal, null where it is not applicable (never 0).

    ``texts`` is a string or large_string array; null texts have no signals. ``languages`` are BCP 47 subtags that
    choose the list of ``stop_words``; None: English for all. ``pages`` are page anchors; None: there are none.
    """
    offsets, data = _buffers(texts)
    codes, starts, keys = _stop_lists(languages, len(texts), stop_words)
    counts = np.zeros((len(texts), len(COLUMNS)), dtype=np.int64)
    count_batch(data, offsets, class_table(), fixed_table(), keys, starts, codes, "gopher_repetition" in groups, counts)
    by_name = {name: counts[:, column] for column, name in enumerate(COLUMNS)}
    by_name["bytes"] = np.diff(offsets)
    # FineWeb counts the characters of a text without its line ends, and nothing where there is no line with text
    by_name["visible_characters"] = np.where(by_name["text_lines"] > 0, by_name["characters"] - by_name["newlines"], 0)
    lists = codes
    if "ocr" in groups:
        lists, found = _ocr_counts(data, offsets, languages)
        by_name |= found
    absent = pc.is_null(texts).to_numpy(zero_copy_only=False)
    unlisted = {"gopher.stop_words": codes < 0, "ocr.single_letters": lists < 0}
    measured: dict[str, pa.Array] = {}
    for group in groups:
        if group == "print":
            measured |= measure_pages(pages if pages is not None else pa.nulls(len(texts), PAGES))
            continue
        for signal in GROUPS[group].signals:
            measured[signal.name] = _signal(signal.name, by_name, absent | unlisted.get(signal.name, False))
    return measured


def _signal(name: str, counts: Mapping[str, npt.NDArray[np.int64]], missing: npt.NDArray[np.bool_]) -> pa.Array:
    if name in _COUNTS:
        return pa.array(np.minimum(counts[_COUNTS[name]], np.iinfo(np.int32).max).astype(np.int32), mask=missing)
    part, whole = (counts[column] for column in _RATIOS[name])
    missing = missing | (whole <= 0) | (part < 0)
    values = part / np.where(missing, 1, whole)
    return pa.array(values.astype(np.float32), mask=missing)


def _buffers(texts: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Give offsets (int64, one more than texts) and bytes of an Arrow string array, without copying the bytes.

    Both are marked read-only, as some buffers of Arrow are and some are not: kernels are compiled for one kind of
    array.
    """
    large = texts.cast(pa.large_string())
    _, places, content = large.buffers()
    offsets = np.frombuffer(places or b"", dtype=np.int64)[large.offset :][: len(large) + 1]
    data = np.frombuffer(content or b"", dtype=np.uint8)
    for array in (offsets, data):
        array.setflags(write=False)
    return offsets, data


def _ocr_counts(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], languages: pa.Array | None
) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[np.int64]]]:
    """Give for each document the number of its list of one-letter words (-1: none), and the counts of the group."""
    lists, known = _list_numbers(languages, len(offsets) - 1, ONE_LETTER_WORDS)
    words = [sorted(map(ord, ONE_LETTER_WORDS[tag])) if tag is not None else [] for tag in known]
    starts = np.concatenate([[0], np.cumsum([len(letters) for letters in words])]).astype(np.int64)
    letters = np.array([letter for one in words for letter in one], dtype=np.int64)
    counts = np.zeros((len(offsets) - 1, len(OCR_COLUMNS)), dtype=np.int64)
    count_ocr(data, offsets, class_table(), letters, starts, lists, counts)
    by_name = {name: counts[:, column] for column, name in enumerate(OCR_COLUMNS)}
    # the few words with spaces around them in a Chinese text say nothing about it
    foreign = by_name["unspaced_characters"] > by_name["ocr_words"]
    return lists, by_name | {name: np.where(foreign, 0, by_name[name]) for name in ("ocr_words", "letter_words")}


def _list_numbers(
    languages: pa.Array | None, size: int, listed: Container[str]
) -> tuple[npt.NDArray[np.int64], list[str | None]]:
    """Give for each document the number of its language among those that occur (-1: not listed), and those.

    Those that are not listed are None.
    """
    if languages is None:
        tags, codes = ["en"], np.zeros(size, dtype=np.int64)
    else:
        encoded = languages.dictionary_encode(null_encoding="encode")
        tags, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)
    known = [tag if tag in listed else None for tag in tags]
    numbers = np.array([number if tag is not None else -1 for number, tag in enumerate(known)], dtype=np.int64)
    return (numbers[codes] if len(numbers) else codes), known


def _stop_lists(
    languages: pa.Array | None, size: int, stop_words: Mapping[str, frozenset[str]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Give for each document the number of its stop list (-1: none), and the lists as key tables, one after another."""
    lists, known = _list_numbers(languages, size, stop_words)
    tables = [table_of(stop_words[tag]) if tag is not None else np.zeros(1, dtype=np.uint64) for tag in known]
    starts = np.concatenate([[0], np.cumsum([len(table) for table in tables])]).astype(np.int64)
    keys = np.concatenate(tables) if tables else np.zeros(1, dtype=np.uint64)
    return lists, starts, keys
