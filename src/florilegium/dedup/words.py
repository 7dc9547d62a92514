"""What a word is for deduplication, and the compiled loop that hashes words out of UTF-8.

A word is a run of letters, marks, digits and connectors (``\\w+`` with combining marks kept), lower-cased by simple
case folding (one code point to one). Han, kana, Thai, Lao, Burmese and Khmer are written without spaces: there each
code point is a word of its own, so that such pages can be compared at all. Format characters (soft hyphens, joiners,
marks of direction, variation selectors) are passed over: they neither belong to a word nor end it. Everything else,
also a malformed byte, only separates words.

Texts are not normalised here: composed and decomposed letters differ. ``clean: [fix_text]`` makes NFC of both.

The table is frozen at Unicode 14, whatever Unicode the running Python knows, so that hashes stay what they are. The
one exception are planes 2 and 3, which are reserved for Han and count as such altogether.
"""

import unicodedata
from functools import lru_cache

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from florilegium.errors import ContractError

SEPARATOR, WORD, ALONE, IGNORED = 0, 1, 2, 3
_FOLDED_BITS = 21
_FOLDED = np.uint32((1 << _FOLDED_BITS) - 1)

# Blocks in which every letter, mark and number is a word of its own.
_ALONE = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),  # iteration marks and the Han zero
    (0x3021, 0x30FF),  # Hangzhou numerals, hiragana, katakana
    (0x31F0, 0x31FF),  # katakana extensions
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Burmese extension B
    (0xAA60, 0xAA7F),  # Burmese extension A
    (0xF900, 0xFAFF),  # Han, compatibility forms
    (0xFF66, 0xFF9F),  # halfwidth katakana
    (0x1AFF0, 0x1B16F),  # kana extensions
)
_HAN_PLANES = (0x20000, 0x3FFFD)
_VARIATION_SELECTORS = (0xFE00, 0xFE0F)
# Letters, marks and numbers of Unicode 15 to 17 (with gaps that are unassigned in all of them): separators for good.
_AFTER_UNICODE_14 = """
558 58b-58c 5c8-5c9 88f 897 b53-b54 c5c cdc cf3 ece 1acf-1af0 1c89-1c8a 208f 209d-209f a7cb-a7cf a7d2 a7d4 a7da-a7f1
ab6c-ab6d 105c0-105f3 107bb-107bf 10940-10959 10d40-10d85 10ec2-10eff 1123f-11241 11380-113e2 116d0-116e3 11b0a-11bf9
11db0-11df1 11f00-11f5a 1246f 12475-1247f 12550-12686 1342f 13439-143fa 16100-16139 16d40-16d79 16ea0-16ed3 16ff2-16ff6
187f8-187ff 18cd6-18cff 18d09-191d2 1b123-1b132 1b155 1b168 1ccf0-1ccf9 1d127-1d128 1d250-1d2d3 1d6a6 1df1f-1dfff
1e030-1e08f 1e4d0-1e6ff
"""

_BASIS = np.uint64(0xCBF29CE484222325)  # FNV-1a's start and prime, over code points
_PRIME = np.uint64(0x100000001B3)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)  # MurmurHash3's finaliser
_S33 = np.uint64(33)

Table = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


def _entry(code: int) -> int:
    """Pack kind and folded code point of one code point."""
    character = chr(code)
    category = unicodedata.category(character)
    if category == "Cf" or _VARIATION_SELECTORS[0] <= code <= _VARIATION_SELECTORS[1]:
        return IGNORED << _FOLDED_BITS
    if category[0] not in "LMN" and category != "Pc":
        return SEPARATOR
    folded = next((f for f in (character.casefold(), character.lower()) if len(f) == 1), character)
    return WORD << _FOLDED_BITS | ord(folded)


