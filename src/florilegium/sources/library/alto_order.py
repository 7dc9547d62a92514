"""The order that an ALTO page declares: a ReadingOrder of blocks, lines and words, or blocks that name the next one."""

from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from florilegium.sources.library.leaf import Block, Line
from florilegium.sources.library.xml import Element


class _Word(NamedTuple):
    block: int
    line: int
    word: int


def declared_order(element: Element) -> list[str]:
    """Give the ids that a ReadingOrder names, flattened; unordered groups in the order of the file.

    A file may give several orders of the same page; the first that names an element places it.
    """
    refs = (child.get("REF") for child in element.iter("{*}ElementRef"))
    return [ref for ref in refs if ref]


def in_declared_order(blocks: list[Block], strings: list[list[list[str]]], order: list[str]) -> list[Block]:
    """Give the page's text in ``order``; what it does not name comes after, as it stands in the file.

    ``strings`` has the ids of the words, a list a line a block. A block or line that the order takes apart is several
    here, each with its id. Ids that are not there are passed over, and nothing comes twice.
    """
    places: dict[str, list[_Word]] = {}
    for b, block in enumerate(blocks):
        of_block = []
        for n, line in enumerate(block.lines):
            of_line = [_Word(b, n, w) for w in range(len(line.words))] or [_Word(b, n, -1)]
            of_block += of_line
            if line.id:
                places.setdefault(line.id, []).extend(of_line)
            for word, name in zip(of_line, strings[b][n], strict=False):
                if name:
                    places.setdefault(name, []).append(word)
        of_block = of_block or [_Word(b, -1, -1)]
        if block.id:
            places.setdefault(block.id, []).extend(of_block)
        places[f"\0{b}"] = of_block
    sequence = dict.fromkeys(
        word for name in [*order, *(f"\0{b}" for b in range(len(blocks)))] for word in places.get(name, ())
    )
    found = []
    for b, words in groupby(sequence, key=lambda word: word.block):
        lines = [
            _part(blocks[b].lines[n], [word.word for word in part])
            for n, part in groupby(words, key=lambda word: word.line)
            if n >= 0
        ]
        found.append(replace(blocks[b], lines=lines))
    return found


def _part(line: Line, indices: list[int]) -> Line:
    if indices == list(range(len(line.words))) or indices == [-1]:
        return line
    confidences = None if line.confidences is None else [line.confidences[index] for index in indices]
    goes_on = line.goes_on if indices[-1] == len(line.words) - 1 else None
    return Line([line.words[index] for index in indices], confidences, goes_on, line.id)


def follow_chains(blocks: list[Block], following: dict[str, str]) -> list[Block]:
    """Give the blocks with each of ``following``'s (id to id, as IDNEXT) directly behind the one that names it."""
    known = {block.id: block for block in blocks if block.id}
    behind = {target for name, target in following.items() if name in known and target in known and name != target}
    placed: dict[int, Block] = {}
    heads = [block for block in blocks if block.id not in behind]
    for start in [*heads, *blocks]:  # a chain without a head is a ring: it begins where the file does
        block: Block | None = start
        while block is not None and id(block) not in placed:
            placed[id(block)] = block
            block = known.get(following.get(block.id or "", ""))
    return list(placed.values())
