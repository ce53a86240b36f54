"""What crosses between the GUI thread and the training thread, and how.

`Orders` carry what the GUI wants, the newest wish in force; `Mailbox` carries
every loss and the newest picture back. Both are guarded by a lock; all values
that cross are frozen or copies. Knows nothing of Qt.
"""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from vae_gui.core.config import RunConfig, TrainingConfig
from vae_gui.core.network import Layout
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.training import TrainerState
from vae_gui.core.views import DisplayNoise, Picture, Truth


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """A run to be made ready: fresh, or continued from a recorded one."""

    run: int
    config: RunConfig
    state: TrainerState | None = None
    recording: Recording | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A run that is ready to be shown and, once its engine is there, trained."""

    run: int
    config: RunConfig
    truth: Truth
    plan: Layout
    noise: DisplayNoise
    recording: Recording
    total_steps: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a run stopped against its will.

    Attributes:
        title: A few words.
        message: What happened and what to try, in sentences.
        details: A traceback when the fault is the program's, else empty.
    """

    title: str
    message: str
    details: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where a run stands, enough to continue it to the bit."""

    config: RunConfig
    state: TrainerState


@dataclass(slots=True)
class Mail:
    """Everything that one run had to tell since the mailbox was last emptied."""

    run: int = 0
    prepared: Prepared | None = None
    engine: str = ""  # its name, once the run can be trained
    losses: array[float] = field(default_factory=lambda: array("f"))  # 3 a step
    tests: list[TestPoint] = field(default_factory=list)
    snapshots: list[tuple[int, npt.NDArray[np.float32]]] = field(default_factory=list)
    changes: list[tuple[int, str]] = field(default_factory=list)
    picture: Picture | None = None
    total_steps: int = 0
    rest: int | None = None  # the ticket of the wish that the worker has wholly obeyed
    finished: bool | None = None  # None: as before
    trouble: Trouble | None = None
    standing: Standing | None = None
    earlier: Mail | None = None  # of the run before, if someone waits for where it stood


class Mailbox:
    """One slot from worker to GUI. Filled by the worker, emptied by the GUI."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mail = Mail()
        self._empty = True

    def write(self, run: int) -> MailWriter:
        """Fill the slot under its lock: `with mailbox.write(run) as mail: ...`."""
        return MailWriter(self, run)

    def take(self) -> Mail:
        """Everything inside, leaving it empty."""
        with self._lock:
            mail, self._mail, self._empty = self._mail, Mail(), True
            return mail


class MailWriter:
    """Holds the mailbox's lock; afterwards `.was_empty` tells whether to ring the bell."""

    was_empty = False

    def __init__(self, box: Mailbox, run: int) -> None:
        self._box = box
        self._run = run

    def __enter__(self) -> Mail:
        box = self._box
        box._lock.acquire()
        if box._mail.run != self._run:  # what an older run had left to say is void ...
            old = box._mail
            # ... unless it is to be saved
            box._mail = Mail(self._run, earlier=old if old.standing else old.earlier)
        self.was_empty, box._empty = box._empty, False
        return box._mail

    def __exit__(self, *_: object) -> None:
        self._box._lock.release()


@dataclass(slots=True)
class Wishes:
    """What the worker is to do next; taken ones say in `running` and `steps` whether to step."""

    prepare: Preparation | None = None
    training: TrainingConfig | None = None
    running: bool = False
    steps: int = 0  # single steps still to do
    speed: float | None = None  # steps per second, None for as fast as possible
    picture: bool = False
    state: bool = False
    quit: bool = False


class Orders:
    """One slot from GUI to worker: the newest wish wins, and any wish wakes the worker.

    Every wish to start or stop stepping has a number, its ticket; the worker's rest
    names the ticket that it obeyed, so that an old rest is not taken for a new one.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._wishes = Wishes()
        self._ticket = 0

    def give(self, **wishes: object) -> int:
        """Set some of the fields of `Wishes` and wake the worker; returns the ticket in force."""
        with self.changed:
            for name, value in wishes.items():
                setattr(self._wishes, name, value)
            if "running" in wishes:
                self._ticket += 1
            self.changed.notify()
            return self._ticket

    def add_steps(self, steps: int) -> int:
        """Ask for so many more single steps; returns the ticket."""
        with self.changed:
            self._wishes.steps += steps
            self._ticket += 1
            self.changed.notify()
            return self._ticket

    def take(self, can_step: bool, since: float | None, now: float) -> Wishes | None:
        """Wait until there is something to do, and take it.

        Args:
            can_step: Whether a step could be made at all.
            since: When the time of one step began, at the speed in force, that must have
                passed before the next; None if that may be made at once.
            now: The present, on the clock of `since`.

        Returns:
            The wishes, `running` only when a step is due; None when only time has passed.
            A run to prepare comes alone, but for the wish to know where the old one stands.
        """
        with self.changed:
            w = self._wishes
            urgent = w.prepare or w.training or w.picture or w.state or w.quit
            single = can_step and w.steps > 0
            running = can_step and w.running
            due = None if since is None or w.speed is None else since + 1 / w.speed
            early = due is not None and due > now
            if not (urgent or single or (running and not early)):
                self.changed.wait(due - now if running and due is not None else None)
                return None
            if w.prepare is not None:
                taken = Wishes(w.prepare, state=w.state, quit=w.quit)
                w.prepare, w.state = None, False
                return taken
            taken = replace(w, running=running and not early, steps=int(single))
            w.training = None
            w.picture = w.state = False
            w.steps -= int(single)
            return taken

    def drop(self, single: bool) -> bool:
        """Whether what the worker is at is no longer wanted.

        Args:
            single: It was asked for by itself: only a new run or the end undoes that,
                while a step of many gives way to a pause or to other settings too.
        """
        with self.changed:
            w = self._wishes
            changed = not w.running or w.training is not None
            return w.quit or w.prepare is not None or (changed and not single)

    def rest(self, can_step: bool) -> int | None:
        """The ticket in force if no step is to be made any more, else None."""
        with self.changed:
            w = self._wishes
            return None if can_step and (w.running or w.steps > 0) else self._ticket

    def halt(self) -> None:
        """Want no more steps, from within the worker."""
        with self.changed:
            self._wishes.running = False
            self._wishes.steps = 0
