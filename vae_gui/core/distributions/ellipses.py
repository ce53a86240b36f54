"""Mixtures of Gaussians, each with a covariance of its own: density, entropy, moments.

Knows nothing of where they come from: a table, or the arms of a pinwheel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vae_gui.core.distributions.base import Array, Bounds
from vae_gui.core.distributions.cells import entropy_in_cells
from vae_gui.core.distributions.ridgelines import peaks_of_mixture

QUADRATURE_STDS = 8.5  # beyond: 1e-16 of the mass
SEED_STDS = 5.0  # how far along its longer axis a component is looked at ...
SEED_STEP = 4.0  # ... in steps of so many of the shorter
ROUNDING = 1e-9  # nats


@dataclass(frozen=True, slots=True, eq=False)
class Ellipses:
    """The mixture p(x) = sum_k w_k N(x; mu_k, Sigma_k).

    Attributes:
        weights: w, shape (K,), positive, of sum 1.
        means: mu, shape (K, 2).
        covariances: Sigma, shape (K, 2, 2), positive definite.
    """

    weights: Array
    means: Array
    covariances: Array

    @property
    def mean(self) -> Array:
        """The mean of all, (2,)."""
        return np.asarray(self.weights @ self.means)

    @property
    def covariance(self) -> Array:
        """The covariance of all, (2, 2): within the components and between them."""
        apart = self.means - self.mean
        between = apart[:, :, None] * apart[:, None]  # (K, 2, 2)
        return np.asarray(np.tensordot(self.weights, self.covariances + between, 1))

    def reach(self, direction: Array, stds: float) -> tuple[float, float]:
        """The interval that leaves so many standard deviations around each mean."""
        centres = self.means @ direction
        spread = stds * np.sqrt(np.einsum("i,kij,j->k", direction, self.covariances, direction))
        return float((centres - spread).min()), float((centres + spread).max())

    def box(self, stds: float) -> Bounds:
        """The rectangle that leaves so many standard deviations around each mean."""
        return *self.reach(np.array([1.0, 0.0]), stds), *self.reach(np.array([0.0, 1.0]), stds)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a component each, then its Gaussian."""
        chosen = rng.choice(len(self.weights), n, p=self.weights)
        e = rng.standard_normal((n, 2))
        factor = np.linalg.cholesky(self.covariances)[chosen]  # (n, 2, 2)
        x = self.means[chosen]
        x[:, 0] += factor[:, 0, 0] * e[:, 0]
        x[:, 1] += factor[:, 1, 0] * e[:, 0] + factor[:, 1, 1] * e[:, 1]
        return x

    def log_prob(self, x: Array) -> Array:
        """Log density in nats, (..., 2) -> (...): finite, however far away."""
        logs = np.empty((len(self.weights), *x.shape[:-1]))  # (K, ...)
        factors = np.linalg.cholesky(self.covariances)
        for k, (a, b, d) in enumerate(factors[:, [0, 1, 1], [0, 0, 1]].tolist()):
            first = (x[..., 0] - self.means[k, 0]) / a
            second = (x[..., 1] - self.means[k, 1] - b * first) / d
            logs[k] = math.log(self.weights[k] / (2 * math.pi * a * d))
            logs[k] -= 0.5 * (first**2 + second**2)
        top = logs.max(axis=0)
        logs -= top
        return np.asarray(top + np.log(np.exp(logs, out=logs).sum(axis=0)))

    def number_of_modes(self) -> int:
        """How many peaks stand out."""
        return peaks_of_mixture(self)

    def entropy(self) -> tuple[float, float]:
        """H(p) in nats by quadrature, and a bound on its error; closed form for one Gaussian."""
        if len(self.weights) == 1:
            log_det = math.log(np.linalg.det(self.covariances[0]))
            return math.log(2 * math.pi * math.e) + 0.5 * log_det, 0.0
        factor = np.linalg.cholesky(self.covariance)
        inverse = np.linalg.inv(factor)
        # where the whole is round, cells need not follow a tilt or a stretch common to all
        even = Ellipses(
            self.weights,
            (self.means - self.mean) @ inverse.T,
            inverse @ self.covariances @ inverse.T,
        )
        seeds, areas = even.seeds()
        entropy, error = entropy_in_cells(even.log_prob, even.box(QUADRATURE_STDS), seeds, areas)
        return entropy + math.log(factor[0, 0] * factor[1, 1]), error + ROUNDING

    def seeds(self) -> tuple[Array, Array]:
        """Points along the longer axis of each, (n, 2), and how large a cell there may be, (n,)."""
        seeds, areas = [], []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            variances, axes = np.linalg.eigh(covariance)
            short, long = np.sqrt(np.maximum(variances, 1e-12)).tolist()
            count = math.ceil(2 * SEED_STDS * long / (SEED_STEP * short)) + 1
            steps = np.linspace(-SEED_STDS * long, SEED_STDS * long, count)
            seeds.append(mean + np.outer(steps, axes[:, 1]))
            areas.append(np.full(count, (SEED_STEP * short) ** 2))
        return np.concatenate(seeds), np.concatenate(areas)
