"""A kernel estimate of a density from up to millions of rows, evaluated in milliseconds.

A Gaussian kernel of variance 1 is the convolution of two of variance 1/2, and to do one of
them on a grid of spacing 1/2 costs no accuracy: for the trapezoid rule the product of the two
is a Gaussian of standard deviation 1/2, which leaves a relative error of 2 exp(-2 pi^2), or
5e-9, an axis, whatever the distance. So rows are spread over the nodes of a grid once, and a
density is a sum over the nodes nearby. Nodes are kept in square tiles, where rows are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vae_gui.core.distributions.base import Array
from vae_gui.core.interrupting import give_way

SPACING = 0.5  # between nodes; all lengths in here are in standard deviations of the kernel
NODES = 12  # along a side of a tile
SIDE = NODES * SPACING  # what a kernel of variance 1/2 has beyond it is exp(-36) of its peak
WINDOW = 3 * NODES  # nodes along a side of a tile and its eight neighbours
AROUND = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
QUADRATURE = 24  # nodes along a side of a tile, for the entropy; even
TRUNCATION = 1e-6  # nats: an entropy's share of what is farther than a tile from every row
BROAD = 2.0  # standard deviations of the rows
TINY = float(np.finfo(np.float64).tiny)
ROOT_PI = math.sqrt(math.pi)


class KernelEstimate:
    """p(x) = (sum_i N(x; x_i, (h s)^2) + N(x; m, (2 s)^2)) / (n + 1), s of each axis.

    The last kernel is one wide row more, at the mean m of all: by it a point far from every row
    has a small density and not none, as a single such point would outweigh all others.

    Args:
        rows: x_i, (n, 2).
        bandwidth: h, in standard deviations s of the rows.

    Attributes:
        rows: The same.
        mean: m, (2,).
        std: s, (2,).
        width: h s, standard deviations of the kernel, (2,).
        wide_share: 1 / (n + 1).
    """

    def __init__(self, rows: Array, bandwidth: float) -> None:
        self.rows = rows
        self.mean = rows.mean(axis=0)
        self.std = rows.std(axis=0)
        self.width = bandwidth * self.std
        self.wide_share = 1 / (len(rows) + 1)
        self._origin = rows.min(axis=0)
        u = (rows - self._origin) / self.width
        self._tiles = _spread(u, SPACING**2 * self.wide_share)

    @cached_property
    def covariance(self) -> Array:
        """Covariance matrix of the mixture, (2, 2); its mean is that of the rows."""
        own = self.rows - self.mean
        within = len(self.rows) * np.diag(self.width**2) + np.diag((BROAD * self.std) ** 2)
        return np.asarray((own.T @ own + within) * self.wide_share)

    def log_prob(self, x: Array) -> Array:
        """Log density in nats, (..., 2) -> (...): finite everywhere."""
        points = x.reshape(-1, 2)
        return self._log_sum(self._near(points), points).reshape(x.shape[:-1])

    def leave_one_out_log_prob(self, x: Array) -> Array:
        """Log density of rows in nats, (..., 2) -> (...), each without its own kernel."""
        points = x.reshape(-1, 2)
        near = np.maximum(self._near(points) - self._own(points), 0.0)
        less_one = -math.log1p(-self.wide_share)  # n kernels are left of n + 1
        return (self._log_sum(near, points) + less_one).reshape(x.shape[:-1])

    def _log_sum(self, near: Array, points: Array) -> Array:
        with np.errstate(divide="ignore"):
            log_near = np.log(near) - math.log(float(np.prod(self.width)))
        return np.logaddexp(log_near, self._log_wide(points))

    def density(self, x1: Array, x2: Array) -> Array:
        """Density on a grid, (G1,), (G2,) -> (G2, G1): in each tile a product of matrices."""
        u1, u2 = ((x - self._origin[i]) / self.width[i] for i, x in enumerate((x1, x2)))
        near = np.zeros((len(x2), len(x1)))
        columns, rows = list(_by_tile(u1)), list(_by_tile(u2))
        for t2, at2 in rows:
            give_way()
            k2 = _kernel(u2[at2], t2)
            for t1, at1 in columns:
                window = self._tiles.window(t1, t2)
                if window is not None:
                    near[np.ix_(at2, at1)] = k2 @ window.T @ _kernel(u1[at1], t1).T
        wide = [np.exp(self._log_wide_axis(x, i)) for i, x in enumerate((x1, x2))]
        return np.asarray(near / np.prod(self.width) + self.wide_share * wide[1][:, None] * wide[0])

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Draw (n, 2): a row each, then its kernel."""
        chosen = rng.integers(len(self.rows) + 1, size=n)
        wide = chosen == len(self.rows)
        noise = rng.standard_normal((n, 2))
        x = self.rows[np.where(wide, 0, chosen)] + self.width * noise
        x[wide] = self.mean + BROAD * self.std * noise[wide]
        return np.asarray(x)

    def entropy(self) -> tuple[float, float]:
        """H(p) in nats, and a bound on its error: what half of the nodes would change.

        By the trapezoid rule in every tile of what the rows add to the wide kernel's share of
        the integral, which is known in closed form.
        """
        fine = coarse = 0.0
        step = SIDE / QUADRATURE
        offsets = np.asarray(np.arange(QUADRATURE) * step, np.float64)
        kernel = _kernel(offsets, 0)  # the same in every tile
        for t1, t2, window in self._tiles.windows():
            give_way()
            near = kernel @ window @ kernel.T  # (Q along x1, Q along x2)
            wide1, wide2 = (
                self.width[i] * np.exp(self._log_wide_axis(self._from_units(offsets, t, i), i))
                for i, t in enumerate((t1, t2))
            )
            alone = self.wide_share * wide1[:, None] * wide2
            p = near + alone
            added = alone * np.log(np.maximum(alone, TINY)) - p * np.log(np.maximum(p, TINY))
            fine += float(added.sum())
            coarse += float(added[::2, ::2].sum())
        wide_entropy = math.log(2 * math.pi * math.e) + float(np.log(BROAD * self.std).sum())
        # the rows' share was integrated in units of the kernel's widths
        in_units = float(np.log(self.width).sum())
        alone_share = self.wide_share * (wide_entropy - in_units - math.log(self.wide_share))
        return (
            fine * step**2 + alone_share + in_units,
            abs(fine - 4 * coarse) * step**2 + TRUNCATION,
        )

    def _from_units(self, offsets: Array, tile: int, axis: int) -> Array:
        """Places in a tile as coordinates, (n,) -> (n,)."""
        return np.asarray(self._origin[axis] + self.width[axis] * (tile * SIDE + offsets))

    def _near(self, points: Array) -> Array:
        """The rows' share of the density in units of the kernel, (n, 2) -> (n,)."""
        u = (points - self._origin) / self.width
        found = np.zeros(len(u))
        tiles, order, edges = _grouped(u, self._tiles.reach)
        for (t1, t2), begin, end in zip(tiles.tolist(), edges, edges[1:], strict=False):
            give_way()
            window = self._tiles.window(t1, t2)
            if window is not None:
                at = order[begin:end]
                k1, k2 = _kernel(u[at, 0], t1), _kernel(u[at, 1], t2)
                found[at] = np.einsum("ij,ij->i", k1 @ window, k2)
        return found

    def _own(self, points: Array) -> Array:
        """What one row's kernel adds to `_near` at that row, as the nodes have it."""
        u = (points - self._origin) / self.width
        sums = [SPACING * np.square(_kernel(a - SIDE * np.floor(a / SIDE), 0)).sum(axis=1)
                for a in u.T]  # fmt: skip
        return np.asarray(self.wide_share * sums[0] * sums[1])

    def _log_wide(self, points: Array) -> Array:
        """Log of the wide kernel's share, (n, 2) -> (n,)."""
        parts = [self._log_wide_axis(points[:, i], i) for i in (0, 1)]
        return np.asarray(parts[0] + parts[1] + math.log(self.wide_share))

    def _log_wide_axis(self, x: Array, axis: int) -> Array:
        std = BROAD * float(self.std[axis])
        scaled = (x - self.mean[axis]) / std
        return np.asarray(-0.5 * scaled**2 - math.log(math.sqrt(2 * math.pi) * std))


