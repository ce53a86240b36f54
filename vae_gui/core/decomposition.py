"""Where the nats of a loss go: the floor, the density, and two gaps of the posterior.

At beta = 1, over any points of true density p,

    mean loss = mean(-log p) + mean(log p - log p_theta) + mean KL(q(z|x) || p_theta(z|x)):

what nobody can avoid, what the learned density lacks, and what q lacks. The last splits
into the approximation gap, which the best diagonal Gaussian leaves too, and the amortisation
gap, what the encoder is worse than that (Cremer, Li & Duvenaud 2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae_gui.core.density import Array, Resolved, resolved
from vae_gui.core.distributions import Distribution
from vae_gui.core.interrupting import ask, never
from vae_gui.core.network import Floats, Layout
from vae_gui.core.posteriors import best_gaussians, bound, bound_error, encoded


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """A mean loss over some points at beta = 1, in parts; all in nats per point.

    Attributes:
        entropy: H(p): what `floor` is for endlessly many points.
        floor: Mean of -log p over these points.
        divergence: Mean of log p - log p_theta: KL(p || p_theta) as these points have it.
        approximation: Mean KL(q* || posterior) of the best diagonal Gaussians q*.
        amortisation: Mean KL(q || posterior) less that.
        rate: Mean KL(q || prior).
        distortion: Mean of E_q[-log p(x|z)], exact over q.
        noise: Standard error of a loss measured with random z on the same points.
        error: What quadrature may be off by: by halving its nodes.
        doubt: Why not to rely on it, as a sentence; empty otherwise.
    """

    entropy: float
    floor: float
    divergence: float
    approximation: float
    amortisation: float
    rate: float
    distortion: float
    noise: float
    error: float
    doubt: str

    @property
    def loss(self) -> float:
        """The loss, averaged over q exactly instead of by random draws."""
        return self.rate + self.distortion

    @property
    def parts(self) -> tuple[float, float, float, float]:
        """Floor, divergence, approximation and amortisation gap: a stack."""
        return self.floor, self.divergence, self.approximation, self.amortisation

    def closing_error(self, measured: float) -> float:
        """A loss measured on the same points less the sum of the parts.

        Random z makes it scatter by `noise`; beyond that it is quadrature.
        """
        return measured - sum(self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The parts for each point, in nats; see `Decomposition`.

    Attributes:
        log_p: log p_theta(x), (n,).
        distortion: E_q[-log p(x|z)], (n,).
        rate: KL(q || prior), (n,).
        best: The smallest loss of any diagonal Gaussian, (m,): of the first m points.
        variance: Var_q[log p(x|z)], (n,).
        error: Mean error of log p_theta(x) and of the averages over q.
        doubt: Why not to rely on them; empty otherwise.
    """

    log_p: Array
    distortion: Array
    rate: Array
    best: Array
    variance: Array
    error: float
    doubt: str

    @property
    def loss(self) -> Array:
        """The loss of each point, (n,)."""
        return self.distortion + self.rate

    @property
    def total(self) -> Array:
        """KL(q(z|x) || p_theta(z|x)), (n,)."""
        return self.loss + self.log_p

    @property
    def approximation(self) -> Array:
        """KL(q* || p_theta(z|x)), (m,)."""
        return self.best + self.log_p[: len(self.best)]

    @property
    def amortisation(self) -> Array:
        """KL(q || p_theta(z|x)) - KL(q* || p_theta(z|x)), (m,)."""
        return self.loss[: len(self.best)] - self.best


def gaps(
    plan: Layout,
    flat: Floats,
    x: Floats,
    at: Resolved | None = None,
    fitted: int | None = None,
    wants_stop: Callable[[], bool] = never,
) -> Gaps:
    """The gaps of points (n, 2). A job: about 0.5 ms a fitted point, 2 ms with a latent of 3.

    Args:
        plan: Where each weight lies.
        flat: The weights, (P,).
        x: The points.
        at: The same model at nodes that were chosen before.
        fitted: For how many points to look for the best Gaussian; for all if not given.
        wants_stop: Asked now and then.

    Raises:
        Interrupted: `wants_stop` said so.
    """
    at = at or resolved(plan, flat, x, wants_stop=wants_stop)
    density = at.learned.log_prob(x, wants_stop)
    q = encoded(plan, flat, x, wants_stop)
    loss = bound(plan, flat, x, q, wants_stop)
    some = slice(fitted)
    best = best_gaussians(plan, flat, x[some], at.learned, q[some], wants_stop)
    least = np.minimum(bound(plan, flat, x[some], best, wants_stop).loss, loss.loss[some])
    ask(wants_stop)
    error = float(density.error.mean()) + bound_error(plan, flat, x, q, wants_stop)
    return Gaps(density.log_p, loss.distortion, loss.rate, least, loss.variance, error, at.doubt)


def decompose(
    distribution: Distribution, x: Floats, parts: Gaps, noise_samples: int = 1
) -> Decomposition:
    """The mean loss of points (n, 2) in parts.

    Where only some of them were fitted, the two gaps have the proportion that they have there.

    Args:
        distribution: Where the points are from.
        x: The points.
        parts: Their `gaps`.
        noise_samples: Draws of z a point of the measured loss that it is to be compared with.
    """
    floor = -float(np.mean(distribution.log_prob(x)))
    total = float(parts.total.mean())
    of_fitted = float(parts.total[: len(parts.best)].mean())
    scale = total / of_fitted if of_fitted else 1.0
    approximation = scale * float(parts.approximation.mean())
    return Decomposition(
        entropy=distribution.entropy(),
        floor=floor,
        divergence=-float(parts.log_p.mean()) - floor,
        approximation=approximation,
        amortisation=total - approximation,
        rate=float(parts.rate.mean()),
        distortion=float(parts.distortion.mean()),
        noise=math.sqrt(float(parts.variance.mean()) / (noise_samples * len(x))),
        error=parts.error,
        doubt=parts.doubt,
    )


def collapsed_optimum(distribution: Distribution) -> float:
    """The least expected loss of a model that ignores its latent, in nats.

    Then the decoder is one Gaussian with independent coordinates, the best of which has the
    data's mean and variances: 1/2 sum_i log(2 pi e Var x_i). Infinite where a variance is:
    there is no such optimum.
    """
    variances = np.diag(distribution.covariance).tolist()
    return sum(0.5 * math.log(2 * math.pi * math.e * v) for v in variances)
