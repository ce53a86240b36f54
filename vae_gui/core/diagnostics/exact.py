"""Metrics of the learned density and of where the nats go, by quadrature of a stated error."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vae_gui.core.analysis import Analysis
from vae_gui.core.decomposition import Decomposition
from vae_gui.core.diagnostics.metric import Evidence, Measurement, Metric, of


def _log_likelihood(a: Analysis) -> Measurement:
    found = a.density
    return Measurement(float(found.log_p.mean()), float(found.error.mean()), a.resolved.doubt)


def _divergence_on_test(a: Analysis) -> Measurement:
    true = a.truth.distribution.log_prob(a.x)
    found = a.density
    value = float(np.mean(true - found.log_p))
    return Measurement(value, float(found.error.mean()), a.resolved.doubt)


def _part(read: Callable[[Decomposition], float]) -> Callable[[Analysis], Measurement]:
    def measured(a: Analysis) -> Measurement:
        found = a.decomposition
        return Measurement(read(found), found.error, found.doubt)

    return measured


def _closing_error(evidence: Evidence) -> Measurement:
    """The recorded test loss at beta = 1 less the sum of the parts."""
    a, test = evidence.analysis, evidence.test
    assert a is not None, "measured without the model"
    if len(a.x) < len(a.truth.test):
        doubt = f"The test loss is of more points than the {len(a.x):,} that are looked at."
        return Measurement(math.nan, doubt=doubt)
    found = a.decomposition
    value = found.closing_error(test.reconstruction + test.kl)
    band = (-2 * found.noise, 2 * found.noise)  # of random z
    return Measurement(value, found.error, found.doubt, band)


def _divergence(name: str) -> Callable[[Analysis], Measurement]:
    def measured(a: Analysis) -> Measurement:
        found = a.comparison
        error = getattr(found.errors, name)
        return Measurement(getattr(found.divergences, name), error, found.doubt)

    return measured


EXACT: tuple[Metric, ...] = (
    Metric(
        "log_likelihood",
        "Exact log-likelihood",
        "nats",
        "Mean of log p_θ(x) over the test set, the latent integrated out.",
        of(_log_likelihood),
        "(1/m) Σ<sub>i</sub> log ∫ p<sub>θ</sub>(x<sub>i</sub>|z) p(z) dz",
        "job",
    ),
    Metric(
        "divergence_on_test",
        "KL(p ‖ p_θ) on the test set",
        "nats",
        "What the learned density scores worse than the true one on these points.",
        of(_divergence_on_test),
        "(1/m) Σ<sub>i</sub> log p(x<sub>i</sub>) − log p<sub>θ</sub>(x<sub>i</sub>)",
        "job",
        of_density=True,
    ),
    Metric(
        "approximation_gap",
        "Approximation gap",
        "nats",
        "What even the best diagonal Gaussian for each point leaves of the posterior.",
        of(_part(lambda d: d.approximation)),
        "E KL(q<sup>*</sup>(z) ‖ p<sub>θ</sub>(z|x))",
        "slow",
    ),
    Metric(
        "amortisation_gap",
        "Amortisation gap",
        "nats",
        "What the encoder is worse than the best diagonal Gaussian for each point.",
        of(_part(lambda d: d.amortisation)),
        "E KL(q(z|x) ‖ p<sub>θ</sub>(z|x)) − KL(q<sup>*</sup>(z) ‖ p<sub>θ</sub>(z|x))",
        "slow",
    ),
    Metric(
        "closing_error",
        "Closing error",
        "nats",
        "Test loss less floor, KL and both gaps: the noise of its random z, and quadrature.",
        _closing_error,
        "loss − (−(1/m) Σ<sub>i</sub> log p(x<sub>i</sub>) + KL(p ‖ p<sub>θ</sub>) + gaps)",
        "slow",
    ),
    Metric(
        "kl_forward",
        "KL(p ‖ p_θ)",
        "nats",
        "What every point costs beyond the entropy: large where the model misses data.",
        of(_divergence("forward")),
        "∫ p(x) log (p(x) / p<sub>θ</sub>(x)) dx",
        "job",
        of_density=True,
    ),
    Metric(
        "kl_reverse",
        "KL(p_θ ‖ p)",
        "nats",
        "The same the other way round: large where the model generates what cannot be.",
        of(_divergence("reverse")),
        "∫ p<sub>θ</sub>(x) log (p<sub>θ</sub>(x) / p(x)) dx",
        "job",
        of_density=True,
    ),
    Metric(
        "jensen_shannon",
        "Jensen-Shannon divergence",
        "nats",
        "Mean KL of both densities to their mean: 0 if equal, log 2 if they never meet.",
        of(_divergence("jensen_shannon")),
        "½ KL(p ‖ m) + ½ KL(p<sub>θ</sub> ‖ m), m = ½ (p + p<sub>θ</sub>)",
        "job",
        of_density=True,
    ),
    Metric(
        "total_variation",
        "Total variation",
        "",
        "Largest difference in probability that true and learned density give to any event.",
        of(_divergence("total_variation")),
        "½ ∫ |p(x) − p<sub>θ</sub>(x)| dx",
        "job",
        of_density=True,
    ),
)
