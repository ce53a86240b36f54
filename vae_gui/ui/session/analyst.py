"""Answers questions on its own thread, one after another; never touches a widget.

`Errand` is all that crosses: one task in, one reply out, both frozen, under one lock.
While training runs, the thread rests in proportion to what it computes.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from vae_gui.core.interrupting import Interrupted, interruptible, never
from vae_gui.core.views import Truth
from vae_gui.ui.questions import Question
from vae_gui.ui.session.mailbox import Trouble

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis

SHARE = 0.3  # of the clock that jobs may take while training runs
SHORTEST_REST = 0.005  # seconds; shorter ones cost more than they give
HOLD_LOOK = 0.1  # seconds between two looks whether the window still draws
LONGEST_DEBT = 2.0  # seconds of rest that a piece of work which cannot be divided may cause
MODELS_KEPT = 3  # analyses of the latest models asked about, with all that they hold


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A question and what is known of the data."""

    question: Question
    truth: Truth


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What became of a task: an answer, a fault, or neither if it was interrupted."""

    task: Task
    found: Any = None
    answered: bool = False
    trouble: Trouble | None = None
    seconds: float = 0.0  # of work, without the rests
    debt: float = 0.0  # seconds that it should have rested and could not


class Errand:
    """The one slot between the GUI thread, which gives tasks, and the thread that does them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._task: Task | None = None
        self._reply: Reply | None = None
        self._dropped = self._quit = self._paced = self._held = False
        self._began = self._rested = 0.0

    # on the GUI thread ----------------------------------------------------------

    def give(self, task: Task) -> None:
        """Have a task done. There must be none under way."""
        with self._changed:
            self._task, self._dropped = task, False
            self._changed.notify()

    def drop(self) -> None:
        """Want the task no more."""
        with self._changed:
            self._dropped = True
            self._changed.notify()

    def quit(self) -> None:
        """Want nothing any more, for good."""
        with self._changed:
            self._dropped = self._quit = True
            self._changed.notify()

    def set_paced(self, paced: bool) -> None:
        """Whether to rest in proportion to the work."""
        with self._changed:
            self._paced = paced
            self._changed.notify()

    def set_held(self, held: bool) -> None:
        """Whether to wait with the next part of the work: the window is drawing.

        Two threads that both want the interpreter each take a multiple of their time.
        """
        with self._changed:
            self._held = held
            self._changed.notify()

    def fetch(self) -> Reply | None:
        """The reply, once."""
        with self._changed:
            reply, self._reply = self._reply, None
            return reply

    # on the other thread --------------------------------------------------------

    def take(self) -> Task | None:
        """Wait for a task; None is the end."""
        with self._changed:
            while self._task is None and not self._quit:
                self._changed.wait()
            task, self._task = self._task, None
            self._began, self._rested = time.perf_counter(), 0.0
            return None if self._quit else task

    def wants_stop(self) -> bool:
        """Whether the task is not wanted any more; rests before it says so, if rest is due."""
        with self._changed:
            while not self._dropped and (self._held or self._due() > SHORTEST_REST):
                began = time.perf_counter()
                self._changed.wait(HOLD_LOOK if self._held else self._due())
                self._rested += time.perf_counter() - began
            return self._dropped

    def put(self, reply: Reply) -> None:
        """Leave the reply."""
        with self._changed:
            self._reply = reply

    def account(self) -> tuple[float, float]:
        """Seconds worked at the task, and seconds of rest that are still due, in bounds."""
        with self._changed:
            return self._worked(), min(max(self._due(), 0.0), LONGEST_DEBT)

    def _due(self) -> float:
        if not self._paced:
            return 0.0
        return self._worked() * (1 / SHARE - 1) - self._rested

    def _worked(self) -> float:
        return time.perf_counter() - self._began - self._rested


class Models:
    """The analyses of the latest models asked about: one a model, shared by all questions."""

    def __init__(self, truth: Truth, wants_stop: Callable[[], bool] = never) -> None:
        self.truth = truth
        self._wants_stop = wants_stop
        self._kept: list[Analysis] = []  # the latest last

    def of(self, question: Question) -> Analysis:
        """The analysis of the model in question, the one of before if it is the same."""
        from vae_gui.core.analysis import Analysis

        wanted, config = question.parameters, question.config
        for known in self._kept:
            if known.config == config and np.array_equal(known.parameters, wanted):
                self._kept.remove(known)
                break
        else:
            known = Analysis(config, self.truth, wanted, self._wants_stop)
        self._kept = [*self._kept, known][-MODELS_KEPT:]
        return known


class Analyst(QObject):
    """Does one task after another on the thread it was moved to.

    Signals:
        replied: There is a reply to fetch. Carries nothing itself.
    """

    replied = Signal()

    def __init__(self, errand: Errand) -> None:
        super().__init__()
        self._errand = errand
        self._models: Models | None = None

    @Slot()
    def work(self) -> None:
        """Answer until told to quit. Whatever goes wrong is delivered, not raised."""
        while (task := self._errand.take()) is not None:
            reply = self._done(task)
            seconds, debt = self._errand.account()
            self._errand.put(replace(reply, seconds=seconds, debt=debt))
            self.replied.emit()
        self._models = None

    def _done(self, task: Task) -> Reply:
        try:
            # a model that diverges gives no number, not a fault
            with np.errstate(all="ignore"), interruptible(self._errand.wants_stop):
                found = task.question.answer(self._models_of(task.truth).of(task.question))
        except Interrupted:
            return Reply(task)
        except MemoryError:
            self._models = None
            words = "There is not enough memory for it; a smaller model or test set needs less."
            return Reply(task, trouble=Trouble("A panel could not be computed", words))
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            trouble = Trouble("A panel could not be computed", message, traceback.format_exc())
            return Reply(task, trouble=trouble)
        return Reply(task, found, answered=True)

    def _models_of(self, truth: Truth) -> Models:
        if self._models is None or self._models.truth is not truth:
            self._models = Models(truth, self._errand.wants_stop)
        return self._models