@lru_cache(maxsize=1)
def character_table() -> Table:
    """For each code point: its kind (separator, word, alone, ignored) in the bits from 21 up, its folded form below."""
    table = np.zeros(0x110000, dtype=np.uint32)
    table[:0x20000] = [_entry(code) for code in range(0x20000)]
    table[0xE0000:0xE1000] = IGNORED << _FOLDED_BITS  # tags and further variation selectors
    for newer in _AFTER_UNICODE_14.split():
        first, _, last = newer.partition("-")
        table[int(first, 16) : int(last or first, 16) + 1] = SEPARATOR
    for first_code, last_code in _ALONE:
        block = table[first_code : last_code + 1]
        block[block >> _FOLDED_BITS == WORD] += (ALONE - WORD) << _FOLDED_BITS
    han = np.arange(_HAN_PLANES[0], _HAN_PLANES[1] + 1, dtype=np.uint32)
    table[han] = han | np.uint32(ALONE << _FOLDED_BITS)
    return table


def string_buffers(texts: pa.Array) -> tuple[Bytes, Offsets]:
    """Give the UTF-8 bytes of a string array and where each text starts and ends (one more offset than texts).

    A null is an empty text. Raises ContractError for an array that does not hold strings.
    """
    if pa.types.is_string_view(texts.type):
        texts = texts.cast(pa.large_string())
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        raise ContractError(f"expected a column of strings, found {texts.type}; give the text column")
    if texts.null_count:
        texts = texts.fill_null("")
    _, offsets, data = texts.buffers()
    if len(texts) == 0 or data is None:
        return np.zeros(0, dtype=np.uint8), np.zeros(len(texts) + 1, dtype=np.int64)
    width = np.int32 if pa.types.is_string(texts.type) else np.int64
    starts = np.frombuffer(offsets, dtype=width)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, dtype=np.uint8), starts.astype(np.int64)


@numba.njit(cache=True, nogil=True, inline="always")
def mix(value: np.uint64) -> np.uint64:
    """Spread 64 bits so that each depends on all (MurmurHash3's fmix64)."""
    value ^= value >> _S33
    value *= _MIX_1
    value ^= value >> _S33
    value *= _MIX_2
    return value ^ (value >> _S33)


@numba.njit(cache=True, nogil=True, inline="always")
def _code_point(data: Bytes, at: int, end: int) -> tuple[np.int64, int]:
    """Decode the code point at ``at``; give it and where the next starts. A malformed byte is code point 0."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead, at + 1
    if 0xC2 <= lead < 0xE0 and at + 1 < end:
        return (lead & 0x1F) << 6 | np.int64(data[at + 1]) & 0x3F, at + 2
    if 0xE0 <= lead < 0xF0 and at + 2 < end:
        tail = (np.int64(data[at + 1]) & 0x3F) << 6 | np.int64(data[at + 2]) & 0x3F
        return (lead & 0x0F) << 12 | tail, at + 3
    if 0xF0 <= lead < 0xF5 and at + 3 < end:
        tail = (np.int64(data[at + 2]) & 0x3F) << 6 | np.int64(data[at + 3]) & 0x3F
        code = (lead & 0x07) << 18 | (np.int64(data[at + 1]) & 0x3F) << 12 | tail
        return (code if code < 0x110000 else np.int64(0)), at + 4
    return np.int64(0), at + 1


@numba.njit(cache=True, nogil=True, inline="always")
def next_word(data: Bytes, at: int, end: int, table: Table) -> tuple[bool, np.uint64, int]:
    """Find the next word from ``at`` on: whether there is one, its hash, and where to go on."""
    state = _BASIS
    inside = False
    while at < end:
        code, after = _code_point(data, at, end)
        entry = table[code]
        kind = entry >> np.uint32(_FOLDED_BITS)
        folded = np.uint64(entry & _FOLDED)
        if kind == WORD:
            state = (state ^ folded) * _PRIME
            inside = True
        elif kind == ALONE:
            if inside:
                return True, mix(state), at
            return True, mix((state ^ folded) * _PRIME), after
        elif kind == SEPARATOR and inside:
            return True, mix(state), after
        at = after
    return inside, mix(state), at
