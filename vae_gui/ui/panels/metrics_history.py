"""What was measured of a run, by step and metric, and what to measure next.

Whatever is cheap comes first, the newest model before older ones, and older ones from coarse
to fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from vae_gui.core.changes import in_force
from vae_gui.core.config import TrainingConfig
from vae_gui.core.diagnostics import Evidence, Measurement, Metric, measure_all
from vae_gui.core.distributions import Array
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.measuring import OF_THE_RUN, Moment
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.film_strip import most_wanted
from vae_gui.ui.panels.nats_moments import wanted_steps
from vae_gui.ui.plotting.steps import StepScale
from vae_gui.ui.questions import Answer, Question

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis

BY_OCTAVES, EVENLY = 12, 6  # moments of a run that are looked at, of either spacing
STALE = 0.04  # of the run: so far behind, the newest model comes before any older one
SLOW_STALE = 0.15  # the same for what takes long
TESTED_WITH = ("beta", "noise_samples")  # live settings that the test loss depends on
MOST_KEPT = 160  # moments; beyond, those between the wanted ones are forgotten


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricsQuestion(Question):
    """Some metrics of one model.

    Attributes:
        metrics: Which.
        recording: Of the run; only to be read.
        epoch: Completed epochs.
    """

    metrics: tuple[Metric, ...]
    recording: Recording
    epoch: int

    def answer(self, analysis: Analysis) -> Moment:
        """Measure them: some tenths of a second, seconds with a latent above 2."""
        recorded = latest_test(self.recording, self.step)
        if recorded is None or recorded.step != self.step:
            recorded = TestPoint(self.epoch, self.step, analysis.tested)
        evidence = Evidence(self.config, analysis.truth, self.recording, recorded, analysis)
        return Moment(recorded, measure_all(evidence, self.metrics))


class History:
    """What is known of one run."""

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._run = 0
        self._began = TrainingConfig()  # in force when the run was first seen
        self._moments: dict[int, Moment] = {}

    def start(self, frame: Frame) -> bool:
        """Keep to the run of a frame; whether that is another one than before."""
        if (frame.run, frame.recording) == (self._run, self._recording):
            return False
        self._run, self._recording = frame.run, frame.recording
        self._began = frame.config.training
        self._moments = {}
        return True

    def clear(self) -> None:
        """Forget the run."""
        self._recording, self._run, self._moments = None, 0, {}

    def add(self, answer: Answer) -> None:
        """Keep an answer, if it is of this run."""
        if answer.question.run != self._run or self._recording is None:
            return
        moment: Moment = answer.found
        known = self._moments.get(answer.step)
        found = {**known.found, **moment.found} if known else moment.found
        self._moments[answer.step] = Moment(moment.test, found)
        if len(self._moments) > MOST_KEPT:
            wanted = wanted_steps(self._recording, max(self._moments), BY_OCTAVES, EVENLY)
            kept = {*wanted, min(self._moments), max(self._moments)}
            self._moments = {s: m for s, m in self._moments.items() if s in kept}

    # what to ask ----------------------------------------------------------------

    def question(self, frame: Frame, metrics: Sequence[Metric]) -> MetricsQuestion | None:
        """What to measure next of those metrics; None once all is known of the run and of now."""
        metrics = [m for m in metrics if m.key not in OF_THE_RUN]
        slow = [m for m in metrics if m.cost == "slow"]
        quick = [m for m in metrics if m.cost != "slow"]
        if not quick and not slow:
            return None
        now = frame.picture.step
        for some, stale in ((quick, STALE), (slow, SLOW_STALE)):
            newest = max((s for s in self._moments if not self._missing(s, some)), default=None)
            if some and (newest is None or now - newest > stale * max(frame.recording.steps, 1)):
                return self._ask(frame, now, self._missing(now, some))
        wanted = wanted_steps(frame.recording, None, BY_OCTAVES, EVENLY)
        known = [s for s in self._moments if not self._missing(s, metrics)]
        step = most_wanted(wanted, known)
        if step is None:
            step = now
        missing = self._missing(step, metrics)
        return self._ask(frame, step, missing) if missing else None

    def _missing(self, step: int, metrics: Iterable[Metric]) -> tuple[Metric, ...]:
        found = self._moments[step].found if step in self._moments else {}
        return tuple(m for m in metrics if m.key not in found)

    def _ask(self, frame: Frame, step: int, metrics: tuple[Metric, ...]) -> MetricsQuestion:
        recording, picture = frame.recording, frame.picture
        then = in_force(self._began, recording.changes, step, TESTED_WITH)
        training = msgspec.structs.replace(
            frame.config.training, **{name: getattr(then, name) for name in TESTED_WITH}
        )
        now = step == picture.step
        return MetricsQuestion(
            run=frame.run,
            step=step,
            config=msgspec.structs.replace(frame.config, training=training),
            parameters=picture.parameters if now else recording.snapshot(step),
            metrics=metrics,
            recording=recording,
            epoch=completed_epochs(recording, step),
        )

    # what is known --------------------------------------------------------------

    def moments(self) -> list[Moment]:
        """Everything, in order of steps."""
        return [self._moments[s] for s in sorted(self._moments)]

    def test_at(self, step: int) -> TestPoint | None:
        """The test of exactly this step's model, None where nothing was measured of it."""
        moment = self._moments.get(step)
        return moment.test if moment else None

    def nearest(self, key: str, step: int) -> tuple[int, Measurement] | None:
        """The measurement of a metric nearest to a step, and its step."""
        steps = [s for s, m in self._moments.items() if key in m.found]
        if not steps:
            return None
        near = min(steps, key=lambda s: abs(s - step))
        return near, self._moments[near].found[key]

    def series(self, key: str) -> tuple[Array, list[Measurement]]:
        """Steps (n,) in order at which a metric was measured, and what was found."""
        steps = sorted(s for s, m in self._moments.items() if key in m.found)
        return np.array(steps, np.float64), [self._moments[s].found[key] for s in steps]

    def course(self, key: str, last: int) -> tuple[Array, Array]:
        """The finite values of a metric, and where they are along a logarithmic axis of steps.

        Args:
            key: Of the metric.
            last: Step at the end of the axis, which is 1; step 0 is at 0.
        """
        steps, found = self.series(key)
        values = np.array([f.value for f in found], np.float64)
        finite, scale = np.isfinite(values), StepScale(log=True)
        begin, end = scale.x([0, last])
        return ((scale.x(steps[finite]) - begin) / (end - begin)).clip(0, 1), values[finite]


def completed_epochs(recording: Recording, step: int) -> int:
    """How many epochs are over after a step."""
    at = recording.tests.at
    ended = at[at[:, 1] <= step, 0]
    return int(ended.max(initial=0))


def latest_test(recording: Recording, step: int) -> TestPoint | None:
    """The latest test that is not after a step, None where there is none."""
    count = int(np.searchsorted(recording.tests.at[:, 1], step, side="right"))
    return recording.tests[count - 1] if count else None
