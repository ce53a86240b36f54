"""The one place where a run is started, paused, stepped, reset and stopped.

`RunController` lives on the GUI thread, owns the training thread and the
recording, and turns the worker's mail into frames. It draws nothing.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from enum import Enum

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal, Slot

from vae_gui.core.config import RunConfig, with_live_values
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.storage import SavedRun
from vae_gui.core.training import TrainerState
from vae_gui.core.views import Truth
from vae_gui.ui.frame import Frame
from vae_gui.ui.session.mailbox import Mail, Mailbox, Orders, Preparation, Prepared, Trouble
from vae_gui.ui.session.worker import TrainingWorker

WAIT_MS = 5000


class State(Enum):
    """What the run is doing."""

    IDLE = "idle"  # nothing has been trained yet, or nothing is left to train
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"  # a reset was asked for and the new run is not there yet


class RunController(QObject):
    """Start, pause, step, reset and stop; all methods on the GUI thread.

    Signals:
        state_changed: `state`, `ready` or `finished` changed.
        prepared: A new run is there (a `Prepared`).
        engine_ready: It can be trained.
        mail: `poll` would find something.
        troubled: The run stopped against its will (a `Trouble`).
        state_taken: The run as asked for by `take_state` (a `SavedRun`).
    """

    state_changed = Signal()
    prepared = Signal(object)
    engine_ready = Signal()
    mail = Signal()
    troubled = Signal(object)
    state_taken = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State.IDLE
        self.ready = False  # the engine is there
        self.engine = ""  # what makes the steps
        self.finished = False
        self.trouble: Trouble | None = None  # why there is no run, or why it stopped
        self.total_steps = 0
        self.current: Prepared | None = None
        self.frame: Frame | None = None
        self._redraw = False  # the frame changed without a new picture
        self._run = 0
        self._fresh = True  # the run wanted is none that was trained before
        self._closed = False
        self._ticket = self._rested = 0  # of the last wish to start or stop, and of the last rest
        self._config: RunConfig | None = None
        self._orders = Orders()
        self._mailbox = Mailbox()
        self._rate: deque[tuple[float, int]] = deque()
        self._thread = QThread(self)
        self._thread.setObjectName("training")
        self._worker = TrainingWorker(self._orders, self._mailbox)
        self._worker.moveToThread(self._thread)
        self._worker.mail.connect(self.mail)
        self._thread.started.connect(self._worker.work)

    # what is ------------------------------------------------------------------

    @property
    def config(self) -> RunConfig | None:
        """The configuration in force."""
        return self._config

    @property
    def recording(self) -> Recording | None:
        """What is recorded of the current run."""
        return self.current.recording if self.current else None

    @property
    def truth(self) -> Truth | None:
        """The data of the current run."""
        return self.current.truth if self.current else None

    @property
    def step(self) -> int:
        """Training steps recorded."""
        return self.recording.steps if self.recording else 0

    @property
    def last_test(self) -> TestPoint | None:
        """The newest test loss."""
        return self.recording.tests[-1] if self.recording and self.recording.tests else None

    @property
    def joined(self) -> bool:
        """Whether no training thread runs (any more)."""
        return not self._thread.isRunning()

    @property
    def has_run(self) -> bool:
        """Whether there is a run that is neither in the making nor failed to be made."""
        return self.current is not None and self.current.run == self._run

    @property
    def resting(self) -> bool:
        """Whether no step is wanted or under way."""
        return self._rested == self._ticket

    @property
    def up_to_date(self) -> bool:
        """Whether the frame tells of the newest step recorded."""
        return self.frame is not None and self.frame.picture.step == self.step

    @property
    def untouched(self) -> bool:
        """Whether a reset would lose nothing."""
        if self.state is State.STOPPING:
            return self._fresh
        return self.step == 0 and self.resting

    def steps_per_second(self) -> float:
        """The recent rate, over about a second."""
        now = time.perf_counter()
        self._rate.append((now, self.step))
        while len(self._rate) > 2 and now - self._rate[0][0] > 1.0:
            self._rate.popleft()
        (t0, s0), (t1, s1) = self._rate[0], self._rate[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 and self.state is State.RUNNING else 0.0

    # what is wanted -----------------------------------------------------------

    def reset(
        self,
        config: RunConfig,
        state: TrainerState | None = None,
        recording: Recording | None = None,
    ) -> None:
        """Drop the current run and make ready another, fresh or continued from `state`."""
        if self._closed:
            return
        self._run += 1
        self._config = config
        self._fresh = recording is None
        self.ready = self.finished = False
        self.trouble = None
        order = Preparation(self._run, config, state, recording)
        self._ticket = self._rested = self._orders.give(
            prepare=order, training=None, running=False, steps=0, picture=False
        )
        if not self._thread.isRunning():
            self._thread.start()
        self._set_state(State.STOPPING)

    def run(self) -> None:
        """Train until paused or finished."""
        if self.ready and not self.finished and self.state in (State.IDLE, State.PAUSED):
            self.trouble = None
            self._rate.clear()
            self._ticket = self._orders.give(running=True, picture=True)
            self._set_state(State.RUNNING)

    def pause(self) -> None:
        """Stop after the step under way, ready to go on."""
        if self.state is State.RUNNING:
            self._ticket = self._orders.give(running=False, steps=0, picture=True)
            self._set_state(State.PAUSED)

    def step_once(self, steps: int = 1) -> None:
        """Make single steps; a running run pauses first."""
        self.pause()
        if self.ready and not self.finished and self.state in (State.IDLE, State.PAUSED):
            self.trouble = None
            self._ticket = self._orders.add_steps(steps)
            self._set_state(State.PAUSED)

    def set_speed(self, steps_per_second: float | None) -> None:
        """Limit the speed; None is as fast as possible."""
        self._orders.give(speed=steps_per_second)

    def apply_live(self, wanted: RunConfig) -> None:
        """Take over the live values of `wanted` between two steps."""
        if self._config is None:
            return
        config = with_live_values(self._config, wanted)
        if config == self._config:
            return
        self._config = config
        if self.frame is not None:  # what is drawn of a run at rest tells the new values too
            self.frame = replace(self.frame, config=config)
            self._redraw = True
            self.mail.emit()
        self._orders.give(training=config.training)
        done = self.last_test.epoch if self.last_test else 0
        if self.finished and config.training.epochs > done:
            self.finished = False
            self._set_state(State.PAUSED)

    def leave(self) -> None:
        """Stop the run for good and hand it over by `state_taken`; a reset has to follow.

        What is edited from now on is meant for the run to come.
        """
        self._config = None
        self._ticket = self._orders.give(running=False, steps=0, state=True)
        self._set_state(State.STOPPING)

    def take_state(self) -> None:
        """Ask for the trainer's state; `state_taken` delivers it."""
        self._orders.give(state=True)

    def close(self, wait_ms: int | None = WAIT_MS) -> bool:
        """Stop and join the training thread, for good; whether it has ended in time.

        It ends between two parts of what it computes. Only what cannot be divided, such
        as importing torch from a slow disk, may take longer.

        Args:
            wait_ms: How long to wait for it; None for ever.
        """
        self._closed = True
        self._orders.give(quit=True, running=False)
        self._thread.quit()  # directly: a queued quit would wait for this very thread
        return self._thread.wait() if wait_ms is None else self._thread.wait(wait_ms)

    def final(self) -> SavedRun | None:
        """The run as it was left, None if nothing was trained; once the thread has ended."""
        if not (self._closed and self.joined):
            return None
        self.poll()
        standing, recording = self._worker.standing(), self.recording
        if standing is None or recording is None or not self.has_run or not self.step:
            return None
        return SavedRun(standing.config, recording, standing.state)

    # what comes back ----------------------------------------------------------

    @Slot()
    def poll(self) -> Frame | None:
        """Empty the mailbox; the newest frame, or None when there is no new picture."""
        mail = self._mailbox.take()
        for old in (mail.earlier, mail):  # a run that was left may still have to be saved
            if old is not None and old.run != self._run:
                self._record(old)
        if mail.run != self._run:  # of an older run, or nothing at all
            return self._unchanged_frame()
        if mail.prepared is not None:
            self.current = mail.prepared
            self.frame = None
            self._set_state(State.PAUSED if self.step else State.IDLE)
            self.prepared.emit(mail.prepared)
        self._record(mail)
        self._follow(mail)
        return self._next_frame(mail)

    def _record(self, mail: Mail) -> None:
        """Keep what was trained, and hand it over to be saved if someone waits for it."""
        if self.current is None or self.current.run != mail.run:
            return
        recording = self.current.recording
        recording.add_losses(np.frombuffer(mail.losses, np.float32))
        recording.tests += mail.tests
        recording.changes += mail.changes
        for step, parameters in mail.snapshots:
            recording.add_snapshot(step, parameters)
        if mail.standing is not None:
            saved = SavedRun(mail.standing.config, recording, mail.standing.state)
            self.state_taken.emit(saved)

    def _follow(self, mail: Mail) -> None:
        """Become what the worker says that the run is."""
        self.total_steps = mail.total_steps or self.total_steps
        if mail.rest is not None:
            self._rested = mail.rest
        if mail.engine:
            self.ready = True
            self.engine = mail.engine
            self.state_changed.emit()
            self.engine_ready.emit()
        if mail.finished is not None and mail.finished is not self.finished:
            self.finished = mail.finished
            if self.finished:
                self._halt()
            if self.finished or self.state is not State.RUNNING:
                self._set_state(self._at_rest())
        if mail.trouble is not None:
            self._stop_with(mail.trouble)

    def _halt(self) -> None:
        """Want no more steps of a run that cannot go on; wishes may have crossed its news."""
        self._ticket = self._orders.give(running=False, steps=0, picture=True)

    def _at_rest(self) -> State:
        return State.PAUSED if self.step and not self.finished else State.IDLE

    def _stop_with(self, trouble: Trouble) -> None:
        if self.current is not None and self.current.run != self._run:
            self.current = self.frame = None  # the run could not be made; the one before is gone
        self._halt()
        self.trouble = trouble
        self._set_state(self._at_rest())
        self.troubled.emit(trouble)

    def _next_frame(self, mail: Mail) -> Frame | None:
        if mail.picture is None or self.current is None or self._config is None:
            return self._unchanged_frame()
        if self.state is State.RUNNING:
            self._orders.give(picture=True)  # the next one, when this one is taken
        c = self.current
        self.frame = Frame(self._run, self._config, c.plan, c.noise, mail.picture, c.recording)
        self._redraw = False
        return self.frame

    def _unchanged_frame(self) -> Frame | None:
        """The frame of before, if something but the picture has changed in it."""
        changed, self._redraw = self._redraw, False
        return self.frame if changed else None

    def _set_state(self, state: State) -> None:
        self.state = state
        self.state_changed.emit()
