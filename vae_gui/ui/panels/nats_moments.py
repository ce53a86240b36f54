"""Where the nats of a run went, moment by moment: what is asked, of which steps, what is kept.

Coarse first: the ends of the run, then whichever step is farthest from all that is known.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_gui.core.distributions import Array
from vae_gui.core.network import Losses
from vae_gui.core.recording import Recording
from vae_gui.ui.frame import Frame
from vae_gui.ui.panels.film_strip import most_wanted, pick_steps, stage_of
from vae_gui.ui.questions import Answer, Question

if TYPE_CHECKING:
    from vae_gui.core.analysis import Analysis
    from vae_gui.core.decomposition import Decomposition

BY_OCTAVES, EVENLY = 20, 12  # moments of a run that are looked at, of either spacing
STALE = 0.1  # of the run: so far behind, the newest moment comes before any older one
MOST_KEPT = 80  # moments; beyond, those between the moments that are wanted now are forgotten

HEADER = (
    "step",
    "test_floor",
    "divergence",
    "approximation_gap",
    "amortisation_gap",
    "test_loss_at_beta_1",
    "rate",
    "distortion",
    "error",
    "noise",
    "in_doubt",
)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What is known of one moment.

    Attributes:
        parts: Where the nats of the test loss go.
        tested: The test loss, measured as training measures it.
        same_points: Whether both are of the same points, so that they must close.
    """

    parts: Decomposition
    tested: Losses
    same_points: bool

    @property
    def closing_error(self) -> float:
        """The loss measured at beta = 1 less the sum of the parts, in nats; NaN if of others."""
        measured = self.tested.reconstruction + self.tested.kl
        return self.parts.closing_error(measured) if self.same_points else float("nan")


class NatsQuestion(Question):
    """Where the nats go at one moment."""

    def answer(self, analysis: Analysis) -> Found:
        """Decompose the test loss: 0.2 s, a second with a latent of 3."""
        same = len(analysis.x) == len(analysis.truth.test)
        return Found(analysis.decomposition, analysis.tested, same)


class Moments:
    """What is known of one run, by step.

    Attributes:
        changes: How often something has become known of this run.
    """

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._run = 0
        self._forget()

    def _forget(self) -> None:
        self._found: dict[int, Found] = {}
        self.changes = 0
        self._arrays: tuple[Array, Array, Array] | None = None
        # what `wanted_steps` gave last, and for what
        self._wanted: tuple[object, list[int]] = (None, [])

    def start(self, frame: Frame) -> bool:
        """Keep to the run of a frame; whether that is another one than before."""
        if (frame.run, frame.recording) == (self._run, self._recording):
            return False
        self._run, self._recording = frame.run, frame.recording
        self._forget()
        return True

    def clear(self) -> None:
        """Forget the run."""
        self.__init__()  # type: ignore[misc]

    def __len__(self) -> int:
        return len(self._found)

    def add(self, answer: Answer) -> None:
        """Keep an answer, if it is of this run."""
        if answer.question.run == self._run:
            self._found[answer.step] = answer.found
            self.changes += 1
            self._arrays = None
            if len(self._found) > MOST_KEPT and self._recording is not None:
                last = max(self._found)
                kept = {*wanted_steps(self._recording, last), min(self._found), last}
                self._found = {s: f for s, f in self._found.items() if s in kept}

    def question(self, frame: Frame) -> NatsQuestion | None:
        """What to ask next; None once the run and this very moment are known."""
        recording, now = frame.recording, frame.picture.step
        stale = not self._found or now - max(self._found) > STALE * max(recording.steps, 1)
        step = None if stale else most_wanted(self._wanted_of(recording), self._found)
        if step is not None:
            return NatsQuestion(
                run=frame.run,
                step=step,
                config=frame.config,
                parameters=recording.snapshot(step),
            )
        return None if now in self._found else NatsQuestion.about(frame)

    def missing(self, frame: Frame) -> tuple[int, int]:
        """How many of the moments wanted are not known yet, and how many are wanted."""
        wanted = {*self._wanted_of(frame.recording), frame.picture.step}
        return len(wanted - self._found.keys()), len(wanted)

    def _wanted_of(self, recording: Recording) -> list[int]:
        """`wanted_steps`, found anew only when they may have changed: asked several times a
        frame, they change some times an octave.
        """
        held, now = recording.snapshot_steps, recording.steps
        state = (recording, len(held), held[-1:], bisect_left(held, now), stage_of(now))
        if state != self._wanted[0]:
            self._wanted = state, wanted_steps(recording)
        return self._wanted[1]

    def nearest(self, step: int) -> tuple[int, Found] | None:
        """The known moment nearest to a step."""
        if not self._found:
            return None
        near = min(self._found, key=lambda s: abs(s - step))
        return near, self._found[near]

    def arrays(self) -> tuple[Array, Array, Array]:
        """Steps (n,) in order, parts (n, 4), and rate and distortion (n, 2); not to be changed."""
        if self._arrays is None:
            steps = sorted(self._found)
            rows = [self._found[s].parts for s in steps]
            self._arrays = (
                np.array(steps, np.float64),
                np.array([r.parts for r in rows]).reshape(-1, 4),
                np.array([(r.rate, r.distortion) for r in rows]).reshape(-1, 2),
            )
        return self._arrays

    def table(self) -> tuple[tuple[str, ...], list[list[float | int]]]:
        """Header and rows of everything known, in nats; `in_doubt` is 1 or 0."""
        rows: list[list[float | int]] = []
        for step in sorted(self._found):
            found = self._found[step]
            p, tested = found.parts, found.tested
            measured = tested.reconstruction + tested.kl
            rows.append(
                [
                    step,
                    *p.parts,
                    measured,
                    p.rate,
                    p.distortion,
                    p.error,
                    p.noise,
                    int(bool(p.doubt)),
                ]
            )
        return HEADER, rows

    def doubted(self) -> dict[int, str]:
        """Why not to rely on some moments, by step."""
        return {s: f.parts.doubt for s, f in self._found.items() if f.parts.doubt}


def wanted_steps(
    recording: Recording,
    last: int | None = None,
    by_octaves: int = BY_OCTAVES,
    evenly: int = EVENLY,
) -> list[int]:
    """The steps of which a run is drawn: of those whose weights are held, some by either spacing.

    The latest one that is held is among them.
    """
    held = recording.snapshot_steps
    if not held:
        return []
    now = recording.steps if last is None else last
    some = {
        *pick_steps(held, now, by_octaves, "log"),
        *pick_steps(held, now, evenly, "even"),
        held[-1],
    }
    return sorted(some.intersection(held))
