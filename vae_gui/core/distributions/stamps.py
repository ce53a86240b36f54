"""A mixture of round Gaussians of different widths, thousands of them, evaluated exactly.

What is far from a point does not count: sums leave out what float64 could not see, and
nothing else. Knows nothing of where the stamps come from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array, Bounds
from vae_gui.core.interrupting import give_way

SHOWN_STDS = 4.0  # half-plane beyond: 3e-5 of the mass
FAR_STDS = 8.5  # beyond: 2e-16 of a stamp's peak, for quadrature
NODES_PER_STD = 4
ROUNDING = 1e-9  # nats: rounding and what lies outside
NEGLIGIBLE = 45.0  # e^-45 of the largest term: 4,000 such are below float64's rounding
DIRECT = 2**18  # terms that are summed without looking for what can be left out
CELL_STDS = 6.0  # side of the squares that points are looked at in
LARGEST = 340.0  # exponents: a product of two e^-340 is still a normal number, and as fast
LEAST = 1e-120  # a density below may be the doing of `LARGEST`: e^-340 is 1e-148
GRID_TILE = 50  # nodes of a part of a grid, each way
TILE = 128  # nodes of a square of the quadrature, each way; even
LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Stamps:
    """The mixture p(x) = sum_k w_k N(x; c_k, s_k^2 I).

    Attributes:
        centres: c, shape (K, 2).
        weights: w, shape (K,), positive, of sum 1.
        stds: s, shape (K,), positive.
    """

    centres: Array
    weights: Array
    stds: Array

    @property
    def mean(self) -> Array:
        """The mean, shape (2,)."""
        return np.asarray(self.weights @ self.centres)

    @property
    def covariance(self) -> Array:
        """The covariance matrix, shape (2, 2)."""
        off = self.centres - self.mean
        between = (self.weights * off.T) @ off
        return np.asarray(between + np.eye(2) * (self.weights @ self.stds**2))

    def box(self, stds: float) -> Bounds:
        """The rectangle that leaves so many of its own standard deviations around every stamp."""
        reach = stds * self.stds[:, None]
        x1_min, x2_min = (self.centres - reach).min(axis=0).tolist()
        x1_max, x2_max = (self.centres + reach).max(axis=0).tolist()
        return x1_min, x1_max, x2_min, x2_max

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a stamp each, then its Gaussian."""
        chosen = rng.choice(len(self.weights), n, p=self.weights)
        noise = rng.standard_normal((n, 2))
        return np.asarray(self.centres[chosen] + self.stds[chosen, None] * noise)

    # density ------------------------------------------------------------------------

    def density(self, x1: Array, x2: Array) -> Array:
        """Density on a grid, (G1,), (G2,) -> (G2, G1)."""
        found = np.empty((len(x2), len(x1)))
        with np.errstate(over="ignore", invalid="ignore"):
            for i in range(0, len(x2), GRID_TILE):
                for j in range(0, len(x1), GRID_TILE):
                    give_way()
                    rows, columns = x2[i : i + GRID_TILE], x1[j : j + GRID_TILE]
                    low, high = (np.array([end(columns), end(rows)]) for end in (np.min, np.max))
                    part = self._near(low, high)._product(columns, rows)
                    found[i : i + GRID_TILE, j : j + GRID_TILE] = part
        return found

    def _product(self, x1: Array, x2: Array) -> Array:
        """The density on a grid as one matrix product, as N separates."""
        heights = self.weights / (2 * math.pi * self.stds**2)
        return np.asarray((self._bells(x2, 1) * heights) @ self._bells(x1, 0).T)

    def _bells(self, x: Array, axis: int) -> Array:
        """exp(-(x_g - c_k)^2 / 2 s_k^2) along one axis, (G,) -> (G, K)."""
        scale = math.sqrt(0.5) / self.stds
        values = x[:, None] * scale - self.centres[:, axis] * scale
        np.square(values, out=values)
        np.minimum(values, LARGEST, out=values)
        np.negative(values, out=values)
        return np.asarray(np.exp(values, out=values))

    def log_prob(self, x: Array) -> Array:
        """Log density in nats, (..., 2) -> (...): finite or -inf, however far away."""
        axes = _axes_of_grid(x)
        if axes is None:
            return self._log_prob(x.reshape(-1, 2)).reshape(x.shape[:-1])
        density = self.density(*axes)
        lost = density < LEAST
        density[lost] = 1.0
        found = np.log(density)
        found[lost] = self._log_prob(x[lost])
        return np.asarray(found)

    def _log_prob(self, x: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            if x.size * len(self.weights) <= DIRECT:
                return self._summed(x)
            found = np.empty(len(x))
            for rows in _in_cells(x, CELL_STDS * float(np.median(self.stds))):
                near = self._near(x[rows].min(axis=0), x[rows].max(axis=0))
                found[rows] = near._summed(x[rows])
        return found

    def _near(self, low: Array, high: Array) -> Stamps:
        """The stamps that count somewhere in the rectangle from `low` (2,) to `high` (2,)."""
        least = np.maximum(np.maximum(low - self.centres, self.centres - high), 0.0)
        most = np.maximum(np.abs(low - self.centres), np.abs(high - self.centres))
        heights = np.log(self.weights) - 2 * np.log(self.stds)
        upper = heights - 0.5 * (np.square(least).sum(axis=1) / self.stds**2)
        lower = heights - 0.5 * (np.square(most).sum(axis=1) / self.stds**2)
        return self._only(~(upper < lower.max() - NEGLIGIBLE))  # NaN, far away, stays

    def _only(self, kept: Array) -> Stamps:
        return Stamps(self.centres[kept], self.weights[kept], self.stds[kept])

    def _summed(self, x: Array) -> Array:
        found = np.empty(len(x))
        rows = max(1, DIRECT // len(self.weights))
        for i in range(0, len(x), rows):
            give_way()
            found[i : i + rows] = self._summed_at_once(x[i : i + rows])
        return found

    def _summed_at_once(self, x: Array) -> Array:
        logs = np.square((x[:, :1] - self.centres[:, 0]) / self.stds)  # (n, K)
        logs += np.square((x[:, 1:] - self.centres[:, 1]) / self.stds)
        logs *= -0.5
        logs += np.log(self.weights) - 2 * np.log(self.stds)
        top = logs.max(axis=1)
        logs -= np.where(np.isneginf(top), 0.0, top)[:, None]  # -inf - -inf would be NaN
        shares = np.zeros_like(logs)
        np.exp(logs, out=shares, where=logs > -NEGLIGIBLE)
        with np.errstate(divide="ignore"):
            return np.asarray(top + np.log(shares.sum(axis=1)) - LOG_2PI)

    # entropy ------------------------------------------------------------------------

    def entropy(self) -> tuple[float, float]:
        """H(p) in nats by the trapezoid rule, and a bound on its error.

        The bound is the difference from the rule with half of the nodes. It is a wide one:
        the rule converges exponentially, as -p log p is smooth and vanishes at the edges.
        Squares of the plane that no stamp reaches into are passed over.
        """
        step = float(self.stds.min()) / NODES_PER_STD
        x1_min, x1_max, x2_min, x2_max = self.box(FAR_STDS)
        fine = coarse = 0.0
        for x2 in _tiles(x2_min, x2_max, step):
            row = self._reaching(x2, 1)
            for x1 in _tiles(x1_min, x1_max, step) if len(row.weights) else ():
                give_way()
                near = row._reaching(x1, 0)
                if len(near.weights):
                    p = near._product(x1, x2)
                    information = -p * np.log(np.maximum(p, LEAST))
                    fine += float(information.sum())
                    coarse += float(information[::2, ::2].sum())
        return fine * step**2, abs(fine - 4 * coarse) * step**2 + ROUNDING

    def _reaching(self, x: Array, axis: int) -> Stamps:
        """The stamps that can be seen somewhere between the first and the last of x."""
        reach, centres = FAR_STDS * self.stds, self.centres[:, axis]
        return self._only((centres + reach > x[0]) & (centres - reach < x[-1]))


def _axes_of_grid(x: Array) -> tuple[Array, Array] | None:
    """x1 (G1,) and x2 (G2,) of points (G2, G1, 2) that are a grid, else None."""
    if x.ndim != 3 or min(x.shape) < 2 or not np.isfinite(x).all():
        return None
    x1, x2 = x[0, :, 0], x[:, 0, 1]
    is_grid = (x[..., 0] == x1).all() and (x[..., 1] == x2[:, None]).all()
    return (x1, x2) if is_grid else None


def _in_cells(x: Array, side: float) -> Iterator[npt.NDArray[np.intp]]:
    """The indices of points (n, 2) that lie in one square of the plane, square by square."""
    cells = np.clip(np.floor(x / side), -(2**30), 2**30)
    _, cell = np.unique(cells @ (2.0**31, 1.0), return_inverse=True)
    order = np.argsort(cell, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(cell[order])) + 1)


def _tiles(start: float, stop: float, step: float) -> Iterator[Array]:
    """Nodes from start to stop, `TILE` at a time, all on one grid."""
    count = math.ceil((stop - start) / step) + 1
    for i in range(0, count, TILE):
        yield start + step * np.arange(i, min(i + TILE, count), dtype=np.float64)
