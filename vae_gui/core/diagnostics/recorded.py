"""Metrics that are read off what a run has recorded: they cost nothing."""

from __future__ import annotations

from vae_gui.core.diagnostics.metric import Evidence, Metric
from vae_gui.core.network import layout


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


RECORDED: tuple[Metric, ...] = (
    Metric(
        "test_loss",
        "Test loss",
        "nats",
        "Reconstruction + β · KL on points that were never trained on.",
        lambda e: e.test.total,
        "E<sub>q</sub>[−log p(x|z)] + β KL(q(z|x) ‖ p(z))",
    ),
    Metric(
        "reconstruction",
        "Reconstruction",
        "nats",
        "Mean of -log p(x|z) on the test set: the distortion.",
        lambda e: e.test.reconstruction,
        "E<sub>q(z|x)</sub>[−log p<sub>θ</sub>(x|z)]",
    ),
    Metric(
        "kl",
        "KL",
        "nats",
        "Mean of KL(q(z|x) || p(z)) on the test set: the rate, what the latent is told of x.",
        lambda e: e.test.kl,
        "½ Σ<sub>j</sub> (μ<sub>j</sub><sup>2</sup> + σ<sub>j</sub><sup>2</sup>"
        " − 1 − log σ<sub>j</sub><sup>2</sup>)",
    ),
    Metric(
        "entropy_floor",
        "Entropy floor",
        "nats",
        "Entropy of the data: no model's expected loss at β = 1 is lower.",
        lambda e: e.truth.entropy,
        "H(p) = −∫ p(x) log p(x) dx",
        of_density=True,
    ),
    Metric(
        "nats_above_floor",
        "Above the floor",
        "nats",
        "Reconstruction + KL less the entropy: what is left to learn.",
        lambda e: negative_elbo(e) - e.truth.entropy,
        "E<sub>q</sub>[−log p(x|z)] + KL(q ‖ p(z)) − H(p)",
        of_density=True,
    ),
    Metric(
        "test_floor",
        "Floor of this test set",
        "nats",
        "Mean of -log p(x) over these test points: what the true density itself scores.",
        lambda e: e.truth.test_floor,
        "−(1/m) Σ<sub>i</sub> log p(x<sub>i</sub>)",
        of_density=True,
    ),
    Metric(
        "nats_above_test_floor",
        "Above the floor of this test set",
        "nats",
        "Reconstruction + KL less what the true density scores on the same points.",
        lambda e: negative_elbo(e) - e.truth.test_floor,
        "E<sub>q</sub>[−log p(x|z)] + KL(q ‖ p(z)) + (1/m) Σ<sub>i</sub> log p(x<sub>i</sub>)",
        of_density=True,
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
