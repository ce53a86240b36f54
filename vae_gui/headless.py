"""A whole training run without a window.

Knows of no terminal and no widget: it reports to a `Report` and can be asked to stop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from vae_gui.core.config import RunConfig
from vae_gui.core.diagnostics import Evidence, measure
from vae_gui.core.engine import NonFiniteLoss
from vae_gui.core.interrupting import Interrupted
from vae_gui.core.network import DATA_DIM, Floats, Layout
from vae_gui.core.parameters import InvalidValue
from vae_gui.core.recording import Recording, Snapshots, TestPoint
from vae_gui.core.state import TrainerState
from vae_gui.core.storage.files import size_words
from vae_gui.core.together import Together
from vae_gui.core.training import Diverged, Trainer, display_noise, make_dataset
from vae_gui.core.views import (
    SHOWN,
    DisplayNoise,
    Picture,
    Truth,
    draw_picture,
    generate,
    view_truth,
)

Outcome = Literal["done", "interrupted", "diverged", "failed"]
MOST_SAMPLE_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, eq=False)
class HeadlessRun:
    """A run that has ended, one way or another.

    Attributes:
        config: What was run.
        truth: Its data and their known density.
        plan: Where each weight lies.
        noise: The fixed noise behind the generated points.
        recording: Losses, test points and snapshots.
        picture: The model as it was left; after divergence, its last good weights.
        tested: The test loss of that model, in the midst of an epoch too.
        state: Where training stood.
        outcome: How it ended.
        reason: Why it failed or diverged, as a sentence; else empty.
        step_samples: Generated points after every step, (steps, n, 2), if they were asked for.
    """

    config: RunConfig
    truth: Truth
    plan: Layout
    noise: DisplayNoise
    recording: Recording
    picture: Picture
    tested: TestPoint
    state: TrainerState
    outcome: Outcome
    reason: str
    step_samples: npt.NDArray[np.float32] | None

    def metrics(self) -> dict[str, float]:
        """Every metric of the model as it was left, by its key."""
        return measure(Evidence(self.config, self.truth, self.recording, self.tested))


class Report(Protocol):
    """Who is told how a run goes."""

    def started(self, total: int, untrained: TestPoint) -> None:
        """Training begins; `total` steps are to be made."""

    def stepped(self, done: int) -> None:
        """So many steps are done."""

    def epoch_ended(self, training_loss: float, test: TestPoint) -> None:
        """An epoch is over; its mean training loss and the test loss after it."""


def steps_per_epoch(config: RunConfig) -> int:
    """Batches of an epoch, the short one included."""
    return math.ceil(config.data.examples / config.training.batch_size)


def for_steps(config: RunConfig, steps: int) -> RunConfig:
    """A configuration with at least as many epochs as so many steps need.

    Raises:
        InvalidValue: That is more epochs than there can be.
    """
    needed = math.ceil(steps / steps_per_epoch(config))
    if needed <= config.training.epochs:
        return config
    try:
        training = msgspec.structs.replace(config.training, epochs=needed)
    except InvalidValue as error:
        raise InvalidValue("--steps", steps, f"it needs {needed:,} epochs: {error}") from None
    return msgspec.structs.replace(config, training=training)


def expect_room(config: RunConfig, steps: int | None) -> None:
    """Find out early that the generated points of every step would be too many to keep.

    Raises:
        InvalidValue: They take more than `MOST_SAMPLE_BYTES`.
    """
    whole = steps_per_epoch(config) * config.training.epochs
    total = whole if steps is None else min(steps, whole)
    per_step = SHOWN * DATA_DIM * np.dtype(np.float32).itemsize
    if total * per_step > MOST_SAMPLE_BYTES:
        raise InvalidValue(
            "--samples-per-step",
            f"{total:,} steps of {SHOWN:,} points",
            f"they take {size_words(total * per_step)}, and at most "
            f"{size_words(MOST_SAMPLE_BYTES)} are kept: ask for at most --steps "
            f"{MOST_SAMPLE_BYTES // per_step}",
        )


def train(
    config: RunConfig,
    report: Report,
    steps: int | None = None,
    keep_samples: bool = False,
    wants_stop: Callable[[], bool] = lambda: False,
) -> HeadlessRun:
    """Train until the end, until `steps` steps are made, or until `wants_stop`.

    Args:
        config: What to run.
        report: Who is told how it goes.
        steps: Steps to make at most; None for all of the configuration.
        keep_samples: Whether to keep the generated points of every step; see `expect_room`.
        wants_stop: Asked every few milliseconds.

    Raises:
        KeyboardInterrupt: It was asked to stop before there was anything to save.
    """
    try:
        run = _Run(config, report, steps, keep_samples, wants_stop)
    except Interrupted:
        raise KeyboardInterrupt from None
    return run.result(*run.tested(*run.go(wants_stop)))


class _Run:
    """A trainer and everything that is kept of what it does."""

    def __init__(
        self,
        config: RunConfig,
        report: Report,
        steps: int | None,
        keep_samples: bool,
        wants_stop: Callable[[], bool],
    ) -> None:
        data = make_dataset(config.data)
        source = config.data.source
        self.truth = view_truth(source, data.train, data.test, wants_stop=wants_stop)
        self.noise = display_noise(config)
        self.trainer = Trainer(config, data, wants_stop=wants_stop)
        whole = self.trainer.total_steps
        self.total = whole if steps is None else min(steps, whole)
        shape = (self.total, *self.noise.decoder.shape)
        self.step_samples = np.empty(shape, np.float32) if keep_samples else None
        self.recording = Recording(self.trainer.plan.size)
        self.rule = Snapshots.for_size(self.trainer.plan.size)
        self.report = report
        self.together = Together(self.trainer.plan.size)
        self._keep_snapshot(0, self.trainer.parameters)
        self.recording.tests.append(self.trainer.untrained)

    def go(self, wants_stop: Callable[[], bool]) -> tuple[Outcome, str]:
        """Train; how it ended, and why if it failed. What was done until then is kept."""
        try:
            self.trainer.warm_up()
            self.report.started(self.total, self.trainer.untrained)
            while self.trainer.step < self.total:
                if wants_stop():
                    return "interrupted", ""
                self._step()
        except Interrupted:
            return "interrupted", ""
        except Diverged as error:
            return "diverged", str(error)
        except Exception as error:  # whatever it is, the steps made are not lost
            return "failed", f"{type(error).__name__}: {error}"
        return "done", ""

    def tested(self, outcome: Outcome, reason: str) -> tuple[Outcome, str, TestPoint]:
        """How the run ended, and the test loss of the weights it leaves."""
        trainer, last = self.trainer, self.recording.tests[-1]
        if outcome != "diverged" and last.step == trainer.step:
            return outcome, reason, last
        test = trainer.test()
        if outcome != "diverged" and not math.isfinite(test.losses.total):
            error = Diverged(trainer.step, str(NonFiniteLoss("test", test.losses)))
            outcome, reason = "diverged", str(error)
            trainer.undo()
            test = trainer.test()
        if outcome == "diverged":  # the weights are older than the step they are kept for
            self._keep_snapshot(trainer.step, trainer.parameters)
        return outcome, reason, test

    def result(self, outcome: Outcome, reason: str, tested: TestPoint) -> HeadlessRun:
        """The run as it is now."""
        trainer, test = self.trainer, self.trainer.data.test
        step, epoch = trainer.step, trainer.epoch
        return HeadlessRun(
            config=trainer.config,
            truth=self.truth,
            plan=trainer.plan,
            noise=self.noise,
            recording=self.recording,
            picture=draw_picture(trainer.plan, trainer.parameters, self.noise, test, step, epoch),
            tested=tested,
            state=trainer.state(),
            outcome=outcome,
            reason=reason,
            step_samples=None if self.step_samples is None else self.step_samples[:step],
        )

    def _step(self) -> None:
        made = self.together.advance(self.trainer, self.total - self.trainer.step)
        weights = self.together.trail[: len(made)]
        self.recording.add_losses([step.losses for step in made])
        for step, after in zip(made, weights, strict=True):
            self._keep_snapshot(step.index, after)
        if self.step_samples is not None:
            points, _ = generate(self.trainer.plan, weights, self.noise)
            self.step_samples[made[0].index - 1 : made[-1].index] = points
        for step in made:
            if step.test is not None:
                self.recording.tests.append(step.test)
                self.report.epoch_ended(self._epoch_loss(step.index), step.test)
        self.report.stepped(made[-1].index)

    def _keep_snapshot(self, step: int, weights: Floats) -> None:
        if self.rule.keeps(step, step):
            self.recording.add_snapshot(step, weights.copy())

    def _epoch_loss(self, end: int) -> float:
        """Mean training loss of the epoch that this step ended, the short batch by its size."""
        config = self.trainer.config
        sizes = np.full(steps_per_epoch(config), config.training.batch_size)
        sizes[-1] = config.data.examples - sizes[:-1].sum()
        return float(np.average(self.recording.losses[end - len(sizes) : end, 0], weights=sizes))
