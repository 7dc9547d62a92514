"""Compiled loops behind the signals: arrays in, counts out, no disk, no thresholds.

Compiling them all takes about ten seconds, once a machine: Numba keeps the machine code. Slice assignments, ``ord`` and
sorting functions inside a kernel would add a second or more each.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_SOURCES = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))).digest()


def kernel(function: Function) -> Function:
    """Compile without Numba's reference counts, which take a third of the time: for loops that make no array.

    Such a kernel can neither make an array nor give one back.
    """
    return _kept(function, njit(cache=True, nogil=True, _nrt=False))  # type: ignore[call-overload]


def allocating(function: Function) -> Function:
    """Compile a loop that makes arrays."""
    return _kept(function, njit(cache=True, nogil=True))


def _kept(function: Function, compiler: Callable[[Function], Any]) -> Function:
    """Compile, and tie the machine code that is kept to the sources of all kernels.

    Numba looks at the file of a function alone, and would go on with the old code of what it calls in another one.
    """
    compiled: Any = compiler(function)
    compiled._cache._cache_file._source_stamp = _SOURCES
    made: Function = compiled
    return made
