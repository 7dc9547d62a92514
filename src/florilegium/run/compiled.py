"""Imported once before workers are forked, where a movement has compiled loops: what they would each load anew.

Numba loads most of itself with its first function, and Arrow loads pandas with its first array made of
NumPy's: together more than a second, which the workers now share.
"""

from numba.core.registry import cpu_target

cpu_target.typing_context.refresh()
cpu_target.target_context.refresh()

# last: where it is not installed Arrow does without, and the server that imports this passes over the error
import pandas  # type: ignore[import-untyped] # noqa: E402, F401
