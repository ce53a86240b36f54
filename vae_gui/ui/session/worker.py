"""Trains on its own thread: obeys `Orders`, fills the `Mailbox`, never touches a widget."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal, Slot

from vae_gui.core.changes import change_words
from vae_gui.core.config import TrainingConfig
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.network import Floats
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.reading import FileProblem
from vae_gui.core.recording import Recording, Snapshots
from vae_gui.core.together import MOST, Together
from vae_gui.core.training import Diverged, Step, Trainer, Untrainable, display_noise, make_dataset
from vae_gui.core.views import draw_picture, view_truth
from vae_gui.ui.session.mailbox import (
    Mail,
    Mailbox,
    Orders,
    Preparation,
    Prepared,
    Standing,
    Trouble,
    Wishes,
)


class TrainingWorker(QObject):
    """Runs a Trainer on the thread it was moved to.

    Signals:
        mail: The mailbox, empty before, holds something. Carries nothing itself.
    """

    mail = Signal()

    def __init__(self, orders: Orders, mailbox: Mailbox) -> None:
        super().__init__()
        self._orders = orders
        self._mailbox = mailbox
        self._trainer: Trainer | None = None
        self._prepared: Prepared | None = None
        self._run = 0
        self._rule = Snapshots(16)
        self._together = Together(1)
        self._shown_step = -1
        self._picture_owed = False
        self._since: float | None = None  # see `Orders.take`
        self._asked_by_itself = True  # what is under way; see `Orders.drop`

    @Slot()
    def work(self) -> None:
        """Obey orders until told to quit. Whatever goes wrong is delivered, not raised."""
        while True:
            wishes = self._orders.take(self._can_step(), self._since, time.perf_counter())
            if wishes is None:
                continue
            if wishes.quit:
                return
            try:
                self._obey(wishes)
            except Interrupted:
                continue  # newer wishes wait, and nothing was changed
            except Diverged as error:
                self._go_back()
                self._report(_diverged(error))
            except (InvalidValue, FileProblem, Untrainable, MemoryError) as error:
                words = str(error) or "There is not enough memory for a run of this size."
                self._report(Trouble("The run could not be made", words))
            except Exception as error:
                message = f"{type(error).__name__}: {error}"
                self._report(Trouble("The run stopped", message, traceback.format_exc()))

    def standing(self) -> Standing | None:
        """Where the run stands, None without one. Only once `work` is over, or within it."""
        trainer = self._trainer
        return None if trainer is None else Standing(trainer.config, trainer.state())

    def _can_step(self) -> bool:
        return self._trainer is not None and not self._trainer.finished

    def _unwanted(self) -> bool:
        return self._orders.drop(self._asked_by_itself)

    def _obey(self, wishes: Wishes) -> None:
        trainer = self._trainer
        if wishes.state and trainer is not None:
            standing = self.standing()
            with self._writing() as mail:
                mail.standing = standing
        if wishes.prepare is not None:
            self._prepare(wishes.prepare)
            return
        if trainer is None:
            self._rest()
            return
        if wishes.training is not None:
            self._configure(trainer, wishes.training)
        self._picture_owed |= wishes.picture
        if self._can_step() and (wishes.steps > 0 or wishes.running):
            self._step(trainer, wishes)
        else:
            self._rest()

    def _configure(self, trainer: Trainer, wanted: TrainingConfig) -> None:
        before = trainer.config.training
        trainer.configure(wanted)
        with self._writing() as mail:
            mail.changes.append((trainer.step, change_words(before, wanted)))
            mail.total_steps = trainer.total_steps
            mail.finished = trainer.finished

    def _prepare(self, order: Preparation) -> None:
        """Make the data and the untrained model, show them, then build the engine."""
        self._trainer = self._prepared = None
        self._run = order.run
        self._asked_by_itself = True
        config = order.config
        data = make_dataset(config.data)
        trainer = Trainer(config, data, wants_stop=self._unwanted)
        recording = order.recording
        if order.state is not None:
            trainer.restore(order.state)
        if recording is None:
            recording = Recording(trainer.plan.size)
            recording.tests.append(trainer.untrained)
            recording.add_snapshot(0, _frozen_copy(trainer.parameters))
        truth = view_truth(config.data.source, data.train, data.test, wants_stop=self._unwanted)
        if self._unwanted():
            raise Interrupted
        self._rule = Snapshots.for_size(trainer.plan.size)
        self._together = Together(trainer.plan.size)
        self._shown_step = -1
        self._prepared = Prepared(
            order.run,
            config,
            truth,
            trainer.plan,
            display_noise(config),
            recording,
            trainer.total_steps,
        )
        self._trainer = trainer
        with self._writing() as mail:
            mail.prepared = self._prepared
            mail.total_steps = trainer.total_steps
            mail.finished = trainer.finished
        self._show(trainer)
        engine = trainer.warm_up()  # may import torch, which takes seconds
        with self._writing() as mail:
            mail.engine = engine.name

    def _step(self, trainer: Trainer, wishes: Wishes) -> None:
        now = time.perf_counter()
        free = not wishes.steps and wishes.speed is None
        self._since = _paced(self._since, now, None if wishes.steps else wishes.speed)
        self._asked_by_itself = wishes.steps > 0
        # between two calls the interpreter is needed, and a window that draws holds it for
        # milliseconds: at full speed several steps are made in one
        made = self._together.advance(trainer, MOST if free else 1)
        self._publish(trainer, made)
        if self._picture_owed:
            self._show(trainer)
        self._rest()

    def _go_back(self) -> None:
        """Have the weights shown and kept that the trainer went back to, without a step."""
        trainer = self._trainer
        assert trainer is not None
        self._shown_step = -1
        if self._rule.keeps(trainer.step, trainer.step):
            with self._writing() as mail:
                mail.snapshots.append((trainer.step, _frozen_copy(trainer.parameters)))

    def _publish(self, trainer: Trainer, made: list[Step]) -> None:
        kept = [
            (step.index, _frozen_copy(weights))
            for step, weights in zip(made, self._together.trail, strict=False)
            if self._rule.keeps(step.index, step.index)
        ]
        tests = [step.test for step in made if step.test is not None]
        with self._writing() as mail:
            for step in made:
                mail.losses.extend(step.losses)
            mail.snapshots.extend(kept)
            mail.tests.extend(tests)
            mail.total_steps = trainer.total_steps
            mail.finished = trainer.finished

    def _rest(self) -> None:
        """If no step is to be made any more, show where training stands and say so."""
        ticket = self._orders.rest(self._can_step())
        if ticket is None:
            return
        if self._trainer is not None and self._shown_step != self._trainer.step:
            self._show(self._trainer)
        with self._writing() as mail:
            mail.rest = ticket

    def _show(self, trainer: Trainer) -> None:
        assert self._prepared is not None
        p = self._prepared
        self._shown_step = trainer.step
        self._picture_owed = False
        picture = draw_picture(
            p.plan, trainer.parameters, p.noise, p.truth.test, trainer.step, trainer.epoch
        )
        with self._writing() as mail:
            mail.picture = picture

    def _report(self, trouble: Trouble) -> None:
        """Tell what happened, and stop; a run that could not be shown is no run."""
        self._orders.halt()
        if self._prepared is None:
            self._trainer = None
        with self._writing() as mail:
            mail.trouble = trouble

    @contextmanager
    def _writing(self) -> Iterator[Mail]:
        """Write to the mailbox, then ring `mail` if it was empty."""
        writer = self._mailbox.write(self._run)
        with writer as mail:
            yield mail
        if writer.was_empty:
            self.mail.emit()


def _frozen_copy(parameters: Floats) -> Floats:
    copy = parameters.copy()
    copy.flags.writeable = False
    return copy


def _paced(since: float | None, now: float, speed: float | None) -> float | None:
    """When the time of the step made now began, at so many steps per second."""
    if speed is None:
        return None
    # lateness up to a tenth of a second is caught up, so that the average rate holds
    return now if since is None else max(since + 1 / speed, now - 0.1)


def _diverged(error: Diverged) -> Trouble:
    return Trouble(
        f"The run diverged at step {error.step:,}",
        f"{error.reason} The last finite weights are kept. Lower the learning rate and press "
        "Run to go on from them, or Reset to start over.",
    )
