"""The only place that asks what time it is."""

import time


def now() -> float:
    """Seconds on a clock that all processes of this machine share and that never goes back."""
    return time.monotonic()


def today() -> str:
    """Give the date (UTC), such as ``2026-03-01``."""
    return time.strftime("%Y-%m-%d", time.gmtime())
