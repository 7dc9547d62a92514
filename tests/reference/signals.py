"""Signals computed the slow, plain way: regular expressions and lists, one document at a time.

Nothing is shared with the kernels but the lists of characters and fixed forms.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import cache
from itertools import groupby

from florilegium.signals.kernels import characters as lists
from florilegium.signals.kernels.fixed import fixed_forms, units
from tests.reference.ocr import ocr

Number = float | None


def ranges(points: Iterable[int]) -> str:
    """The inside of a character class that holds these code points."""
    by_gap = groupby(enumerate(sorted(points)), lambda place_and_point: place_and_point[1] - place_and_point[0])
    runs = ([point for _, point in run] for _, run in by_gap)
    return "".join(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}" for run in runs)


@cache
def every(predicate: Callable[[str], bool], excluding: str = "") -> str:
    """The inside of a character class that holds all characters the predicate accepts."""
    characters = map(chr, range(lists.LIMIT))
    return ranges(ord(one) for one in characters if predicate(one) and one not in excluding)


def is_mark(character: str) -> bool:
    """Combining mark."""
    return unicodedata.category(character)[0] == "M"


def is_alpha(character: str) -> bool:
    """Letter or combining mark."""
    return unicodedata.category(character)[0] in "LM"


def is_lower(character: str) -> bool:
    """Letter or mark that is not upper case."""
    return is_alpha(character) and unicodedata.category(character) not in ("Lu", "Lt")


def is_upper(character: str) -> bool:
    """Letter or mark that is not lower case."""
    return is_alpha(character) and unicodedata.category(character) != "Ll"


def listed(listing: str) -> str:
    """The inside of a character class for a list like ``41-5A 5F``."""
    return ranges(lists.code_points(listing))


A, L, U = every(is_alpha), every(is_lower), every(is_upper)
MARKS, QUOTES = listed(lists._MARKS), listed(lists._QUOTES)
ICONS = every(lambda c: unicodedata.category(c) == "So")
CURRENCY = every(lambda c: unicodedata.category(c) == "Sc")
UNIT = "|".join(re.escape(unit) for unit in sorted(units()))
HOST = "A-Za-z0-9\u00a1-\uffff"

PREFIX = re.compile(rf"\.\.+|[{MARKS}{QUOTES}{ICONS}{CURRENCY}§%=–—]|\+(?![0-9])|US\$|[AC]\$")
SUFFIX = re.compile(
    rf"(?:\.\.+|……|[{MARKS}{QUOTES}{ICONS}–—]|['’][sS]|(?<=[0-9])(?:\+|[{CURRENCY}]|{UNIT})"
    rf"|(?:(?<=[0-9{L}{MARKS}{QUOTES}|%²+\-])|(?<=[{U}][{U}])|(?<=°[FCK]))\.)\Z"
)
INFIX = re.compile(
    rf"\.\.+|[…{ICONS}]|(?<=[0-9])[+\-*^](?=[0-9\-])|(?<=[{L}{QUOTES},])\.(?=[{U}{QUOTES},])"
    rf"|(?<=[{A}]),(?=[{A}])|(?<=[{A}0-9])(?:-|–|—|--|---|——|~|[:<>=/])(?=[{A}])"
)
ADDRESS = re.compile(
    rf"(?:[\w+\-.]{{2,}}://)?(?:\S+(?::\S*)?@)?"
    rf"(?:(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}|(?:(?:[{HOST}][{HOST}_\-]{{0,62}})?[{HOST}]\.)+(?:(?=[{HOST}])[{L}]){{2,63}})"
    rf"(?::[0-9]{{2,5}})?(?:[/?#]\S*)?\Z"
)

VARIATION_SELECTORS = "\U000e0100-\U000e01ef"
EXTENDING = every(is_mark) + VARIATION_SELECTORS + listed(lists._EXTENDING_LETTERS)
IDEOGRAPHS = listed(lists._IDEOGRAPHS)
PREPOSED = listed(lists._PREPOSED)
STACKERS = listed(lists._STACKERS)
TSHEG = listed(lists._SYLLABLE_ENDS)
UNSPACED_POINTS = lists.code_points(lists._UNSPACED_BLOCKS) - lists.code_points(
    f"{lists._PREPOSED} {lists._EXTENDING_LETTERS}"
)
CLUSTER = ranges(point for point in UNSPACED_POINTS if chr(point).isalpha())
ALONE = every(lambda c: c > "\x7f" and unicodedata.category(c)[0] == "P", "\u0f0b\u0f0c")
NEITHER = rf"[^{IDEOGRAPHS}{PREPOSED}{CLUSTER}{ALONE}{EXTENDING}{TSHEG}]"
UNSPACED = re.compile(
    rf"[{IDEOGRAPHS}{ALONE}][{EXTENDING}]*"
    rf"|(?:[{PREPOSED}][{EXTENDING}]*)*[{CLUSTER}](?:[{STACKERS}][{CLUSTER}]|[{EXTENDING}])*"
    rf"|(?:[{PREPOSED}][{EXTENDING}]*)+"
    rf"|(?:[{TSHEG}][{EXTENDING}]+|{NEITHER}|[{EXTENDING}])+[{TSHEG}]?|[{TSHEG}]"
)
HAS_UNSPACED = re.compile(f"[{IDEOGRAPHS}{PREPOSED}{CLUSTER}{TSHEG}]")
SENTENCE_ENDS = {chr(point) for point in lists.code_points(lists._SENTENCE_ENDS)}
TERMINAL = SENTENCE_ENDS | {chr(point) for point in lists.code_points(lists._ONLY_TERMINAL)}
SYMBOLS = TERMINAL | {chr(point) for point in lists.code_points(lists._SYMBOLS)}


def words_of_chunk(chunk: str) -> list[str]:
    """Cut a string without white space into words."""
    forms = fixed_forms()
    front: list[str] = []
    back: list[str] = []
    rest = chunk
    while rest and rest not in forms:
        prefix = PREFIX.match(rest)
        length = len(prefix.group()) if prefix else 0
        if length and rest[length:] in forms:
            front.append(rest[:length])
            rest = rest[length:]
            break
        suffix = SUFFIX.search(rest[length:])
        behind = len(suffix.group()) if suffix else 0
        if behind and rest[:-behind] in forms:
            back.append(rest[-behind:])
            rest = rest[:-behind]
            break
        if not length and not behind:
            break
        if length:
            front.append(rest[:length])
        if behind:
            back.append(rest[-behind:])
        rest = rest[length : len(rest) - behind]
    words = front + words_inside(rest) + back[::-1]
    return [piece for word in joined(words) for piece in words_unspaced(word)]


def words_inside(rest: str) -> list[str]:
    """Cut what is left between prefixes and suffixes."""
    if rest in fixed_forms():
        return list(fixed_forms()[rest])
    if ADDRESS.match(rest):
        return [rest]
    words, start = [], 0
    for match in INFIX.finditer(rest):
        if match.start() > 0:
            words += [rest[start : match.start()], match.group()]
            start = match.end()
    return [word for word in (*words, rest[start:]) if word]


def joined(words: list[str]) -> list[str]:
    """Join neighbours that together are a fixed form of one piece, the longest first, from left to right."""
    result: list[str] = []
    at = 0
    while at < len(words):
        for count in range(min(16, len(words) - at), 0, -1):
            together = "".join(words[at : at + count])
            if count == 1 or fixed_forms().get(together) == (together,):
                result.append(together)
                at += count
                break
    return result


def words_unspaced(word: str) -> list[str]:
    """Cut a word that holds a script without spaces."""
    return UNSPACED.findall(word) if HAS_UNSPACED.search(word) else [word]


def words_of(text: str) -> list[str]:
    """Cut a text into words."""
    return [word for chunk in text.split() for word in words_of_chunk(chunk)]


def sentences_in(line: str) -> int:
    """Count the sentences of one line."""
    tokens = [
        token
        for part in re.findall(r"\s+|\S+", line.strip())
        for token in (
            [part] if part.isspace() and part != " " else words_of_chunk(part.strip()) if part.strip() else []
        )
    ]
    count, ended = min(len(tokens), 1), False
    for token in tokens:
        if ended and token not in SENTENCE_ENDS and not all(unicodedata.category(c)[0] == "P" for c in token):
            count, ended = count + 1, False
        elif token in SENTENCE_ENDS:
            ended = True
    return count


def ratio(part: float, whole: float) -> Number:
    """``part / whole``, nothing where there is no whole."""
    return part / whole if whole else None


def duplicates(elements: list[str]) -> tuple[int, int]:
    """Number and characters of the elements that are equal to an earlier one."""
    times = Counter(elements)
    return len(elements) - len(times), sum(len(element) * (count - 1) for element, count in times.items())


def gopher_quality(text: str, stop_words: Collection[str] | None) -> dict[str, Number]:
    """Signals of the group ``gopher_quality``."""
    words, lines = words_of(text), text.splitlines()
    plain = [word for word in words if not set(word) <= SYMBOLS]
    return {
        "gopher.words": len(plain),
        "gopher.mean_word_length": ratio(sum(map(len, plain)), len(plain)),
        "gopher.hash_to_words": ratio(text.count("#"), len(words)),
        "gopher.ellipsis_to_words": ratio(text.count("...") + text.count("…"), len(words)),
        "gopher.bullet_lines": ratio(sum(line.lstrip().startswith(("•", "-")) for line in lines), len(lines)),
        "gopher.ellipsis_lines": ratio(sum(line.rstrip().endswith(("...", "…")) for line in lines), len(lines)),
        "gopher.alphabetic_words": ratio(sum(any(map(str.isalpha, word)) for word in words), len(words)),
        "gopher.stop_words": None if stop_words is None else len(set(words) & set(stop_words)),
    }


def gopher_repetition(text: str) -> dict[str, Number]:
    """Signals of the group ``gopher_repetition``."""
    pieces, paragraphs = re.split(r"\n+", text), re.split(r"\n{2,}", text.strip())
    words = words_of(text)
    signals: dict[str, Number] = {
        "repetition.duplicate_lines": duplicates(pieces)[0] / len(pieces) if text else None,
        "repetition.duplicate_paragraphs": duplicates(paragraphs)[0] / len(paragraphs) if text else None,
        "repetition.duplicate_line_characters": ratio(duplicates(pieces)[1], len(text)),
        "repetition.duplicate_paragraph_characters": ratio(duplicates(paragraphs)[1], len(text)),
    }
    for n in (2, 3, 4):
        grams = Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
        top, times = grams.most_common(1)[0] if grams else ("", 0)
        signals[f"repetition.top_{n}gram"] = ratio(len(top) * times, len(text)) if grams else None
    for n in range(5, 11):
        seen: set[tuple[str, ...]] = set()
        at = characters = 0
        while at + n <= len(words):
            gram = tuple(words[at : at + n])
            characters += len("".join(gram)) if gram in seen else 0
            at += n if gram in seen else 1
            seen.add(gram)
        signals[f"repetition.duplicate_{n}gram"] = ratio(characters, len(text))
    return signals


def c4(text: str) -> dict[str, Number]:
    """Signals of the group ``c4``."""
    lines = text.splitlines()
    policy = "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"
    return {
        "c4.sentences": sum(sentences_in(line) for line in lines),
        "c4.lorem_ipsum": len(re.findall("lorem ipsum", text, re.A | re.I)),
        "c4.curly_brackets": text.count("{"),
        "c4.javascript_lines": sum(bool(re.search("javascript", line, re.A | re.I)) for line in lines),
        "c4.policy_lines": sum(bool(re.search(policy, line, re.A | re.I)) for line in lines),
    }


def fineweb(text: str) -> dict[str, Number]:
    """Signals of the group ``fineweb``."""
    lines = [line for line in text.split("\n") if line.strip()]
    return {
        "fineweb.punctuated_lines": ratio(sum(line.endswith(tuple(TERMINAL)) for line in lines), len(lines)),
        "fineweb.short_lines": ratio(sum(len(line) <= 30 for line in lines), len(lines)),
        "fineweb.duplicate_line_characters": ratio(duplicates(lines)[1], len(text.replace("\n", "")))
        if lines
        else None,
        "fineweb.newlines_per_word": ratio(text.count("\n"), len(words_of(text))),
    }


def text_size(text: str) -> dict[str, Number]:
    """Signals of the group ``text``."""
    return {
        "text.bytes": len(text.encode()),
        "text.characters": len(text),
        "text.lines": len(text.splitlines()),
        "text.words": len(words_of(text)),
    }


def signals(text: str, stop_words: Collection[str] | None) -> dict[str, Number]:
    """All signals of all groups."""
    published = gopher_quality(text, stop_words) | gopher_repetition(text) | c4(text) | fineweb(text)
    return published | text_size(text) | ocr(text, "aAIO")
