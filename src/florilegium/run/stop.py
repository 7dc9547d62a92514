"""Signals that ask the command to stop: raised where they arrive, and again where the supervisor looks, because a
library with a bare ``except`` may swallow what is raised inside it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_asked: int | None = None


class Stopped(BaseException):
    """A signal asked us to stop. No ``Exception`` or ``KeyboardInterrupt``: libraries answer those themselves."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def answering_signals() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and a closed terminal raise :class:`Stopped` in here."""
    global _asked
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if number != signal.SIGHUP or handler is not signal.SIG_IGN:  # `nohup` asks to be left alone
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _asked = None


def check() -> None:
    """Raise Stopped where a signal has asked for it."""
    if _asked is not None:
        raise Stopped(_asked)


def _stop(number: int, frame: FrameType | None) -> None:
    global _asked
    _asked = number
    raise Stopped(number)
