"""Metrics of the encoder and its latent: bounds, what the latent tells, and two alarms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vae_gui.core.analysis import Analysis
from vae_gui.core.diagnostics.metric import Measurement, Metric, of
from vae_gui.core.posteriors import RUNGS

COLLAPSED_RATE = 0.01  # nats: a latent that costs less tells nothing
THIN = 0.01  # of the data's standard deviation: a decoder narrower than that has collapsed
THIN_SHARE = 0.01  # of the prior where it must be so narrow


def _rung(k: int) -> Callable[[Analysis], Measurement]:
    i = RUNGS.index(k)
    return lambda a: Measurement(a.ladder.bounds[i], a.ladder.errors[i])


def _mutual_information(a: Analysis) -> Measurement:
    return Measurement(a.surgery.mutual_information, a.surgery.error)


def _marginal_kl(a: Analysis) -> Measurement:
    return Measurement(a.surgery.marginal_kl, a.surgery.error)


def _active_units(a: Analysis) -> Measurement:
    return Measurement(sum(a.surgery.active))


def _posterior_collapse(a: Analysis) -> Measurement:
    """1 if the latent tells the decoder nothing, else 0."""
    return Measurement(int(a.surgery.rate < COLLAPSED_RATE or not any(a.surgery.active)))


def _variance_collapse(a: Analysis) -> Measurement:
    """1 if the decoder is very narrow somewhere that matters, else 0."""
    learned = a.resolved.learned
    spread = a.truth.train.std(axis=0).astype(np.float64)[:, None]  # (2, 1)
    thin = (learned.mixture.sigma < THIN * spread).any(axis=0)
    return Measurement(int(learned.nodes.weights[thin].sum() > THIN_SHARE))


LATENT: tuple[Metric, ...] = (
    Metric(
        "elbo",
        "ELBO",
        "nats",
        "The evidence lower bound with 1 draw of z: what training raises at β = 1.",
        of(_rung(1)),
        "E<sub>q</sub>[log p(x|z)] − KL(q(z|x) ‖ p(z)) ≤ log p<sub>θ</sub>(x)",
        "job",
    ),
    Metric(
        "iwae_5",
        "IWAE, 5 draws",
        "nats",
        "A tighter bound on log p_θ(x), by importance weights of 5 draws of z.",
        of(_rung(5)),
        "E log (1/5) Σ<sub>i</sub> p(x, z<sub>i</sub>) / q(z<sub>i</sub>|x)",
        "job",
    ),
    Metric(
        "iwae_50",
        "IWAE, 50 draws",
        "nats",
        "A still tighter bound on log p_θ(x), by importance weights of 50 draws of z.",
        of(_rung(50)),
        "E log (1/50) Σ<sub>i</sub> p(x, z<sub>i</sub>) / q(z<sub>i</sub>|x)",
        "job",
    ),
    Metric(
        "active_units",
        "Active units",
        "",
        "Latent dimensions whose posterior mean varies with x by more than 0.01.",
        of(_active_units),
        "#{j : Var<sub>x</sub>(μ<sub>j</sub>(x)) > 0.01}",
        "job",
    ),
    Metric(
        "mutual_information",
        "Mutual information",
        "nats",
        "What the latent tells of which point it came from: the rate less the marginal KL.",
        of(_mutual_information),
        "I<sub>q</sub>(x; z) = E KL(q(z|x) ‖ p(z)) − KL(q(z) ‖ p(z))",
        "job",
    ),
    Metric(
        "marginal_kl",
        "Marginal KL",
        "nats",
        "How far the posteriors of all data together are from the prior.",
        of(_marginal_kl),
        "KL(q(z) ‖ p(z)), q(z) = (1/m) Σ<sub>i</sub> q(z|x<sub>i</sub>)",
        "job",
    ),
    Metric(
        "posterior_collapse",
        "Posterior collapse",
        "",
        "1 if the latent tells the decoder nothing: no active unit, or a rate below 0.01 nats.",
        of(_posterior_collapse),
        "KL(q(z|x) ‖ p(z)) ≈ 0",
        "job",
        alarm=True,
    ),
    Metric(
        "variance_collapse",
        "Variance collapse",
        "",
        "1 if the decoder's σ is below 1 % of the data's on more than 1 % of the prior.",
        of(_variance_collapse),
        "P<sub>p(z)</sub>(σ<sub>x</sub>(z) < 0.01 σ<sub>data</sub>) > 0.01",
        "job",
        alarm=True,
    ),
)
