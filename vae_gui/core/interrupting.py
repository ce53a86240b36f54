"""How long work gives way: it asks now and then whether it is still wanted.

Most work is told whom to ask. What is remembered of a distribution is computed deep below
the question that needs it, and whom to ask is no part of what it depends on: there it stands
in the context of the thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Interrupted(Exception):
    """A long computation was no longer wanted; nothing of it is kept."""


def never() -> bool:
    """Go on to the end."""
    return False


ASKED: ContextVar[Callable[[], bool]] = ContextVar("asked", default=never)


@contextmanager
def interruptible(wants_stop: Callable[[], bool]) -> Iterator[None]:
    """Within it, in this thread, `give_way` asks `wants_stop`."""
    before = ASKED.set(wants_stop)
    try:
        yield
    finally:
        ASKED.reset(before)


def give_way() -> None:
    """Ask whether what is being computed is still wanted.

    Raises:
        Interrupted: It is not.
    """
    ask(ASKED.get())


def ask(wants_stop: Callable[[], bool]) -> None:
    """Give way to whoever may say that it is not wanted any more.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    if wants_stop():
        raise Interrupted


def in_parts(size: int, at_once: int, wants_stop: Callable[[], bool]) -> Iterator[slice]:
    """Slices of at most `at_once` rows that cover `size` rows.

    Raises:
        Interrupted: `wants_stop` said so, asked between two of them.
    """
    for start in range(0, size, at_once):
        if start:
            ask(wants_stop)
        yield slice(start, min(start + at_once, size))