class _Tiles:
    """Weights of the nodes, in tiles that have any.

    Args:
        reach: How many tiles there are along each axis, counted from the origin.
    """

    def __init__(self, reach: tuple[int, int]) -> None:
        self.reach = reach
        self._blocks: dict[tuple[int, int], Array] = {}

    def add(self, t1: int, t2: int, weights: Array) -> None:
        """Add weights (WINDOW, WINDOW) to a tile and its neighbours."""
        for i, j in AROUND:
            block = self._blocks.setdefault((t1 + i, t2 + j), np.zeros((NODES, NODES)))
            a, b = (i + 1) * NODES, (j + 1) * NODES
            block += weights[a : a + NODES, b : b + NODES]

    def window(self, t1: int, t2: int) -> Array | None:
        """Weights of a tile and its neighbours, (WINDOW, WINDOW); None where all are 0."""
        found = [self._blocks.get((t1 + i, t2 + j)) for i, j in AROUND]
        if not any(block is not None for block in found):
            return None
        window = np.zeros((WINDOW, WINDOW))
        for (i, j), block in zip(AROUND, found, strict=True):
            if block is not None:
                a, b = (i + 1) * NODES, (j + 1) * NODES
                window[a : a + NODES, b : b + NODES] = block
        return window

    def windows(self) -> Iterator[tuple[int, int, Array]]:
        """Every tile that has weights, with its window."""
        for t1, t2 in self._blocks:
            window = self.window(t1, t2)
            assert window is not None
            yield t1, t2, window


