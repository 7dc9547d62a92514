"""Seeded choices that come out the same under every Python version."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of choices, fixed by its key: ``Draw(seed, "spam", 3)``.

    Only ``random.Random.random`` stands behind it, the one method whose numbers Python promises to keep for a given
    seed; a key that is text is hashed with SHA-512 by Python itself and does not depend on ``PYTHONHASHSEED``.
    """

    def __init__(self, *key: str | int) -> None:
        """Start the stream of this key; different keys give independent streams."""
        self._next = random.Random("/".join(str(part) for part in key)).random

    def below(self, end: int) -> int:
        """Give an integer from 0 to ``end`` - 1."""
        return int(self._next() * end)

    def between(self, low: int, high: int) -> int:
        """Give an integer from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def real(self, low: float, high: float) -> float:
        """Give a number from ``low`` up to, not including, ``high``."""
        return low + self._next() * (high - low)

    def pick(self, items: Sequence[T]) -> T:
        """Give one of the items."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Give all items in a drawn order."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Give ``count`` different items (all of them where there are fewer), in a drawn order."""
        return self.shuffled(items)[:count]
