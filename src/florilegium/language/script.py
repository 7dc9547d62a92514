"""The dominant script of a text, as an ISO 15924 code, by counting letters."""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: Of the Chinese, Japanese and Korean letters of a text, the share that must be kana (or Hangul) to call it Japanese
#: (or Korean). Japanese prose has 40 to 60 %; a Chinese text may quote a Japanese title.
_SHARE = 0.1
_EAST_ASIAN = ("Hani", "Hira", "Kana", "Hang", "Bopo")


class _Scripts(NamedTuple):
    codes: npt.NDArray[np.object_]
    table: npt.NDArray[np.uint8]  # code point -> position in `codes`; 0 is no letter


def dominant_scripts(texts: pa.Array) -> pa.Array:
    """Give the script of most letters (and marks) of each text; null where there are none, or the text is null.

    Chinese characters alone are ``Hani``, with kana ``Jpan``, with Hangul ``Kore`` (from a tenth of these letters on);
    digits, punctuation and emoji do not count. Where two scripts are level, the first by code is given.

    >>> dominant_scripts(pa.array(["Guten Tag", "東京はどこ", "漢字", "12:30"])).to_pylist()
    ['Latn', 'Jpan', 'Hani', None]
    """
    scripts = _scripts()
    codes = scripts.codes
    texts = texts.cast(pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
    counts = _count(data, offsets, scripts.table, len(codes))
    place = {code: position for position, code in enumerate(codes)}
    han, hiragana, katakana, hangul, bopomofo = (counts[:, place[code]].copy() for code in _EAST_ASIAN)
    kana, together = hiragana + katakana, han + hiragana + katakana + hangul + bopomofo
    counts[:, [place[code] for code in _EAST_ASIAN]] = 0
    counts[:, place["Hani"]] = together
    winner = codes[counts.argmax(axis=1)]
    japanese, korean = kana >= _SHARE * together, hangul >= _SHARE * together
    east_asian = np.where(korean & (hangul >= kana), "Kore", np.where(japanese, "Jpan", "Hani"))
    winner = np.where(winner == "Hani", east_asian, winner)
    found = pa.array(winner, pa.string(), mask=counts.sum(axis=1) == 0)
    return pc.if_else(texts.is_valid(), found, pa.scalar(None, pa.string()))


@cache
def _scripts() -> _Scripts:
    lines = files("florilegium.language").joinpath("scripts.txt").read_text("ascii").splitlines()
    ranges = [line.split() for line in lines if not line.startswith("#")]
    codes = ["", *sorted({code for _, _, code in ranges})]
    table = np.zeros(0x110000, dtype=np.uint8)
    for first, last, code in ranges:
        table[int(first, 16) : int(last, 16) + 1] = codes.index(code)
    return _Scripts(np.array(codes, dtype=object), table)


@numba.njit(cache=True, nogil=True)
def _count(
    data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], table: npt.NDArray[np.uint8], scripts: int
) -> npt.NDArray[np.int64]:
    """Count the code points of each script in each text of valid UTF-8; those of no script are not counted."""
    counts = np.zeros((len(offsets) - 1, scripts), dtype=np.int64)
    for row in range(len(offsets) - 1):
        at, end = offsets[row], offsets[row + 1]
        while at < end:
            lead = np.int64(data[at])
            if lead < 0x80:
                point, size = lead, 1
            elif lead < 0xE0:
                point, size = (lead & 0x1F) << 6 | (data[at + 1] & 0x3F), 2
            elif lead < 0xF0:
                point = (lead & 0x0F) << 12 | (np.int64(data[at + 1]) & 0x3F) << 6 | (data[at + 2] & 0x3F)
                size = 3
            else:
                point = (lead & 0x07) << 18 | (np.int64(data[at + 1]) & 0x3F) << 12
                point |= (np.int64(data[at + 2]) & 0x3F) << 6 | (data[at + 3] & 0x3F)
                size = 4
            counts[row, table[point]] += 1
            at += size
        counts[row, 0] = 0
    return counts
