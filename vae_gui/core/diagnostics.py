"""Numbers that sum up a run, as pure functions of what is known of it.

A new metric is one function here and one line in `METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae_gui.core.config import RunConfig
from vae_gui.core.network import Losses, layout
from vae_gui.core.recording import Recording, TestPoint
from vae_gui.core.views import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What metrics are computed from.

    Attributes:
        config: The run's configuration.
        truth: The data and their known density.
        recording: Its losses up to now.
        tested: The test loss of the model in question; by default the latest recorded.
    """

    config: RunConfig
    truth: Truth
    recording: Recording
    tested: TestPoint | None = None

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
class Metric:
    """One number about a run.

    Attributes:
        key: Its name in files.
        label: Its name on screen.
        unit: Its unit, empty for a count.
        help: One sentence that explains it.
        function: Computes it; NaN where there is nothing to tell yet.
    """

    key: str
    label: str
    unit: str
    help: str
    function: Callable[[Evidence], float]


def negative_elbo(evidence: Evidence) -> float:
    """Reconstruction + KL of the test set, whatever beta was trained with.

    An upper bound of E[-log p_theta(x)] in nats, hence not below the entropy
    (Kingma & Welling 2014, eq. 2).
    """
    return evidence.test.reconstruction + evidence.test.kl


def _steps(evidence: Evidence) -> int:
    return evidence.recording.steps


def _tested(evidence: Evidence) -> int:
    return evidence.last_test.step if evidence.last_test else 0


def _epochs(evidence: Evidence) -> int:
    return evidence.last_test.epoch if evidence.last_test else 0


METRICS: tuple[Metric, ...] = (
    Metric(
        "test_loss",
        "Test loss",
        "nats",
        "Reconstruction + β · KL on points that were never trained on.",
        lambda e: e.test.total,
    ),
    Metric(
        "reconstruction",
        "Reconstruction",
        "nats",
        "Mean of -log p(x|z) on the test set: the distortion.",
        lambda e: e.test.reconstruction,
    ),
    Metric(
        "kl",
        "KL",
        "nats",
        "Mean of KL(q(z|x) || p(z)) on the test set: the rate, what the latent is told of x.",
        lambda e: e.test.kl,
    ),
    Metric(
        "entropy_floor",
        "Entropy floor",
        "nats",
        "Entropy of the data: no model's expected loss at β = 1 is lower.",
        lambda e: e.truth.entropy,
    ),
    Metric(
        "nats_above_floor",
        "Above the floor",
        "nats",
        "Reconstruction + KL less the entropy: what is left to learn.",
        lambda e: negative_elbo(e) - e.truth.entropy,
    ),
    Metric(
        "test_floor",
        "Floor of this test set",
        "nats",
        "Mean of -log p(x) over these test points: what the true density itself scores.",
        lambda e: e.truth.test_floor,
    ),
    Metric(
        "nats_above_test_floor",
        "Above the floor of this test set",
        "nats",
        "Reconstruction + KL less what the true density scores on the same points.",
        lambda e: negative_elbo(e) - e.truth.test_floor,
    ),
    Metric("steps", "Steps", "", "Training steps done.", _steps),
    Metric(
        "tested_at",
        "Tested at step",
        "",
        "The step after which the test loss was measured.",
        _tested,
    ),
    Metric("epochs", "Epochs", "", "Epochs completed.", _epochs),
    Metric(
        "parameters",
        "Parameters",
        "",
        "Weights of encoder and decoder together.",
        lambda e: layout(e.config.model).size,
    ),
)


def measure(evidence: Evidence) -> dict[str, float]:
    """Every metric by its key, in the order of `METRICS`."""
    return {metric.key: metric.function(evidence) for metric in METRICS}
