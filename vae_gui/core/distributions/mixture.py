"""Mixtures of round Gaussians that share one width: density, entropy, bounds.

Knows nothing of where the centres come from: a ring, or the nodes along a curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds, Distribution
from vae_gui.core.distributions.stamps import Stamps
from vae_gui.core.distributions.tiles import is_grid, log_prob_of_grid, log_prob_of_points

SHOWN_STDS = 4.0  # half-plane beyond: 3e-5 of the mass


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The mixture p(x) = sum_k w_k N(x; c_k, s^2 I).

    Attributes:
        centres: c, shape (K, 2).
        weights: w, shape (K,), positive, of sum 1.
        std: s.
    """

    centres: Array
    weights: Array
    std: float

    def box(self, stds: float) -> Bounds:
        """The rectangle that leaves so many standard deviations around every centre."""
        x1_min, x2_min = (self.centres.min(axis=0) - stds * self.std).tolist()
        x1_max, x2_max = (self.centres.max(axis=0) + stds * self.std).tolist()
        return x1_min, x1_max, x2_min, x2_max

    @property
    def mean(self) -> Array:
        """The mean of all, (2,)."""
        return np.asarray(self.weights @ self.centres)

    @property
    def covariance(self) -> Array:
        """The covariance of all, (2, 2): within the components and between them."""
        apart = self.centres - self.mean
        return np.asarray((apart.T * self.weights) @ apart + self.std**2 * np.eye(2))

    def log_prob(self, x: Array) -> Array:
        """Log density in nats, (..., 2) -> (...): finite or -inf, however far away.

        Points near each other choose together which components they can see: the others
        have no share of p that float64 could tell.
        """
        with np.errstate(over="ignore"):
            return log_prob_of_grid(self, x) if is_grid(x) else log_prob_of_points(self, x)

    def density(self, x1: Array, x2: Array) -> Array:
        """Density on a grid, (G1,), (G2,) -> (G2, G1)."""
        return self._stamps.density(x1, x2)

    def entropy(self) -> tuple[float, float]:
        """H(p) in nats by the trapezoid rule, and a bound on its error; see `Stamps.entropy`."""
        return self._stamps.entropy()

    @property
    def _stamps(self) -> Stamps:
        return Stamps(self.centres, self.weights, np.full(len(self.weights), self.std))


class IsotropicMixture(Distribution, frozen=True, kw_only=True):
    """A distribution that is, or is computed as, a mixture of Gaussians N(c_k, s^2 I).

    A subclass only has to say its `components`.
    """

    def components(self) -> Components:
        """Its centres, weights and width; asked for once, then remembered."""
        raise NotImplementedError

    @property
    def bounds(self) -> Bounds:
        """Four standard deviations around the outermost centres."""
        return _components(self).box(SHOWN_STDS)

    def reach(self, direction: Array) -> tuple[float, float]:
        """The same along any direction (2,)."""
        parts = _components(self)
        along = parts.centres @ direction
        spread = SHOWN_STDS * parts.std * math.hypot(*direction)
        return float(along.min()) - spread, float(along.max()) + spread

    @property
    def mean(self) -> Array:
        """Its mean, (2,)."""
        return _components(self).mean

    @property
    def covariance(self) -> Array:
        """Its covariance matrix, (2, 2)."""
        return _components(self).covariance

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a component each, then its Gaussian."""
        parts = _components(self)
        chosen = rng.choice(len(parts.weights), n, p=parts.weights)
        return np.asarray(parts.centres[chosen] + parts.std * rng.standard_normal((n, 2)))

    def log_prob(self, x: npt.ArrayLike) -> Array:
        """Log density in nats, (..., 2) -> (...): finite or -inf, however far away."""
        return _components(self).log_prob(np.asarray(x, np.float64))

    def density(self, x1: Array, x2: Array) -> Array:
        """p(x) on a grid: (G1,), (G2,) -> (G2, G1), rows along x2."""
        return _components(self).density(x1, x2)

    def entropy(self) -> float:
        """H(p) in nats by quadrature; see `entropy_error`."""
        return _entropy(self)[0]

    def entropy_error(self) -> float:
        """A bound on the error of `entropy` in nats: what half of the nodes would change."""
        return _entropy(self)[1]


@lru_cache(maxsize=64)
def _components(mixture: IsotropicMixture) -> Components:
    return mixture.components()


@lru_cache(maxsize=64)
def _entropy(mixture: IsotropicMixture) -> tuple[float, float]:
    return _components(mixture).entropy()