def _spread(u: Array, scale: float) -> _Tiles:
    """The rows u (n, 2) as weights of nodes, each counting `scale`."""
    reach = tuple((np.floor(u.max(axis=0) / SIDE).astype(int) + 1).tolist())
    tiles = _Tiles(reach)
    places, order, edges = _grouped(u, reach)
    for (t1, t2), begin, end in zip(places.tolist(), edges, edges[1:], strict=False):
        at = order[begin:end]
        k1, k2 = _kernel(u[at, 0], t1), _kernel(u[at, 1], t2)
        tiles.add(t1, t2, scale * (k1.T @ k2))
    return tiles


def _grouped(
    u: Array, reach: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[int]]:
    """Points (n, 2) sorted by the tile they are in.

    Returns:
        The tiles (k, 2), the points' places in order, and where each tile's begin, and the end.
    """
    # what is farther out than the last tile's neighbours has no nodes near it, wherever it is
    t = np.floor(u / SIDE).clip(-2, np.array(reach) + 2).astype(np.int64)
    keys = (t[:, 0] + 2) * (reach[1] + 5) + t[:, 1] + 2
    order = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return t[order[begins]], order, [*begins.tolist(), len(u)]


def _by_tile(u: Array) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Tiles along one axis that points (n,) are in, and the places of those points."""
    t = np.floor(u / SIDE)
    for tile in np.unique(t).tolist():
        yield int(tile), np.flatnonzero(t == tile)


def _kernel(u: Array, tile: int) -> Array:
    """N(u; g, 1/2) at the nodes g of a tile and its neighbours, (n,) -> (n, WINDOW)."""
    nodes = (tile - 1) * SIDE + SPACING * np.arange(WINDOW)
    offsets = u[:, None] - nodes
    return np.asarray(np.exp(-(offsets**2)) / ROOT_PI)
