"""What a metric is, what it is computed from, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vae_gui.core.analysis import Analysis
from vae_gui.core.config import RunConfig
from vae_gui.core.distributions import told
from vae_gui.core.network import Losses
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.views import Truth

Cost = Literal["frame", "job", "slow"]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What metrics are computed from.

    Attributes:
        config: The run's configuration.
        truth: The data and their known density.
        recording: Its losses up to now.
        tested: The test loss of the model in question; by default the latest recorded.
        analysis: That model itself; without it only what costs a frame can be measured.
    """

    config: RunConfig
    truth: Truth
    recording: Recording
    tested: TestPoint | None = None
    analysis: Analysis | None = None

    @property
    def last_test(self) -> TestPoint | None:
        """The test that tells of the model, None where there was none."""
        tests = self.recording.tests
        return self.tested or (tests[-1] if tests else None)

    @property
    def test(self) -> Losses:
        """Its losses, NaN where none has been measured."""
        last = self.last_test
        return last.losses if last else Losses(np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number and how far it can be relied on.

    Attributes:
        value: The number; NaN where there is nothing to tell.
        error: What quadrature or chance may be off by, in its unit; 0 where there is neither.
        doubt: Why it is not to be relied on, as a sentence; empty if it is.
        band: What chance alone makes of it, (low, high), where that is known.
    """

    value: float
    error: float = 0.0
    doubt: str = ""
    band: tuple[float, float] | None = None

    @property
    def reliable(self) -> bool:
        """Whether it is as exact as is claimed."""
        return not self.doubt


@dataclass(frozen=True, slots=True)
class Metric:
    """One number about a run.

    Attributes:
        key: Its name in files.
        label: Its name on screen.
        unit: Its unit, empty for a count.
        help: One sentence that explains it.
        function: Computes it; NaN where there is nothing to tell yet.
        formula: What it is in symbols, as rich text (`<sub>`, `<sup>`, `<i>`); may be empty.
        cost: `frame`: microseconds, for each picture; `job`: 0.1 s, seconds for latents above 2,
            on a thread of its own; `slow`: some times as long.
        alarm: It is 1 where something is wrong, else 0.
        of_density: Whether the density of the data is in it: an estimate where that is one.
    """

    key: str
    label: str
    unit: str
    help: str
    function: Callable[[Evidence], float | Measurement]
    formula: str = ""
    cost: Cost = "frame"
    alarm: bool = False
    of_density: bool = False

    def words(self, exact: bool) -> tuple[str, str]:
        """Label and help for data whose density is known exactly, or is an estimate."""
        label = told(self.label, exact)
        if self.of_density and not exact and label == self.label:
            label += " (estimate)"
        return label, told(self.help, exact)

    def measure(self, evidence: Evidence) -> Measurement:
        """Compute it; without an analysis, what needs one is not a number.

        Raises:
            Interrupted: The analysis was asked to stop.
        """
        if self.cost != "frame" and evidence.analysis is None:
            return Measurement(math.nan)
        found = self.function(evidence)
        return found if isinstance(found, Measurement) else Measurement(found)


def of(analysis: Callable[[Analysis], Measurement]) -> Callable[[Evidence], Measurement]:
    """A metric's function that needs the analysis alone."""

    def function(evidence: Evidence) -> Measurement:
        assert evidence.analysis is not None, "measured without the model"
        return analysis(evidence.analysis)

    return function
