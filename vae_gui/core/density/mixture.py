"""Mixtures of Gaussians with diagonal covariances in the plane, evaluated fast.

At points the exponents are quadratic, hence one matrix product; on a grid each Gaussian is a
product of one factor along either axis, so that again one matrix product does it.

Shapes: n points, K Gaussians, G1 x G2 places of a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from vae_gui.core.density.nodes import Array
from vae_gui.core.interrupting import in_parts, never
from vae_gui.core.network import LOG_2PI

BLOCK = 2**16  # numbers worked on at once: they stay in the cache
AT_ONCE = 2**7  # Gaussians on a grid, likewise
PRODUCTS = 2**22  # of one Gaussian and one place of a grid: about a millisecond
NEGLIGIBLE = -40.0  # log of a share that float64 cannot see in a sum of up to 10^5 others
SMALLEST_LOG = -690.0  # of a normal float64


@dataclass(frozen=True, slots=True, eq=False)
class DiagonalMixture:
    """The density sum_k w_k N(x; mu_k, diag sigma_k^2).

    Attributes:
        mu: Means, (2, K).
        sigma: Standard deviations, (2, K).
        log_scale: log w_k - log sigma_1k - log sigma_2k - log 2 pi, (K,).
    """

    mu: Array
    sigma: Array
    log_scale: Array

    @classmethod
    def weighted(cls, mu: Array, log_sigma: Array, weights: Array) -> DiagonalMixture:
        """From means and log standard deviations, (2, K), and weights (K,)."""
        with np.errstate(over="ignore", divide="ignore"):  # weights may have become 0
            log_scale = np.log(weights) - log_sigma.sum(axis=0) - LOG_2PI
            return cls(np.ascontiguousarray(mu), np.exp(log_sigma), log_scale)

    def shares(
        self, points: Array, wants_stop: Callable[[], bool] = never
    ) -> Iterator[tuple[slice, Array, Array]]:
        """Some rows of `points` (n, 2), their largest log term, all terms relative to it.

        In float64, (rows, K), negligible terms as 0. What is yielded is overwritten by the next.

        Raises:
            Interrupted: `wants_stop`, asked every few milliseconds, said so.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            of_points, of_gaussians = self._factors(points)
            at_once = max(1, min(len(points), BLOCK // of_gaussians.shape[1]))
            logs = np.empty((at_once, of_gaussians.shape[1]))
            terms = np.empty_like(logs)
            for rows in in_parts(len(points), at_once, wants_stop):
                a, b = logs[: rows.stop - rows.start], terms[: rows.stop - rows.start]
                np.matmul(of_points[rows], of_gaussians, out=a)
                top = a.max(axis=1)
                a -= np.where(np.isneginf(top), 0.0, top)[:, None]
                b.fill(0)
                np.exp(a, out=b, where=a > NEGLIGIBLE)
                yield rows, top, b

    def _factors(self, points: Array) -> tuple[Array, Array]:
        """(n, 5) and (5, K) whose product are the log terms, (n, K)."""
        centre = self.mu.mean(axis=1)  # against cancellation
        precision, mu = self.sigma**-2, self.mu - centre[:, None]
        constant = self.log_scale - 0.5 * np.sum(precision * mu**2, axis=0)
        d = points - centre
        of_points = np.column_stack([d**2, d, np.ones(len(d))])
        return of_points, np.stack([*(-0.5 * precision), *(precision * mu), constant])

    def on_grid(
        self,
        x1: Array,
        x2: Array,
        part: slice = slice(None),
        wants_stop: Callable[[], bool] = never,
    ) -> Array:
        """The sum over some of the Gaussians on a grid: (G1,), (G2,) -> (G2, G1).

        Raises:
            Interrupted: `wants_stop`, asked every few milliseconds, said so.
        """
        total = np.zeros((len(x2), len(x1)))
        start, stop, _ = part.indices(len(self.log_scale))
        rows_at_once = max(1, PRODUCTS // (AT_ONCE * len(x1)))
        with np.errstate(over="ignore", invalid="ignore"):
            height = np.exp(self.log_scale)
            for some in in_parts(stop - start, AT_ONCE, wants_stop):
                k = slice(start + some.start, start + some.stop)
                along1 = self._bells(x1, 0, k).T
                for rows in in_parts(len(x2), rows_at_once, wants_stop):
                    along2 = self._bells(x2[rows], 1, k)
                    along2 *= height[k]
                    total[rows] += along2 @ along1
        return total

    def _bells(self, x: Array, axis: int, k: slice) -> Array:
        """exp(-(x_g - mu_k)^2 / 2 sigma_k^2) along one axis, (G,) -> (G, Gaussians of k)."""
        rate = math.sqrt(0.5) / self.sigma[axis, k]
        t = np.multiply.outer(x, rate)
        t -= self.mu[axis, k] * rate
        np.square(t, out=t)
        np.negative(t, out=t)
        bells = np.zeros_like(t)
        # numbers too small to be normal take a processor many times as long
        return np.exp(t, out=bells, where=~(t < SMALLEST_LOG))
