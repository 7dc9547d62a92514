"""Where a chunk, a run of characters without white space, is cut into words.

In this order, the first four as in spaCy 3.8's English tokenizer, which stock datatrove uses:

1. A chunk that is a fixed form (:mod:`.fixed`: contractions, abbreviations, emoticons) is cut as that form says.
2. Otherwise marks, quotes, units, 's and the like come off both ends (:mod:`.affixes`), each a word of its own, until
   nothing more comes off or the rest is a fixed form.
3. The rest stays whole if it is a web or mail address; otherwise hyphens, dashes, commas, slashes and the like between
   letters are cut out, each a word of its own.
4. Neighbours that together are a whole fixed form (``e.g.``, ``:)``) are joined again.
5. Added here: scripts without spaces. Every Han, kana or bopomofo character is a word; Thai, Lao, Khmer, Burmese and
   Tai text is cut into orthographic clusters (preposed vowels, a letter, its marks, stacked letters); Tibetan after
   each tsheg; non-ASCII punctuation inside such a word stands alone. Combining marks, joiners and variation selectors
   stay with what they follow.

Cuts are flags: ``cuts[i]`` says that a word ends ``i`` bytes into the chunk. Time and memory are linear in the chunk.
"""

import numpy as np
import numpy.typing as npt

from florilegium.signals.kernels import characters as ch
from florilegium.signals.kernels import kernel
from florilegium.signals.kernels.affixes import class_before, infix_length, is_address, prefix_length, suffix_length
from florilegium.signals.kernels.characters import Bytes, Classes, class_of, decode
from florilegium.signals.kernels.fixed import LONGEST, FixedTable
from florilegium.signals.kernels.hashing import OFFSET, PRIME, find, finish, hash_bytes

Cuts = npt.NDArray[np.uint8]

NO_RUN, OTHER, IDEOGRAPH, CLUSTER, PREPOSED, ALONE = range(6)


@kernel
def fixed_slot(data: Bytes, start: int, end: int, fixed: FixedTable) -> int:
    """Give the slot of the fixed form that is exactly these bytes, or -1."""
    return find(fixed.keys, hash_bytes(data, start, end)) if 0 < end - start <= LONGEST else -1


@kernel
def cut_affixes(
    data: Bytes, start: int, end: int, classes: Classes, fixed: FixedTable, cuts: Cuts
) -> tuple[int, int, int]:
    """Steps 1 and 2: mark what comes off both ends; give the rest and its fixed slot, or -1."""
    chunk = start
    while start < end:
        slot = fixed_slot(data, start, end, fixed)
        if slot >= 0:
            return start, end, slot
        prefix = prefix_length(data, start, end, classes)
        slot = fixed_slot(data, start + prefix, end, fixed) if prefix else -1
        if slot >= 0:
            cuts[start + prefix - chunk] = 1
            return start + prefix, end, slot
        suffix = suffix_length(data, start + prefix, end, classes, fixed.units)
        slot = fixed_slot(data, start, end - suffix, fixed) if suffix else -1
        if suffix:
            cuts[end - suffix - chunk] = 1
        if slot >= 0:
            return start, end - suffix, slot
        if prefix:
            cuts[start + prefix - chunk] = 1
        if not prefix and not suffix:
            return start, end, -1
        start += prefix
        end -= suffix
    return start, end, -1


@kernel
def cut_infixes(data: Bytes, chunk: int, start: int, end: int, classes: Classes, cuts: Cuts) -> None:
    """Step 3: mark what is cut out between ``start`` and ``end``; nothing is cut out at the start itself."""
    at = start
    while at < end:
        before = class_before(data, start, at, classes)
        length = infix_length(data, start, at, end, before, classes)
        if length and at > start:
            cuts[at - chunk] = 1
            cuts[at + length - chunk] = 1
        at += length if length else decode(data, at)[1]


@kernel
def join_fixed(data: Bytes, chunk: int, end: int, fixed: FixedTable, cuts: Cuts) -> None:
    """Step 4: unmark the cuts inside the longest whole fixed form that begins at each word, left to right."""
    word = chunk
    while word < end:
        own = joined = 0
        key = OFFSET
        for at in range(word + 1, end + 1):
            key = (key ^ np.uint64(data[at - 1])) * PRIME
            if cuts[at - chunk]:
                slot = find(fixed.keys, finish(key)) if own else -1
                if slot >= 0 and not fixed.cuts[slot, 0]:
                    joined = at
                own = own if own else at
            if own and at >= word + LONGEST:
                break
        for at in range(own, joined):
            cuts[at - chunk] = 0
        word = joined if joined else own


@kernel
def next_run(bits: int, run: int, last_bits: int) -> tuple[bool, int]:
    """Say whether a character starts a new word beside scripts without spaces, and what kind of run it is in."""
    if bits & ch.EXTEND and run != NO_RUN:
        return False, run
    if bits & ch.IDEOGRAPH:
        return True, IDEOGRAPH
    if bits & ch.PREPOSED:
        return run != PREPOSED, PREPOSED
    if bits & ch.CLUSTER:
        return not (run == PREPOSED or (run == CLUSTER and last_bits & ch.STACKER)), CLUSTER
    if bits & ch.CJK_PUNCTUATION and not bits & ch.SYLLABLE_END:
        return True, ALONE
    return run not in (NO_RUN, OTHER) or last_bits & ch.SYLLABLE_END != 0, OTHER


@kernel
def cut_unspaced(data: Bytes, chunk: int, end: int, classes: Classes, cuts: Cuts) -> None:
    """Step 5: mark the cuts inside those words that hold a script without spaces."""
    word = chunk
    while word < end:
        bits, at = 0, word
        while at == word or not cuts[at - chunk]:
            point, width = decode(data, at)
            bits |= class_of(classes, point)
            at += width
        if bits & ch.UNSPACED:
            run, last_bits, inside = NO_RUN, 0, word
            while inside < at:
                point, width = decode(data, inside)
                bits = class_of(classes, point)
                new, run = next_run(bits, run, last_bits)
                if new and inside > word:
                    cuts[inside - chunk] = 1
                last_bits = bits
                inside += width
        word = at


@kernel
def cut_chunk(data: Bytes, chunk: int, end: int, bits: int, classes: Classes, fixed: FixedTable, cuts: Cuts) -> None:
    """Mark all cuts of the chunk ``data[chunk:end]``, its end included.

    ``bits`` are the classes that occur in the chunk; ``cuts`` comes in as zeros, one more than the chunk has bytes.
    """
    cuts[end - chunk] = 1
    rest, rest_end, slot = cut_affixes(data, chunk, end, classes, fixed, cuts)
    if slot >= 0:
        for cut in fixed.cuts[slot]:
            if cut:
                cuts[rest - chunk + cut] = 1
    elif not (bits & ch.FULL_STOP and is_address(data, rest, rest_end, classes)):
        cut_infixes(data, chunk, rest, rest_end, classes, cuts)
    join_fixed(data, chunk, end, fixed, cuts)
    if bits & ch.UNSPACED:
        cut_unspaced(data, chunk, end, classes, cuts)
