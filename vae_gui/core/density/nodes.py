"""Where to evaluate a function of z, and with which weights, to average it over N(0, I).

For one or two latent dimensions a uniform grid: the trapezoid rule converges exponentially
once the spacing is small beside what is integrated (Trefethen & Weideman 2014). For more a
fixed scrambled Sobol set through the normal quantile. Knows no model.

Shapes: K nodes, Z latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vae_gui.core.density.quantile import normal_quantile
from vae_gui.core.density.sobol import sobol

Array = npt.NDArray[np.float64]

USUAL = {1: 1024, 2: 4096}  # nodes unless others are asked for
USUAL_BEYOND = 4096
REACH = {1: 8.0, 2: 7.2}  # radius of a grid: as far as posteriors of likely points reach
UNIFORM_UP_TO = 2  # latent dimensions
# (spacing, radius) of nodes for averages over one Gaussian, by latent dimensions. The trapezoid
# rule of spacing h integrates polynomials against N(0, 1) to about 2 exp(-2 pi^2 / h^2): 6e-6
# for h = 1.25, and a decoder bends little within one posterior.
FINE = {1: (0.4, 6.0), 2: (0.7, 5.2), 3: (1.0, 5.2)}
ROUGH = {1: (0.7, 6.0), 2: (1.0, 5.2), 3: (1.25, 4.6)}
FINE_BEYOND, ROUGH_BEYOND = 512, 256  # nodes for more dimensions than those


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """A quadrature rule for averages over N(0, I).

    The first `coarse` nodes are a rule of their own, with half of the nodes along each axis:
    comparing with them tells the error.

    Attributes:
        z: Nodes, (K, Z), read-only.
        weights: Their weights, (K,), of sum 1, read-only.
        coarse: Number of nodes of the coarser rule.
        shape: Of the uniform grid that they are, each axis a latent dimension; else empty.
        order: Place on that grid of each node, (K,); node k of a set that is no grid. The
            corners of a grid hold no nodes.
        spacing: Distance of neighbours on the grid, 0 where there is none.
        reach: The grid goes from -reach to reach; the outermost coordinate of other sets.
    """

    z: Array
    weights: Array
    coarse: int
    shape: tuple[int, ...]
    order: npt.NDArray[np.int64]
    spacing: float
    reach: float

    @property
    def axis(self) -> Array:
        """The grid's nodes along each axis, (n,)."""
        return np.linspace(-self.reach, self.reach, self.shape[0])

    def on_grid(self, values: Array) -> Array:
        """Values (..., K) of the nodes placed on the grid, (..., n, ...), 0 in the corners."""
        placed = np.zeros((*values.shape[:-1], math.prod(self.shape)), values.dtype)
        placed[..., self.order] = values
        return placed.reshape(*values.shape[:-1], *self.shape)


def usual_count(latent: int) -> int:
    """How many nodes to take unless there is a reason for more."""
    return USUAL.get(latent, USUAL_BEYOND)


@lru_cache(maxsize=24)
def nodes(latent: int, count: int | None = None, wider: float = 1.0) -> Nodes:
    """Nodes and weights for a latent size.

    Args:
        latent: Z.
        count: K at most for a grid; a Sobol set takes the next power of two.
        wider: How many times as far as usual a grid reaches.
    """
    wanted = usual_count(latent) if count is None else count
    if latent <= UNIFORM_UP_TO:
        return _uniform(latent, wanted, wider * REACH[latent])
    return _sobol(latent, 1 << (wanted - 1).bit_length())


def _uniform(latent: int, count: int, reach: float) -> Nodes:
    """A grid on an interval or a disc: in the corners of a square the prior has no mass."""
    per_axis = count if latent == 1 else int(math.sqrt(4 / math.pi * count))
    axis = np.linspace(-reach, reach, per_axis)
    index = np.indices((per_axis,) * latent).reshape(latent, -1)  # (Z, n^Z)
    within = np.flatnonzero(np.sum(axis[index] ** 2, axis=0) <= reach**2 * (1 + 1e-9))
    order, coarse = _coarse_first(index[:, within] % 2)
    order = within[order]
    z = axis[index[:, order]].T.copy()  # (K, Z)
    spacing = float(axis[1] - axis[0])
    shape = (per_axis,) * latent
    return _frozen(Nodes(z, _prior_weights(z), coarse, shape, order, spacing, reach))


def _sobol(latent: int, count: int) -> Nodes:
    z = normal_quantile(sobol(count, latent))
    return _unordered(z, np.full(count, 1 / count), count // 2)


@lru_cache(maxsize=16)
def noise_nodes(latent: int, rough: bool = False) -> Nodes:
    """A small rule for averages over any one Gaussian, z = mu + sigma * node.

    Exact for quadratic functions, and of some hundred nodes; `rough` ones are about a third.
    """
    found = (ROUGH if rough else FINE).get(latent)
    if found is None:
        return _antithetic(latent, ROUGH_BEYOND if rough else FINE_BEYOND)
    spacing, radius = found
    steps = math.ceil(radius / spacing)
    index = np.indices((2 * steps + 1,) * latent).reshape(latent, -1) - steps  # (Z, all)
    index = index[:, spacing**2 * (index**2).sum(axis=0) <= radius**2]
    order, coarse = _coarse_first(index % 2)  # with the origin
    z: Array = spacing * index[:, order].T.astype(np.float64)
    weights = _prior_weights(z)
    z = z / np.sqrt(weights @ z**2)  # what was cut off must not be missing in E z^2 = 1
    return _unordered(z, weights, coarse)


def _coarse_first(
    odd: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], int]:
    """An order that begins with the places that are even along each axis, and their number.

    Not with every second place, as the fields of one colour of a chessboard: where an axis is
    of no influence, these lie as densely along the other as all places do.
    """
    left_out = odd.any(axis=0)
    return np.argsort(left_out, kind="stable"), int((~left_out).sum())


def _antithetic(latent: int, count: int) -> Nodes:
    """Sobol nodes in pairs +-z, scaled so that E z z^T = I: exact for cubic polynomials."""
    z = normal_quantile(sobol(count // 2, latent))
    z = np.linalg.solve(np.linalg.cholesky(z.T @ z / len(z)), z.T).T
    first, second = np.split(z, 2)
    z = np.concatenate([first, -first, second, -second])  # the first half again in pairs
    return _unordered(z, np.full(count, 1 / count), count // 2)


def _prior_weights(z: Array) -> Array:
    weights = np.exp(-0.5 * np.sum(z**2, axis=1))
    return np.asarray(weights / weights.sum())


def _unordered(z: Array, weights: Array, coarse: int) -> Nodes:
    reach = float(np.abs(z).max())
    return _frozen(Nodes(z, weights, coarse, (), np.arange(len(z)), 0.0, reach))


def _frozen(rule: Nodes) -> Nodes:
    for array in (rule.z, rule.weights, rule.order):
        array.flags.writeable = False
    return rule
