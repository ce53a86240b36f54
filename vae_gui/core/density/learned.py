"""The learned density p_theta(x), exact but for a quadrature over z whose error is told.

At quadrature nodes z_k the decoder makes a mixture of K Gaussians, and everything exact
about a model is a sum over it: log p_theta(x) for points, the density on a grid, and the
posterior p_theta(z|x). Every sum is made once with all nodes and once with half of them along
each axis, from the same exponentials.

Shapes: n points, K nodes, G1 x G2 places of a grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_gui.core.density.mixture import DiagonalMixture
from vae_gui.core.density.nodes import Array, Nodes
from vae_gui.core.interrupting import never
from vae_gui.core.network import DATA_DIM, Floats, Layout, decode, in_turns

LARGEST_LOG_VAR = 600.0  # beyond, a variance or its inverse is no float64


@dataclass(frozen=True, slots=True, eq=False)
class PointDensity:
    """Log densities of points and what halving the nodes would change.

    Attributes:
        log_p: log p_theta(x) in nats, (n,).
        error: |difference from the value with half of the nodes| in nats, (n,).
    """

    log_p: Array
    error: Array


@dataclass(frozen=True, slots=True, eq=False)
class GridDensity:
    """A density on a uniform grid.

    Attributes:
        x1: Grid along x1, (G1,).
        x2: Grid along x2, (G2,).
        values: Densities, (G2, G1), rows along x2.
        error: Share of the probability that is in doubt: half the integral of the difference
            that halving the nodes would make, or the share that lies in Gaussians narrower
            than half a cell of this grid, whichever is more.
        narrow: The latter share alone, which a finer grid would make less.
    """

    x1: Array
    x2: Array
    values: Array
    error: float
    narrow: float

    @property
    def cell(self) -> float:
        """Area of one cell."""
        return float((self.x1[1] - self.x1[0]) * (self.x2[1] - self.x2[0]))

    @property
    def mass(self) -> float:
        """Probability on the grid."""
        return float(self.values.sum()) * self.cell


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The decoder at quadrature nodes.

    Attributes:
        nodes: Where the decoder was asked, and the weights w.
        mixture: p_theta(x) = sum_k w_k N(x; mu_k, diag sigma_k^2).
    """

    nodes: Nodes
    mixture: DiagonalMixture

    def log_prob(self, x: npt.ArrayLike, wants_stop: Callable[[], bool] = never) -> PointDensity:
        """Log densities of points (n, 2). A job: about 10 ns a point and node.

        Raises:
            Interrupted: `wants_stop`, asked every few milliseconds, said so.
        """
        points = _points(x)
        both = np.empty((2, len(points)))  # with half of the nodes, with all
        coarse = self.nodes.coarse
        known = math.log(self.nodes.weights[:coarse].sum())
        for rows, top, shares in self.mixture.shares(points, wants_stop):
            first = shares[:, :coarse].sum(axis=1)
            with np.errstate(divide="ignore"):
                both[0, rows] = top + np.log(first) - known
                both[1, rows] = top + np.log(first + shares[:, coarse:].sum(axis=1))
        with np.errstate(invalid="ignore"):
            return PointDensity(both[1], np.abs(both[1] - both[0]))

    def posterior(self, x: npt.ArrayLike, wants_stop: Callable[[], bool] = never) -> Array:
        """Exact posteriors p_theta(z_k|x) on the nodes: (n, 2) -> (n, K), rows of sum 1.

        Raises:
            Interrupted: `wants_stop`, asked every few milliseconds, said so.
        """
        points = _points(x)
        found = np.empty((len(points), len(self.nodes.weights)))
        for rows, _, shares in self.mixture.shares(points, wants_stop):
            found[rows] = shares / shares.sum(axis=1, keepdims=True)
        return found

    def modes(self, x: npt.ArrayLike, wants_stop: Callable[[], bool] = never) -> Array:
        """The node that has most of each posterior: (n, 2) -> (n, Z).

        Raises:
            Interrupted: `wants_stop`, asked every few milliseconds, said so.
        """
        points = _points(x)
        found = np.empty((len(points), self.nodes.z.shape[1]))
        for rows, _, shares in self.mixture.shares(points, wants_stop):
            found[rows] = self.nodes.z[shares.argmax(axis=1)]
        return found

    def density(self, x1: Array, x2: Array, wants_stop: Callable[[], bool] = never) -> GridDensity:
        """The density on a grid: (G1,), (G2,) -> (G2, G1), by matrix products.

        160 x 160 places and 4,096 nodes take about 20 ms.

        Raises:
            Interrupted: `wants_stop`, asked every few milliseconds, said so.
        """
        coarse, weights = self.nodes.coarse, self.nodes.weights
        first = self.mixture.on_grid(x1, x2, slice(coarse), wants_stop)
        whole = first + self.mixture.on_grid(x1, x2, slice(coarse, None), wants_stop)
        change = whole - first / weights[:coarse].sum()
        cell = np.array([[x1[1] - x1[0]], [x2[1] - x2[0]]])
        narrow = float(weights[(self.mixture.sigma < cell / 2).any(axis=0)].sum())
        in_doubt = 0.5 * float(np.abs(change).sum() * cell.prod())
        return GridDensity(x1, x2, whole, float(np.maximum(in_doubt, narrow)), narrow)


def decoded(
    plan: Layout, flat: Floats, rule: Nodes, wants_stop: Callable[[], bool] = never
) -> Learned:
    """What these weights (P,) have learned, at the nodes of a rule; in float64.

    Weights that are not finite give densities that are not a number.

    Raises:
        Interrupted: `wants_stop`, asked every few milliseconds, said so.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        exact = flat.astype(np.float64)
        mu, log_var = in_turns(decode, plan, exact, rule.z, wants_stop)  # (K, 2)
        log_var = np.where(np.isfinite(log_var), log_var, np.nan)
        log_sigma = log_var.T.clip(-LARGEST_LOG_VAR, LARGEST_LOG_VAR) / 2
        mixture = DiagonalMixture.weighted(np.asarray(mu.T, np.float64), log_sigma, rule.weights)
        return Learned(rule, mixture)


def _points(x: npt.ArrayLike) -> Array:
    return np.asarray(x, np.float64).reshape(-1, DATA_DIM)
